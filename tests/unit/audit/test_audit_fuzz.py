"""Whatever stands in a lock, an audit ends with findings, and never with an exception."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freightlib.cli.documents import report_document
from freightlib.git.grafting import graft
from freightlib.git.trees import Entry, Mode
from freightlib.models import Report
from freightlib.plugins.repositories import open_repository
from freightlib.proof.judge import Asked, judge
from freightlib.proof.sources import Sources
from freightlib.proof.which_commits import newest_rendered, place_of
from freightlib.warehouse.gitops_tree import gitops_tip
from tests.examples import examples
from tests.unit.audit.support import BRANCH, LOCK, Rendered

#: What only a rendering, or the machine of then, can tell.
UNTOLD = ("engine", "version", "overrides")


class Desk:
    """One repository in which locks are put onto the stage's branch, in memory."""

    def __init__(self, world: Rendered) -> None:
        self.repository = open_repository(world.gitops.path)
        self.sources = Sources(self.repository, gitops_tip(self.repository, "main")[1])
        app = self.sources.project(self.sources.tip).app("shop")
        self.place = place_of(self.sources, app, app.stage("staging"))
        self.tip = self.repository.read_commit(self.repository.resolve(BRANCH))
        self.lock = world.at(LOCK)

    def audit(self, lock: bytes, mode: int = Mode.FILE, *, rerender: bool = False) -> Report:
        entry = Entry("", mode, self.repository.write_blob(lock))
        tree = graft(self.repository, self.tip.tree, LOCK, entry)
        commit = self.repository.write_commit(tree, (self.tip.id,), "By hand\n", self.tip.author)
        (report,) = judge(self.sources, [newest_rendered(self.sources, self.place, commit)], Asked(rerender))
        json.dumps(report_document(report))
        return report


@pytest.fixture(scope="module")
def desk(made: Rendered) -> Desk:
    return Desk(made)


IDS = st.sampled_from(["0" * 40, "f00d" * 10, "f" * 64, "main", "HEAD", "git-" + "a" * 40])
VALUES = st.one_of(
    IDS,
    st.text(max_size=20),
    st.sampled_from(
        [
            "null",
            "{}",
            "[]",
            "&a x",
            "*a",
            "!!binary x",
            "'",
            '"\\ud800"',
            "[{}]",
            "{a: {b: [1.5, .nan]}}",
            "- x",
            "|",
            "..",
            "1e400",
        ]
    ),
)


@st.composite
def edited(draw: st.DrawFn, text: str) -> bytes:
    lines = text.splitlines()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        kind = draw(st.sampled_from(["value", "drop", "twice", "swap", "indent"]))
        other = draw(st.integers(0, len(lines) - 1))
        if kind == "value":
            lines[at] = f"{lines[at].partition(': ')[0]}: {draw(VALUES)}"
        elif kind == "drop" and len(lines) > 1:
            del lines[at]
        elif kind == "twice":
            lines.insert(other, lines[at])
        elif kind == "swap":
            lines[at], lines[other] = lines[other], lines[at]
        else:
            lines[at] = f"  {lines[at]}"
    return "\n".join([*lines, ""]).encode("utf-8", "surrogatepass")


@settings(max_examples=examples(300))
@given(data=st.data(), rerender=st.booleans())
def test_an_edited_lock_is_a_finding_and_no_exception(desk: Desk, data: Any, rerender: bool) -> None:
    lock = data.draw(edited(desk.lock.decode()))
    report = desk.audit(lock, rerender=rerender)
    if lock != desk.lock:
        told = {line for line in lock.split(b"\n") if line not in desk.lock.split(b"\n")}
        silent = all(line.strip().startswith(tuple(name.encode() for name in UNTOLD)) for line in told)
        assert report.findings or silent


@settings(max_examples=examples(100))
@given(lock=st.binary(max_size=60), mode=st.sampled_from([0o100644, 0o100664, 0o100755, 0o120000]))
def test_any_bytes_are_a_finding_and_no_exception(desk: Desk, lock: bytes, mode: int) -> None:
    assert not desk.audit(lock, mode).ok


def test_the_lock_itself_is_fine(desk: Desk) -> None:
    assert desk.audit(desk.lock, rerender=True).findings == ()
