"""Reports the differences between two trees as findings, one for each path."""

from __future__ import annotations

from collections.abc import Iterator

from freightlib.git.payload.size_limits import measure
from freightlib.git.trees import Change, Entry, Mode, ReadTree, TreeDifference, compare_trees
from freightlib.models import Finding
from freightlib.models.findings.catalogue import finding

_KINDS = {Mode.TREE: "directory", Mode.SYMLINK: "symbolic link", Mode.SUBMODULE: "submodule"}


def difference_findings(
    family: str, read: ReadTree, expected: str, found: str, *, prefix: str, original: str
) -> Iterator[Finding]:
    """Yield a finding ``<family>-<change>`` for each path that differs between the trees. Paths are below ``prefix``.

    ``original`` names the place of the expected tree in messages. The two ids must differ, so there is at least one
    finding. Raises TooLargeError if a tree expands to more than a payload may hold, CorruptObjectError if an object
    cannot be read.
    """
    for tree in (expected, found):
        measure(read, tree)
    differences = 0
    for difference in compare_trees(read, expected, found, prefix):
        differences += 1
        yield finding(
            f"{family}-{difference.change.value}",
            difference.path,
            _message(difference, original),
            change=difference.change.value,
            expected=_data(difference.expected),
            found=_data(difference.found),
        )
    if not differences:
        # malformed trees (a duplicate name, a mode with a leading zero) can differ although all their entries are equal
        yield finding(f"{family}-content", prefix, f"its tree is {found}, that of {original} is {expected}")


def _message(difference: TreeDifference, original: str) -> str:
    expected, found = difference.expected, difference.found
    if difference.change is Change.ADDED:
        return f"it is not in {original}"
    if difference.change is Change.MISSING:
        return f"it is in {original}, but not here"
    if expected is None or found is None or difference.change is Change.CONTENT:
        return f"its content is not that in {original}" + _modes(expected, found)
    return f"it is {_kind(found)}, in {original} it is {_kind(expected)}"


def _modes(expected: Entry | None, found: Entry | None) -> str:
    if expected is None or found is None or expected.mode == found.mode:
        return ""
    return f", and its mode is {found.mode:06o}, there {expected.mode:06o}"


def _kind(entry: Entry) -> str:
    kind = next((name for mode, name in _KINDS.items() if mode == entry.mode), "file")
    return f"a {kind} (mode {entry.mode:06o})"


def _data(entry: Entry | None) -> dict[str, str] | None:
    return None if entry is None else {"mode": f"{entry.mode:06o}", "id": entry.id}
