"""Builds the commits of one call, and the output that a stage's commit holds."""

from __future__ import annotations

from attrs import Factory, field, mutable

from freightlib.documents import write_lock
from freightlib.git.contract import Identity, RefUpdate, Repository
from freightlib.git.trees import Entry, Mode, build_files, graft, is_empty_tree
from freightlib.models import LOCK
from freightlib.promotion.result import Promotion
from freightlib.rendering.run import Rendering


@mutable
class Writer:
    """Builds the commits of one call; several stages on one branch are commits one after the other.

    ``before`` are the tips that the candidates were judged by: a branch that moved since then is a conflict, however
    long the rendering took.
    """

    repository: Repository
    author: Identity
    before: dict[str, str | None]
    tips: dict[str, str | None] = field(default=Factory(lambda self: dict(self.before), takes_self=True))

    def tip(self, ref: str) -> str | None:
        """The branch's tip with what this call committed on it, or ``None``: there is no such branch yet."""
        if ref not in self.tips:
            self.before[ref] = self.tips[ref] = self.repository.ref(ref)
        return self.tips[ref]

    def commit(self, ref: str, parent: str | None, tree: str, message: str) -> str:
        """Commit ``tree`` on the branch; the ref itself moves with all the others."""
        self.tip(ref)
        made = self.repository.write_commit(tree, (parent,) if parent else (), message, self.author)
        self.tips[ref] = made
        return made

    def delete(self, ref: str) -> None:
        """Delete the branch, with all the other moves."""
        if self.tip(ref) is not None:
            self.tips[ref] = None

    def updates(self) -> list[RefUpdate]:
        """The moves from the tips that were judged to what was committed."""
        return [RefUpdate(ref, self.before[ref], tip) for ref, tip in self.tips.items() if tip != self.before[ref]]


def output_tree(repository: Repository, parent: str | None, promotion: Promotion, rendering: Rendering) -> str:
    """The root tree of ``parent`` with the stage's manifests and lock at the output path; the rest is kept."""
    manifests = build_files(repository, rendering.files.items())
    lock = Entry(LOCK, Mode.FILE, repository.write_blob(write_lock(promotion.lock)))
    entries = () if is_empty_tree(manifests) else repository.read_tree(manifests)
    output = repository.write_tree((*entries, lock))
    root = repository.read_commit(parent).tree if parent else None
    return graft(repository, root, promotion.path, Entry("", Mode.TREE, output))
