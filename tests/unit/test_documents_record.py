import io
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from freightlib.documents import kubeyaml, read_lock, read_record, write_lock, write_record
from freightlib.documents.emit import emit, scalar
from freightlib.errors import DocumentError, LockError, RecordError
from freightlib.models import (
    Freight,
    Image,
    LockedFile,
    LockedFreight,
    LockedPolicy,
    LockedRender,
    LockedTransform,
    RenderLock,
    Source,
)

RECORD = """schemaVersion: v1
revision: 0cc4cd87f40ae606d1822d5652b552f8c50a4668
tag: git-0cc4cd87f40ae606d1822d5652b552f8c50a4668
image:
  ref: ghcr.io/example/shop:git-0cc4cd87f40ae606d1822d5652b552f8c50a4668
  digest: sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
packageType: helm
createdAt: 2026-03-22T12:34:56Z
source:
  repository: https://github.com/example/shop.git
  path: k8s/helm
  tree: 0123456789abcdef0123456789abcdef01234567
"""

WORDS = [
    "y",
    "No",
    "on",
    "null",
    "~",
    "",
    "0777",
    "1e6",
    "12:30",
    "2026-01-01",
    "=",
    "<<",
    "1.10",
    "0012e10",
    "0x1f",
    ".inf",
    "- a",
    "a: b",
]
WORDS += [
    "a #b",
    "#a",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "'a'",
    '"',
    "\\",
    "a\nb",
    " a",
    "a ",
    "\u2028",
    "ü",
    "\x7f",
    "a:",
    "{a}",
    "[a]",
    "%a",
    "@a",
    "---",
    "...",
]
WORDS += [
    "?",
    "? a",
    ",",
    "1_000",
    "+1",
    "-1",
    "1.2.3",
    "a\tb",
    "😀",
    "\ufeff",
    "NaN",
    ".nan",
    "TRUE",
    "0o7",
    "0b1",
    "1:20:30.5",
    "1.",
    "Infinity",
    "_1",
    "_",
]
TEXT = st.one_of(st.sampled_from(WORDS), st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
NUMBERS = st.one_of(
    st.booleans(), st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    st.one_of(TEXT, NUMBERS),
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(TEXT, below, max_size=3)),
    max_leaves=8,
)
IDS = st.one_of(
    st.text("0123456789abcdef", min_size=40, max_size=40),
    st.text("0123456789e", min_size=40, max_size=40),
    st.text("0123456789abcdef", min_size=64, max_size=64),
)


def same_by_ruamel(data: bytes) -> object:
    safe = YAML(typ="safe", pure=True)
    safe.version = (1, 2)
    return safe.load(io.BytesIO(data))


@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_what_is_written_reads_back_equal_by_every_reader(values):
    data = emit(values).encode()
    assert kubeyaml.load(data, document="x") == values
    assert same_by_ruamel(data) == values


@given(TEXT)
def test_text_is_text_to_yaml_1_1_as_well(text):
    import yaml

    if text == "=":  # PyYAML cannot read it unquoted; it is quoted
        assert scalar(text) == "'='"
    assert yaml.load(f"a: {scalar(text)}\n", Loader=yaml.SafeLoader) == {"a": text}


@pytest.mark.parametrize(
    "text", ["helm", "k8s/helm", "https://x/y.git", "git-0cc4", "sha256:ab", "value 1", "a-b_c.d", "0cc4cd"]
)
def test_plain_text_stands_without_quotes(text):
    assert scalar(text) == text


def test_what_cannot_be_written_is_an_error():
    deep: object = "x"
    for _ in range(200):
        deep = [deep]
    for values in ({"a": object()}, {1: "a"}, {"a": "\ud800"}, {"a": deep}):
        with pytest.raises(DocumentError):
            emit(values)  # type: ignore[arg-type]


# --- the record -----------------------------------------------------------------------------------


def test_the_record_of_the_contract_is_canonical():
    freight = read_record(RECORD.encode())
    assert write_record(freight).decode() == RECORD
    assert freight.source == Source(
        "https://github.com/example/shop.git", "k8s/helm", "0123456789abcdef0123456789abcdef01234567"
    )


