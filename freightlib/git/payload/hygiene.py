"""Checks a payload of any package type: names, modes, collisions and links.

All code that copies or verifies a payload uses these checks. The results for a directory are cached by its tree id. So
an unchanged payload costs nothing, and after a change of one file only the directories above it are checked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from attrs import evolve, frozen

from freightlib.git.payload.links import link_findings
from freightlib.git.payload.memo import Memo, Objects
from freightlib.git.safe_names import folded, is_gitmodules, name_problem
from freightlib.git.trees import Entry, Mode, join
from freightlib.models import Finding
from freightlib.models.findings.catalogue import finding

_CLEAN_MODES: Final = (Mode.FILE, Mode.EXECUTABLE)
#: Git before 2005 wrote this mode, and some repositories still hold it. Git reads it as a file.
_OLD_FILE: Final = 0o100664


@frozen
class Summary:
    """The findings and symbolic links (path, blob id) of a directory. Paths are relative to it."""

    findings: tuple[Finding, ...] = ()
    links: tuple[tuple[str, str], ...] = ()


_SUMMARIES: Final[Memo[Summary]] = Memo(100_000)


def hygiene_findings(objects: Objects, payload: str) -> Iterator[Finding]:
    """Yield everything wrong with the payload tree, for any package type. Paths are relative to the payload.

    The caller must call ``size_limits.measure`` first. Raises CorruptObjectError if an object cannot be read.
    """
    seen = _summary(objects, payload)
    yield from seen.findings
    yield from link_findings(objects, payload, seen.links)


def located(findings: Iterable[Finding], prefix: str) -> tuple[Finding, ...]:
    """Return the findings with ``prefix`` put before their paths."""
    return tuple(evolve(found, path=join(prefix, found.path) if found.path else prefix) for found in findings)


def _summary(objects: Objects, tree: str) -> Summary:
    known = _SUMMARIES.get(tree)
    return known if known is not None else _SUMMARIES.put(tree, _summarise(objects, tree))


def _summarise(objects: Objects, tree: str) -> Summary:
    entries = objects.read_tree(tree)
    findings = list(_names(entries))
    links: list[tuple[str, str]] = []
    for entry in entries:
        if entry.is_tree:
            below = _summary(objects, entry.id)
            findings += located(below.findings, entry.name)
            links += ((join(entry.name, path), blob) for path, blob in below.links)
        elif entry.mode == Mode.SYMLINK:
            links.append((entry.name, entry.id))
        else:
            findings += _entry(entry)
    return Summary(tuple(findings), tuple(links))


def _names(entries: Iterable[Entry]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for entry in entries:
        problem = name_problem(entry.name)
        if problem is not None:
            yield finding("name-unsafe", entry.name, f"the name {entry.name!r} {problem}")
            continue
        if entry.mode == Mode.SYMLINK and is_gitmodules(entry.name):
            yield finding(
                "name-unsafe", entry.name, "git refuses a symbolic link of this name (fsck gitmodulesSymlink)"
            )
        key = folded(entry.name)
        if key in seen:
            yield _collision(entry.name, seen[key])
        seen.setdefault(key, entry.name)


def _collision(name: str, other: str) -> Finding:
    if name == other:
        return finding("name-collision", name, f"{name!r} appears twice in its directory", names=[name, other])
    return finding(
        "name-collision",
        name,
        f"{name!r} and {other!r} are the same name on file systems that ignore case or Unicode normalisation",
        names=[other, name],
    )


def _entry(entry: Entry) -> Iterator[Finding]:
    if entry.mode == Mode.SUBMODULE:
        yield finding(
            "submodule",
            entry.name,
            f"it is a submodule (commit {entry.id[:12]}): its files are not here",
            commit=entry.id,
        )
    elif entry.mode not in _CLEAN_MODES:
        message, mode = f"it has the mode {entry.mode:06o}", f"{entry.mode:06o}"
        if entry.mode == _OLD_FILE:
            yield finding("mode-odd", entry.name, message, mode=mode)
        else:
            yield finding("mode-unknown", entry.name, message, mode=mode)
