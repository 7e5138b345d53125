"""The transform common-labels: labels where they belong, and every other byte as it was."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freightlib.documents import kubeyaml, read_lock
from freightlib.errors import ManifestError, PluginError, ProjectError
from freightlib.promotion.result import Outcome
from freightlib.rendering.builtin.labels import CommonLabels, labelled
from freightlib.testing import AppBuilder

LABELS = {"team": "shop", "release": "1"}
WEB = b"""\
# Source: shop/web.yaml
apiVersion: apps/v1 # kept
kind: Deployment
metadata:

  name: web   # of the shop
  labels: # ours
    # first
    app: web
    "team":   'old'  # was another's
spec:
  limit: 1e6
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
"""


def changed(before: bytes, after: bytes) -> list[str]:
    lines = difflib.ndiff(before.decode().splitlines(keepends=True), after.decode().splitlines(keepends=True))
    return [line for line in lines if line[0] in "+-"]


def test_only_the_labels_lines_change() -> None:
    assert changed(WEB, labelled(WEB, LABELS, document="a")) == [
        "+     release: '1'\n",
        "-     \"team\":   'old'  # was another's\n",
        '+     "team":   shop  # was another\'s\n',
    ]


SHAPES: dict[str, tuple[bytes, bytes]] = {
    "no metadata": (b"kind: A\n", b"metadata:\n  labels:\n    team: shop\nkind: A\n"),
    "no labels": (
        b"kind: A\nmetadata:\n    name: x\n",
        b"kind: A\nmetadata:\n    labels:\n      team: shop\n    name: x\n",
    ),
    "null metadata": (b"kind: A\nmetadata:\nspec: 1\n", b'kind: A\nmetadata: {"labels": {"team": "shop"}}\nspec: 1\n'),
    "null labels": (b"kind: A\nmetadata: {labels: ~}\n", b'kind: A\nmetadata: {labels: {"team": "shop"}}\n'),
    "empty labels": (b"kind: A\nmetadata: {labels: {}}\n", b'kind: A\nmetadata: {labels: {"team": "shop"}}\n'),
    "flow": (
        b"kind: A\nmetadata: {name: x, labels: {a: b}} # c\n",
        b'kind: A\nmetadata: {name: x, labels: {"team": "shop", a: b}} # c\n',
    ),
    "json": (
        b'{"kind": "A", "metadata": {"name": "x"}}',
        b'{"kind": "A", "metadata": {"labels": {"team": "shop"}, "name": "x"}}',
    ),
    "windows": (
        b"kind: A\r\nmetadata:\r\n  name: x\r\n",
        b"kind: A\r\nmetadata:\r\n  labels:\r\n    team: shop\r\n  name: x\r\n",
    ),
    "byte order mark": (b"\xef\xbb\xbfkind: A\n", b"\xef\xbb\xbfmetadata:\n  labels:\n    team: shop\nkind: A\n"),
    "list": (
        b"kind: List\nitems:\n- kind: A\n  metadata:\n    name: \xc3\xbc\n- kind: B\n",
        b"kind: List\nitems:\n- kind: A\n  metadata:\n    labels:\n      team: shop\n    name: \xc3\xbc\n"
        b"- metadata:\n    labels:\n      team: shop\n  kind: B\n",
    ),
    "the last of two": (
        b"kind: A\nmetadata: {name: x}\nmetadata: {name: y}\n",
        b'kind: A\nmetadata: {name: x}\nmetadata: {"labels": {"team": "shop"}, name: y}\n',
    ),
    "there already": (b"kind: A\nmetadata: {labels: {team: shop}}\n", b"kind: A\nmetadata: {labels: {team: shop}}\n"),
    "no resource": (b"- 1\n", b"- 1\n"),
    "nothing": (b"# only a comment\n", b"# only a comment\n"),
    "shared, so written anew": (
        b"kind: A\nmetadata: {labels: &l {a: b}}\nspec: {selector: *l}\n",
        b"kind: A\nmetadata:\n  labels:\n    a: b\n    team: shop\nspec:\n  selector:\n    a: b\n",
    ),
    "a question mark, so written anew": (
        b"? kind\n: A\n? metadata\n: name: x\n",
        b"kind: A\nmetadata:\n  name: x\n  labels:\n    team: shop\n",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_way_of_writing(shape: str) -> None:
    before, after = SHAPES[shape]
    assert labelled(before, {"team": "shop"}, document="a") == after


@pytest.mark.parametrize("data", [b"kind: A\nmetadata: x\n", b"kind: A\nmetadata: {labels: [a]}\n", b"kind: {"])
def test_what_cannot_be_labelled_is_an_error(data: bytes) -> None:
    with pytest.raises(ManifestError, match=r"^a\.yaml"):
        labelled(data, LABELS, document="a.yaml")


TEXT = st.text("ab:#-'\" \n{}[]&*!|>%@\\\t,é", max_size=6)
VALUES = st.recursive(
    TEXT | st.integers() | st.none(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXT, below, max_size=3),
    max_leaves=8,
)


@given(VALUES, st.booleans(), st.booleans(), st.booleans())
def test_whatever_stands_beside_is_kept(value: Any, flow: bool, named: bool, given: bool) -> None:
    import yaml

    metadata = {**({"name": "x"} if named else {}), **({"labels": {"team": "old", "a": "b"}} if given else {})}
    written = yaml.safe_dump({"kind": "A", "metadata": metadata, "spec": value}, default_flow_style=flow).encode()
    (before,) = kubeyaml.load_all(written, document="a")
    (after,) = kubeyaml.load_all(labelled(written, LABELS, document="a"), document="a")
    before.setdefault("metadata", {}).setdefault("labels", {}).update(LABELS)
    assert after == before


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "none": ({}, "labels"),
    "unknown": ({"labels": {"a": "b"}, "annotations": {}}, "annotations"),
    "number": ({"labels": {"a": 1}}, "quotes"),
    "name": ({"labels": {"a b": "c"}}, "name"),
    "prefix": ({"labels": {"A_/b": "c"}}, "name"),
    "value": ({"labels": {"a": "b c"}}, "63"),
    "long": ({"labels": {"a": "b" * 64}}, "63"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_options_are_named(case: str) -> None:
    options, said = WRONG[case]
    with pytest.raises(ProjectError) as caught:
        CommonLabels().effective_options(options)
    assert said in str(caught.value)
    assert caught.value.data["path"].startswith("render.transforms.")


TRANSFORMS = [{"name": "common-labels", "labels": {"example.org/stage": "{stage}", "team": "shop"}}]


def test_it_stands_in_the_lock_and_spares_nothing_else(freight_app: Callable[..., AppBuilder]) -> None:
    app = freight_app(render={"transforms": TRANSFORMS})
    (first,) = app.promote()
    lock = read_lock(app.deployed()["freight.lock"])
    (transform,) = lock.render.transforms
    assert (transform.name, transform.version) == ("common-labels", "1")
    assert transform.options == {"labels": {"example.org/stage": "test", "team": "shop"}}
    assert lock == first.lock
    assert b"    example.org/stage: test\n    team: shop\n" in app.deployed()["web.yaml"]
    assert b"matchLabels: {app: sample}" in app.deployed()["web.yaml"]
    assert app.promote()[0].outcome is Outcome.UNCHANGED


def test_other_labels_are_other_inputs(freight_app: Callable[..., AppBuilder]) -> None:
    app = freight_app()
    app.promote()
    project = app.gitops.path / "freightlib.yaml"
    project.write_text(
        project.read_text().replace(
            '"render": {}', '"render": {"transforms": [{"name": "common-labels", "labels": {"a": "b"}}]}'
        )
    )
    app.gitops.commit({}, "Label")
    (made,) = app.promote()
    assert (made.outcome, {change.kind for change in made.changes}) == (Outcome.PROMOTED, {"content"})


def test_a_transform_that_nobody_offers(render_stage: Callable[..., Any]) -> None:
    with pytest.raises(PluginError, match="no transform named 'common-label'") as caught:
        render_stage(render={"transforms": [{"name": "common-label"}]})
    assert caught.value.hint == "did you mean 'common-labels'?"


@pytest.mark.parametrize("given", ["common-labels", ["common-labels"], [{"labels": {}}]])
def test_what_is_no_list_of_transforms(given: Any, render_stage: Callable[..., Any]) -> None:
    with pytest.raises(ProjectError, match=r"render\.transforms"):
        render_stage(render={"transforms": given})
