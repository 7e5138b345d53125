"""Freezes the deploy package of one source commit into the warehouse, and mirrors it to ``current/`` in one commit.

    from freightlib import publish

    publication = publish(
        "gitops", "app.git",
        revision="0cc4cd87f40ae606d1822d5652b552f8c50a4668",
        image="ghcr.io/example/shop:v1@sha256:<64 hex>",
    )
    print(publication.tag, publication.commit, publication.created)

No file is copied: the package's tree id in the source commit is put into the GitOps repository's trees as it is, and
only the objects that are missing there are stored. So the copy is literal because it has the same id.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from attrs import evolve, frozen

from freightlib.documents import write_record
from freightlib.documents.project import NAME_RULE, is_name
from freightlib.errors import (
    CorruptObjectError,
    PackageError,
    RefConflictError,
    RevisionError,
    UsageError,
    VerificationError,
)
from freightlib.git.contract import Fetching, Identity, RefUpdate, Repository
from freightlib.git.remotes.addresses import without_credentials
from freightlib.git.trees import Entry, Mode, find, graft
from freightlib.models import CURRENT, PROJECT_FILE, RECORD, App, Freight, Image, Package, Snapshot, Source
from freightlib.models.freight import is_full_id
from freightlib.plugins.repositories import committer, open_repository, signing
from freightlib.verbs.verify import payload_report
from freightlib.warehouse import republishing
from freightlib.warehouse.gitops_tree import GitopsTree, gitops_tip, project_at
from freightlib.warehouse.snapshots import entries, snapshot_path

T = TypeVar("T")

#: How often a verb grafts again when somebody else moved the branch first.
ATTEMPTS: Final = 100
_PATIENT: Final = 10  # turns with growing pauses; then short ones, so that who has waited longest comes first


@frozen
class Publication:
    """What ``publish`` did. ``created`` is false when the release was there already: then nothing was written and
    ``commit`` is the branch's tip as it was. ``restored``: it had been pruned, and is back as it was; ``current/``
    stays what it is.
    """

    app: str
    tag: str
    snapshot: Snapshot
    commit: str
    previous: str
    created: bool
    objects: int
    restored: bool = False


def publish(
    repository: str | Path | Repository,
    source: str | Path | Repository,
    *,
    revision: str,
    image: str | Image,
    app: str | None = None,
    package_type: str | None = None,
    path: str | None = None,
    branch: str | None = None,
    created_at: datetime | None = None,
    source_url: str | None = None,
    author: Identity | None = None,
    sign: bool | None = None,
) -> Publication:
    """Freeze the package of ``revision`` (a full commit id of ``source``) and release it in ``repository``.

    ``app`` may be left out when the project has one. ``package_type`` and ``path`` override the project file's
    ``package``; together with ``app`` they serve where there is no project file yet. ``source_url`` is what the
    record names as the source (default: the source repository's ``address``). ``created_at`` is an aware
    datetime (default: now). ``sign`` says whether the commit is signed (default: as git is configured to).

    Publishing again what is there already changes nothing, and what was pruned comes back as it was. Raises
    RevisionError, PackageError, RecordError, ImmutableSnapshotError (published before with other content),
    VerificationError (the payload breaks the contract), SigningError, GitError.
    """
    if not is_full_id(revision):
        raise RevisionError(
            f"{revision!r} is not a full commit id",
            hint=f"give all its digits: git rev-parse {revision}",
            revision=revision,
        )
    pinned = image if isinstance(image, Image) else Image.parse(image)
    gitops = open_repository(repository)
    origin = open_repository(source, objects_only=(revision,))
    when = (created_at or datetime.now(UTC)).replace(microsecond=0)
    named = without_credentials(source_url) if source_url else origin.address

    def attempt() -> Publication:
        ref, tree = gitops_tip(gitops, branch)
        target = _app(tree, app, package_type, path)
        payload = _payload(origin, revision, target.package)
        freight = Freight(
            revision=revision,
            image=pinned,
            package_type=target.package.type,
            created_at=when,
            source=Source(named, target.package.path, payload),
        )
        known = republishing.there(tree, target, freight, payload)
        if known is not None:
            return Publication(target.name, freight.tag, known, tree.commit, tree.commit, created=False, objects=0)
        before = republishing.pruned(tree, target, freight, payload)
        release = _Release(origin, target, before.freight if before else freight, payload, before)
        return _write(gitops, ref, tree, release, committer(gitops, author))

    with signing(gitops, sign):
        return retried(gitops, attempt)


def retried(repository: Repository, attempt: Callable[[], T]) -> T:
    """Run ``attempt`` again, with a fresh look at the refs, each time another writer was first; not without end."""
    for turn in range(ATTEMPTS):
        try:
            return attempt()
        except RefConflictError:
            if turn == ATTEMPTS - 1:
                raise
            # jitter keeps equal writers from colliding again and again
            longest = min(0.02 * 2**turn, 1.0) if turn < _PATIENT else 0.05
            time.sleep(random.uniform(0, longest))  # noqa: S311 (no secret depends on it)
            repository.refresh()
    raise AssertionError("unreachable")


def _app(tree: GitopsTree, name: str | None, package_type: str | None, path: str | None) -> App:
    if tree.entry(PROJECT_FILE) is None and name and package_type and path:
        if not is_name(name):
            raise UsageError(f"{name[:80]!r} cannot be an app's name", hint=NAME_RULE, app=name)
        return App(name=name, package=Package(package_type, path))
    app = project_at(tree).app(name)
    if package_type is None and path is None:
        return app

    return evolve(app, package=Package(package_type or app.package.type, path or app.package.path))


def _payload(source: Repository, revision: str, package: Package) -> str:
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
class _Release:
    """What is to be frozen: the ``payload`` tree of ``source``, and its record. ``before``: as it was when pruned."""

    source: Repository
    app: App
    freight: Freight
    payload: str
    before: Snapshot | None = None


def _write(gitops: Repository, ref: str, tree: GitopsTree, release: _Release, author: Identity) -> Publication:
    app, freight, payload = release.app, release.freight, release.payload
    path = snapshot_path(app, freight.tag)
    if isinstance(release.source, Fetching):
        release.source.prefetch(payload)  # in one go, before the checks ask for file after file
    report = payload_report(release.source, payload, freight.package_type, f"{path}/{freight.payload_directory}")
    if not report.ok:
        raise VerificationError(
            f"the package cannot be released: {report.errors[0].path}: {report.errors[0].message}",
            hint=report.errors[0].hint or "correct it in the source repository and publish that commit",
            report=report,
        )
    objects = gitops.copy_tree(release.source, payload)
    snapshot = _snapshot(gitops, release)
    # what was pruned comes back to its place; what is current/ since then stays so
    names = (freight.tag,) if release.before else (freight.tag, CURRENT)
    kept = [entry for entry in entries(tree, app) if entry.name not in names]
    warehouse = gitops.write_tree((*kept, *(Entry(name, Mode.TREE, snapshot) for name in names)))
    root = graft(gitops, tree.tree, app.warehouse, Entry("", Mode.TREE, warehouse))
    commit = gitops.write_commit(root, (tree.commit,), _message(release), author)
    gitops.move_refs((RefUpdate(ref, tree.commit, commit),), reason=f"freight publish {freight.tag}")
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


def _snapshot(gitops: Repository, release: _Release) -> str:
    freight = release.freight
    if release.before is not None:
        try:
            gitops.read_tree(release.before.tree)
        except CorruptObjectError:
            pass  # not in this clone, and written anew: the id is the same
        else:
            return release.before.tree
    record = gitops.write_blob(write_record(freight))
    return gitops.write_tree(
        (Entry(RECORD, Mode.FILE, record), Entry(freight.payload_directory, Mode.TREE, release.payload))
    )


def _message(release: _Release) -> str:
    app, freight, payload = release.app, release.freight, release.payload
    return (
        f"{'Restore' if release.before else 'Publish'} {app.name} {freight.tag}\n\n"
        f"Freight-App: {app.name}\n"
        f"Freight-Tag: {freight.tag}\n"
        f"Freight-Image: {freight.image.pinned}\n"
        f"Freight-Package: {freight.package_type} {payload}\n"
    )
