"""Reads stored objects through the git program; every one is checked against its id.

``git cat-file`` hands out contents without looking whether they hash to the id that was asked for.
"""

from __future__ import annotations

import re
import tempfile
import weakref
from pathlib import Path
from typing import Final

from attrs import define

from freightlib.plugins import CorruptObjectError, RemoteError, backend_kit, is_empty_tree, object_id
from freightlib_gitcli.asking import CatFile, EndedError

_DAMAGE: Final = re.compile("corrupt|truncated|inflate|bad object|hash mismatch")
_CONFIG: Final = {
    "sha1": "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
    "sha256": "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n",
}


@define(slots=False)
class ProgramObjects:
    """See ``backend_kit.Objects``. ``local`` answers without fetching, where the two differ."""

    source: CatFile
    algorithm: str
    local: ProgramObjects | None = None

    def read(self, name: str) -> tuple[str, bytes] | None:
        """Kind and contents, or ``None``. Raises CorruptObjectError, and RemoteError when it cannot be fetched."""
        try:
            found = self.source.ask(name)
        except EndedError as error:
            raise _failed(name, error) from error
        if found is None:
            if "error:" in self.source.remarks:  # it is there, and git could not make sense of it
                raise backend_kit.damaged(name, self.source.remarks.strip().splitlines()[0].removeprefix("error: "))
            return None
        if found.id != name or object_id(found.kind, found.data, self.algorithm) != name:
            raise backend_kit.damaged(name, "its contents do not have that id")
        return found.kind, found.data

    def skim(self, name: str) -> tuple[str, bytes] | None:
        """As git hands it out, or ``None``: ``read`` says why."""
        try:
            found = self.source.ask(name)
        except EndedError:
            return None
        return (found.kind, found.data) if found is not None and found.id == name else None

    def has(self, name: str) -> bool:
        """Whether a whole copy is stored here: a damaged one does not count, so that writing it again heals it."""
        if is_empty_tree(name):
            return False  # git gives it out without having it, and git fsck misses it then: store it when in doubt
        try:
            return (self.local or self).read(name) is not None
        except CorruptObjectError:
            return False


def _failed(name: str, error: EndedError) -> Exception:
    if "promisor" in error.ran.err or "could not fetch" in error.ran.err:
        return RemoteError(
            f"the object {name} is not in this partial clone and could not be fetched: {error.ran.reason}",
            hint="check the network and the remote, then run the same again",
            remote="",
            stderr=error.ran.err[-2000:],
        )
    lines = [line.partition(": ")[2] for line in error.ran.err.splitlines()]
    told = next((line for line in lines if _DAMAGE.search(line)), error.ran.reason)
    return backend_kit.damaged(name, told)


def stored_objects(objects: Path, algorithm: str) -> ProgramObjects:
    """The objects in an object directory and its alternates, without fetching what a partial clone lacks."""
    scratch = tempfile.TemporaryDirectory(prefix="freightlib-objects-")
    root = Path(scratch.name)
    (root / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
    (root / "config").write_text(_CONFIG[algorithm], encoding="ascii")
    for name in ("objects", "refs"):
        (root / name).mkdir()
    environment = {"GIT_DIR": scratch.name, "GIT_OBJECT_DIRECTORY": str(objects)}
    source = CatFile(root, environment=environment)
    made = ProgramObjects(source, algorithm)
    weakref.finalize(made, scratch.cleanup)
    return made
