"""Warehouse trees are compared as bytes; the difference is that of their entries, whatever they hold."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freightlib.errors import CorruptObjectError
from freightlib.git.trees import Entry, Mode, object_id, pack_tree, parse_tree
from freightlib.warehouse.verify.history.tree_deltas import WarehouseTrees

HEX = st.integers(0, 60).map(lambda number: hashlib.sha1(b"%d" % number).hexdigest())
IDS = st.integers(0, 3).map(lambda number: hashlib.sha1(b"id%d" % number).hexdigest())
SNAPSHOTS = st.dictionaries(HEX.map("git-{}".format), IDS, max_size=40)
LONG = st.dictionaries(HEX.map(lambda name: f"git-{name}{name[:24]}"), IDS, max_size=2)
OTHERS = st.dictionaries(
    st.sampled_from(["current", "README", "git-abc", "git", "pruned.yaml", "zz", "40000 git-x", "git-" + "F" * 40]),
    st.tuples(st.sampled_from([*Mode]), IDS),
    max_size=4,
)


@st.composite
def warehouses(draw: st.DrawFn) -> list[bytes]:
    """Trees one after the other, each some changes away from the one before."""
    snapshots, trees = draw(SNAPSHOTS), []
    for _ in range(draw(st.integers(2, 5))):
        for name in draw(st.lists(st.sampled_from(sorted(snapshots)), max_size=3)) if snapshots else ():
            snapshots.pop(name, None)
        snapshots |= draw(st.dictionaries(HEX.map("git-{}".format), IDS, max_size=3))
        entries = [Entry(name, Mode.TREE, one) for name, one in {**snapshots, **draw(LONG)}.items()]
        others = draw(OTHERS).items()
        trees.append(pack_tree([*entries, *(Entry(name, mode, one) for name, (mode, one) in others)]))
    return trees


@given(warehouses())
def test_the_difference_is_that_of_the_entries(trees: list[bytes]) -> None:
    by_id = {object_id("tree", data): data for data in trees}
    layers = WarehouseTrees(by_id.__getitem__)
    names = [object_id("tree", data) for data in trees]
    for old, new in zip([None, *names], [*names, None], strict=True):
        before = set(parse_tree(by_id[old])) if old else set()
        after = set(parse_tree(by_id[new])) if new else set()
        delta = layers.delta(old, new)
        assert (set(delta.removed), set(delta.added)) == (before - after, after - before)
        for name in ("current", "pruned.yaml"):
            assert layers.entry(new, name) == next((entry for entry in after if entry.name == name), None)


@given(warehouses(), st.data())
def test_damaged_bytes_are_an_error_or_a_tree(trees: list[bytes], data: st.DataObject) -> None:
    old = trees[0]
    cut = data.draw(st.integers(0, len(trees[1])))
    flip = data.draw(st.integers(0, max(len(trees[1]) - 1, 0)))
    new = bytearray(trees[1])
    if new:
        new[flip] ^= data.draw(st.integers(0, 255))
    layers = WarehouseTrees({"a" * 40: old, "b" * 40: bytes(new[:cut])}.__getitem__)
    try:
        before, after = set(parse_tree(old)), set(parse_tree(bytes(new[:cut])))
    except CorruptObjectError:
        with pytest.raises(CorruptObjectError):
            layers.delta("a" * 40, "b" * 40)
        return
    delta = layers.delta("a" * 40, "b" * 40)
    assert (set(delta.removed), set(delta.added)) == (before - after, after - before)


def test_many_releases_and_one_more() -> None:
    names = sorted(hashlib.sha1(b"%d" % number).hexdigest() for number in range(3000))
    entries = [Entry("current", Mode.TREE, names[0]), *(Entry(f"git-{name}", Mode.TREE, name) for name in names)]
    new = Entry("git-" + "5" * 40, Mode.TREE, "6" * 40)
    trees = {"a" * 40: pack_tree(entries), "b" * 40: pack_tree([*entries, new]), "c" * 40: pack_tree(entries[:-1])}
    layers = WarehouseTrees(trees.__getitem__)
    assert layers.delta("a" * 40, "b" * 40).added == (new,)
    assert layers.delta("b" * 40, "a" * 40).removed == (new,)
    assert layers.delta("a" * 40, "c" * 40).removed == (entries[-1],)
