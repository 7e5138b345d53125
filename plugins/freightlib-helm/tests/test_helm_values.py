"""``--set`` expressions and ``.helmignore`` patterns, against Helm's own code."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from freightlib_helm import HelmTemplate
from freightlib_helm.engine.strvals import SetError, set_into, set_literal_into
from freightlib_helm.ignore import Rules
from helm_python import _native
from helm_python.errors import HelmError
from helmcharts import Case, chart, show
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.examples import examples

PIECES = [
    "a",
    "b",
    "=",
    "=",
    ",",
    ".",
    "[",
    "]",
    "[0]",
    "[1]",
    "{",
    "}",
    "\\",
    "1",
    "0",
    "-",
    "+",
    "null",
    "true",
    "ä",
    " ",
    "99",
]


@pytest.mark.parametrize(
    ("apply", "function"), [(set_into, "helm_strvals_parse"), (set_literal_into, "helm_strvals_parse_literal")]
)
def test_set_expressions_are_read_as_helm_reads_them(
    apply: Callable[[str, dict[str, Any]], None], function: str
) -> None:
    @settings(max_examples=examples(400))
    @given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
    @example("a[0")
    @example("a[0]")
    @example("a[1].b=1,a[0]=2")
    @example("a={1,x,},b=")
    @example("a.b.=1")
    @example("a=1,a.b=2")
    @example("a[0][1][2]=x")
    @example(".=")
    @example("a.=")
    @example("a[0].=")
    @example("a[65537]=1")
    @example("a[-1]=1")
    @example("a=9223372036854775807,b=9223372036854775808,c=-05,d=+7,e=TRUE,f=0x1")
    def check(expression: str) -> None:
        found: dict[str, Any] = {}
        try:
            wanted = json.loads(_native.call_string(function, expression))
        except HelmError:
            with pytest.raises(SetError):
                apply(expression, found)
        else:
            apply(expression, found)
            assert found == wanted

    check()


def test_values_of_files_are_changed_in_place_as_helm_does(
    helm: HelmTemplate, request_for: Any, printed: Any, helm42: Any
) -> None:
    case = Case(
        chart({"x.yaml": show(".Values | toJson")}),
        {"v.yaml": "l: [{a: 1, b: 2}, x, [1, 2]]\nm: {n: 1}\nz: null\n"},
        {"setValues": {"l[0].a": "5", "l[2][1]": "7", "l[4]": "new", "m.n": "{}", "m.o.p": "x", "l[1].q": "r"}},
    )
    manifests = helm.render(request_for(case, engine="sdk")).manifests
    assert b"".join(manifest.separator + manifest.data for manifest in manifests) == printed(helm42, case).stdout


IGNORED = [
    ("*.md", "a.md", True), ("*.md", "d/a.md", True), ("d/*.md", "d/a.md", True), ("d/*.md", "d/e/a.md", False),
    ("/a", "a", True), ("/a", "d/a", False), ("a?c", "abc", True), ("a?c", "ac", False), ("[a-c]x", "bx", True), ("[^a-c]x", "bx", False),
    ("\\*", "*", True), ("\\*", "a", False), ("# c", "# c", False), ("", "a", False), ("templates/x", "templates/x", True),
    ("!a", "b", True), ("!a", "a", False), ("!*\n*.b", "a.b", True), ("x/", "x", False), (" a ", "a", True), ("*", "d/a", True),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "ignored"), IGNORED)
def test_ignore_rules(rule: str, path: str, ignored: bool) -> None:
    assert Rules(rule).ignores(path, is_dir=False) is ignored


GLOBS = st.lists(st.sampled_from([*"ab*?[]^-\\.!/"]), min_size=1, max_size=6).map("".join)


@settings(max_examples=examples(10))
@given(st.lists(GLOBS, min_size=1, max_size=2))
@example(["\\/"])
@example(["!\\/", "a"])
@example(["[a-]", "x"])
@example(["[]a]", "x"])
@example(["[b-a]", "[^b-a]b"])
@example(["[!a]", "a"])
@example(["aa*["])  # broken where Go does not get to
@example(["a*["])
@example(["!aa*[b", "x\\"])
def test_ignore_rules_are_those_of_the_program(
    helm: HelmTemplate, request_for: Any, printed: Any, helm42: Any, rules: list[str]
) -> None:
    listing = 'kind: A\nfiles:\n{{ range $path, $_ := .Files.Glob "**" }}  - {{ $path | quote }}\n{{ end }}'
    names = ["a", "b", "ab", "ba", "-", "^", "]", "!a", "a.b", "d-/a", "a-/b", "b^/a.b"]
    files = {**chart({"x.yaml": listing}), ".helmignore": "\n".join(rules), **dict.fromkeys(names, "1")}
    case = Case(files)
    done = printed(helm42, case)
    try:
        found = helm.render(request_for(case, engine="sdk"))
    except Exception:
        assert done.returncode
    else:
        assert b"".join(one.separator + one.data for one in found.manifests) == done.stdout.removeprefix(b"\n")
