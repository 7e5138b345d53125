"""GitHub's interface over a ``ForgeState``: answers are the description's examples with the state's facts in them.

What the examples lack of what the description itself asks for is filled in (``language``) or left out (teams).
"""

from __future__ import annotations

import json
import re
from typing import Any

import forge_descriptions
from forge_schemas import OpenApi
from forge_server import Answer
from forge_state import ForgeState, Pull, Refused, deep

REPOSITORY = "/repos/{owner}/{repo}"
_STATES = {"approved": "APPROVED", "changes": "CHANGES_REQUESTED", "dismissed": "DISMISSED", "comment": "COMMENTED"}


class GithubApi:
    """See ``forge_server.Api``. ``methods`` are the kinds of merge that the repository allows."""

    prefix = "/api/v3"
    scheme = "Authorization"
    url = ""

    def __init__(self, state: ForgeState, env: Any) -> None:
        self.state = state
        self.openapi = OpenApi(forge_descriptions.github(env))
        self.methods = {"merge", "squash", "rebase"}

    def handle(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        self.openapi.request(method, path, query, body)
        try:
            answer = self._answer(method, path.removeprefix("/repos/example/gitops"), query, body)
        except Refused as refused:
            answer = self._refused(method, refused.why)
        self.openapi.answer(method, path, *answer)
        return answer

    def _answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        number = re.fullmatch(r"/pulls/(\d+)(/\w+)?", path)
        if method == "GET" and path == "":
            return 200, self._repository()
        if method == "GET" and path == "/pulls":
            head = query["head"].removeprefix("example:") if "head" in query else None
            found = self.state.listed(query.get("state", "open"), head, query.get("base"))
            return 200, [self._short(one) for one in found]
        if method == "POST" and path == "/pulls":
            made = self.state.open(
                body["head"].removeprefix("example:"), body["base"], body["title"], body.get("body", "")
            )
            return 201, self._pull(made)
        if number and not number[2]:
            pull = self.state.pull(int(number[1]))
            if method == "PATCH":
                pull.title, pull.body = body.get("title", pull.title), body.get("body", pull.body)
                pull.state = body.get("state", pull.state)
            return 200, self._pull(pull)
        if number and (method, number[2]) == ("GET", "/reviews"):
            return 200, [self._review(one) for one in self.state.pull(int(number[1])).reviews]
        if number and (method, number[2]) == ("PUT", "/merge"):
            if body.get("merge_method", "merge") not in self.methods:
                return 405, {
                    "message": "That kind of merge is not allowed on this repository.",
                    "documentation_url": "",
                }
            sha = self.state.merge(int(number[1]), body.get("merge_method", "merge"), body.get("sha"))
            return 200, {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}
        raise AssertionError(f"not served: {method} {path}")

    def _refused(self, method: str, why: str) -> Answer:
        url = "https://docs.github.com/rest/pulls/pulls"
        if why == "missing":
            return (
                (404, {"message": "Not Found", "documentation_url": url, "status": "404"})
                if method != "POST"
                else (
                    422,
                    {
                        "message": "Validation Failed",
                        "errors": [{"resource": "PullRequest", "field": "head", "code": "invalid"}],
                        "documentation_url": url,
                    },
                )
            )
        if why == "unmergeable":
            return 405, {"message": "Pull Request is not mergeable", "documentation_url": url}
        if why == "moved":
            return 409, {
                "message": "Head branch was modified. Review and try the merge again.",
                "documentation_url": url,
            }
        told = {
            "exists": "A pull request already exists for example:proposal.",
            "empty": "No commits between stage/production and proposal",
        }[why]
        errors = [{"resource": "PullRequest", "code": "custom", "message": told}]
        return 422, {"message": "Validation Failed", "errors": errors, "documentation_url": url}

    def _own(self, node: Any) -> Any:
        text = (
            json.dumps(node).replace("https://api.github.com", f"{self.url}{self.prefix}").replace("octocat", "example")
        )
        return json.loads(text.replace("Hello-World", "gitops"))

    def _repository(self) -> Any:
        example = self._own(self.openapi.example("GET", "/repos/example/gitops", 200))
        allowed = {
            f"allow_{'merge_commit' if one == 'merge' else f'{one}_merge'}": one in self.methods
            for one in ("merge", "squash", "rebase")
        }
        # as a fork, whose pull requests must not go to its parent
        parent = {"full_name": "upstream/gitops", "url": f"{self.url}{self.prefix}/repos/upstream/gitops"}
        filled = {
            "source": {**example["source"], "language": None},
            "parent": {**example["parent"], **parent},
            "language": None,
            "fork": True,
        }
        return {**example, **filled, **allowed}

    def _facts(self, pull: Pull) -> dict[str, Any]:
        return {
            "number": pull.number,
            "state": "open" if pull.state == "open" else "closed",
            "title": pull.title,
            "body": pull.body,
            "merged_at": pull.at if pull.state == "merged" else None,
            "merge_commit_sha": pull.merged,
            "created_at": pull.at,
            "url": f"{self.url}{self.prefix}/repos/example/gitops/pulls/{pull.number}",
            "html_url": f"https://github.com/example/gitops/pull/{pull.number}",
        }

    def _branches(self, example: Any, pull: Pull) -> dict[str, Any]:
        return {
            "head": deep(example["head"], ref=pull.head, label=f"example:{pull.head}", sha=pull.sha),
            "base": deep(example["base"], ref=pull.base, label=f"example:{pull.base}", sha=pull.base_sha),
        }

    def _pull(self, pull: Pull) -> Any:
        example = self._own(self.openapi.example("GET", "/repos/example/gitops/pulls/1", 200))
        return deep(
            example,
            **self._facts(pull),
            **self._branches(example, pull),
            merged=pull.state == "merged",
            requested_teams=[],
        )

    def _short(self, pull: Pull) -> Any:
        example = self._own(self.openapi.example("GET", "/repos/example/gitops/pulls", 200)[0])
        return deep(example, **self._facts(pull), **self._branches(example, pull), requested_teams=[])

    def _review(self, review: Any) -> Any:
        example = self._own(self.openapi.example("GET", "/repos/example/gitops/pulls/1/reviews", 200)[0])
        return deep(
            example,
            id=review.number,
            state=_STATES[review.state],
            commit_id=review.commit,
            user=deep(example["user"], login=review.by),
            submitted_at=review.at,
        )