FREIGHTS = st.builds(
    Freight,
    revision=IDS,
    image=st.builds(
        Image,
        st.sampled_from(["shop", "shop:1.10", "ghcr.io/a/b:y", "localhost:5000/x:0777"]),
        st.text("0123456789abcdef", min_size=64, max_size=64).map("sha256:".__add__),
    ),
    package_type=st.sampled_from(["helm", "kustomize", "plain"]),
    created_at=st.datetimes(
        min_value=datetime(1000, 1, 2),
        max_value=datetime(9000, 1, 1),
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))]),
    ).map(lambda t: t.replace(microsecond=0)),
    source=st.one_of(st.none(), st.builds(Source, TEXT.filter(bool), TEXT.filter(bool), IDS)),
    unknown=st.dictionaries(TEXT.map("x".__add__), VALUES, max_size=3),
)


BIG = {"x": 10**18, "y": -(2**63)}
DAY = datetime(2000, 1, 1, tzinfo=UTC)


@given(FREIGHTS)
@example(Freight("0" * 40, Image("shop", "sha256:" + "0" * 64), "helm", DAY, unknown=BIG))
def test_records_round_trip_and_equal_records_are_equal_bytes(freight):
    data = write_record(freight)
    again = read_record(data)
    assert again == freight
    assert write_record(again) == data


def test_any_valid_yaml_gives_the_same_bytes():
    loose = RECORD.replace("schemaVersion: v1\n", "").replace("2026-03-22T12:34:56Z", "'2026-03-22t14:34:56.000+02:00'")
    lines = loose.replace("packageType: helm", 'packageType: "helm"  # c').splitlines()
    head = lines.index("source:")
    loose = "\r\n".join(["%YAML 1.1", "---", *lines[head:], *lines[:head]])
    assert write_record(read_record(loose.encode())).decode() == RECORD


def test_unknown_keys_are_kept_sorted_at_the_end():
    text = RECORD.replace("image:\n", "zeta: 1.10\nimage:\n  platform: amd64\n").replace(
        "schemaVersion", "alpha: {b: [yes, 2], a: }\nschemaVersion"
    )
    freight = read_record(text.encode())
    assert freight.unknown == {"zeta": "1.10", "alpha": {"b": ["yes", 2], "a": None}, "image": {"platform": "amd64"}}
    written = write_record(freight).decode()
    assert written.endswith("alpha:\n  a: null\n  b:\n  - 'yes'\n  - 2\nzeta: '1.10'\n")
    assert read_record(written.encode()) == freight


def test_ids_of_digits_alone_stay_text():
    digits = "1234567890" * 4
    text = RECORD.replace("0cc4cd87f40ae606d1822d5652b552f8c50a4668", digits)
    assert read_record(text.encode()).revision == digits
    assert f"revision: '{digits}'\n" in write_record(read_record(text.encode())).decode()


WRONG = {
    ("schemaVersion: v1", "schemaVersion: v2"): (1, "schemaVersion", "'v2' is not known"),
    ("revision: 0cc4cd87f40ae606d1822d5652b552f8c50a4668", "revision: 0cc4cd8"): (
        2,
        "revision",
        "'0cc4cd8' is not of the right form",
    ),
    ("tag: git-0cc4", "tag: git-1cc4"): (3, "tag", "is not git- and the revision"),
    ("tag: git-0cc4cd87f40ae606d1822d5652b552f8c50a4668\n", ""): (1, "tag", "is missing"),
    ("packageType: helm", "packageType: hlem"): (7, "packageType", "'hlem' is not known; did you mean 'helm'?"),
    ("packageType: helm", "packageType: [helm]"): (7, "packageType", "expected text, not a list"),
    ("12:34:56Z", "12:34:56"): (8, "createdAt", "is not of the right form"),
    ("12:34:56Z", "12:34:56.5Z"): (8, "createdAt", "is not of the right form"),
    ("2026-03-22", "2026-13-22"): (8, "createdAt", "is not a time"),
    ("2026-03-22", "22.3.2026"): (8, "createdAt", "is not of the right form"),
    ("ref: ghcr.io/example", "ref: ghcr.io/Example"): (5, "image.ref", "is not an image reference"),
    ("sha256:aaaa", "sha256:AAAA"): (6, "image.digest", "is not of the right form"),
    ("  tree: 0123", "  tree: "): (12, "source.tree", "is not of the right form"),
    ("  path: k8s/helm\n", ""): (9, "source.path", "is missing"),
    ("image:\n", "image: x\nx:\n"): (4, "image", "expected a mapping, not the text 'x'"),
    ("packageType: helm", "packageType: helm\npackageType: helm"): (8, "", "the key 'packageType' appears twice"),
    ("packageType: helm", "packageType: !!str helm"): (7, "", "the tag"),
}


