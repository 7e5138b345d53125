"""Hygiene of a payload: what its directories hold, learned once per tree id.

A directory's summary depends on its id alone, so a payload in which one file changed costs only the directories on the
way to that file; an unchanged payload costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from attrs import evolve, frozen

from freightlib.git.safe_names import folded, name_problem
from freightlib.git.trees import Entry, Mode, join
from freightlib.models import Finding
from freightlib.models.findings.catalogue import finding
from freightlib.warehouse.verify.links import link_findings
from freightlib.warehouse.verify.memo import Memo, Objects
from freightlib.warehouse.verify.package import package_findings
from freightlib.warehouse.verify.size_limits import TooLargeError, measure

#: The first line of a Git LFS pointer (git-lfs/docs/spec.md); a pointer is shorter than 1024 bytes.
_LFS: Final = (b"version https://git-lfs.github.com/spec/v1", b"version https://hawser.github.com/spec/v1")
_LFS_SIZE: Final = 1024
_CLEAN_MODES: Final = (Mode.FILE, Mode.EXECUTABLE)


@frozen
class Summary:
    """What a directory holds, paths relative to it: findings, and symbolic links as (path, blob id)."""

    findings: tuple[Finding, ...] = ()
    links: tuple[tuple[str, str], ...] = ()


_SUMMARIES: Final[Memo[Summary]] = Memo(100_000)
_POINTERS: Final[Memo[bool]] = Memo(400_000)
_PAYLOADS: Final[Memo[tuple[Finding, ...]]] = Memo(20_000)


def payload_findings(objects: Objects, payload: str, package_type: str, prefix: str) -> tuple[Finding, ...]:
    """Everything wrong with the payload tree as a package of that type, with paths below ``prefix``.

    Raises CorruptObjectError when an object cannot be read.
    """
    key = f"{package_type}:{payload}"
    known = _PAYLOADS.get(key)
    if known is None:
        known = _PAYLOADS.put(key, tuple(_payload(objects, payload, package_type)))
    return located(known, prefix)


def located(findings: Iterable[Finding], prefix: str) -> tuple[Finding, ...]:
    """The findings with their paths put below ``prefix``."""
    return tuple(evolve(found, path=join(prefix, found.path) if found.path else prefix) for found in findings)


def _payload(objects: Objects, payload: str, package_type: str) -> Iterator[Finding]:
    try:
        size = measure(objects.read_tree, payload)
    except TooLargeError as error:
        yield finding("payload-too-large", "", error.message)
        return
    if not size.files:
        yield finding("payload-empty", "", "the payload holds no file")
        return
    seen = _summary(objects, payload)
    yield from package_findings(objects, payload, package_type)
    yield from seen.findings
    yield from link_findings(objects, payload, seen.links)


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
            findings += _entry(objects, entry)
    return Summary(tuple(findings), tuple(links))


def _names(entries: Iterable[Entry]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for entry in entries:
        problem = name_problem(entry.name)
        if problem is not None:
            yield finding("name-unsafe", entry.name, f"the name {entry.name!r} {problem}")
            continue
        if entry.mode == Mode.SYMLINK and folded(entry.name) == ".gitmodules":
            yield finding(
                "name-unsafe", entry.name, "git refuses a symbolic link of this name (fsck gitmodulesSymlink)"
            )
        key = folded(entry.name)
        if key in seen:
            yield _collision(entry.name, seen[key])
        seen.setdefault(key, entry.name)


def _collision(name: str, other: str) -> Finding:
    if name == other:
        return finding("name-collision", name, f"{name!r} stands twice in its directory", names=[name, other])
    return finding(
        "name-collision",
        name,
        f"{name!r} and {other!r} are one name where case or Unicode normalisation does not count",
        names=[other, name],
    )


def _entry(objects: Objects, entry: Entry) -> Iterator[Finding]:
    if entry.mode == Mode.SUBMODULE:
        yield finding(
            "submodule",
            entry.name,
            f"it is a submodule (commit {entry.id[:12]}): its files are not here",
            commit=entry.id,
        )
        return
    if entry.mode not in _CLEAN_MODES:
        yield finding("mode-odd", entry.name, f"it has the mode {entry.mode:06o}", mode=f"{entry.mode:06o}")
    if _is_pointer(objects, entry.id):
        yield finding("lfs-pointer", entry.name, _pointer_message(entry.name))


def _is_pointer(objects: Objects, blob: str) -> bool:
    known = _POINTERS.get(blob)
    return known if known is not None else _POINTERS.put(blob, is_lfs_pointer(objects.read_blob(blob)))


def is_lfs_pointer(data: bytes) -> bool:
    """Whether ``data`` is a Git LFS pointer rather than the file itself (git-lfs/docs/spec.md)."""
    return len(data) < _LFS_SIZE and data.startswith(_LFS) and data.split(b"\n", 1)[0].rstrip(b"\r") in _LFS


def _pointer_message(name: str) -> str:
    message = "it is a Git LFS pointer, not the file itself"
    if name.endswith((".tgz", ".tar.gz")):
        message += '; Helm would fail on this chart archive with "gzip: invalid header"'
    return message
