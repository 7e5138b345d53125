"""Copies one tree with everything below it between repositories. Checks it first; copies only missing objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Protocol, runtime_checkable

from freightlib.errors import CorruptObjectError, PackageError, UnsafePathError, UnsupportedRepositoryError
from freightlib.git.contract import PartialClone, Repository
from freightlib.git.payload.hygiene import hygiene_findings
from freightlib.git.payload.size_limits import TooLargeError, measure
from freightlib.git.trees import Mode, algorithm_of, object_id, pack_tree
from freightlib.models import Severity
from freightlib.models.findings.check import SOURCE

#: Findings that raise PackageError. The others are about names and links, and raise UnsafePathError.
_OF_PACKAGES: Final = frozenset({"submodule", "mode-unknown"})


@runtime_checkable
class RawReader(Protocol):
    """A source that returns stored bytes unchanged."""

    def raw(self, kind: str, name: str) -> bytes:
        """Return the contents of an object."""
        ...


class Target(Protocol):
    """The repository that objects are copied into."""

    @property
    def algorithm(self) -> str:
        """The algorithm of object ids: ``sha1`` or ``sha256``."""
        ...

    @property
    def location(self) -> str:
        """The path or address, for messages."""
        ...

    def has(self, name: str) -> bool:
        """Return whether the object is stored."""
        ...

    def put(self, name: str, kind: str, data: bytes) -> None:
        """Stage an object."""
        ...


def copy_tree(source: Repository, tree: str, target: Target) -> int:
    """Stage every object of the tree that ``target`` lacks, and return their number. On an error, nothing is staged."""
    if algorithm_of(tree) != target.algorithm:
        raise UnsupportedRepositoryError(
            f"{source.location!r} has {algorithm_of(tree).upper()} object ids and {target.location!r} has "
            f"{target.algorithm.upper()} ones, so a tree cannot have the same id in both",
            hint="keep source and GitOps repository in one object format",
            repository=target.location,
        )
    if isinstance(source, PartialClone):
        source.prefetch(tree)
    _check(source, tree)
    read = source.raw if isinstance(source, RawReader) else _reader(source)
    missing: list[tuple[str, str, bytes]] = []
    for kind, name in _objects(source, tree):
        if not target.has(name):
            data = read(kind, name)
            if object_id(kind, data, target.algorithm) != name:
                raise CorruptObjectError(
                    f"the contents of the {kind} {name} do not have that id",
                    hint="run git fsck --full in the source repository",
                    object=name,
                )
            missing.append((name, kind, data))
    for name, kind, data in missing:
        target.put(name, kind, data)
    return len(missing)


def _objects(source: Repository, tree: str) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    pending = [tree]
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        yield "tree", name
        for entry in source.read_tree(name):
            if entry.mode == Mode.TREE:
                pending.append(entry.id)
            elif entry.id not in seen:
                seen.add(entry.id)
                yield "blob", entry.id


def _reader(source: Repository) -> Callable[[str, str], bytes]:
    def read(kind: str, name: str) -> bytes:
        return pack_tree(source.read_tree(name)) if kind == "tree" else source.read_blob(name)

    return read


def _check(source: Repository, tree: str) -> None:
    """Raise an error for the first finding that forbids freezing the tree."""
    try:
        measure(source.read_tree, tree)
    except TooLargeError as error:
        raise PackageError(error.message, hint=SOURCE, path="", reason=error.code) from None
    for found in hygiene_findings(source, tree):
        if found.severity is Severity.ERROR:
            kind = PackageError if found.code in _OF_PACKAGES else UnsafePathError
            raise kind(f"{found.path}: {found.message}", hint=found.hint, path=found.path, reason=found.code)
