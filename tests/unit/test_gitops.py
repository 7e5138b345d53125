"""One rule for the keywords that verbs share, and ``GitOps`` gives each verb all of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import freightlib
from freightlib import GitOps, Identity, Limits
from freightlib.errors import GitError, UsageError

NOW = datetime(2026, 3, 22, 12, 34, 56, 789, tzinfo=UTC)
#: Each shared keyword with its annotation and default, in the order in which every signature ends with them.
SHARED = {
    "app": ("str | None", None),
    "branch": ("str | None", None),
    "backend": ("str | None", None),
    "author": ("Identity | None", None),
    "sign": ("bool | None", None),
    "limits": ("Limits | None", None),
    "now": ("datetime | None", None),
    "dry_run": ("bool", False),
}
WHERE = {"app", "branch", "backend"}
WRITING = {*WHERE, "author", "sign", "now", "dry_run"}
MARKS = {f"mark_{kind}": WRITING for kind in ("verified", "unverified", "blocked", "unblocked", "merged", "path")}
VERBS = {
    "attest": {*WHERE, "limits"},
    "audit": {*WHERE, "limits"},
    "diff": {*WHERE, "limits"},
    "explain": {*WHERE, "now"},
    "land": {*WRITING, "limits"},
    "log": WHERE,
    "promote": {*WRITING, "limits"},
    "promote_auto": {*WRITING, "limits"},
    "prune": WRITING,
    "publish": WRITING,
    "render": {*WHERE, "limits"},
    "render_stages": {*WHERE, "limits"},
    "rollback": {*WRITING, "limits"},
    "status": {*WHERE, "now"},
    "verify": WHERE,
    "verify_directory": {"app", "backend"},
    **MARKS,
}
NO_VERBS = {"open_repository", "init_repository", "registry"}


def parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    return {**inspect.signature(function).parameters}


def test_every_function_is_listed_here() -> None:
    routines = {name for name in freightlib.__all__ if inspect.isfunction(getattr(freightlib, name))}
    assert routines - NO_VERBS == {*VERBS}


@pytest.mark.parametrize("name", VERBS)
def test_shared_keywords_are_the_same_everywhere(name: str) -> None:
    found = parameters(getattr(freightlib, name))
    shared = [one for one in found if one in SHARED]
    assert {*shared} == VERBS[name]
    assert shared == [one for one in SHARED if one in found], "in one order"
    for one in shared:
        parameter = found[one]
        assert (str(parameter.annotation), parameter.default) == SHARED[one]
        assert parameter.kind is parameter.KEYWORD_ONLY


@pytest.mark.parametrize("name", VERBS)
def test_where_several_names_are_wanted_one_text_is_one_name(name: str) -> None:
    for one in parameters(getattr(freightlib, name)).values():
        if one.name in ("stages", "releases", "environments", "paths"):
            assert one.annotation == "str | Sequence[str]"


# method of the object -> function, and what the object's methods need to be called at all
METHODS: dict[str, tuple[str, Callable[[GitOps], Any], dict[str, Any]]] = {
    "publish": ("publish", lambda ops: ops.publish, {"source": "app", "revision": "r", "image": "i"}),
    "promote": ("promote", lambda ops: ops.promote, {"stages": ["a", "b"]}),
    "promote_auto": ("promote_auto", lambda ops: ops.promote_auto, {}),
    "render": ("render_stages", lambda ops: ops.render, {"stages": "a"}),
    "rollback": ("rollback", lambda ops: ops.rollback, {"stages": "a", "to": "git-1", "exact": True}),
    "prune": ("prune", lambda ops: ops.prune, {}),
    "explain": ("explain", lambda ops: ops.explain, {}),
    "verify": ("verify", lambda ops: ops.verify, {}),
    "audit": ("audit", lambda ops: ops.audit, {}),
    "status": ("status", lambda ops: ops.status, {}),
    "stage.render": ("render", lambda ops: ops.stage("a").render, {}),
    "stage.diff": ("diff", lambda ops: ops.stage("a").diff, {}),
    "stage.explain": ("explain", lambda ops: ops.stage("a").explain, {}),
    "stage.history": ("log", lambda ops: ops.stage("a").history, {}),
    "stage.promote": ("promote", lambda ops: ops.stage("a").promote, {}),
    "stage.land": ("land", lambda ops: ops.stage("a").land, {}),
    "stage.rollback": ("rollback", lambda ops: ops.stage("a").rollback, {"to": "git-1", "exact": False}),
    "stage.attest": ("attest", lambda ops: ops.stage("a").attest, {}),
    "stage.verified": ("mark_verified", lambda ops: ops.stage("a").verified, {}),
    "stage.unverified": ("mark_unverified", lambda ops: ops.stage("a").unverified, {}),
    "release.block": ("mark_blocked", lambda ops: ops.release("git-1").block, {}),
    "release.unblock": ("mark_unblocked", lambda ops: ops.release("git-1").unblock, {}),
    "release.verified": ("mark_verified", lambda ops: ops.release("git-1").verified, {"stages": "a"}),
    "release.unverified": ("mark_unverified", lambda ops: ops.release("git-1").unverified, {"stages": "a"}),
    "release.merged": ("mark_merged", lambda ops: ops.release("git-1").merged, {"environments": "a"}),
    "release.mark": ("mark_path", lambda ops: ops.release("git-1").mark, {"paths": "a"}),
}
#: What the object says by itself: ``ops.stage(name)`` and ``ops.release(tag)``.
SAID = {"stage": "a", "stages": "a", "releases": "git-1", "freight": "git-1"}


def said(method: str) -> dict[str, str]:
    """The arguments of the method's function that stand in the object."""
    owner = method.rpartition(".")[0]
    if not owner:
        return {}
    of_release = {*parameters(getattr(freightlib, METHODS[method][0]))} & {"releases", "freight"}
    return {one: SAID[one] for one in (of_release if owner == "release" else {"stage", "stages"})}


