"""What one commit did to a warehouse, by name, against each of its parents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from freightlib.git.history.commit_range import Step
from freightlib.git.trees import Entry
from freightlib.warehouse.verify.history.locations import Place
from freightlib.warehouse.verify.history.tree_deltas import TreeDelta


@frozen
class View:
    """A commit as the rules see it: where the warehouse is, and by name what it has (``added``) and has no more
    (``removed``) against each parent.
    """

    step: Step
    place: Place
    added: Sequence[Mapping[str, Entry]]
    removed: Sequence[Mapping[str, Entry]]

    @classmethod
    def of(cls, step: Step, place: Place, deltas: Sequence[TreeDelta]) -> View:
        """The view of a commit whose warehouse differs from its parents' by ``deltas``."""
        added = [{entry.name: entry for entry in delta.added} for delta in deltas]
        removed = [{entry.name: entry for entry in delta.removed} for delta in deltas]
        return cls(step, place, added, removed)

    def now(self, name: str) -> Entry | None:
        """The entry of a name that some delta touches."""
        return next((added[name] for added in self.added if name in added), None)

    def before(self, name: str) -> list[Entry]:
        """What the parents that have it have under that name."""
        now = self.now(name)
        each = zip(self.added, self.removed, strict=True)
        entries = [removed.get(name) if name in removed or name in added else now for added, removed in each]
        return [entry for entry in entries if entry is not None]

    def touched(self) -> dict[str, None]:
        """Every name that some delta touches."""
        return {name: None for side in (*self.removed, *self.added) for name in side}
