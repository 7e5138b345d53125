"""A long history judged on two processors is judged as in one go."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from freightlib.warehouse.verify.history import halves
from tests.gitops_builder import REF
from tests.unit.history.past import FREIGHT, Past, found, tag, usual

BAD = {f"{FREIGHT}/{tag(2)}/helm/values.yaml": b"x: y\n"}


@pytest.fixture(autouse=True)
def long_and_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "LONG", 4)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def published(path: Path) -> Past:
    past = usual(path)
    (past.git.path / REF).write_text(f"{past.tip}\n")
    return past


def test_a_sound_history(tmp_path: Path, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    started = halves._started
    monkeypatch.setattr(halves, "_started", lambda *asked: begun.append(asked[1]) or started(*asked))
    past = published(tmp_path).publish(5).publish(6)
    report = past.verify()
    assert (found(report), report.checked) == ([], {"apps": 3, "commits": 9, "snapshots": 6})
    assert [len(part.steps) for part in begun] == [5]


@pytest.mark.parametrize("after", [0, 6])
def test_what_is_wrong_in_either_half_is_found_as_in_one_go(
    tmp_path: Path, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = published(tmp_path)
    past = sound.on(sound.put(BAD).commit(name="bad")).commit()
    for number in range(5, 5 + after):
        past = past.publish(number)
    report = past.verify()
    assert found(report) == [("history-changed", f"{FREIGHT}/{tag(2)}/helm/values.yaml")]
    assert report.findings[0].data["commit"] == past.made["bad"]
    monkeypatch.setattr(halves, "LONG", 1000)
    assert past.verify() == report


def test_branches_that_part_in_one_half_and_meet_in_the_other(tmp_path: Path) -> None:
    fork = published(tmp_path)
    one, other = fork.publish(5).publish(6), fork.publish(7)
    brought = f"{FREIGHT}/{tag(7)}"
    merged = one.put({brought: other.at(brought)}).on(one).commit(other.tip).publish(8).publish(9)
    assert found(merged.verify()) == []


@pytest.mark.parametrize("program", ["/bin/false", "/nonexistent"])
def test_without_another_process_it_is_done_here(tmp_path: Path, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", program)
    report = published(tmp_path).publish(5).verify()
    assert (found(report), report.checked["commits"]) == ([], 8)
