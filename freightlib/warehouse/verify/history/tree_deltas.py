"""Compares two warehouse trees as bytes.

A warehouse of 10,000 releases is a tree of 700 KB, and every freight commit writes it again with one more entry. So the
common bytes at the front and at the back of two trees are skipped, and only the part between them is parsed. That works
because nearly all of a warehouse is one run of entries of equal length: ``40000 git-<full id>``, NUL, id. Inside the
run, entries begin at multiples of that length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from attrs import frozen

from freightlib.git.contract import RawTrees, Repository
from freightlib.git.trees import Entry, Tree, is_empty_tree, pack_tree, parse_tree

_FIRST: Final = re.compile(rb"40000 git-[0-9a-f]{40}(?:[0-9a-f]{24})?\0")
#: Size of an id in bytes -> patterns of runs of snapshots named by 40 digits, or by 64.
_RUNS: Final = {
    size: [re.compile(rb"(?:40000 git-[0-9a-f]{%d}\0.{%d})+" % (digits, size), re.DOTALL) for digits in (40, 64)]
    for size in (20, 32)
}
#: The size of the cache of trees. It holds those of the commits that were read last.
_KEPT: Final = 8 << 20  # bytes
_STEP: Final = 1 << 14  # bytes compared at a time: small enough for the processor's cache


@frozen(eq=False)
class WarehouseTree:
    """A warehouse tree: its raw ``data``, and where its run of snapshots begins and ends.

    From ``start`` to ``end`` each entry has ``stride`` bytes. The entries before and after are always parsed. ``like``
    is the result of comparing it with another tree (data, common bytes at the front and at the back), for the next
    ``delta``.
    """

    data: bytes
    start: int
    end: int
    stride: int
    id_bytes: int
    like: tuple[bytes, int, int] | None = None

    def parsed(self, begin: int, end: int) -> Tree:
        """Return the entries between two positions."""
        return parse_tree(self.data[begin:end], self.id_bytes)


@frozen
class TreeDelta:
    """The entries that were ``added`` to a tree and ``removed`` from it. A changed entry is in both."""

    removed: Tree
    added: Tree


def raw_trees(repository: Repository) -> Callable[[str], bytes]:
    """Return a function that reads raw trees of a repository in the fastest way that it offers."""
    if isinstance(repository, RawTrees):
        return repository.skim_tree
    return lambda tree: pack_tree(repository.read_tree(tree))


class WarehouseTrees:
    """Reads and compares warehouse trees by id. ``read`` returns a raw tree object."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read
        self._layers: dict[str | None, WarehouseTree] = {}
        self._size = 0

    def entries(self, tree: str | None) -> Tree:
        """Return every entry of a tree; ``None`` is the empty tree. Raises CorruptObjectError."""
        layer = self._layer(tree)
        return layer.parsed(0, len(layer.data))

    def entry(self, tree: str | None, name: str) -> Entry | None:
        """Return the entry of a name outside the run of snapshots, such as ``current``. Raises CorruptObjectError."""
        layer = self._layer(tree)
        outside = (*layer.parsed(0, layer.start), *layer.parsed(layer.end, len(layer.data)))
        return next((entry for entry in outside if entry.name == name), None)

    def snapshot(self, tree: str | None, name: str) -> str | None:
        """Return the tree id of the snapshot of that name, or ``None``. Raises CorruptObjectError."""
        layer = self._layer(tree)
        wanted = b"40000 %s\0" % name.encode()
        place = layer.data.find(wanted, layer.start, layer.end)
        while place >= 0 and (place - layer.start) % layer.stride:
            place = layer.data.find(wanted, place + 1, layer.end)  # the match was inside an id
        if place >= 0:
            end = place + len(wanted)
            return layer.data[end : end + layer.id_bytes].hex()
        found = self.entry(tree, name)
        return found.id if found is not None and found.is_tree else None

    def delta(self, old: str | None, new: str | None) -> TreeDelta:
        """Return what changed from ``old`` to ``new``. Raises CorruptObjectError."""
        if old == new:
            return TreeDelta((), ())
        before = self._layer(old)
        return _delta(before, self._layer(new, before))

    def _layer(self, tree: str | None, like: WarehouseTree | None = None) -> WarehouseTree:
        known = self._layers.pop(tree, None)
        if known is None:
            data = b"" if tree is None or is_empty_tree(tree) else self._read(tree)
            known = _like(data, like) or _measured(data, len(tree or "") // 2 or 20)
            self._size += len(data)
        self._layers[tree] = known  # the one used last is removed last
        while self._size > _KEPT and len(self._layers) > 2:
            self._size -= len(self._layers.pop(next(iter(self._layers))).data)
        return known


def _measured(data: bytes, id_bytes: int) -> WarehouseTree:
    """Find the first run of snapshots in a tree, from its beginning."""
    start = position = 0
    while position < len(data):
        run = next((found for pattern in _RUNS[id_bytes] if (found := pattern.match(data, position))), None)
        if run is not None:
            first = data.index(b"\0", position) + 1 + id_bytes - position
            return WarehouseTree(data, position, run.end(), first, id_bytes)
        nul = data.find(b"\0", position)
        if nul < 0:
            break  # parsing reports what is wrong
        position = nul + 1 + id_bytes
    return WarehouseTree(data, start, start, 1, id_bytes)


def _like(data: bytes, other: WarehouseTree | None) -> WarehouseTree | None:
    """Find the run in a tree that is nearly equal to ``other``, without parsing it. Return ``None`` on failure."""
    if other is None or other.stride == 1:
        return None
    head = _head(data, other)
    if head is None:
        return None
    front, back = _common(other, data, head)
    tail = len(other.data) - other.end
    begin, rest = head + front, len(data) - back
    if back < tail or (rest - begin) % other.stride:
        return None
    for place in range(begin, rest, other.stride):
        match = _FIRST.match(data, place)
        if match is None or match.end() + other.id_bytes != place + other.stride:
            return None
    return WarehouseTree(data, head, len(data) - tail, other.stride, other.id_bytes, (other.data, front, back))


def _head(data: bytes, other: WarehouseTree) -> int | None:
    """Return where the run begins: after at most a few other entries. ``None`` if it is not found."""
    position = 0
    for _ in range(8):
        if _FIRST.match(data, position):
            return position
        nul = data.find(b"\0", position)
        if nul < 0:
            return None
        position = nul + 1 + other.id_bytes
    return None


def _common(one: WarehouseTree, data: bytes, at: int) -> tuple[int, int]:
    """Return how many bytes are equal at the front of the run (in whole entries) and at the back of both trees."""
    left, right, begin = one.data, data, one.start
    size = min(one.end - begin, len(right) - at)
    front = _prefix(left, begin, right, at, size)
    front -= front % one.stride
    room = min(len(left) - begin, len(right) - at) - front
    back = _suffix(left, right, room)
    tail = len(left) - one.end
    if back >= tail:
        back -= (back - tail) % one.stride
    return front, back


def _prefix(left: bytes, at_left: int, right: bytes, at_right: int, size: int) -> int:
    """Return how many of ``size`` bytes are equal, counted forward from two positions."""
    return _agreed(size, lambda begin, end: right.startswith(left[at_left + begin : at_left + end], at_right + begin))


def _suffix(left: bytes, right: bytes, size: int) -> int:
    """Return how many of ``size`` bytes are equal, counted backward from the ends."""
    ends = len(left), len(right)
    return _agreed(size, lambda begin, end: right.startswith(left[ends[0] - end : ends[0] - begin], ends[1] - end))


def _agreed(size: int, same: Callable[[int, int], bool]) -> int:
    low = 0
    while low < size and same(low, min(low + _STEP, size)):
        low = min(low + _STEP, size)
    high = min(low + _STEP, size)
    while high - low > 1:
        middle = (low + high) // 2
        if same(low, middle):
            low = middle
        else:
            high = middle
    return low


def _delta(old: WarehouseTree, new: WarehouseTree) -> TreeDelta:
    tail = len(old.data) - old.end
    if old.stride == new.stride != 1 and old.id_bytes == new.id_bytes and tail == len(new.data) - new.end:
        known = new.like is not None and new.like[0] is old.data
        front, back = new.like[1:] if known and new.like else _common(old, new.data, new.start)
        if back >= tail:
            before = (*old.parsed(0, old.start), *old.parsed(old.start + front, len(old.data) - back))
            after = (*new.parsed(0, new.start), *new.parsed(new.start + front, len(new.data) - back))
            return _parted(before, after)
    return _parted(old.parsed(0, len(old.data)), new.parsed(0, len(new.data)))


def _parted(before: Tree, after: Tree) -> TreeDelta:
    left, right = set(before), set(after)
    return TreeDelta(tuple(_in(before, left - right)), tuple(_in(after, right - left)))


def _in(entries: Tree, wanted: set[Entry]) -> Iterator[Entry]:
    return (entry for entry in entries if entry in wanted)
