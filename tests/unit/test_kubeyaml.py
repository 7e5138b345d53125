"""Reading YAML as Kubernetes does. The expected values were taken from Helm's own parser (sigs.k8s.io/yaml)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freightlib.documents import kubeyaml
from freightlib.errors import DocumentError, ManifestError


def load(text: str):
    return kubeyaml.load(text.encode(), document="x.yaml")


GO = {
    **dict.fromkeys(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"], True),
    **dict.fromkeys(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"], False),
    **dict.fromkeys(["", "~", "null", "Null", "NULL"], None),
    **{text: text for text in ["tRue", "oN", "nULL", "12:30", "190:20:30", "2001-01-01", "2026-03-22T12:34:56Z", "="]},
    **{text: text for text in ["0o8", "1e999", "v1", "-", "0x", "+", ".", "1.2.3", "_1", "0b2", "1e", "0x1g"] if text != "-"},  # noqa: E501
    "0777": 511, "0o17": 15, "0O17": 15, "-0o7": -7, "08": 8, "09_1": 91, "00": 0, "-0": 0, "0_7": 7,
    "0x1F": 31, "0X1f": 31, "0x_1F": 31, "+0x1f": 31, "0b11": 3, "-0b11": -3, "0B11": 3, "1_000": 1000, "1__0": 10,
    "+1": 1, "9007199254740993": 9007199254740993, "9223372036854775808": 9223372036854775808,
    "18446744073709551616": 18446744073709551616.0, "-9223372036854775809": -9223372036854775809.0,
    "1e6": 1e6, "1E6": 1e6, "12e03": 12000.0, ".5": 0.5, "-.5": -0.5, "+.5": 0.5, "1.": 1.0, "1.e3": 1000.0, "1.10": 1.1,  # noqa: E501
    ".5_0": 0.5, ".inf": math.inf, "-.Inf": -math.inf, "!!str 12": "12", "!foo 12": "12", "! 12": "12", "!!int '3'": 3,
    "!!float 3": 3.0, "!!bool 'yes'": True, "!!binary aGk=": "hi", "!!timestamp 2001-01-01": "2001-01-01", "'12'": "12",
    '"y"': "y", "!foo {b: 1}": {"b": 1}, "!!set {b}": {"b": None},
}  # fmt: skip


@pytest.mark.parametrize("text", GO)
def test_scalars_have_the_values_that_go_gives_them(text):
    value = load(f"a: {text}\n")["a"]
    assert value == GO[text]
    assert isinstance(value, bool) == isinstance(GO[text], bool)
    assert isinstance(value, str) == isinstance(GO[text], str)


def test_not_a_number():
    assert math.isnan(load("a: .NaN")["a"])


KEYS = {
    "y": "true", "off": "false", "0777": "511", "1e6": "1e+06", "1.5": "1.5", "12345678.5": "1.2345678e+07", "1.0": "1",
    "123456.5": "123456.5", "1e20": "1e+20", "0.00001": "1e-05", "0.0001": "0.0001", "0.015": "0.015", "-1.5": "-1.5",
    ".inf": ".inf", "9223372036854775807": "9223372036854775807", "'y'": "y", "!!binary aGk=": "hi",
}  # fmt: skip


@pytest.mark.parametrize("text", KEYS)
def test_keys_become_text_as_in_sigs_yaml(text):
    assert load(f"? {text}\n: v\n") == {KEYS[text]: "v"}


def test_the_last_of_duplicate_keys_wins_in_manifests_and_is_an_error_in_our_documents():
    assert load("a: 1\na: 2\n") == {"a": 2}
    with pytest.raises(DocumentError, match=r"^x:2: the key 'a' appears twice\n"):
        kubeyaml.load(b"a: 1\na: 2\n", document="x", text=True)


def test_merge_keys_as_in_go():
    text = "x: &x {b: 1, c: 2}\na:\n  b: 5\n  <<: *x\nd:\n  <<: *x\n  b: 6\ne:\n  <<: [{b: 7}, {b: 8, z: 1}]\n'<<': 3\n"
    read = load(text)
    assert (read["a"], read["d"]) == ({"b": 1, "c": 2}, {"b": 6, "c": 2})
    assert (read["e"], read["<<"]) == ({"b": 7, "z": 1}, 3)
    ours = kubeyaml.load(text.encode(), document="x", text=True)
    assert ours["a"] == {"b": "5", "c": "2"}


def test_text_mode_keeps_spelling_and_place():
    read = kubeyaml.load(b"version: 1.10\nid: '0012e10'\nlist:\n- on\n", document="x", text=True)
    assert read == {"version": "1.10", "id": "0012e10", "list": ["on"]}
    assert [(v.plain, v.line) for v in (read["version"], read["id"], read["list"][0])] == [
        (True, 1),
        (False, 2),
        (True, 4),
    ]


BAD = {
    "~: 1": "null cannot be a key",
    "? [1]\n: 2": "a list cannot be a key",
    "18446744073709551615: 1": "a whole number beyond 64 bits cannot be a key",
    "a: &a [*a]": "the anchor 'a' contains itself",
    "a: *b": "no anchor named 'b' is defined before its use",
    "<<: 3": "'<<' takes a mapping",
    "a: !!int x": "'x' is not of the type !!int",
    "a:\n\tb: 1": "a tab is used where only spaces are allowed",
    "a: \x00": "control characters are not allowed",
    "a: {b": "did not find expected",
}


@pytest.mark.parametrize("text", BAD)
def test_errors_are_one_line_with_a_place_and_say_what_to_do(text):
    with pytest.raises(DocumentError) as caught:
        load(text)
    assert BAD[text] in caught.value.message
    assert caught.value.message.startswith("x.yaml:")
    assert "\n" not in caught.value.message
    assert caught.value.hint
    assert caught.value.data["line"] in (1, 2)


def test_encodings():
    assert load("\ufeffa: ü\r\nb: 1\r\n") == {"a": "ü", "b": 1}
    with pytest.raises(ManifestError, match=r"x:2: byte 0xff is not UTF-8"):
        kubeyaml.load(b"a: 1\nb: \xff\n", document="x", error=ManifestError)
    with pytest.raises(DocumentError, match="not UTF-8"):
        kubeyaml.load("a: 1".encode("utf-16"), document="x")


def _bomb(levels: int = 9) -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines).encode()


HOSTILE = {
    "aliases": _bomb(),
    "long text by alias": b"a: &a " + b"x" * 500_000 + b"\nb: [" + b"*a, " * 5000 + b"]\n",
    "merges": b"a: &a {"
    + b"".join(b"k%d: 1, " % n for n in range(5000))
    + b"}\n"
    + b"".join(b"b%d: {<<: *a}\n" % n for n in range(1000)),
    "50 MB": b"a: b\n" * 10_000_000,
    "deep flow": b"[" * 100_000,
    "deep maps": b"{a: " * 100_000,
    "deep block": b"".join(b" " * n + b"a:\n" for n in range(1000)),
    "deep dashes": b"- " * 100_000,
    "documents": b"---\n" * 60_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("text", [False, True])
def test_hostile_input_is_refused(name, text):
    with pytest.raises(DocumentError):
        kubeyaml.load_all(HOSTILE[name], document="x", text=text)


def test_ordinary_aliases_are_read():
    assert load("a: &a {k: v}\nb: [*a, *a]\n") == {"a": {"k": "v"}, "b": [{"k": "v"}] * 2}


# --- split ----------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        "---\n",
        "--- # c\n",
        "--- {a: 1}\n",
        "---\r\n",
        "...\n",
        "# note\n",
        "\n",
        "a: 1\n",
        "b: |\n  x\n  y\n",
        "  # in\n",
        "%YAML 1.1\n",
        "c: ü\u2028\n",
        "'q'\n",
        "- 1\n",
        "\n\n",
        "d: >+\n  t\n\n",
        "--- |\n z\n",
    ]
)


@given(st.lists(PIECES, max_size=8), st.booleans(), st.booleans())
def test_splitting_loses_nothing(pieces, mark, cut):
    text = "".join(pieces)
    data = (b"\xef\xbb\xbf" if mark else b"") + (text[:-1] if cut else text).encode()
    try:
        whole = kubeyaml.load_all(data, document="x")
    except DocumentError:
        return
    parts = kubeyaml.split(data)
    assert b"".join(separator + body for separator, body in parts) == data
    # a body alone may start with the end marker, which only a document that is open can take
    bodies = [kubeyaml.load(b"---\n" + body.removeprefix(b"\xef\xbb\xbf"), document="x") for _, body in parts]
    assert bodies == (whole or [None])


def test_split_gives_what_a_reader_expects():
    assert kubeyaml.split(b"") == ((b"", b""),)
    assert kubeyaml.split(b"# only\n") == ((b"", b"# only\n"),)
    assert kubeyaml.split(b"---\r\na: 1\r\n") == ((b"---\r\n", b"a: 1\r\n"),)
    assert kubeyaml.split(b"a: 1\n...\n---\nb: 2\n") == ((b"", b"a: 1\n...\n"), (b"---\n", b"b: 2\n"))
    with pytest.raises(
        DocumentError, match="<document start>"
    ):  # libyaml, and so Kubernetes, takes no bare second document
        kubeyaml.split(b"a: 1\n...\nb: 2\n")
    assert kubeyaml.split(b"# l\n---\na: 1\n---\nb: 2\n") == ((b"# l\n---\n", b"a: 1\n"), (b"---\n", b"b: 2\n"))


def test_the_pure_parser_reads_the_same(monkeypatch):
    import sys

    text = "\ufeffa: 0777\ny: [1e6, =]\nb: &b {c: ü}\nd: *b\n---\n--- # c\ne: 1\n".encode()
    expected = kubeyaml.load_all(text, document="x"), kubeyaml.split(text)
    monkeypatch.setitem(sys.modules, "yaml._yaml", None)
    assert (kubeyaml.load_all(text, document="x"), kubeyaml.split(text)) == expected
