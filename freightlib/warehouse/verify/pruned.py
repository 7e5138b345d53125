"""Reads and checks the list of pruned releases in a warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from freightlib.documents import read_pruned
from freightlib.errors import RecordError
from freightlib.git.payload.memo import Objects
from freightlib.git.trees import Entry, Mode
from freightlib.models import Finding
from freightlib.models.findings.catalogue import finding


def list_problem(objects: Objects, entry: Entry, path: str) -> Finding | None:
    """Return why the list at ``path`` cannot be read, or ``None``. Raises CorruptObjectError."""
    if entry.mode not in (Mode.FILE, Mode.EXECUTABLE):
        return finding("pruned-invalid", path, f"it is not a regular file (mode {entry.mode:06o})")
    try:
        read_pruned(objects.read_blob(entry.id), document=path)
    except RecordError as error:
        return finding("pruned-invalid", path, error.message, hint=error.hint, **error.data)
    return None


def listed_trees(objects: Objects, entry: Entry) -> Mapping[str, str]:
    """Return tag -> snapshot tree of the list. Empty if the list is not valid. Raises CorruptObjectError."""
    if entry.mode not in (Mode.FILE, Mode.EXECUTABLE):
        return {}
    try:
        return read_pruned(objects.read_blob(entry.id)).trees
    except RecordError:
        return {}  # list_problem reports it


def list_findings(
    path: str, before: Sequence[Mapping[str, str]], now: Mapping[str, str], published: Mapping[str, str | None]
) -> Iterator[Finding]:
    """Yield what is wrong with the list ``now``, compared with the lists in the parents and the ``published`` trees."""
    for listed in before:
        for tag, tree in listed.items():
            if now.get(tag) != tree:
                yield finding("history-pruned", path, f"{tag} is no longer listed with the tree {tree}", tag=tag)
    for tag, tree in now.items():
        known = published.get(tag)
        if known not in (None, tree):
            yield finding(
                "history-pruned", path, f"{tag} is listed with the tree {tree}, but {known} was published", tag=tag
            )
