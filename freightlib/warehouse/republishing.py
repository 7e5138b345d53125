"""Finds out whether a release was already published or pruned, and checks that its content is the same."""

from __future__ import annotations

from collections.abc import Iterator

from freightlib.documents import read_record, write_record
from freightlib.errors import CorruptObjectError, FreightError, ImmutableSnapshotError, RemoteError, UsageError
from freightlib.git.grafting import IdStore
from freightlib.git.trees import Entry, Mode, algorithm_of
from freightlib.models import RECORD, App, Freight, Snapshot
from freightlib.warehouse.gitops_tree import GitopsTree
from freightlib.warehouse.snapshots import pruned_releases, read_snapshot, snapshot_path


def there(tree: GitopsTree, app: App, freight: Freight, payload: str) -> Snapshot | None:
    """Return the snapshot of this release, or ``None`` if it is not in the warehouse.

    Raises ImmutableSnapshotError if it was published with different content.
    """
    if tree.entry(snapshot_path(app, freight.tag)) is None:
        return None
    known = read_snapshot(tree, app, freight.tag)
    _check_same(known, freight, payload, "published")
    return known


def pruned(tree: GitopsTree, app: App, freight: Freight, payload: str) -> Snapshot | None:
    """Return the snapshot of this release before it was pruned, or ``None`` if it was not pruned.

    The snapshot has its original record and time, because a pruned release must be restored unchanged. Raises
    ImmutableSnapshotError for different content, UsageError if this clone does not have the old snapshot.
    """
    listed = pruned_releases(tree, app).trees.get(freight.tag)
    if listed is None:
        return None
    path = snapshot_path(app, freight.tag)
    if snapshot_id(freight, payload, listed) == listed:
        return Snapshot(app.name, path, listed, payload, tree.commit, freight)
    known = _read(tree, app, freight, listed)
    _check_same(known, freight, payload, "published, and pruned,")
    return known


def _check_same(known: Snapshot, freight: Freight, payload: str, what: str) -> None:
    differences = list(_differences(known, freight, payload))
    if differences:
        raise ImmutableSnapshotError(
            f"{freight.tag} of {known.app} is {what} already with other content: {'; '.join(differences)}",
            hint="a release is immutable: build a new source commit and publish that",
            tag=freight.tag,
            differences=differences,
        )


def _differences(known: Snapshot, freight: Freight, payload: str) -> Iterator[str]:
    if known.freight.package_type != freight.package_type:
        yield f"packageType: {known.freight.package_type} is published, {freight.package_type} was given"
    elif known.payload != payload:
        yield f"{freight.payload_directory}/: tree {known.payload} is published, {payload} was given"
    if known.freight.image != freight.image:
        yield f"image: {known.freight.image.pinned} is published, {freight.image.pinned} was given"


def snapshot_id(freight: Freight, payload: str, like: str) -> str:
    """Return the tree id of a snapshot without writing it; ``like`` is an id of the repository's object format."""
    ids = IdStore(algorithm=algorithm_of(like))
    record = Entry(RECORD, Mode.FILE, ids.write_blob(write_record(freight)))
    return ids.write_tree((record, Entry(freight.payload_directory, Mode.TREE, payload)))


def _read(tree: GitopsTree, app: App, freight: Freight, listed: str) -> Snapshot:
    """Read the pruned snapshot from the repository's history."""
    where = f"the pruned {freight.tag} of {app.name} (tree {listed})"
    try:
        entries = {entry.name: entry for entry in tree.repository.read_tree(listed)}
        record = entries.get(RECORD)
        if record is None or record.mode != Mode.FILE:
            raise _not_as_written(where, freight)
        parsed = read_record(tree.repository.read_blob(record.id), document=f"{where}: {RECORD}")
    except (CorruptObjectError, RemoteError) as error:
        raise UsageError(
            f"{where} is not in this clone, and it can only be restored unchanged: {error.message}",
            hint="fetch the whole history first (git fetch --unshallow), or publish into the repository itself",
            freight=freight.tag,
        ) from error
    payload = entries.get(parsed.payload_directory)
    if payload is None or not payload.is_tree or len(entries) != 2 or parsed.tag != freight.tag:
        raise _not_as_written(where, freight)
    return Snapshot(app.name, snapshot_path(app, freight.tag), listed, payload.id, tree.commit, parsed)


def _not_as_written(where: str, freight: Freight) -> FreightError:
    return ImmutableSnapshotError(
        f"{where} is not a snapshot of that release, so it cannot be restored",
        hint="the entry in pruned.yaml is wrong: see freight verify --history",
        tag=freight.tag,
        differences=["the pruned snapshot is not one"],
    )
