"""Renderings compared field by field."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freightlib.models import Manifest
from freightlib.rendering.compare import compare_renderings

# --- two renderings -------------------------------------------------------------------------------

KEYS = st.text('abXY_-./0 "\n', min_size=1, max_size=4)
LEAVES = st.none() | st.booleans() | st.integers(0, 9) | st.text("ab1- ", max_size=3)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))
BODIES = st.dictionaries(KEYS, VALUES, max_size=3)
PLANTED = "planted, and nowhere else"


@st.composite
def renderings(draw: st.DrawFn) -> list[dict[str, Any]]:
    kinds = draw(st.lists(st.sampled_from(["Service", "Secret", "Job"]), min_size=1, max_size=4))
    return [
        {"apiVersion": "v1", "kind": kind, "metadata": {"name": f"n{number}"}, "spec": draw(BODIES)}
        for number, kind in enumerate(kinds)
    ]


def manifests(documents: Iterable[Any]) -> list[Manifest]:
    return [Manifest(f"t/{number // 2}.yaml", json.dumps(each).encode()) for number, each in enumerate(documents)]


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, list[Any], Any]]:
    """Every leaf: the place as it should be named, and where to put another value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        plain = isinstance(key, str) and key.replace("-", "a").isidentifier() and key[0] != "-" and key.isascii()
        step = f"[{json.dumps(key)}]" if not plain else f".{key}" if place else key
        if isinstance(below, (dict, list)) and below:
            yield from leaves(below, place + step)
        else:
            yield place + step, value, key


@given(renderings())
def test_equal_renderings_differ_in_nothing(documents: list[dict[str, Any]]) -> None:
    assert compare_renderings(manifests(documents), manifests(documents)) == ()


@given(renderings(), st.data())
def test_one_planted_difference_is_named_exactly(documents: list[dict[str, Any]], data: st.DataObject) -> None:
    changed = json.loads(json.dumps(documents))
    number = data.draw(st.integers(0, len(documents) - 1))
    place, into, key = data.draw(st.sampled_from(list(leaves(changed[number]))))
    into[key] = PLANTED
    (found,) = compare_renderings(manifests(documents), manifests(changed))
    name = f"{documents[number]['kind']} n{number}"
    assert (found.path, found.resource, found.place, found.kind) == (f"t/{number // 2}.yaml", name, place, "value")
    assert found.second == PLANTED


@given(renderings(), st.randoms())
def test_documents_in_another_order_are_told_as_such(documents: list[dict[str, Any]], chance: Any) -> None:
    first = manifests(documents)
    second = list(first)
    chance.shuffle(second)
    assert [found.kind for found in compare_renderings(first, second)] == ([] if first == second else ["order"])


SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {{name: db, namespace: shop}}\ndata: {{{}}}\n"
CASES: dict[str, tuple[str, str, list[tuple[str, str, str]]]] = {
    "a dotted key": (
        SECRET.format("ca.crt: eA=="),
        SECRET.format("ca.crt: eQ=="),
        [("Secret shop/db", 'data["ca.crt"]', "value")],
    ),
    "a key that comes": (SECRET.format(""), SECRET.format("a: eA=="), [("Secret shop/db", "data.a", "added")]),
    "a key that goes": (SECRET.format("a: eA=="), SECRET.format(""), [("Secret shop/db", "data.a", "missing")]),
    "map order": ("kind: A\nx: {a: 1, b: 2}\n", "kind: A\nx: {b: 2, a: 1}\n", [("A", "", "text")]),
    "list order": ("kind: A\nx: [{a: 1}, {b: 2}]\n", "kind: A\nx: [{b: 2}, {a: 1}]\n", [("A", "x", "order")]),
    "words in another order": ("kind: A\nx: a,b,c\n", "kind: A\nx: c,a,b\n", [("A", "x", "order")]),
    "an item of a list": (
        "kind: A\nspec: {containers: [{env: [{value: a}, {value: b}]}]}\n",
        "kind: A\nspec: {containers: [{env: [{value: a}, {value: c}]}]}\n",
        [("A", "spec.containers[0].env[1].value", "value")],
    ),
    "a longer list": ("kind: A\nx: [1]\n", "kind: A\nx: [1, 2]\n", [("A", "x[1]", "added")]),
    "a comment": ("kind: A\n# made 1\n", "kind: A\n# made 2\n", [("A", "", "text")]),
    "spaces": ("kind: A\n", "kind:  A\n", [("A", "", "text")]),
    "another type": ("kind: A\nx: 1\n", "kind: A\nx: 1.0\n", [("A", "x", "value")]),
    "true is not 1": ("kind: A\nx: true\n", "kind: A\nx: 1\n", [("A", "x", "value")]),
    "another name": (
        "kind: A\nmetadata: {name: a-x}\n",
        "kind: A\nmetadata: {name: a-y}\n",
        [("A a-x", "metadata.name", "value")],
    ),
    "another kind": ("kind: A\n", "kind: B\n", [("A", "kind", "value")]),
    "not YAML": ("kind: [\n", "kind: [[\n", [("", "", "text")]),
    "several documents": ("a: 1\n---\nb: 1\n", "a: 1\n---\nb: 2\n", [("", "[1].b", "value")]),
    "not a number": ("kind: A\nx: .nan\nz: 1\n", "kind: A\nx: .nan\nz: 2\n", [("A", "z", "value")]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_differences(case: str) -> None:
    first, second, wanted = CASES[case]
    found = compare_renderings([Manifest("a.yaml", first.encode())], [Manifest("a.yaml", second.encode())])
    assert [(each.resource, each.place, each.kind) for each in found] == wanted


def test_documents_that_come_and_go() -> None:
    one, other = Manifest("a", b"kind: A\n"), Manifest("b", b"kind: B\n")
    assert [(each.path, each.kind) for each in compare_renderings([one], [one, other])] == [("b", "added")]
    assert [(each.path, each.kind) for each in compare_renderings([one, other], [other])] == [("a", "missing")]
    assert [(each.path, each.kind) for each in compare_renderings([one, one], [one])] == [("a", "missing")]


def test_a_document_is_found_again_in_another_file() -> None:
    first = [Manifest("a", b"kind: A\nmetadata: {name: x}\nz: 1\n"), Manifest("b", b"kind: B\n")]
    second = [Manifest("c", b"kind: A\nmetadata: {name: x}\nz: 2\n"), Manifest("b", b"kind: B\n")]
    assert [(each.path, each.place) for each in compare_renderings(first, second)] == [("a", "z")]
