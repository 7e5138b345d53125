"""Proposals on every forge: opened, brought up to date, closed, approved, merged, landed; and what goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from forge_server import Fault
from forge_world import TOKEN, Forged

import freightlib
import freightlib.models
import freightlib.plugins.contracts
from freightlib.errors import ForgeError, PromotionBlockedError
from freightlib.plugins.registry import registry
from freightlib.promotion.result import Outcome
from freightlib.testing import git
from tests.cli import call, document, freight
from tests.reviewed_world import BASE, PATH, PROPOSAL

pytestmark = [pytest.mark.slow, pytest.mark.needs_program("npm")]


def test_a_pull_request_is_opened_and_brought_up_to_date_in_place(forged: Forged) -> None:
    tag = forged.release("second")
    made = forged.promote()
    assert (made.outcome, made.problem) == (Outcome.PROPOSED, None)
    assert made.pull_request is not None
    assert (made.pull_request.number, made.pull_request.state, made.pull_request.head) == (1, "open", PROPOSAL)
    assert made.pull_request.head_commit == made.commit
    (pull,) = forged.state.pulls
    assert pull.title == f"Promote codeai production to {tag}"
    assert f"\nFreight-Proposal: {made.commit}" in pull.body
    assert f"\nFreight-Manifests: {made.lock.manifests}\n" in pull.body
    assert "- changed `web.yaml`" in pull.body

    again = forged.promote()
    assert (again.outcome, again.pull_request) == (Outcome.UNCHANGED, made.pull_request)

    newer = forged.release("third")
    second = forged.promote()
    assert second.outcome is Outcome.PROPOSED
    assert second.pull_request is not None
    assert (second.pull_request.number, second.pull_request.head_commit) == (1, second.commit)
    assert len(forged.state.pulls) == 1
    assert newer in forged.state.pulls[0].title
    assert f"Freight-Proposal: {second.commit}" in forged.state.pulls[0].body


def test_an_unchanged_promotion_writes_nothing_and_a_dry_run_asks_nobody(forged: Forged) -> None:
    forged.release("second")
    assert forged.promote(dry_run=True).outcome is Outcome.PROPOSED
    assert forged.server.seen == []
    forged.promote()
    forged.world.gitops.git("fetch", "-q", str(forged.bare), "main")
    forged.world.gitops.git("reset", "-q", "--hard", "FETCH_HEAD")
    forged.world.gitops.commit({"unrelated.txt": "moves the policy commit\n"})
    forged.world.gitops.git("push", "-q", str(forged.bare), "HEAD:main")
    forged.server.seen.clear()
    assert forged.promote().outcome is Outcome.UNCHANGED
    assert {one.split()[0] for one in forged.server.seen} == {"GET"}


def test_a_pull_request_is_closed_when_nothing_differs_any_more(forged: Forged) -> None:
    old = f"git-{forged.world.revision}"
    forged.release("second")
    forged.promote()
    made = forged.promote(freight=old, force=True)
    assert made.outcome is Outcome.WITHDRAWN
    assert [one.state for one in forged.state.pulls] == ["closed"]
    assert forged.state.tip(PROPOSAL) is None
    assert forged.promote(freight=old, force=True).outcome is Outcome.UNCHANGED
    forged.release("third")
    third = forged.promote()
    assert third.pull_request is not None
    assert third.pull_request.number == 2


def test_a_pull_request_that_people_closed_stays_closed_until_there_is_something_else(forged: Forged) -> None:
    forged.release("second")
    forged.promote()
    forged.state.pulls[0].state = "closed"
    again = forged.promote()
    assert len(forged.state.pulls) == 1
    assert "was closed: reopen it there" in again.notes[-1]
    forged.promote(force=True)
    assert [one.state for one in forged.state.pulls] == ["closed", "open"]


@pytest.mark.parametrize("kind", ["merge", "squash", "rebase"])
def test_every_merge_on_the_forge_counts_and_its_branch_is_cleaned_up(forged: Forged, kind: str) -> None:
    tag = forged.release("second")
    forged.promote()
    forged.state.merge(1, kind, None)
    row = {row.stage: row for row in freightlib.status(forged.address)[0].stages}["production"]
    assert (row.tag, row.state) == (tag, "current")
    made = forged.promote()
    assert (made.outcome, made.problem) == (Outcome.UNCHANGED, None)
    assert forged.state.tip(PROPOSAL) is None
    assert forged.state.pulls[0].state == "merged"
    (beyond,) = freightlib.promote(forged.address, ["beyond"])
    assert beyond.outcome is Outcome.PROMOTED


# --- landing --------------------------------------------------------------------------------------


def test_only_an_approval_of_the_proposed_commit_lands(forged: Forged) -> None:
    forged.release("second")
    forged.promote()
    with pytest.raises(PromotionBlockedError, match="nobody has approved"):
        forged.land()
    forged.state.review("ada")
    forged.release("third")
    proposed = forged.promote()
    with pytest.raises(PromotionBlockedError, match="what was approved in"):
        forged.land()
    forged.state.review("grace", "comment")
    with pytest.raises(PromotionBlockedError, match="what was approved in"):
        forged.land()
    forged.state.review("grace")
    with pytest.raises(PromotionBlockedError, match="was approved, and"):
        forged.land(approved=forged.state.tip(BASE))
    made = forged.land()
    assert (made.outcome, made.commit) == (Outcome.LANDED, proposed.commit)
    assert (forged.state.tip(BASE), forged.state.tip(PROPOSAL)) == (proposed.commit, None)
    forged.state.follow()
    assert forged.state.pulls[0].state == "merged"
    assert forged.called("PUT") == 0 or forged.name == "gitlab"


# GitLab's approvals know neither: there, an approval is given or taken back
WITH_REVIEWS = pytest.mark.parametrize("forged", ["github", "forgejo"], indirect=True)


@WITH_REVIEWS
def test_who_asked_for_changes_is_heard(forged: Forged) -> None:
    forged.release("second")
    forged.promote()
    forged.state.review("ada")
    forged.state.review("grace", "changes")
    with pytest.raises(PromotionBlockedError, match="grace asked for changes"):
        forged.land()
    forged.state.review("grace")
    assert forged.land().outcome is Outcome.LANDED


@WITH_REVIEWS
def test_a_dismissed_review_is_none(forged: Forged) -> None:
    forged.release("second")
    forged.promote()
    forged.state.review("ada")
    forged.state.review("ada", "dismissed")
    with pytest.raises(PromotionBlockedError, match="nobody has approved"):
        forged.land()


@pytest.mark.parametrize("forged", ["gitlab"], indirect=True)
def test_an_approval_of_an_unknown_moment_lands_nothing(forged: Forged) -> None:
    forged.release("second")
    forged.promote()
    forged.state.review("ada")
    forged.server.api.tells_when = False  # type: ignore[attr-defined]
    with pytest.raises(PromotionBlockedError, match="is an unknown com"):
        forged.land()
    forged.server.api.tells_when = True  # type: ignore[attr-defined]
    assert forged.land().outcome is Outcome.LANDED


def test_a_protected_branch_is_merged_by_the_forge_at_the_approved_commit(forged: Forged) -> None:
    forged.release("second")
    forged.promote()
    forged.state.review("ada")
    forged.state.protect(BASE)
    made = forged.land()
    assert made.outcome is Outcome.LANDED
    assert forged.state.pulls[0].state == "merged"
    assert made.commit == forged.state.tip(BASE)
    assert "second" in git(forged.bare, "show", f"{BASE}:{PATH}/web.yaml")
    assert forged.state.tip(PROPOSAL) is None


@pytest.mark.parametrize("forged", ["github"], indirect=True)
def test_a_repository_that_allows_squashes_alone_is_merged_so(forged: Forged) -> None:
    forged.release("second")
    forged.promote()
    forged.state.review("ada")
    forged.state.protect(BASE)
    forged.server.api.methods = {"squash"}  # type: ignore[attr-defined]
    made = forged.land()
    assert made.commit == forged.state.tip(BASE)
    assert made.notes == ()
    assert git(forged.bare, "rev-list", "--merges", "--count", BASE) == "0"


def test_a_landing_as_another_commit_closes_the_pull_request(forged: Forged) -> None:
    forged.release("second")
    forged.promote()
    forged.state.review("ada")
    tree = git(forged.bare, "rev-parse", f"{BASE}^{{tree}}")
    blob = git(forged.bare, "hash-object", "-w", "--stdin", data=b"other\n")
    listed = git(forged.bare, "ls-tree", tree) + f"\n100644 blob {blob}\tother.txt\n"
    more = git(forged.bare, "mktree", data=listed.encode())
    moved = git(forged.bare, "commit-tree", more, "-p", BASE, "-m", "Other")
    git(forged.bare, "update-ref", f"refs/heads/{BASE}", moved)
    made = forged.land()
    assert made.commit == forged.state.tip(BASE)
    assert git(forged.bare, "rev-parse", f"{BASE}^") == moved
    assert forged.state.pulls[0].state == "closed"


# --- what goes wrong ------------------------------------------------------------------------------


def opening(forged: Forged) -> str:
    return "/merge_requests" if forged.name == "gitlab" else "/pulls"


def test_a_forge_that_fails_after_the_push_is_told_and_the_next_call_completes_it(forged: Forged) -> None:
    forged.release("second")
    forged.server.faults.append(Fault("POST", opening(forged), 502, times=1))
    made = forged.promote()
    assert made.outcome is Outcome.PROPOSED
    assert forged.state.tip(PROPOSAL) == made.commit
    assert isinstance(made.problem, ForgeError)
    assert (made.problem.data["reason"], made.problem.data["status"]) == ("unavailable", 502)
    assert made.pull_request is None
    again = forged.promote()
    assert (again.outcome, again.problem) == (Outcome.UNCHANGED, None)
    assert again.pull_request is not None


def test_an_answer_that_was_lost_does_not_open_a_second_one(forged: Forged) -> None:
    forged.release("second")
    forged.server.faults.append(Fault("POST", opening(forged), lost=True))
    made = forged.promote()
    assert made.problem is None
    assert made.pull_request is not None
    assert [one.state for one in forged.state.pulls] == ["open"]
    assert forged.called("POST") == 1


def test_one_that_was_opened_by_another_run_meanwhile_is_adopted(forged: Forged) -> None:
    forged.release("second")
    made = forged.promote()
    place, forge = forged.place, registry().forge(forged.name)
    wanted = freightlib.plugins.contracts.PullRequestText(PROPOSAL, BASE, "Other words", "Body\n")
    found = forge.open(place, wanted)
    assert found is not None
    assert made.pull_request is not None
    assert (found.number, found.title) == (made.pull_request.number, "Other words")


def test_an_empty_one_is_refused_by_the_forge_and_told(forged: Forged) -> None:
    git(forged.bare, "branch", PROPOSAL, BASE)
    forge = registry().forge(forged.name)
    with pytest.raises(ForgeError, match=r"(?i)no commits|no changes") as caught:
        forge.open(forged.place, freightlib.plugins.contracts.PullRequestText(PROPOSAL, BASE, "Title", "Body"))
    assert caught.value.data["reason"] == "refused"


@pytest.mark.parametrize("status", [500, 502, 503])
def test_what_may_be_asked_twice_is_asked_again(forged: Forged, status: int) -> None:
    forged.release("second")
    forged.server.faults.append(Fault("GET", opening(forged), status, headers={"Retry-After": "0"}, times=2))
    assert forged.promote().problem is None


def test_a_rate_limit_is_waited_for_when_it_is_short(forged: Forged) -> None:
    forged.release("second")
    body = {"message": "You have exceeded a secondary rate limit."}
    forged.server.faults += [
        Fault("GET", opening(forged), 429, headers={"Retry-After": "0"}, body=body),
        Fault(
            "POST", opening(forged), 429 if forged.name != "github" else 403, headers={"Retry-After": "0"}, body=body
        ),
    ]
    made = forged.promote()
    assert made.problem is None
    assert made.pull_request is not None


def test_a_long_rate_limit_is_told_and_not_waited_for(forged: Forged) -> None:
    forged.release("second")
    headers = {"Retry-After": "3600", "X-RateLimit-Remaining": "0"}
    forged.server.faults.append(Fault("GET", opening(forged), 429, headers=headers, times=9))
    problem = forged.promote().problem
    assert problem is not None
    assert problem.data["reason"] == "rate"


def test_an_expired_token_is_told_without_a_second_try(forged: Forged) -> None:
    forged.release("second")
    forged.server.faults.append(
        Fault("GET", opening(forged), 401, body={"message": f"Bad credentials {TOKEN}"}, times=9)
    )
    made = forged.promote()
    assert made.problem is not None
    assert made.problem.data["reason"] == "auth"
    assert "TOKEN" in made.problem.hint
    assert TOKEN not in f"{made!r}{made.problem}{made.problem.data}"
    assert sum(opening(forged) in one for one in forged.server.seen) == 1


def test_no_token_is_in_any_output(forged: Forged) -> None:
    forged.release("second")
    told = {"message": f"no {TOKEN}"}
    forged.server.faults.append(Fault("GET", opening(forged), 500, headers={"Retry-After": "0"}, body=told, times=99))
    for words in (("promote", "production", "--debug"), ("promote", "production", "--land", "--debug")):
        done = freight(*words, "--repo", forged.address)
        assert done.returncode == 3, done.stderr
        assert TOKEN not in done.stdout + done.stderr
        assert "***" in done.stderr


def test_a_missing_token_is_told(forged: Forged, monkeypatch: pytest.MonkeyPatch) -> None:
    forged.release("second")
    for name in ("GITHUB_TOKEN", "GITLAB_TOKEN", "FORGEJO_TOKEN", "GITEA_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    made = forged.promote()
    assert made.problem is not None
    assert "needs a token" in made.problem.message
    assert forged.server.seen == []


def test_a_repository_that_is_not_there_is_told(forged: Forged) -> None:
    forge = registry().forge(forged.name)
    forged.server.faults.append(Fault("GET", "", 404, body={"message": "Not Found"}, times=9))
    with pytest.raises(ForgeError) as caught:
        forge.find(freightlib.models.ForgeSpec(forged.name, "nobody/nothing", forged.server.url), PROPOSAL, BASE)
    assert caught.value.data["reason"] == "missing"


def test_a_merge_of_another_commit_is_refused(forged: Forged) -> None:
    forged.release("second")
    forged.promote()
    with pytest.raises(ForgeError) as caught:
        registry().forge(forged.name).merge(forged.place, 1, "0" * 40)
    assert caught.value.data["reason"] == "moved"
    assert forged.state.pulls[0].state == "open"


def test_a_server_that_is_not_there_is_told(forged: Forged, tmp_path: Path) -> None:
    place = freightlib.models.ForgeSpec(forged.name, "example/gitops", "http://127.0.0.1:9")
    with pytest.raises(ForgeError) as caught:
        registry().forge(forged.name).find(place, PROPOSAL, BASE)
    assert caught.value.data["reason"] == "unavailable"
    assert TOKEN not in str(caught.value)


def test_the_command_shows_the_pull_request_and_its_exit_status_tells_of_the_forge(
    forged: Forged, capsys: pytest.CaptureFixture[str]
) -> None:
    forged.release("second")
    forged.server.faults.append(Fault("POST", opening(forged), 500))
    words = ("promote", "production", "--repo", forged.address)
    status, out, _ = call(capsys, *words, "--json")
    (shown,) = document("promote", out)["promotions"]
    assert (status, shown["outcome"], shown["problem"]["code"]) == (3, "proposed", "forge")
    status, out, _ = call(capsys, *words, "--json")
    (shown,) = document("promote", out)["promotions"]
    assert (status, shown["outcome"], shown["pullRequest"]["state"]) == (0, "unchanged", "open")
    status, out, err = call(capsys, *words)
    assert (status, err) == (0, "")
    assert f"pull request: {shown['pullRequest']['url']} (open)" in out
