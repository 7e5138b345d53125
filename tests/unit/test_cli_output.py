"""What is printed: safe text, tables, plain JSON values; and the directory that ``render --out`` writes."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freightlib.cli.output import camel, plain, short
from freightlib.cli.output_directory import check_target, write_output
from freightlib.cli.tables import fitted, full
from freightlib.documents import write_lock
from freightlib.errors import UnsafePathError, UsageError
from freightlib.git.grafting import IdStore, build_files
from freightlib.models import LOCK, Finding, LockedFreight, LockedPolicy, LockedRender, RenderLock, Severity
from freightlib.models.text import visible
from tests.examples import examples


@settings(max_examples=examples(50))
@given(st.text())
def test_safe_text_moves_no_cursor(text: str) -> None:
    shown = visible(text)
    assert not {char for char in shown if ord(char) < 32 or 127 <= ord(char) < 160} - {"\n", "\t"}


def test_an_escape_sequence_is_shown_not_obeyed() -> None:
    assert visible("a\x1b[31mb\rc") == "a\\x1b[31mb\\x0dc"


def test_plain_values() -> None:
    when = datetime(2026, 3, 22, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    finding = Finding("x", Severity.ERROR, "p", "m", data={"when": when, "raw": b"\xff", "many": (1, {"a"})})
    assert json.loads(json.dumps(plain(finding)))["data"] == {
        "when": "2026-03-22T12:00:00Z",
        "raw": "\ufffd",
        "many": [1, ["a"]],
    }
    assert plain(ValueError("odd")) == "odd"
    assert camel("previous_tag") == "previousTag"


@given(st.recursive(st.text(st.characters()), lambda inner: st.dictionaries(st.text(st.characters()), inner)))
def test_plain_values_hold_no_half_of_a_pair(value: object) -> None:
    json.dumps(plain(value), ensure_ascii=False).encode("utf-8")
    assert plain("caf\udce9") == "caf\ufffd"


def test_short_tags() -> None:
    assert (short("git-" + "a" * 40), short("b" * 40), short(None)) == ("git-" + "a" * 12, "b" * 12, "-")


def test_tables(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [("staging", "a" * 30), ("b\x1b[2J", "c")]
    full(("stage", "holds"), rows, colour=False)
    assert capsys.readouterr().out == f"STAGE     HOLDS\nstaging   {'a' * 30}\nb\\x1b[2J  c\n"
    monkeypatch.setenv("COLUMNS", "24")
    fitted(("stage", "holds"), rows, colour=False)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 24


def rendering(files: dict[str, bytes]) -> dict[str, bytes]:
    lock = RenderLock(
        app="shop",
        stage="test",
        freight=LockedFreight("git-" + "a" * 40, "b" * 40, "c" * 40),
        policy=LockedPolicy("d" * 40),
        render=LockedRender("copy", "freightlib", "1", "helm"),
        manifests=build_files(IdStore(), files.items()),
    )
    return {**files, LOCK: write_lock(lock)}


def held(target: Path) -> dict[str, bytes]:
    return {path.relative_to(target).as_posix(): path.read_bytes() for path in target.rglob("*") if path.is_file()}


def test_a_rendering_replaces_a_former_one_whole(tmp_path: Path) -> None:
    target = tmp_path / "a/b"
    first, second = rendering({"x/one.yaml": b"1\n", "two.yaml": b"2\n"}), rendering({"two.yaml": b"3\n"})
    write_output(target, first)
    assert held(target) == first
    write_output(target, second)
    assert held(target) == second
    assert sorted(path.name for path in target.iterdir()) == [LOCK, "two.yaml"]
    write_output(target, rendering({}))
    check_target(target)


def test_a_directory_that_holds_anything_else_is_refused(tmp_path: Path) -> None:
    first = rendering({"one.yaml": b"1\n"})
    spoilers = {
        "more": lambda path: (path / "mine.txt").write_text("x"),
        "edited": lambda path: (path / "one.yaml").write_text("2\n"),
        "linked": lambda path: (path / "link").symlink_to("one.yaml"),
        "repository": lambda path: (path / ".git").mkdir(),
        "pipe": lambda path: os.mkfifo(path / "pipe"),
        "no lock": lambda path: (path / LOCK).unlink(),
        "bad lock": lambda path: (path / LOCK).write_text("schemaVersion: v1\n"),
    }
    for name, spoil in spoilers.items():
        target = tmp_path / name
        write_output(target, first)
        spoil(target)
        before = sorted(path.name for path in target.iterdir())
        with pytest.raises(UsageError, match="not empty"):
            write_output(target, first)
        assert sorted(path.name for path in target.iterdir()) == before
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="not a directory"):
        check_target(tmp_path / "file")


def test_a_path_that_leads_out_leaves_the_former_rendering(tmp_path: Path) -> None:
    first = rendering({"one.yaml": b"1\n"})
    write_output(tmp_path / "out", first)
    with pytest.raises(UnsafePathError):
        write_output(tmp_path / "out", {**first, "../escaped.yaml": b"x"})
    assert held(tmp_path / "out") == first
    assert not (tmp_path / "escaped.yaml").exists()


def test_times_are_utc() -> None:
    assert plain(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"
