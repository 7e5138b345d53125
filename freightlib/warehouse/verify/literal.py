"""Checks that a payload is the literal copy of its source commit, by comparing two tree ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from freightlib.errors import CorruptObjectError, RevisionError, UnsafePathError
from freightlib.git.contract import Repository
from freightlib.git.payload.memo import Objects
from freightlib.git.trees import Entry, Tree, find
from freightlib.models import App, Finding, Freight
from freightlib.models.findings.catalogue import finding
from freightlib.plugins.repositories import open_repository
from freightlib.warehouse.verify.differences import difference_findings


class SourceProof:
    """Compares payloads with a source repository, which is opened for the first comparison.

    ``revisions`` are the commits that will be compared. With them, a remote repository is fetched only once, and only
    in part. ``backend`` names the git backend that opens it.
    """

    def __init__(self, source: str | Path | Repository, revisions: Iterable[str], backend: str | None = None) -> None:
        self._source = source
        self._backend = backend
        self._revisions = tuple(dict.fromkeys(revisions))

    def repository(self, revision: str) -> Repository:
        """Open the source repository with at least that commit. Raises RevisionError if it is missing, GitError."""
        if revision in self._revisions and self._together is not None:
            return self._together
        return open_repository(self._source, backend=self._backend, objects_only=(revision,))

    @cached_property
    def _together(self) -> Repository | None:
        try:
            return open_repository(self._source, backend=self._backend, objects_only=self._revisions)
        except RevisionError:
            return None  # one commit is missing, so no others were opened: ``repository`` opens each by itself

    def findings(self, objects: Objects, app: App, freight: Freight, payload: str, prefix: str) -> Iterator[Finding]:
        """Yield the differences between the payload tree and the source that its record names.

        Paths are below ``prefix``. Raises TooLargeError, CorruptObjectError (for the payload or the source).
        """
        path = freight.source.path if freight.source is not None else app.package.path
        where = f"{path} at commit {freight.revision[:12]}"
        try:
            source = self.repository(freight.revision)
            original = _original(source, freight.revision, path)
        except RevisionError as error:
            yield finding(
                "source-commit-gone",
                prefix,
                f"the source has no commit {freight.revision}: {error.message}",
                revision=freight.revision,
            )
            return
        if original is None or not original.is_tree:
            yield finding("source-path-missing", prefix, f"the source has no directory {where}", path=path)
        elif original.id != payload:
            read = _Either(objects, source)
            yield from difference_findings(
                "literal", read, original.id, payload, prefix=prefix, original=f"the source's {where}"
            )


def _original(source: Repository, revision: str, path: str) -> Entry | None:
    commit = source.read_commit(revision)
    try:
        return find(source.read_tree, commit.tree, path)
    except UnsafePathError:
        return None  # an invalid path does not exist in any tree


class _Either:
    """Reads a tree from the GitOps repository or, if it is missing there, from the source."""

    def __init__(self, near: Objects, far: Objects) -> None:
        self._near = near
        self._far = far

    def __call__(self, tree: str, /) -> Tree:
        try:
            return self._near.read_tree(tree)
        except CorruptObjectError:
            return self._far.read_tree(tree)
