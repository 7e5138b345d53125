"""The tests' own server cannot drift: what no real forge says is found, in requests and in answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import forge_descriptions
import pytest
from forge_schemas import Drifted, OpenApi, same_shape
from forge_state import ForgeState
from github_api import GithubApi

pytestmark = [pytest.mark.slow, pytest.mark.needs_program("npm")]

PULLS = "/repos/example/gitops/pulls"


@pytest.fixture(scope="module")
def openapi(own_environment: dict[str, str]) -> OpenApi:
    return OpenApi(forge_descriptions.github(own_environment))


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "/repos/example/gitops/pullz", {}, None),
        ("DELETE", PULLS, {}, None),
        ("GET", PULLS, {"branch": "x"}, None),
        ("GET", PULLS, {"state": "opened"}, None),
        ("POST", PULLS, {}, {"title": "t", "head": "x"}),
        ("POST", PULLS, {}, {"title": "t", "head": "x", "base": 1}),
        ("POST", PULLS, {}, {"title": "t", "head": "x", "base": "y", "description": "z"}),
        ("PUT", f"{PULLS}/1/merge", {}, {"sha": "0", "merge_method": "fast-forward"}),
        ("PUT", f"{PULLS}/1/merge", {}, {"expected": "0"}),
    ],
)
def test_a_request_that_github_does_not_know_is_found(
    openapi: OpenApi, method: str, path: str, query: dict[str, str], body: Any
) -> None:
    with pytest.raises(Drifted):
        openapi.request(method, path, query, body)


def test_requests_that_github_knows_pass(openapi: OpenApi) -> None:
    openapi.request("GET", PULLS, {"state": "open", "per_page": "100", "head": "a:b"}, None)
    openapi.request("POST", PULLS, {}, {"title": "t", "head": "x", "base": "y", "body": "z"})
    openapi.request("PUT", f"{PULLS}/1/merge", {}, {"sha": "0", "merge_method": "squash"})


@pytest.mark.parametrize("change", [{"number": "1"}, {"state": "opened"}, {"html_url": None}, {"merged": "no"}])
def test_an_answer_that_github_would_not_give_is_found(
    openapi: OpenApi, own_environment: dict[str, str], tmp_path: Path, change: dict[str, Any]
) -> None:
    example = {**openapi.example("GET", f"{PULLS}/1", 200), "requested_teams": []}
    openapi.answer("GET", f"{PULLS}/1", 200, example)
    with pytest.raises(Drifted):
        openapi.answer("GET", f"{PULLS}/1", 200, {**example, **change})
    with pytest.raises(Drifted):
        openapi.answer("GET", f"{PULLS}/1", 204, None)


def test_the_servers_own_answers_are_checked(own_environment: dict[str, str], tmp_path: Path) -> None:
    api = GithubApi(ForgeState(tmp_path), own_environment)
    api._repository = lambda: {"name": "gitops"}  # type: ignore[method-assign]
    with pytest.raises(Drifted, match="is a required property"):
        api.handle("GET", "/repos/example/gitops", {}, None)


@pytest.mark.parametrize("made", [{"a": 1}, {"a": "x", "b": [{"c": 1}]}, {"a": 1, "b": [{"d": 1}]}, {"a": 1, "b": {}}])
def test_another_shape_than_the_recorded_one_is_found(made: Any) -> None:
    same_shape({"a": 1, "b": [{"c": None}]}, {"a": 2, "b": []})
    with pytest.raises(Drifted):
        same_shape({"a": 1, "b": [{"c": 2}]}, made)
