"""Records what a renderer reads in addition to its request: files, environment variables, the network.

    with watched(decoys) as seen:
        renderer.render(request)
    assert not seen.files and not seen.connections

Only this process is watched, not the programs that it starts.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import field, mutable

# variables that may be read to find and start an engine
_KEPT: Final = (
    "PATH", "HOME", "TMP", "TEMP", "USER", "LOGNAME", "SHELL", "LANG", "LC_", "PYTHON", "VIRTUAL_ENV", "LD_", "DYLD_",
    "XDG_", "SYSTEMROOT", "FREIGHT", "COVERAGE", "PYTEST", "HYPOTHESIS",
)  # fmt: skip


@mutable
class Seen:
    """Everything that was read: ``files`` of the working directory, ``environment`` variables, ``connections``."""

    files: list[str] = field(factory=list)
    environment: set[str] = field(factory=set)
    connections: list[str] = field(factory=list)

    @property
    def telling(self) -> list[str]:
        """The environment variables that were read and could change a rendering."""
        return sorted(name for name in self.environment if not name.upper().startswith(_KEPT))


class Looked(dict[str, bytes | None]):
    """The policy of a request; it records paths that are read but not declared."""

    def __init__(self, declared: Mapping[str, bytes | None]) -> None:
        super().__init__(declared)
        self.undeclared: set[str] = set()

    def _note(self, path: object) -> None:
        if path not in self.keys():
            self.undeclared.add(str(path))

    def __getitem__(self, path: str) -> bytes | None:
        self._note(path)
        return super().__getitem__(path)

    def get(self, path: str, default: Any = None) -> Any:
        """Return a value, as any mapping does."""
        self._note(path)
        return super().get(path, default)

    def __contains__(self, path: object) -> bool:
        found = super().__contains__(path)
        if not found:
            self.undeclared.add(str(path))
        return found


_active: list[tuple[Path, Seen]] = []
_hooked: list[bool] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _active:
        return
    root, seen = _active[-1]
    if event == "open" and isinstance(arguments[0], (str, bytes, os.PathLike)):
        path = os.path.normpath(os.path.join(root, os.fsdecode(arguments[0])))  # noqa: PTH118 (paths of any type)
        # os.open (no mode) may get a name relative to a directory handle, as when a temporary directory is removed
        if path.startswith(f"{root}{os.sep}") and (arguments[1] is not None or os.path.isfile(path)):  # noqa: PTH113
            seen.files.append(os.path.relpath(path, root))
    elif event in ("socket.connect", "socket.getaddrinfo"):
        seen.connections.append(str(arguments[-1] if event == "socket.connect" else arguments[0]))


@contextmanager
def watched(root: Path) -> Iterator[Seen]:
    """Change to the directory ``root``, and record what is read there, from the environment and from the network."""
    if not _hooked:
        sys.addaudithook(_audit)  # an audit hook cannot be removed: this one does nothing outside the block
        _hooked.append(True)
    seen, before = Seen(), Path.cwd()
    kind: Any = type(os.environ)
    plain = kind.__getitem__

    def noted(self: Any, name: str) -> str:
        if _active:
            seen.environment.add(name)
        value: str = plain(self, name)
        return value

    os.chdir(root)
    kind.__getitem__ = noted
    _active.append((Path(os.path.realpath(root)), seen))
    try:
        yield seen
    finally:
        _active.pop()
        kind.__getitem__ = plain
        os.chdir(before)
