"""Checks what a commit changed in a warehouse.

The rules for every commit are:

- It adds at most one release, and copies it to ``current/``.
- It does not change a published release.
- It removes a release only if ``pruned.yaml`` in the same commit lists it.
- ``current/`` is the mirror of a release.

In a merge, each release must be as it was published, in either parent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from attrs import evolve, field, mutable

from freightlib.errors import CorruptObjectError
from freightlib.git.contract import Repository
from freightlib.git.history.commit_range import RangeCommit
from freightlib.git.payload.size_limits import TooLargeError, measure
from freightlib.git.trees import Entry, compare_trees
from freightlib.models import CURRENT, PRUNED, App, Finding, Package
from freightlib.models.findings.catalogue import finding
from freightlib.models.freight import revision_of
from freightlib.warehouse.verify.history.commit_view import View
from freightlib.warehouse.verify.history.locations import WarehouseLocation
from freightlib.warehouse.verify.history.tree_deltas import WarehouseTrees
from freightlib.warehouse.verify.mirror import mirror_findings
from freightlib.warehouse.verify.pruned import list_findings, list_problem, listed_trees
from freightlib.warehouse.verify.snapshot import Scope, snapshot_findings, unreadable

#: How many findings are listed for one commit. The last one says how many more there are.
_MOST: Final = 50


@mutable
class HistoryRules:
    """The rules for the history of one app's warehouse.

    ``published`` maps a tag to the tree id of its first publication. Releases in the ``trusted`` warehouse trees count
    as published too.
    """

    repository: Repository
    app: str
    layers: WarehouseTrees
    published: dict[str, str] = field(factory=dict)
    trusted: list[str] = field(factory=list)
    snapshots: int = 0
    _broken: set[str] = field(factory=set)
    _list_read: tuple[Entry, Mapping[str, str]] | None = None

    def trust(self, place: WarehouseLocation) -> None:
        """Accept the releases in a sound commit as published, and also those that it lists as pruned."""
        if place.tree is not None:
            self.trusted.append(place.tree)
        for tag, tree in self._listed(place).items():
            self.published.setdefault(tag, tree)

    def _published(self, tag: str) -> str | None:
        """Return the tree id with which a release was first published in the commits seen so far, or ``None``."""
        known = self.published.get(tag)
        if known is None:
            found = (self.layers.snapshot(tree, tag) for tree in self.trusted)
            known = next((tree for tree in found if tree is not None), None)
            if known is not None:
                self.published[tag] = known
        return known

    def judge(
        self, step: RangeCommit, place: WarehouseLocation, parents: Sequence[WarehouseLocation]
    ) -> Iterator[Finding]:
        """Yield what is wrong with a commit. An unreadable object is a finding too."""
        trees = [parent.tree for parent in parents]
        if parents and all(tree == place.tree for tree in trees):
            return
        try:
            deltas = [self.layers.delta(tree, place.tree) for tree in trees or [None]]
            yield from (_at(step, found) for found in self._judge(View.of(step, place, deltas)))
        except CorruptObjectError as error:
            yield _at(step, unreadable(place.path, error))

    def _judge(self, view: View) -> Iterator[Finding]:
        place = view.place
        if place.entry is not None and not place.entry.is_tree:
            message = f"the warehouse of {self.app} is not a directory (mode {place.entry.mode:06o})"
            yield finding("warehouse-not-directory", place.path, message)
        if place.tree is None:
            yield from self._gone(view)
            return
        names = view.touched()
        added: list[Entry] = []
        if PRUNED in names:
            yield from self._list(view)
        found: list[Finding] = []
        moved = CURRENT in names
        for name in names:
            if revision_of(name):
                found += self._release(view, name, added)
                moved = moved or bool(view.before(name))
            elif name.startswith("git-") and view.now(name) is not None:
                yield finding("tag-short", f"{place.path}/{name}", f"{name!r} is not git-<full commit id>")
        yield from found if view.step.cut else _bounded(found)
        yield from self._current(view, added, moved=moved)

    # --- releases ---

    def _release(self, view: View, name: str, added: list[Entry]) -> Iterator[Finding]:
        now, before = view.now(name), view.before(name)
        path = f"{view.place.path}/{name}"
        known = self._published(name)
        if now is None:
            yield from self._removed(view, name, path)
        elif not now.is_tree:
            if any(entry != now for entry in before) or not before:
                yield finding("snapshot-not-directory", path, f"{name} is not a directory (mode {now.mode:06o})")
        elif known is None:
            self.published[name] = now.id
            added.append(now)
            self.snapshots += 1
            scope = self._scope(view)
            yield from snapshot_findings(scope, name, now.id)
        elif now.id != known and (not before or any(entry.id != now.id for entry in before)):
            yield from self._changed(known, now.id, path)

    def _changed(self, known: str, now: str, path: str) -> Iterator[Finding]:
        data = {"expected": known, "found": now}
        try:
            for tree in (known, now):
                measure(self.repository.read_tree, tree)
            differences = list(islice(compare_trees(self.repository.read_tree, known, now, path), _MOST + 1))
        except (TooLargeError, CorruptObjectError):
            differences = []  # a tree is missing here or too large, so one finding names the whole directory
        for difference in differences:
            message = f"{difference.change.value} against what was published"
            yield finding("history-changed", difference.path, message, change=difference.change.value, **data)
        if not differences:
            yield finding("history-changed", path, f"its tree is {now}; {known} was published", **data)

    def _removed(self, view: View, name: str, path: str) -> Iterator[Finding]:
        known = self._published(name)
        if known is not None and self._listed(view.place).get(name) != known:
            yield finding("history-removed", path, f"{name} was published, but {PRUNED} does not list it", tag=name)

    def _gone(self, view: View) -> Iterator[Finding]:
        """Check a commit that removed the whole warehouse."""
        lost = [name for name in view.touched() if revision_of(name)]
        if lost and view.place.named:
            message = f"the warehouse was removed, with {len(lost)} published releases"
            yield finding("history-removed", view.place.path, message, tags=lost[:_MOST])

    # --- current/ ---

    def _current(self, view: View, added: Sequence[Entry], *, moved: bool) -> Iterator[Finding]:
        path = view.place.path
        current = self.layers.entry(view.place.tree, CURRENT)
        if len(added) > 1 and not view.step.cut:
            message = f"{len(added)} releases were added by one commit: {', '.join(entry.name for entry in added[:3])}"
            yield finding("history-several", path, message, tags=[entry.name for entry in added[:_MOST]])
        elif len(added) == 1 and not view.step.cut and (current is None or current.id != added[0].id):
            yield finding(
                "history-current",
                f"{path}/{CURRENT}",
                f"{added[0].name} was added, but {CURRENT}/ does not hold it",
                tag=added[0].name,
            )
        mirrored = current is not None and any(current == entry._replace(name=CURRENT) for entry in added)
        if not mirrored and (moved or added):
            yield from self._mirror(view, current)

    def _mirror(self, view: View, current: Entry | None) -> Iterator[Finding]:
        entries = {entry.name: entry for entry in self.layers.entries(view.place.tree)}
        path = f"{view.place.path}/{CURRENT}"
        if current is None:
            if any(revision_of(name) for name in entries):
                yield finding("current-missing", path, "snapshots are published, but there is no current/")
        elif not current.is_tree:
            yield finding("snapshot-not-directory", path, f"{CURRENT} is not a directory (mode {current.mode:06o})")
        elif current.id not in self._broken:
            found = list(mirror_findings(self._scope(view), entries))
            if found:  # report a broken mirror only once, not again with every later commit
                self._broken.add(current.id)
            yield from found

    # --- the list of pruned releases ---

    def _list(self, view: View) -> Iterator[Finding]:
        path = f"{view.place.path}/{PRUNED}"
        now = view.now(PRUNED)
        problem = None if now is None else list_problem(self.repository, now, path)
        if problem is not None:
            yield problem
        listed = self._listed(view.place)
        before = [listed_trees(self.repository, entry) for entry in view.before(PRUNED)]
        yield from list_findings(path, before, listed, {tag: self._published(tag) for tag in listed})
        for tag, tree in listed.items():
            self.published.setdefault(tag, tree)

    def _listed(self, place: WarehouseLocation) -> Mapping[str, str]:
        entry = self.layers.entry(place.tree, PRUNED)
        if entry is None:
            return {}
        if self._list_read is None or self._list_read[0] != entry:  # cached, because a prune removes many releases
            self._list_read = (entry, listed_trees(self.repository, entry))
        return self._list_read[1]

    def _scope(self, view: View) -> Scope:
        return Scope(self.repository, App(self.app, Package("", "")), view.place.path, view.step.id)


def _at(step: RangeCommit, found: Finding) -> Finding:
    message = f"{found.message} (commit {step.id[:12]})"
    return evolve(found, message=message, data={**found.data, "commit": step.id})


def _bounded(findings: Sequence[Finding]) -> Iterator[Finding]:
    yield from findings[:_MOST]
    if len(findings) > _MOST:
        last = findings[_MOST]
        yield evolve(last, message=f"{last.message}, and {len(findings) - _MOST - 1} more findings")
