"""Hygiene of payloads: links between links, hostile trees, what memory must not mix up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from freightlib.git.trees import Entry, Mode
from freightlib.plugins.repositories import open_repository
from freightlib.testing import ObjectBuilder
from freightlib.testing.objects import File
from freightlib.warehouse.verify.entry import payload_report
from freightlib.warehouse.verify.payload import is_lfs_pointer

CHART: Mapping[str, File] = {"Chart.yaml": b"name: x\nversion: 1.0.0\n"}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> ObjectBuilder:
    return ObjectBuilder(tmp_path_factory.mktemp("bare") / "g.git")


def _link(target: str) -> File:
    return (Mode.SYMLINK, target.encode("utf-8", "surrogateescape"))


def _found(bare: ObjectBuilder, files: Mapping[str, File]) -> list[tuple[str, str]]:
    payload = bare.tree({**CHART, **files})
    report = payload_report(open_repository(bare.path), payload, "helm", "p")
    return [(finding.code.removeprefix("symlink-"), finding.path.removeprefix("p/")) for finding in report.findings]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a": _link("Chart.yaml"), "b": _link("a"), "d/c": _link("../b")}, []),
        ({"d/x": b"", "e": _link("d"), "f": _link("e/x"), "g": _link("./d/../d//x")}, []),
        ({"d/x": b"", "e": _link("d/")}, []),
        ({"a": _link("b"), "b": _link("a")}, [("cycle", "a"), ("cycle", "b")]),
        ({"a": _link("b"), "b": _link("gone")}, [("dangling", "a"), ("dangling", "b")]),
        ({"a": _link("b"), "b": _link("/etc")}, [("escapes", "a"), ("absolute", "b")]),
        ({"d/e/x": b"", "up": _link("d/e"), "a": _link("up/../../..")}, [("escapes", "a")]),
        # by name up/.. is here, but the system goes to the link's own parent: still inside
        ({"d/e/x": b"", "d/Y": b"", "up": _link("d/e"), "a": _link("up/../Y")}, []),
        ({"d/e/x": b"", "up": _link("d/e"), "a": _link("up/../Chart.yaml")}, [("dangling", "a")]),
        ({"d/back": _link("../e"), "e/forth": _link("../d")}, [("cycle", "d/back"), ("cycle", "e/forth")]),
        ({"d/x": b"", "e/d": _link("../d"), "f/e": _link("../e")}, []),
        ({"a": _link("")}, [("odd", "a")]),
        ({"a": _link("C:\\x")}, [("absolute", "a")]),
        ({"a": _link("\\\\host\\share")}, [("absolute", "a")]),
        ({"a": _link("..")}, [("escapes", "a")]),
        ({"d/a": _link("../..")}, [("escapes", "d/a")]),
        ({"d/a": _link("../../p/Chart.yaml")}, [("escapes", "d/a")]),
        ({"a": _link("caf\udce9")}, [("dangling", "a")]),
        ({"a": _link("x" * 5000)}, [("odd", "a")]),
        ({"s": Entry("", Mode.SUBMODULE, "d" * 40), "a": _link("s/x")}, [("submodule", "s"), ("dangling", "a")]),
    ],
)
def test_links_are_followed_as_the_system_would(
    bare: ObjectBuilder, files: Mapping[str, File], expected: list[tuple[str, str]]
) -> None:
    assert sorted(_found(bare, files)) == sorted(expected)


def test_a_long_chain_of_links_ends_where_the_system_ends_it(bare: ObjectBuilder) -> None:
    def chain(length: int) -> dict[str, File]:
        return {f"l{number:02}": _link(f"l{number + 1:02}") for number in range(length - 1)}

    assert _found(bare, {**chain(41), "l40": _link("Chart.yaml")}) == []
    assert _found(bare, {**chain(43), "l42": _link("Chart.yaml")}) == [("cycle", "l00"), ("cycle", "l01")]


@pytest.mark.parametrize("kind", ["files", "directories", "links", "depth", "wide"])
def test_a_tree_that_unfolds_without_end_is_refused_at_once(bare: ObjectBuilder, kind: str) -> None:
    mode = Mode.SYMLINK if kind == "links" else Mode.FILE
    leaf = Entry("x", mode, bare.write_blob(b"Chart.yaml"))
    if kind == "wide":
        entry = Entry("", Mode.TREE, bare.write_tree([leaf._replace(name=f"{number:06}") for number in range(100_001)]))
    else:
        entry = Entry("", Mode.TREE, bare.write_tree([] if kind == "directories" else [leaf]))
        for _ in range(120 if kind == "depth" else 12):
            copies = 1 if kind == "depth" else 10
            entry = Entry("", Mode.TREE, bare.write_tree([entry._replace(name=f"d{n}") for n in range(copies)]))
    assert _found(bare, {"bomb": entry}) == [("payload-too-large", "p")]


def test_what_is_refused_for_its_depth_is_fine_higher_up(bare: ObjectBuilder) -> None:
    # remembered by id, judged by place
    entry = Entry("", Mode.TREE, bare.tree({"x": b"deep"}))
    for _ in range(97):
        entry = Entry("", Mode.TREE, bare.write_tree([entry._replace(name="d")]))
    assert _found(bare, {"a": entry}) == []
    assert _found(bare, {"a/b/c/d": entry}) == [("payload-too-large", "p")]
    assert _found(bare, {"a": entry}) == []


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", ".git", ".GIT", ".git ", "git~1", ".g\u200cit", "a\x07b", "a\\b"]
)
def test_a_name_that_could_go_elsewhere_is_refused(bare: ObjectBuilder, name: str) -> None:
    blob = bytes.fromhex(bare.write_blob(b"x"))
    raw = Entry("", Mode.TREE, bare.write("tree", b"100644 %s\0%s" % (name.encode(), blob)))
    assert [code for code, _ in _found(bare, {"d": raw})] == ["name-unsafe"]


def test_a_file_and_a_directory_of_one_name_are_refused(bare: ObjectBuilder) -> None:
    blob, tree = bytes.fromhex(bare.write_blob(b"x")), bytes.fromhex(bare.tree({"y": b"z"}))
    raw = Entry("", Mode.TREE, bare.write("tree", b"100644 x\0%s40000 x\0%s" % (blob, tree)))
    assert _found(bare, {"d": raw}) == [("name-collision", "d/x")]


def test_the_same_directory_is_reported_wherever_it_stands(bare: ObjectBuilder) -> None:
    entry = Entry("", Mode.TREE, bare.tree({"bad\\name": b"x", "gone": _link("nowhere")}))
    unsafe = [("name-unsafe", "a/bad\\name"), ("name-unsafe", "b/c/bad\\name")]
    expected = [*unsafe, ("dangling", "a/gone"), ("dangling", "b/c/gone")]
    assert _found(bare, {"a": entry, "b/c": entry}) == expected


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", True),
        (b"version https://git-lfs.github.com/spec/v1\next-0-x sha256:0\noid sha256:0\nsize 1\n", True),
        (b"version https://git-lfs.github.com/spec/v1\r\noid sha256:0\r\n", True),
        (b"version https://git-lfs.github.com/spec/v1\n" + b"x" * 1024, False),
        (b"version https://git-lfs.github.com/spec/v12\n", False),
        (b"# version https://git-lfs.github.com/spec/v1\n", False),
        (b"", False),
    ],
)
def test_a_pointer_is_told_from_a_file_about_pointers(data: bytes, pointer: bool) -> None:
    assert is_lfs_pointer(data) is pointer


def test_hostile_charts_end_quickly(bare: ObjectBuilder) -> None:
    bomb = b"a0: &a0 [x]\n" + b"".join(
        b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12)
    )
    for data in (b"[" * 500_000, b"{a: " * 200_000, bomb, b"x" * (50 << 20), b"\xff\xfe", b"name: [1]\nversion: 1\n"):
        assert _found(bare, {"Chart.yaml": data}) == [("chart-invalid", "Chart.yaml")]


def test_charts_that_helm_reads_are_fine(bare: ObjectBuilder, tmp_path: Path) -> None:
    del tmp_path
    for data in (
        b"\xef\xbb\xbfname: x\nversion: 1.0.0\n",
        b"name: 'x'\r\nversion: 1.10\r\n",
        b"# x\n---\nname: x\nversion: v1\n---\nother: document\n",
        b'{"name": "x", "version": "1.0.0"}',
    ):
        assert _found(bare, {"Chart.yaml": data}) == [], data
