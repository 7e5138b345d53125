"""Freezes a payload into the warehouse: writes the snapshot, its mirror ``current/``, and the commit."""

from __future__ import annotations

from attrs import frozen

from freightlib.documents import write_record
from freightlib.errors import CorruptObjectError, PackageError, VerificationError
from freightlib.git.contract import Identity, PartialClone, RefUpdate, Repository
from freightlib.git.grafting import graft
from freightlib.git.moving import move_refs
from freightlib.git.trees import Entry, Mode, find
from freightlib.models import CURRENT, PROJECT_FILE, RECORD, App, Freight, Package, Snapshot
from freightlib.warehouse.gitops_tree import GitopsTree
from freightlib.warehouse.republishing import snapshot_id
from freightlib.warehouse.snapshots import entries, snapshot_path
from freightlib.warehouse.verify.entry import payload_report


@frozen
class Publication:
    """The result of ``publish``.

    ``created`` is false if the release already existed; then nothing was written, and ``commit`` is the branch's tip.
    ``restored`` is true if the release had been pruned and was restored unchanged; then ``current/`` does not change.
    In a ``dry_run`` nothing is written: ``created`` and ``restored`` say what would be done, and ``objects`` is 0.
    """

    app: str
    tag: str
    snapshot: Snapshot
    commit: str
    previous: str
    created: bool
    objects: int
    restored: bool = False
    dry_run: bool = False


def payload_tree(source: Repository, revision: str, package: Package) -> str:
    """Return the tree id of the package's directory at a source commit. Raises PackageError if missing or empty."""
    commit = source.read_commit(revision)
    found = find(source.read_tree, commit.tree, package.path)
    if found is None:
        raise PackageError(
            f"commit {revision[:12]} of {source.location} has no {package.path!r}",
            hint=f"correct package.path in {PROJECT_FILE}, or pass --path",
            path=package.path,
        )
    if not found.is_tree:
        raise PackageError(
            f"{package.path!r} is a file, not a directory, at commit {revision[:12]}",
            hint="name the directory that holds the package",
            path=package.path,
        )
    if not source.read_tree(found.id):
        raise PackageError(
            f"{package.path!r} is empty at commit {revision[:12]}",
            hint="name the package's directory",
            path=package.path,
        )
    return found.id


@frozen
class NewRelease:
    """A release to freeze: the ``payload`` tree of ``source``, and its record. ``before``: the snapshot, if pruned."""

    source: Repository
    app: App
    freight: Freight
    payload: str
    before: Snapshot | None = None


def write_release(gitops: Repository, ref: str, tree: GitopsTree, release: NewRelease, author: Identity) -> Publication:
    """Commit the release on ``ref``, on top of ``tree``. Raises VerificationError, RefConflictError, GitError."""
    app, freight, payload = release.app, release.freight, release.payload
    path = snapshot_path(app, freight.tag)
    _check_payload(release, path)
    objects = gitops.copy_tree(release.source, payload)
    snapshot = _snapshot(gitops, release)
    # a pruned release is restored to its directory, and current/ keeps the newer release
    names = (freight.tag,) if release.before else (freight.tag, CURRENT)
    kept = [entry for entry in entries(tree, app) if entry.name not in names]
    warehouse = gitops.write_tree((*kept, *(Entry(name, Mode.TREE, snapshot) for name in names)))
    root = graft(gitops, tree.tree, app.warehouse, Entry("", Mode.TREE, warehouse))
    commit = gitops.write_commit(root, (tree.commit,), _message(release), author)
    move_refs(gitops, (RefUpdate(ref, tree.commit, commit),), f"freight publish {freight.tag}")
    return Publication(
        app=app.name,
        tag=freight.tag,
        snapshot=Snapshot(app.name, path, snapshot, payload, commit, freight),
        commit=commit,
        previous=tree.commit,
        created=True,
        objects=objects,
        restored=release.before is not None,
    )


def planned_release(tree: GitopsTree, release: NewRelease) -> Publication:
    """Return what ``write_release`` would do on top of ``tree``, without writing. Raises VerificationError."""
    app, freight, payload = release.app, release.freight, release.payload
    path = snapshot_path(app, freight.tag)
    _check_payload(release, path)
    made = release.before.tree if release.before else snapshot_id(freight, payload, tree.tree)
    return Publication(
        app=app.name,
        tag=freight.tag,
        snapshot=Snapshot(app.name, path, made, payload, tree.commit, freight),
        commit=tree.commit,
        previous=tree.commit,
        created=True,
        objects=0,
        restored=release.before is not None,
        dry_run=True,
    )


def _check_payload(release: NewRelease, path: str) -> None:
    freight, payload = release.freight, release.payload
    if isinstance(release.source, PartialClone):
        release.source.prefetch(payload)  # all at once, because the checks would fetch file after file
    report = payload_report(release.source, payload, freight.package_type, f"{path}/{freight.payload_directory}")
    if not report.ok:
        raise VerificationError(
            f"the package cannot be released: {report.errors[0].path}: {report.errors[0].message}",
            hint=report.errors[0].hint or "correct it in the source repository and publish that commit",
            report=report,
        )


def _snapshot(gitops: Repository, release: NewRelease) -> str:
    freight = release.freight
    if release.before is not None:
        try:
            gitops.read_tree(release.before.tree)
        except CorruptObjectError:
            pass  # this clone does not have it, so it is written again, with the same id
        else:
            return release.before.tree
    record = gitops.write_blob(write_record(freight))
    return gitops.write_tree(
        (Entry(RECORD, Mode.FILE, record), Entry(freight.payload_directory, Mode.TREE, release.payload))
    )


def _message(release: NewRelease) -> str:
    app, freight, payload = release.app, release.freight, release.payload
    return (
        f"{'Restore' if release.before else 'Publish'} {app.name} {freight.tag}\n\n"
        f"Freight-App: {app.name}\n"
        f"Freight-Tag: {freight.tag}\n"
        f"Freight-Image: {freight.image.pinned}\n"
        f"Freight-Package: {freight.package_type} {payload}\n"
    )
