"""Freezes the deploy package of one source commit into the warehouse, and mirrors it to ``current/`` in one commit.

    from freightlib import publish

    publication = publish(
        "gitops", "app.git",
        revision="0cc4cd87f40ae606d1822d5652b552f8c50a4668",
        image="ghcr.io/example/shop:v1@sha256:<64 hex>",
    )
    print(publication.tag, publication.commit, publication.created)

No file is copied. The GitOps repository's trees get the package's tree id from the source commit, and only missing
objects are stored. The same tree id proves that the copy is exact.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from attrs import evolve

from freightlib.documents.project_names import NAME_RULE, is_name
from freightlib.errors import (
    RevisionError,
    UsageError,
)
from freightlib.git.contract import Identity, Repository
from freightlib.git.credentials import without_credentials
from freightlib.git.retrying import retried
from freightlib.models import PROJECT_FILE, App, Freight, Image, Package, Source
from freightlib.models.freight import is_full_id
from freightlib.plugins.repositories import committer, open_repository, signing
from freightlib.warehouse import republishing
from freightlib.warehouse.freezing import NewRelease, Publication, payload_tree, planned_release, write_release
from freightlib.warehouse.gitops_tree import GitopsTree, gitops_tip, project_at


def publish(
    repository: str | Path | Repository,
    source: str | Path | Repository,
    *,
    revision: str,
    image: str | Image,
    package_type: str | None = None,
    path: str | None = None,
    created_at: datetime | None = None,
    source_url: str | None = None,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    author: Identity | None = None,
    sign: bool | None = None,
    now: datetime | None = None,
    dry_run: bool = False,
) -> Publication:
    """Freeze the package of ``revision`` (a full commit id of ``source``) and release it in ``repository``.

    ``app`` may be left out if the project has only one app. ``package_type`` and ``path`` override the project file's
    ``package``; together with ``app`` they replace a project file that does not exist yet. ``source_url`` is the source
    in the record (default: the source repository's ``address``). ``created_at`` is a datetime with a time zone
    (default: ``now``). ``sign`` says whether the commit is signed (default: as git is configured). ``dry_run`` checks
    the package and writes nothing.

    Publishing the same release again changes nothing, and publishing a pruned release restores it as it was. Raises
    RevisionError, PackageError, RecordError, ImmutableSnapshotError (published before with other content),
    VerificationError (the payload breaks the contract), SigningError, GitError.
    """
    _check_revision(revision)
    pinned = image if isinstance(image, Image) else Image.parse(image)
    gitops = open_repository(repository, backend=backend)
    origin = open_repository(source, backend=backend, objects_only=(revision,))
    when = (created_at or now or datetime.now(UTC)).replace(microsecond=0)
    named = without_credentials(source_url) if source_url else origin.address

    def attempt() -> Publication:
        ref, tree = gitops_tip(gitops, branch)
        target = _app(tree, app, package_type, path)
        payload = payload_tree(origin, revision, target.package)
        place = Source(named, target.package.path, payload)
        freight = Freight(revision, pinned, target.package.type, when, place)
        known = republishing.there(tree, target, freight, payload)
        if known is not None:
            return Publication(
                target.name, freight.tag, known, tree.commit, tree.commit, created=False, objects=0, dry_run=dry_run
            )
        before = republishing.pruned(tree, target, freight, payload)
        release = NewRelease(origin, target, before.freight if before else freight, payload, before)
        if dry_run:
            return planned_release(tree, release)
        return write_release(gitops, ref, tree, release, committer(gitops, author, now))

    with signing(gitops, sign):
        return retried(gitops, attempt)


def _check_revision(revision: str) -> None:
    if not is_full_id(revision):
        raise RevisionError(
            f"{revision!r} is not a full commit id",
            hint=f"give all its digits: git rev-parse {revision}",
            revision=revision,
        )


def _app(tree: GitopsTree, name: str | None, package_type: str | None, path: str | None) -> App:
    if tree.entry(PROJECT_FILE) is None and name and package_type and path:
        if not is_name(name):
            raise UsageError(f"{name[:80]!r} cannot be an app's name", hint=NAME_RULE, app=name)
        return App(name=name, package=Package(package_type, path))
    app = project_at(tree).app(name)
    if package_type is None and path is None:
        return app

    return evolve(app, package=Package(package_type or app.package.type, path or app.package.path))
