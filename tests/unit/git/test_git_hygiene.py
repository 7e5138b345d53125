"""One judge of payloads: what copying refuses and what verification calls an error are the same payloads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from freightlib.errors import FreightError
from freightlib.git.objects.copying import copy_tree
from freightlib.git.trees import Entry, Mode, Tree
from freightlib.models import Severity
from freightlib.warehouse.verify.payload import payload_findings
from tests.examples import examples

NAMES = [
    "a", "b", "A", "d", ".git", "git~1", ".gitmodules", ".gitmo\u200cdules", "a\\b", "x" * 256, "c\u200c", ".g\u200cit",
    "\u00e9", "e\u0301", "\udcff", "..", "", " ", "a\n",
]  # fmt: skip
TARGETS = [
    "a", "b", "../b", "../../b", "/etc", "a/../..", "..", ".", "C:x", "\\x", "d/a", "../d/a", "", "a\0b", "x/../../a",
    "d/../../a", "b/..", "./d", "x" * 4096,
]  # fmt: skip
MODES = [*Mode, 0o100664, 0o100600, 0o040755]


class Objects:
    """Trees and blobs in memory, as a hostile repository could hold them: any names, twice, in any mode."""

    algorithm, location = "sha1", "memory"

    def __init__(self) -> None:
        self.trees: dict[str, Tree] = {}
        self.blobs: dict[str, bytes] = {}

    def blob(self, data: bytes) -> str:
        name = hashlib.sha1(b"blob" + data).hexdigest()
        self.blobs[name] = data
        return name

    def tree(self, entries: Iterable[Entry]) -> str:
        kept = tuple(entries)
        name = hashlib.sha1(repr(kept).encode()).hexdigest()
        self.trees[name] = kept
        return name

    def read_tree(self, tree: str, /) -> Tree:
        return self.trees[tree]

    def read_blob(self, blob: str, /) -> bytes:
        return self.blobs[blob]

    def has(self, name: str) -> bool:
        return True  # so that a copy that is not refused has nothing to do

    def put(self, name: str, kind: str, data: bytes) -> None:
        raise AssertionError(name)


Plan = list[tuple[str, int, object]]
plans = st.recursive(
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(MODES), st.sampled_from(TARGETS)), max_size=3),
    lambda below: st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(MODES), below), min_size=1, max_size=4),
    max_leaves=12,
)


def made(objects: Objects, plan: Plan) -> str:
    entries = []
    for name, mode, what in plan:
        if isinstance(what, list):
            entries.append(Entry(name, Mode.TREE, made(objects, what)))
        else:
            kind = Mode.FILE if mode == Mode.TREE else mode
            entries.append(Entry(name, kind, objects.blob(str(what).encode("utf-8", "surrogateescape"))))
    return objects.tree(entries)


@settings(max_examples=examples(400))
@given(plans)
@example([("a", Mode.FILE, "x"), ("a", Mode.FILE, "y")])  # copying did not see a name that stands twice
@example([("a", 0o100600, "x")])  # verification only warned
@example([("a", Mode.SYMLINK, "a\0b")])  # verification called it dangling
@example([("d", Mode.SYMLINK, ".")])  # copying followed it round and round
@example(
    [("d", Mode.TREE, [("l", Mode.SYMLINK, "../a")]), ("d", Mode.FILE, "x")]
)  # verification failed with a KeyError
def test_copying_and_verification_agree(plan: Plan) -> None:
    objects = Objects()
    payload = made(objects, [*plan, ("z.yaml", Mode.FILE, "kind: A")])
    found = payload_findings(objects, payload, "plain", "")
    wrong = [one for one in found if one.severity is Severity.ERROR]
    if not wrong:
        assert copy_tree(objects, payload, objects) == 0  # type: ignore[arg-type]
        return
    with pytest.raises(FreightError) as caught:
        copy_tree(objects, payload, objects)  # type: ignore[arg-type]
    assert caught.value.data["reason"] in {one.code for one in wrong}
