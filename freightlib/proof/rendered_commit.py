"""The objects of an audit: where a stage is rendered, and one rendered commit there."""

from __future__ import annotations

from typing import Any

from attrs import evolve, field, frozen

from freightlib.git.contract import Commit
from freightlib.git.grafting import IdStore
from freightlib.git.trees import Entry, Mode, ReadTree, algorithm_of, join
from freightlib.models import LOCK, App, Finding, RenderLock, Stage
from freightlib.models.findings.catalogue import finding
from freightlib.warehouse.gitops_tree import branch_ref


@frozen
class StageLocation:
    """Where a stage is rendered: the ``branch`` without ``refs/heads/``, and the output ``path`` on it."""

    app: App
    stage: Stage
    branch: str
    path: str

    @property
    def ref(self) -> str:
        """The branch's full name."""
        return branch_ref(self.branch)

    @property
    def prefix(self) -> str:
        """The output path as a prefix of file paths; empty for the branch's root."""
        return "" if self.path == "." else self.path

    def finding(self, code: str, path: str, message: str, /, *, hint: str = "", **data: Any) -> Finding:
        """Make a finding about the stage's branch."""
        facts = {"app": self.app.name, "stage": self.stage.name, "branch": self.branch, **data}
        return finding(code, path, f"{self.branch}: {message}", hint=hint, **facts)


@frozen
class RenderedCommit:
    """One rendered commit, and the entry at the output path in it (``output``).

    ``lock_entry`` is the lock, ``manifests`` the tree id of the rest. ``trees`` also reads computed trees that
    are not in the repository.
    """

    place: StageLocation
    commit: Commit
    output: Entry | None
    trees: IdStore = field(repr=False, eq=False)
    lock_entry: Entry | None = None
    manifests: str | None = None

    @classmethod
    def at(cls, place: StageLocation, commit: Commit, output: Entry | None, read: ReadTree) -> RenderedCommit:
        """Read the parts of a commit. Raises CorruptObjectError, UnsafePathError (a duplicate name in a tree)."""
        seen = cls(place, commit, output, IdStore(read, algorithm_of(commit.id)))
        if output is None or not output.is_tree:
            return seen
        entries = read(output.id)
        lock = next((entry for entry in entries if entry.name == LOCK), None)
        # compute ids only: an audit must not write objects
        manifests = seen.trees.write_tree(entry for entry in entries if entry.name != LOCK)
        return evolve(seen, lock_entry=lock, manifests=manifests)

    @property
    def regular_lock(self) -> bool:
        """True if the lock is a file, not a link or directory."""
        return self.lock_entry is not None and self.lock_entry.mode & 0o170000 == Mode.FILE & 0o170000

    @property
    def lock_path(self) -> str:
        """The lock's path on the branch."""
        return join(self.place.prefix, LOCK)

    def finding(self, code: str, path: str, message: str, /, *, hint: str = "", **data: Any) -> Finding:
        """Make a finding about this commit; ``path`` is a path on the branch."""
        found = self.place.finding(code, path, message, hint=hint, commit=self.commit.id, **data)
        return evolve(found, message=f"{self.place.branch} at {self.commit.id[:12]}: {message}")

    def lock_finding(self, code: str, message: str, /, *, hint: str = "", **data: Any) -> Finding:
        """Make a finding about this commit's lock."""
        return self.finding(code, self.lock_path, message, hint=hint, **data)


@frozen
class Audited:
    """A rendered commit and its lock."""

    seen: RenderedCommit
    lock: RenderLock
