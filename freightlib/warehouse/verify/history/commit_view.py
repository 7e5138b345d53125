"""Compares the warehouse in one commit with the warehouse in each parent, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from freightlib.git.history.commit_range import RangeCommit
from freightlib.git.trees import Entry
from freightlib.warehouse.verify.history.locations import WarehouseLocation
from freightlib.warehouse.verify.history.tree_deltas import TreeDelta


@frozen
class View:
    """A commit and the changes in its warehouse: the entries ``added`` and ``removed`` against each parent, by name."""

    step: RangeCommit
    place: WarehouseLocation
    added: Sequence[Mapping[str, Entry]]
    removed: Sequence[Mapping[str, Entry]]

    @classmethod
    def of(cls, step: RangeCommit, place: WarehouseLocation, deltas: Sequence[TreeDelta]) -> View:
        """Return the view of a commit. ``deltas`` are the changes of its warehouse against each parent."""
        added = [{entry.name: entry for entry in delta.added} for delta in deltas]
        removed = [{entry.name: entry for entry in delta.removed} for delta in deltas]
        return cls(step, place, added, removed)

    def now(self, name: str) -> Entry | None:
        """Return the entry of a changed name in this commit, or ``None`` if it was removed."""
        return next((added[name] for added in self.added if name in added), None)

    def before(self, name: str) -> list[Entry]:
        """Return the entries of a changed name in the parents that have it."""
        now = self.now(name)
        each = zip(self.added, self.removed, strict=True)
        entries = [removed.get(name) if name in removed or name in added else now for added, removed in each]
        return [entry for entry in entries if entry is not None]

    def touched(self) -> dict[str, None]:
        """Return every name that differs from some parent, in order."""
        return {name: None for side in (*self.removed, *self.added) for name in side}
