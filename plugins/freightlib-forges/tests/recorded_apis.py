"""GitLab's and Forgejo's interfaces over a ``ForgeState``: recorded answers with the state's facts in them.

What was never recorded is told where it is made: GitLab's approvals and versions, and Forgejo's reviews, are as their
documentation has them; the latter are held to the types that pyforgejo has from Forgejo's own description.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import forge_descriptions
from forge_schemas import Drifted, same_shape
from forge_server import Answer
from forge_state import ForgeState, Pull, Refused, deep

GITLAB_STATES = {"open": "opened", "closed": "closed", "merged": "merged"}
REVIEWS = {"approved": "APPROVED", "changes": "REQUEST_CHANGES", "dismissed": "APPROVED", "comment": "COMMENT"}


def _recorded(env: Any, forge: str, method: str, pattern: str) -> Any:
    """A recorded answer."""
    found = [
        body
        for kind, url, body in forge_descriptions.recorded(env)[forge]
        if kind == method and re.search(pattern, url)
    ]
    if not found:
        raise Drifted(f"no answer of {forge} to {method} {pattern} was recorded")
    return found[0]


class GitlabApi:
    """See ``forge_server.Api``."""

    prefix = "/api/v4"
    scheme = "Private-Token"
    url = ""

    def __init__(self, state: ForgeState, env: Any) -> None:
        self.state = state
        self.project = _recorded(env, "gitlab", "GET", r"/projects/packit-service%2Fogr-tests$")
        self.detail = _recorded(env, "gitlab", "GET", r"/merge_requests/\d+$")
        self.created = _recorded(env, "gitlab", "POST", r"/merge_requests$")
        self.short = _recorded(env, "gitlab", "GET", r"/merge_requests\?state=opened")[0]
        self.tells_when = True

    def handle(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        try:
            return self._answer(method, path, query, body or {})
        except Refused as refused:
            return {
                "missing": (404, {"message": "404 Not found"}),
                "exists": (409, {"message": ["Another open merge request already exists for this source branch: !1"]}),
                "empty": (400, {"message": {"base": ["no changes"]}}),
                "unmergeable": (405, {"message": "405 Method Not Allowed"}),
                "moved": (409, {"message": "SHA does not match HEAD of source branch: 0"}),
            }[refused.why]

    def _answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        if path == "/user":
            return 200, {"id": 1, "username": "bot"}
        if unquote(path) == "/projects/example/sub/gitops":
            return 200, deep(self.project, path="gitops", path_with_namespace="example/sub/gitops")
        number = re.fullmatch(r"/projects/\d+/merge_requests/(\d+)(/\w+)?", path)
        if re.fullmatch(r"/projects/\d+/merge_requests", path):
            if method == "GET":
                state = {"opened": "open", "all": "all"}[query["state"]]
                found = self.state.listed(state, query["source_branch"], query["target_branch"])
                return 200, [self._made(self.short, one) for one in found]
            made = self.state.open(body["source_branch"], body["target_branch"], body["title"], body["description"])
            return 201, self._made(self.created, made)
        assert number, f"not served: {method} {path}"
        pull = self.state.pull(int(number[1]))
        if number[2] is None:
            if method == "PUT":
                pull.title, pull.body = body.get("title", pull.title), body.get("description", pull.body)
                pull.state = {"close": "closed", None: pull.state}[body.get("state_event")]
            return 200, self._made(self.detail, pull)
        if (method, number[2]) == ("PUT", "/merge"):
            self.state.merge(pull.number, "merge", query.get("sha") or body.get("sha"))
            return 200, self._made(self.detail, pull)
        if number[2] == "/approvals":  # https://docs.gitlab.com/api/merge_request_approvals/
            given = [one for one in pull.reviews if one.state == "approved"]
            when = {"approved_at": "x"} if self.tells_when else {}
            return 200, {
                "id": 5,
                "iid": pull.number,
                "approved": bool(given),
                "approved_by": [
                    {"user": {"id": 1, "username": one.by}} | (when and {"approved_at": one.at}) for one in given
                ],
            }
        assert number[2] == "/versions", f"not served: {method} {path}"
        return 200, [  # https://docs.gitlab.com/api/merge_requests/#retrieve-merge-request-diff-versions
            {
                "id": index,
                "head_commit_sha": sha,
                "base_commit_sha": pull.base_sha,
                "created_at": at,
                "state": "collected",
            }
            for index, (at, sha) in reversed([*enumerate(pull.versions, 1)])
        ]

    def _made(self, template: Any, pull: Pull) -> Any:
        made = deep(
            template,
            iid=pull.number,
            title=pull.title,
            description=pull.body,
            state=GITLAB_STATES[pull.state],
            source_branch=pull.head,
            target_branch=pull.base,
            sha=pull.sha,
            created_at=pull.at,
            source_project_id=14233409,
            target_project_id=14233409,
            project_id=14233409,
            web_url=f"https://gitlab.com/example/sub/gitops/-/merge_requests/{pull.number}",
        )
        same_shape(template, made)
        return made


class ForgejoApi:
    """See ``forge_server.Api``."""

    prefix = "/api/v1"
    scheme = "Authorization"
    url = ""

    def __init__(self, state: ForgeState, env: Any) -> None:
        self.state = state
        self.short = _recorded(env, "forgejo", "GET", r"/pulls\?state=open&page=1")[0]
        self.created = _recorded(env, "forgejo", "POST", r"/pulls$")

    def handle(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        try:
            return self._answer(method, path.removeprefix("/repos/example/gitops"), query, body or {})
        except Refused as refused:
            return {
                "missing": (404, {"message": "The target couldn't be found.", "url": "", "errors": []}),
                "exists": (409, {"message": "pull request already exists for these targets [id: 1]", "url": ""}),
                "empty": (422, {"message": "There are no changes between the head and the base", "url": ""}),
                "unmergeable": (405, {"message": "Please try again later", "url": ""}),
                "moved": (409, {"message": "head out of date", "url": ""}),
            }[refused.why]

    def _answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        from pyforgejo.types import PullReview

        number = re.fullmatch(r"/pulls/(\d+)(/\w+)?", path)
        if path == "/pulls":
            if method == "GET":
                found = self.state.listed(query["state"])
                first = (int(query["page"]) - 1) * int(query["limit"])
                return 200, [self._made(self.short, one) for one in found[first : first + int(query["limit"])]]
            return 201, self._made(
                self.created, self.state.open(body["head"], body["base"], body["title"], body["body"])
            )
        assert number, f"not served: {method} {path}"
        pull = self.state.pull(int(number[1]))
        if number[2] is None:
            if method == "PATCH":
                pull.title, pull.body = body.get("title", pull.title), body.get("body", pull.body)
                pull.state = body.get("state", pull.state)
                return 201, self._made(self.created, pull)
            return 200, self._made(self.created, pull)
        if (method, number[2]) == ("POST", "/merge"):
            self.state.merge(pull.number, body["Do"], body.get("head_commit_id"))
            return 200, None
        assert number[2] == "/reviews", f"not served: {method} {path}"
        if int(query.get("page", "1")) > 1:
            return 200, []
        listed = [
            {
                "id": one.number,
                "user": {**self.created["user"], "login": one.by},
                "state": REVIEWS[one.state],
                "commit_id": one.commit,
                "dismissed": one.state == "dismissed",
                "stale": one.commit != pull.sha,
                "official": True,
                "submitted_at": one.at,
                "body": "",
            }
            for one in pull.reviews
        ]
        for review in listed:
            unknown = review.keys() - PullReview.model_fields.keys()
            if unknown:
                raise Drifted(f"a review has no {sorted(unknown)}")
            PullReview.model_validate(review)
        return 200, listed

    def _made(self, template: Any, pull: Pull) -> Any:
        repository = deep(template["head"]["repo"], id=template["base"]["repo"]["id"])
        made = deep(
            template,
            number=pull.number,
            title=pull.title,
            body=pull.body,
            state="open" if pull.state == "open" else "closed",
            merged=pull.state == "merged",
            merge_commit_sha=pull.merged,
            head=deep(template["head"], ref=pull.head, label=pull.head, sha=pull.sha, repo=repository),
            base=deep(template["base"], ref=pull.base, label=pull.base, sha=pull.base_sha),
            html_url=f"https://codeberg.org/example/gitops/pulls/{pull.number}",
        )
        same_shape(template, made)
        return made
