"""Reads commits, project files, releases and locks for the audits of one call, each of them once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from freightlib.documents import read_lock
from freightlib.errors import FreightError
from freightlib.git.contract import Repository
from freightlib.git.history.ancestry import Ancestry
from freightlib.models import LOCK, PROJECT_FILE, App, Project, RenderLock, Report, Snapshot
from freightlib.warehouse.gitops_tree import GitopsTree, project_at
from freightlib.warehouse.snapshots import read_snapshot
from freightlib.warehouse.verify.entry import verify_snapshot

V = TypeVar("V")


class Sources:
    """A GitOps repository under audit: ``repository``, and ``tip``, the tree at the tip of the GitOps branch.

    Results and errors are cached by id.
    """

    def __init__(self, repository: Repository, tip: GitopsTree) -> None:
        self.repository = repository
        self.tip = tip
        self._known: dict[tuple[object, ...], Any] = {("tree", tip.commit): tip}

    @cached_property
    def ancestry(self) -> Ancestry:
        """The history of the GitOps branch."""
        return Ancestry(self.repository, self.tip.commit)

    def tree(self, commit: str) -> GitopsTree:
        """Return the GitOps files at a full commit id. Raises RevisionError if this repository does not have it."""
        return self._once(("tree", commit), lambda: GitopsTree.at(self.repository, commit))

    def project(self, tree: GitopsTree) -> Project:
        """Return the project file in ``tree``. Raises ProjectError; PluginError if a required plugin is missing."""
        entry = tree.entry(PROJECT_FILE)
        known = tree.commit if entry is None else entry.id

        def read() -> Project:
            now = self.tip.entry(PROJECT_FILE)
            return project_at(tree, check_requires=entry is not None and now is not None and entry.id == now.id)

        return self._once(("project", known), read)

    def snapshot(self, tree: GitopsTree, app: App, tag: str) -> Snapshot:
        """Return a release in ``tree``. Raises UsageError if it is not there, RecordError."""
        return self._once(("snapshot", tree.commit, app.warehouse, tag), lambda: read_snapshot(tree, app, tag))

    def verified(self, tree: GitopsTree, app: App, tag: str) -> Report:
        """Verify a release in ``tree``, and return the report."""
        return self._once(("verified", tree.commit, app.warehouse, tag), lambda: verify_snapshot(tree, app, tag))

    def lock(self, blob: str) -> tuple[RenderLock, bytes]:
        """Return the lock in a blob, and its bytes. Raises LockError, CorruptObjectError."""

        def read() -> tuple[RenderLock, bytes]:
            data = self.repository.read_blob(blob)
            return read_lock(data, document=LOCK), data

        return self._once(("lock", blob), read)

    def _once(self, key: tuple[object, ...], read: Callable[[], V]) -> V:
        if key not in self._known:
            try:
                self._known[key] = read()
            except FreightError as error:
                self._known[key] = error
        found: V = self._known[key]
        if isinstance(found, FreightError):
            raise found.with_traceback(None)
        return found
