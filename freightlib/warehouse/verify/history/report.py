"""Verifies the history of all warehouses of a branch, commit by commit, as one report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from attrs import field, mutable

from freightlib.errors import CorruptObjectError
from freightlib.git.contract import Repository
from freightlib.git.history.commit_range import CommitRange, RangeCommit
from freightlib.models import App, Finding, Package, Report
from freightlib.models.findings.catalogue import finding
from freightlib.models.progress import report as report_progress
from freightlib.warehouse.verify.folder import outer_report
from freightlib.warehouse.verify.history.locations import Places
from freightlib.warehouse.verify.history.rules import HistoryRules
from freightlib.warehouse.verify.history.tree_deltas import WarehouseTrees, raw_trees
from freightlib.warehouse.verify.snapshot import Scope, unreadable

#: Progress is reported after this many commits.
_EVERY: Final = 100


def history_report(
    repository: Repository, steps: CommitRange, root: str | None, warehouses: Mapping[str, str], only: str | None = None
) -> Report:
    """Return everything wrong with the commits of ``steps``, and with the warehouses in the tree ``root`` (optional).

    ``warehouses`` maps an app to its warehouse at the tip. Apps that only earlier commits name are checked too, unless
    ``only`` limits the check to one app. ``checked`` counts ``apps``, ``commits``, and the ``snapshots`` that the
    commits added.
    """
    history = _History(repository, Places(repository, dict(warehouses), only), {**steps.base})
    for tree in steps.base.values():
        history.begin(tree)
    for done, step in enumerate(steps.steps):
        if done % _EVERY == 0:
            report_progress("history", done, len(steps.steps))
        history.look(step)
    report_progress("history", len(steps.steps), len(steps.steps))
    now = Report() if root is None else history.tip(root)
    found = [*history.findings, *now.findings, *_cuts(steps.cuts)]
    snapshots = sum(judge.snapshots for judge in history.judges.values())
    counts = {"apps": len(warehouses), "commits": len(steps.steps), "snapshots": snapshots}
    return Report(tuple(once(found)), counts, now.subjects)


@mutable
class _History:
    """The check of a history, with HistoryRules for each app. ``roots`` maps a commit to its root tree."""

    repository: Repository
    places: Places
    roots: dict[str, str]
    findings: list[Finding] = field(factory=list)
    judges: dict[str, HistoryRules] = field(factory=dict)
    layers: WarehouseTrees = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.layers = WarehouseTrees(raw_trees(self.repository))
        for app in self.places.fallback:
            self._judge(app)

    def _judge(self, app: str) -> HistoryRules:
        judge = self.judges[app] = HistoryRules(self.repository, app, self.layers)
        return judge

    def begin(self, tree: str) -> None:
        """Accept the warehouses in the root tree of a sound commit."""
        for app in self._named(tree):
            try:
                self.judges[app].trust(self.places.at(app, tree))
            except CorruptObjectError as error:
                self.findings.append(unreadable(self.places.fallback[app], error))

    def look(self, step: RangeCommit) -> None:
        """Check a commit for every app."""
        self.roots[step.id] = step.tree
        try:
            for app in self._named(step.tree):
                parents = [self.places.at(app, self.roots[parent]) for parent in step.parents]
                self.findings += self.judges[app].judge(step, self.places.at(app, step.tree), parents)
        except CorruptObjectError as error:
            self.findings.append(unreadable("", error))

    def _named(self, tree: str) -> Sequence[str]:
        """Return every app named so far, including those that this commit names for the first time."""
        for app, path in self.places.named(tree).items():
            if app not in self.judges:
                self.places.fallback[app] = path
                self._judge(app)
        return tuple(self.judges)

    def tip(self, root: str) -> Report:
        """Return what is wrong with the warehouses at the tip. Snapshots were already checked in their own commits."""
        report = Report()
        for app in self.judges:
            place = self.places.at(app, root)
            scope = Scope(self.repository, App(app, Package("", "")), place.path)
            report = report.joined(outer_report(scope, place.entry)[0])
        return report


def _cuts(cuts: Sequence[str]) -> Iterator[Finding]:
    if cuts:
        which = f"commit {cuts[0][:12]}" if len(cuts) == 1 else f"{len(cuts)} commits ({cuts[0][:12]}, …)"
        yield finding(
            "history-cut", "", f"the history before {which} is missing here, so it was not checked", commits=cuts[:50]
        )


def once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Drop duplicate findings. Of the same problem in a commit and at the tip, keep the finding with the commit."""
    seen: set[tuple[str, ...]] = set()
    for one in findings:
        place, known = (one.code, one.path), (one.code, one.path, one.message)
        if known not in seen and ("commit" in one.data or place not in seen):
            yield one
        seen |= {place, known}