@pytest.fixture
def ops(place: Path) -> GitOps:
    return GitOps.open(
        place,
        app="shop",
        branch="trunk",
        backend="libgit2",
        author=Identity("Ada", "ada@example.org", datetime(2000, 1, 1, tzinfo=UTC)),
        sign=False,
        limits=Limits(seconds=7),
        clock=lambda: NOW,
        dry_run=True,
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("gitops") / "gitops"
    freightlib.init_repository(made, bare=True)
    return made


@pytest.mark.parametrize("method", METHODS)
def test_a_method_takes_what_its_function_takes(method: str, ops: GitOps) -> None:
    function, bound, _ = METHODS[method]
    # what a stage holds is what its marks are about
    left = {*said(method), *({"freight"} if method in ("stage.verified", "stage.unverified") else ())}
    wanted = {
        name: (one.annotation, one.default)
        for name, one in parameters(getattr(freightlib, function)).items()
        if name not in {*SHARED, "repository", *left}
    }
    assert {name: (one.annotation, one.default) for name, one in parameters(bound(ops)).items()} == wanted


@pytest.mark.parametrize("method", METHODS)
def test_a_method_passes_everything_on(method: str, ops: GitOps, monkeypatch: pytest.MonkeyPatch) -> None:
    name, bound, given = METHODS[method]
    function = getattr(freightlib, name)
    calls: list[dict[str, Any]] = []

    def recorded(*args: Any, **kwargs: Any) -> tuple[None]:
        calls.append(inspect.signature(function).bind(*args, **kwargs).arguments)
        return (None,)

    monkeypatch.setattr(import_module(function.__module__), name, recorded)
    own = {one: object() for one in parameters(bound(ops)) if one not in given}
    bound(ops)(**given, **own)
    (call,) = calls
    assert call.pop("repository") is ops.repository
    expected = {
        "app": "shop",
        "branch": "trunk",
        "backend": "libgit2",
        "author": Identity("Ada", "ada@example.org", NOW.replace(microsecond=0)),
        "sign": False,
        "limits": Limits(seconds=7),
        "now": NOW,
        "dry_run": True,
    }
    assert {one: call.pop(one) for one in VERBS[name]} == {one: expected[one] for one in VERBS[name]}
    known = {name: value for name, value in said(method).items() if name in parameters(function)}
    assert call == {**known, **given, **own}


def test_a_changed_copy_leaves_the_object_as_it_is(ops: GitOps) -> None:
    other = ops.with_(app="cart", dry_run=False)
    assert (other.app, other.dry_run, other.branch) == ("cart", False, "trunk")
    assert (ops.app, ops.dry_run) == ("shop", True)
    assert other.repository is ops.repository
    assert ops.with_(backend=None).repository is not ops.repository
    with pytest.raises(TypeError):
        ops.with_(aps="cart")  # type: ignore[call-arg]


def test_push_is_never_silently_left_out(ops: GitOps) -> None:
    with pytest.raises(UsageError, match="opened without push") as caught:
        GitOps.open(ops.repository, push=True)
    assert caught.value.hint
    assert ops.with_(push=True).push
    pushing = freightlib.open_repository(str(ops.location), push=True)
    assert GitOps.open(pushing, push=True).repository is pushing


def test_an_author_without_a_clock_dates_commits_itself(ops: GitOps) -> None:
    assert ops.with_(clock=None).writing()["author"] == ops.author
    assert ops.with_(clock=None).writing()["now"] is None


def test_a_clock_without_a_zone_is_refused(ops: GitOps) -> None:
    with pytest.raises(UsageError, match="without a zone"):
        ops.with_(clock=lambda: datetime(2026, 3, 22)).status()


def test_there_must_be_a_repository(tmp_path: Path) -> None:
    with pytest.raises(GitError):
        GitOps.open(tmp_path)
