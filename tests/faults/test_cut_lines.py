"""Pushes cut off mid-transfer: nothing half done, an outcome that arrived is recognised, the next run succeeds."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from freightlib.testing.program import check_sound
from tests.cli import call
from tests.faults.freightworld import FREIGHT, Releases, publishing
from tests.faults.servers import HttpSite, http_site, line

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Releases:
    return Releases(tmp_path_factory.mktemp("cut"), 80)


@pytest.fixture
def world(made: Releases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Releases:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return made.using(gitops=made.gitops.copy(tmp_path / "served/gitops.git"))


@pytest.fixture
def site(world: Releases) -> Iterator[HttpSite]:
    with http_site(world.gitops.path.parent) as serving:
        yield serving


def tip(world: Releases) -> str:
    return world.gitops.git("rev-parse", "main")


def through(port: int) -> str:
    return f"http://127.0.0.1:{port}/gitops.git"


def judged(world: Releases, before: str, revision: str) -> bool:
    """Whether the release has arrived: then it is the one commit more, else nothing has changed."""
    now = tip(world)
    if now == before:
        return False
    assert world.gitops.git("log", "-1", "--format=%P", "main") == before
    world.gitops.git("rev-parse", "--verify", "-q", f"main:{FREIGHT}/git-{revision}")
    world.gitops.git("rev-list", "--objects", "--quiet", "main")
    return True


PUSHING = b"/info/refs?service=git-receive-pack"


def measured(world: Releases, site: HttpSite, capsys: pytest.CaptureFixture[str], after: bytes = b"") -> dict[str, int]:
    """How many bytes a publish takes in each direction."""
    with line(site.port, after=after) as way:
        status, _, err = call(capsys, *publishing(world, world.revisions[0], through(way.port)))
        assert status == 0, err
        return dict(way.counts)


@pytest.mark.parametrize("direction", ["up", "down"])
def test_cut_once_and_tried_again(
    direction: str,
    world: Releases,
    site: HttpSite,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One run gets through a line that breaks once, wherever that is, and says truly that it published."""
    monkeypatch.setenv("FREIGHTLIB_NETWORK_BUDGET", "20")
    total = measured(world, site, capsys)[direction]
    for number, share in enumerate(range(1, 13), start=1):
        before, revision = tip(world), world.revisions[number]
        with line(site.port, cut=(direction, max(total * share // 12 - 3, 1)), rudely=bool(share % 2)) as way:
            status, out, err = call(capsys, *publishing(world, revision, through(way.port)), "--json")
            assert status == 0, (share, err, out)
            assert judged(world, before, revision)
            told = json.loads(out)
            assert (told["commit"], told["created"]) == (tip(world), True)
    check_sound(world.gitops.path)


@pytest.mark.parametrize("direction", ["up", "down"])
def test_cut_for_good(
    direction: str,
    world: Releases,
    site: HttpSite,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The line does not come back: an error of two lines, all or nothing at the server, and the next run succeeds."""
    monkeypatch.setenv("FREIGHTLIB_NETWORK_BUDGET", "0")
    total = measured(world, site, capsys, PUSHING)[direction]
    dice = random.Random(7)
    places = sorted({1, total - 1, *range(total - 250, total, 50), *(dice.randrange(1, total) for _ in range(9))})
    arrived = 0
    for number, place in enumerate(places, start=1):
        before, revision = tip(world), world.revisions[number]
        broken = {"after": PUSHING, "cut": (direction, place), "dies": True, "rudely": bool(number % 2)}
        with line(site.port, **broken) as way:
            status, _, err = call(capsys, *publishing(world, revision, through(way.port)))
            settled(site)
            if status == 0:
                assert judged(world, before, revision)
            else:
                assert (status, len(err.splitlines())) == (3, 2), err
                arrived += judged(world, before, revision)
        status, _, err = call(capsys, *publishing(world, revision, through(site.port)))
        assert status == 0, err
        assert judged(world, before, revision)
    if direction == "down":
        assert arrived, "no cut came after the server had moved the branch"
    check_sound(world.gitops.path)


def settled(site: HttpSite) -> None:
    """Wait until the server is through with what reached it."""
    import time

    for _ in range(500):
        if not site.busy:
            return
        time.sleep(0.01)


def test_several_branches_on_a_line_that_breaks(
    world: Releases, site: HttpSite, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All stages of a promotion arrive, or none."""
    monkeypatch.setenv("FREIGHTLIB_NETWORK_BUDGET", "0")
    stages = ("staging", "test", "levelbuilder")
    assert call(capsys, *publishing(world, world.revisions[0], through(site.port)))[0] == 0
    with line(site.port) as way:
        assert call(capsys, "promote", *stages, "--dry-run", "--repo", through(way.port))[0] == 0
        start = way.counts["up"]
    for number, place in enumerate(range(start + 50, start + 2500, 350), start=1):
        status, _, err = call(capsys, *publishing(world, world.revisions[number], through(site.port)))
        assert status == 0, err
        before = world.gitops.git("for-each-ref", "refs/heads/stage")
        with line(site.port, cut=("up", place), dies=True) as way:
            status, _, err = call(capsys, "promote", *stages, "--repo", through(way.port))
            settled(site)
        now = world.gitops.git("for-each-ref", "refs/heads/stage")
        moved = set(now.splitlines()) - set(before.splitlines())
        assert len(moved) in (0, 3), (before, now)
        assert status == (0 if moved and not err else 3), err
        assert call(capsys, "promote", *stages, "--repo", through(site.port))[0] == 0
        for stage in stages:
            assert world.revisions[number] in world.gitops.git("show", f"stage/{stage}:freight.lock")
    check_sound(world.gitops.path)


def test_a_slow_line_is_no_fault(world: Releases, site: HttpSite, capsys: pytest.CaptureFixture[str]) -> None:
    with line(site.port, delay=0.02) as way:
        status, _, err = call(capsys, *publishing(world, world.revisions[0], through(way.port)))
        assert status == 0, err


def test_a_line_that_is_silent_is_given_up(
    world: Releases, site: HttpSite, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_HTTP_LOW_SPEED_LIMIT", "1")
    monkeypatch.setenv("GIT_HTTP_LOW_SPEED_TIME", "1")
    monkeypatch.setenv("FREIGHTLIB_NETWORK_BUDGET", "0")
    with line(site.port, delay=6) as way:
        status, _, err = call(capsys, *publishing(world, world.revisions[0], through(way.port)))
    assert status == 3
    assert "check the network" in err, err


@pytest.mark.parametrize("refusals", [[503], [502, 500, 429]])
def test_a_server_in_trouble_is_asked_again(
    refusals: list[int],
    world: Releases,
    site: HttpSite,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FREIGHTLIB_NETWORK_BUDGET", "20")
    site.refusals[:] = refusals
    status, _, err = call(capsys, *publishing(world, world.revisions[0], through(site.port)))
    assert status == 0, err
    assert site.refusals == []


def test_trouble_that_lasts_is_told_with_the_number_of_tries(
    world: Releases, site: HttpSite, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FREIGHTLIB_NETWORK_BUDGET", "1")
    site.refusals[:] = [503] * 100
    status, _, err = call(capsys, *publishing(world, world.revisions[0], through(site.port)))
    assert status == 3
    assert "503" in err
    assert "tried" in err
    assert 100 - len(site.refusals) < 10


@pytest.mark.parametrize(("status", "asked"), [(404, 1), (403, 1), (400, 1)])
def test_what_will_not_pass_is_asked_once(
    status: int,
    asked: int,
    world: Releases,
    site: HttpSite,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FREIGHTLIB_NETWORK_BUDGET", "20")
    site.refusals[:] = [status] * 10
    assert call(capsys, *publishing(world, world.revisions[0], through(site.port)))[0] == 3
    assert 10 - len(site.refusals) == asked


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/x.git", "http://no-such-host.invalid/x.git"])
def test_nobody_there(
    address: str, world: Releases, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FREIGHTLIB_NETWORK_BUDGET", "1")
    status, _, err = call(capsys, "status", "--repo", address)
    assert (status, len(err.splitlines())) == (3, 2)
    assert "tried" in err
    assert "check the network" in err


def test_a_budget_that_is_no_number(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREIGHTLIB_NETWORK_BUDGET", "soon")
    status, _, err = call(capsys, "status", "--repo", "http://127.0.0.1:1/x.git")
    assert status == 2
    assert "not a number of seconds" in err
