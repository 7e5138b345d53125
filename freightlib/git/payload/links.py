"""Checks where the symbolic links of a payload lead, without a file system."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from freightlib.errors import FreightError
from freightlib.git.payload.memo import Objects
from freightlib.git.trees import Entry, Mode, encode_name
from freightlib.models import Finding
from freightlib.models.findings.catalogue import finding

# Linux gives up after 40 links in one lookup (ELOOP, path_resolution(7))
_HOPS: Final = 40
# Linux accepts no longer target (PATH_MAX, which counts a NUL at the end)
_LONGEST: Final = 4095
# POSIX, UNC and drive-letter forms: a Windows checkout would follow the latter two
_ABSOLUTE: Final = re.compile(r"/|\\|[A-Za-z]:")


class _LeavesError(FreightError):
    code = "symlink-escapes"


class _LoopsError(FreightError):
    code = "symlink-cycle"


def link_findings(objects: Objects, payload: str, links: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """Yield what is wrong with the payload's links: (path in the payload, id of the blob that holds the target)."""
    if not links:
        return
    place = _Payload(objects, payload)
    directories: dict[str, str] = {}
    for path, blob in links:
        target = _target(objects, blob)
        misspelt = _spelling(path, target)
        if misspelt is not None:
            yield misspelt
            continue
        try:
            reached = place.follow(path, target)
        except _LeavesError as error:
            yield _found("symlink-escapes", path, target, error.message)
        except _LoopsError as error:
            yield _found("symlink-cycle", path, target, error.message)
        else:
            if reached is None:
                yield _found("symlink-dangling", path, target, "which does not exist")
            elif reached[1].is_tree:
                directories[path] = reached[0]
    targets = {path: blob for path, blob in links if path in directories}
    for path in _endless(directories):
        message = "a directory that leads back to this link"
        yield _found("symlink-cycle", path, _target(objects, targets[path]), message)


def _spelling(path: str, target: str) -> Finding | None:
    """Return what is wrong with a target in any payload, or ``None``."""
    if not target or "\0" in target or len(encode_name(target)) > _LONGEST:
        return _found("symlink-odd", path, target, "which no file system accepts as a target")
    return _found("symlink-absolute", path, target, "an absolute path") if _ABSOLUTE.match(target) else None


def _target(objects: Objects, blob: str) -> str:
    return objects.read_blob(blob).decode("utf-8", "surrogateescape")


def _found(code: str, path: str, target: str, what: str) -> Finding:
    shown = target if len(target) <= 200 else target[:200] + "…"
    return finding(code, path, f"the symbolic link leads to {shown!r}, {what}", target=target)


class _Payload:
    """Resolves paths in a payload as the operating system would. Raises _LeavesError for a path outside of it."""

    def __init__(self, objects: Objects, root: str) -> None:
        self._objects = objects
        self._root = root
        self._directories: dict[str, dict[str, Entry]] = {}

    def follow(self, link: str, target: str) -> tuple[str, Entry] | None:
        """Return the path and entry that ``target`` of ``link`` leads to, or ``None`` if nothing is there."""
        if _climbs_out(link, target):
            raise _LeavesError("outside the payload")
        trail = self._open(link.split("/")[:-1])
        steps = deque(_steps(target))
        hops = 0
        while steps:
            step = steps.popleft()
            if step == "..":
                if len(trail) == 1:
                    raise _LeavesError("outside the payload")
                trail.pop()
                continue
            found = self._children(trail[-1][1]).get(step)
            if found is None or found.mode == Mode.SUBMODULE:
                return None
            if found.mode != Mode.SYMLINK:
                trail.append((step, found))
                continue
            hops += 1
            if hops > _HOPS:
                raise _LoopsError("which leads back to itself")
            onward = _target(self._objects, found.id)
            if _ABSOLUTE.match(onward):
                raise _LeavesError(f"which leads through {step!r} outside the payload")
            steps.extendleft(reversed(_steps(onward)))
        return "/".join(name for name, _ in trail[1:]), trail[-1][1]

    def _open(self, parts: Iterable[str]) -> list[tuple[str, Entry]]:
        trail = [("", Entry("", Mode.TREE, self._root))]
        for part in parts:
            # a duplicate name is reported elsewhere; the other entry of that name may be the directory
            trail.append((part, self._children(trail[-1][1]).get(part, Entry(part, Mode.FILE, ""))))
        return trail

    def _children(self, directory: Entry) -> dict[str, Entry]:
        if not directory.is_tree:
            return {}
        if directory.id not in self._directories:
            self._directories[directory.id] = {entry.name: entry for entry in self._objects.read_tree(directory.id)}
        return self._directories[directory.id]


def _steps(target: str) -> list[str]:
    # a name that is too long for any file system is never found, so it needs no check here
    return [step for step in target.split("/") if step not in ("", ".")]


def _climbs_out(link: str, target: str) -> bool:
    """Return whether the ``..`` in the target alone leave the payload. Some tools resolve ``..`` before links."""
    height = link.count("/")
    for step in _steps(target):
        height += -1 if step == ".." else 1
        if height < 0:
            return True
    return False


def _endless(directories: dict[str, str]) -> list[str]:
    """Return the links to directories (path -> target) on which a walk that follows links would never end."""
    after = {link: {other for other in directories if _within(other, target)} for link, target in directories.items()}
    # a link without a next or a previous link is on no cycle: remove such links until nothing changes
    while True:
        entered = {other for others in after.values() for other in others}
        kept = {link for link, others in after.items() if others and link in entered}
        if len(kept) == len(after):
            return sorted(kept, key=encode_name)
        after = {link: after[link] & kept for link in kept}


def _within(path: str, directory: str) -> bool:
    return not directory or path.startswith(directory + "/")
