"""Verifies a whole warehouse: every snapshot of an app, and ``current/``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from freightlib.errors import CorruptObjectError
from freightlib.git.trees import Entry, Mode, Tree
from freightlib.models import CURRENT, PRUNED, Finding, Report
from freightlib.models.findings.catalogue import finding
from freightlib.models.freight import revision_of
from freightlib.warehouse.verify.mirror import mirror_findings
from freightlib.warehouse.verify.pruned import list_findings, list_problem, listed_trees
from freightlib.warehouse.verify.snapshot import Scope, duplicates, snapshot_findings, unreadable


def folder_report(scope: Scope, found: Entry | None) -> Report:
    """Return everything wrong with the warehouse whose entry is ``found`` (``None``: it does not exist yet)."""
    report, listed = outer_report(scope, found)
    snapshots = _snapshots(listed)
    findings = [one for entry in snapshots for one in snapshot_findings(scope, entry.name, entry.id)]
    return report.joined(Report.of(findings, apps=1, snapshots=len(snapshots)))


def outer_report(scope: Scope, found: Entry | None) -> tuple[Report, Tree]:
    """Return what is wrong with a warehouse apart from its snapshots (names, ``pruned.yaml``, ``current/``), and its
    entries.
    """
    if found is None:
        return Report(), ()
    if not found.is_tree:
        message = f"the warehouse of {scope.app.name} is not a directory (mode {found.mode:06o})"
        return Report.of([finding("warehouse-not-directory", scope.warehouse, message)]), ()
    try:
        listed = scope.objects.read_tree(found.id)
        findings = list(_outer(scope, listed))
    except CorruptObjectError as error:
        return Report.of([unreadable(scope.warehouse, error)]), ()
    subjects = [scope.path(entry.name) for entry in _snapshots(listed)]
    if subjects or any(entry.name == CURRENT for entry in listed):
        subjects.append(scope.path(CURRENT))
    return Report(findings, subjects=subjects), listed


def _snapshots(listed: Tree) -> list[Entry]:
    by_name = {entry.name: entry for entry in listed}
    return [entry for entry in by_name.values() if entry.is_tree and revision_of(entry.name)]


def _outer(scope: Scope, listed: Tree) -> Iterator[Finding]:
    entries = {entry.name: entry for entry in listed}
    yield from duplicates(scope.warehouse, listed)
    yield from _names(scope, entries)
    yield from _pruned(scope, entries)
    yield from _current(scope, entries, published=any(entry.is_tree and revision_of(entry.name) for entry in listed))


def _pruned(scope: Scope, entries: Mapping[str, Entry]) -> Iterator[Finding]:
    """Check that the list is readable, and that a listed release that was restored has the tree in the list."""
    entry = entries.get(PRUNED)
    if entry is None:
        return
    path = scope.path(PRUNED)
    problem = list_problem(scope.objects, entry, path)
    if problem is not None:
        yield problem
    here = {name: entries[name].id for name in listed_trees(scope.objects, entry) if name in entries}
    yield from list_findings(path, (), listed_trees(scope.objects, entry), here)


def snapshot_report(scope: Scope, warehouse: str | None, name: str) -> Report:
    """Check one snapshot in a warehouse tree (``None``: no warehouse). ``current`` is compared with its release."""
    entries = {entry.name: entry for entry in scope.objects.read_tree(warehouse)} if warehouse else {}
    entry = entries.get(name)
    if entry is None:
        return Report.of(
            [finding("snapshot-missing", scope.path(name), f"{name} is not in the warehouse")], snapshots=0
        )
    if not entry.is_tree:
        return Report.of([_not_directory(scope, entry)], snapshots=0)
    if name != CURRENT:
        return Report.of(snapshot_findings(scope, name, entry.id), snapshots=1)
    findings = list(mirror_findings(scope, entries))
    # an exact mirror has the tree id of its release, so checking current/ checks the release too
    if not findings:
        findings += snapshot_findings(scope, CURRENT, entry.id)
    return Report.of(findings, snapshots=1)


def released(names: Iterable[str]) -> Iterable[str]:
    """Return the source commits of the releases among the names in a warehouse."""
    return (revision for revision in map(revision_of, names) if revision)


def _names(scope: Scope, entries: dict[str, Entry]) -> Iterator[Finding]:
    for entry in entries.values():
        name, path = entry.name, scope.path(entry.name)
        if name == CURRENT or revision_of(name):
            if not entry.is_tree:
                yield _not_directory(scope, entry)
        elif name.startswith("git-"):
            yield finding("tag-short", path, f"{name!r} is not git-<full commit id>")
        elif name != PRUNED:
            what = "directory" if entry.is_tree else "symbolic link" if entry.mode == Mode.SYMLINK else "file"
            yield finding("warehouse-entry", path, f"the {what} {name!r} is not a snapshot")


def _not_directory(scope: Scope, entry: Entry) -> Finding:
    message = f"{entry.name} is not a directory (mode {entry.mode:06o})"
    return finding("snapshot-not-directory", scope.path(entry.name), message)


def _current(scope: Scope, entries: dict[str, Entry], *, published: bool) -> Iterator[Finding]:
    current = entries.get(CURRENT)
    if current is None and published:
        yield finding("current-missing", scope.path(CURRENT), "snapshots are published, but there is no current/")
    elif current is not None and current.is_tree:
        yield from mirror_findings(scope, entries)
