"""Reads snapshots: the frozen releases of an app at one commit of the GitOps branch.

>>> from freightlib.models import App, Package
>>> from freightlib.warehouse.snapshots import snapshot_path
>>> snapshot_path(App("shop", Package("helm", "chart")), "current")
'warehouses/shop/freight/current'
"""

from __future__ import annotations

from freightlib.documents import read_pruned, read_record
from freightlib.errors import RecordError, UsageError
from freightlib.git.trees import Mode, Tree
from freightlib.models import CURRENT, PRUNED, RECORD, App, Pruned, Snapshot
from freightlib.models.freight import is_full_id, revision_of, tag_of
from freightlib.warehouse.gitops_tree import GitopsTree


def snapshot_path(app: App, name: str) -> str:
    """Return the path of the snapshot ``name`` (a tag, or ``current``)."""
    return f"{app.warehouse}/{name}"


def entries(tree: GitopsTree, app: App) -> Tree:
    """Return everything in the app's warehouse, in git's order. Empty if there is no warehouse yet."""
    warehouse = tree.subtree(app.warehouse)
    return tree.repository.read_tree(warehouse) if warehouse else ()


def tags(tree: GitopsTree, app: App) -> tuple[str, ...]:
    """Return the tags of all snapshots, sorted by name (records have the time of publication: ``createdAt``)."""
    return tuple(entry.name for entry in entries(tree, app) if entry.is_tree and revision_of(entry.name))


def pruned_releases(tree: GitopsTree, app: App) -> Pruned:
    """Return the releases that were removed from the warehouse. Raises RecordError if their list cannot be read."""
    path = f"{app.warehouse}/{PRUNED}"
    entry = tree.entry(path)
    if entry is None:
        return Pruned()
    if entry.mode not in (Mode.FILE, Mode.EXECUTABLE):
        raise RecordError(
            f"{path} is not a regular file (mode {entry.mode:06o})",
            hint="restore it from the commit before: it is written by freight prune",
            document=path,
        )
    return read_pruned(tree.repository.read_blob(entry.id), document=path)


def read_snapshot(tree: GitopsTree, app: App, freight: str | None = None) -> Snapshot:
    """Return the snapshot of a release: a tag, a full source commit id, or ``None`` for the one in ``current/``.

    This does not verify the snapshot; ``freightlib.verify`` does. Raises UsageError if there is no such snapshot,
    RecordError if its record is missing or wrong, or names a payload that does not exist.
    """
    name = CURRENT if freight is None else tag_of(freight) if is_full_id(freight) else freight
    path = snapshot_path(app, name)
    found = tree.subtree(path)
    if found is None:
        raise _absent(tree, app, name)
    entries_ = {entry.name: entry for entry in tree.repository.read_tree(found)}
    record = entries_.get(RECORD)
    if record is None or record.is_tree:
        raise RecordError(
            f"{path} has no {RECORD}", hint="publish the release with: freight publish", document=f"{path}/{RECORD}"
        )
    parsed = read_record(tree.repository.read_blob(record.id), document=f"{path}/{RECORD}")
    payload = entries_.get(parsed.payload_directory)
    if payload is None or not payload.is_tree:
        raise RecordError(
            f"{path} has no {parsed.payload_directory}/, but its record says packageType {parsed.package_type}",
            hint="restore the directory from the commit that published it, or publish again",
            document=f"{path}/{RECORD}",
        )
    return Snapshot(app.name, path, found, payload.id, tree.commit, parsed)


def _absent(tree: GitopsTree, app: App, name: str) -> UsageError:
    known = tags(tree, app)
    if revision_of(name) is not None and name in pruned_releases(tree, app).trees:
        return UsageError(
            f"{name} of {app.name} was pruned: it is not in the warehouse any more (commit {tree.commit[:12]})",
            hint=f"publish {revision_of(name)} again with the same image, which restores it; or roll back a stage that "
            f"held it to the same bytes: freight rollback STAGE --to {name} --exact",
            freight=name,
            pruned=True,
        )
    if name != CURRENT and revision_of(name) is None:
        return UsageError(
            f"{name!r} is not a release of {app.name}", hint="name it in full: git-<full commit id>", freight=name
        )
    hint = (
        f"{len(known)} are published; list them with: freight status --json"
        if known
        else "publish one first: freight publish"
    )
    return UsageError(f"{app.name} has no snapshot {name} at commit {tree.commit[:12]}", hint=hint, freight=name)