@pytest.mark.parametrize("change", WRONG)
def test_what_is_wrong_is_named_with_its_place(change):
    line, path, message = WRONG[change]
    with pytest.raises(RecordError) as caught:
        read_record(RECORD.replace(*change).encode(), document="a/freight.yaml")
    assert caught.value.message.startswith(f"a/freight.yaml:{line}: {path}")
    assert message in caught.value.message
    assert caught.value.hint
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("data", [b"", b"- a\n", b"a", b"a: 1\n---\nb: 1\n", b"\xff", b"x: " + b"a" * (1 << 21)])
def test_what_is_no_record_at_all(data):
    with pytest.raises(RecordError):
        read_record(data)


@given(st.binary(max_size=60) | st.text(alphabet="ab:{}[]-\n &*!|'\"#,?<", max_size=40).map(str.encode))
def test_garbage_is_a_record_error(data):
    with pytest.raises(RecordError):
        read_record(data)
    with pytest.raises(LockError):
        read_lock(data)


# --- the lock -------------------------------------------------------------------------------------

LOCKS = st.builds(
    RenderLock,
    app=TEXT,
    stage=TEXT,
    freight=st.builds(LockedFreight, IDS.map("git-".__add__), IDS, IDS),
    policy=st.builds(LockedPolicy, IDS, st.lists(st.builds(LockedFile, TEXT, st.none() | IDS), max_size=3)),
    render=st.builds(
        LockedRender,
        TEXT,
        TEXT,
        TEXT,
        TEXT,
        st.dictionaries(TEXT, VALUES, max_size=3),
        st.lists(st.builds(LockedTransform, TEXT, TEXT, st.dictionaries(TEXT, VALUES, max_size=2)), max_size=2),
    ),
    manifests=IDS,
    overrides=st.lists(TEXT, max_size=2),
)


@given(LOCKS)
def test_locks_round_trip_by_every_reader_and_are_canonical(lock):
    data = write_lock(lock)
    again = read_lock(data)
    assert again == lock
    assert write_lock(again) == data
    assert same_by_ruamel(data) == kubeyaml.load(data, document="x")


def test_wrong_locks():
    lock = RenderLock(
        "shop", "test", LockedFreight("t", "c", "s"), LockedPolicy("c"), LockedRender("r", "e", "v", "helm"), "m"
    )
    text = write_lock(lock).decode()
    for change, message in {
        ("schemaVersion: v1", "schemaVersion: v2"): "freight.lock:1: schemaVersion: 'v2' is not known",
        ("app: shop\n", ""): "freight.lock:1: app: is missing",
        ("  tag: t", "  tag: [t]"): "freight.lock:5: freight.tag: expected text, not a list",
        (
            "files: []",
            "files: [{path: a, blob: {}}]",
        ): "freight.lock:10: policy.files[0].blob: expected text, not a mapping",
        ("options: {}", "options: [a]"): "expected a mapping, not a list",
        ("manifests: m", "manifests: m\nmore: x"): "more: unknown key",
    }.items():
        assert change[0] in text
        with pytest.raises(LockError) as caught:
            read_lock(text.replace(*change).encode())
        assert message in caught.value.message


WORN = st.lists(
    st.tuples(st.integers(0, 600), st.sampled_from([*" \n:#'\"-&*!y0a~,}]", "null", "\n\n", "true"])), max_size=3
)


def plainly(data: bytes) -> Freight | str:
    """The record by the YAML reader alone."""
    from freightlib.documents import freight

    try:
        return freight._read(data, "freight.yaml")
    except RecordError as error:
        return error.message


@given(FREIGHTS, WORN)
def test_the_short_way_for_usual_records_reads_what_the_yaml_reader_reads(freight, edits):
    text = write_record(freight).decode()
    for place, put in edits:
        text = text[: place % (len(text) + 1)] + put + text[place % (len(text) + 1) + place % 3 :]
    data = text.encode()
    try:
        found = read_record(data)
    except RecordError as error:
        found = error.message
    assert found == plainly(data)


def test_the_usual_record_goes_the_short_way():
    from freightlib.documents import freight

    assert freight._canonical(RECORD.encode()) == plainly(RECORD.encode())
    assert freight._canonical(RECORD.replace("k8s/helm", "'k8s/helm'").encode()) is None
    assert freight._canonical(RECORD.replace("2026-03", "2026-13").encode()) is None
