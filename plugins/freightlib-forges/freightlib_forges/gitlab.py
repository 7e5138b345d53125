"""GitLab, on gitlab.com or the server that ``url`` names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import evolve

from freightlib.plugins import Approval, PullRequest
from freightlib_forges.base import OgrForge


class GitlabForge(OgrForge):
    """See ``freightlib.plugins.Forge``.

    GitLab's approvals do not name a commit. Each is taken for one of the commit that was the newest version of the
    merge request when it was given; where GitLab does not say when that was, of no known commit.
    """

    def __init__(self) -> None:
        super().__init__("gitlab", ("GITLAB_TOKEN",), "https://gitlab.com")

    def _project(self, namespace: str, name: str, url: str, token: str) -> Any:
        import gitlab
        from ogr.services.gitlab.service import GitlabService

        class Client(gitlab.Gitlab):
            """The client would wait and try again by itself, also what must not be done twice."""

            def http_request(self, *args: Any, **kwargs: Any) -> Any:
                return super().http_request(*args, **{**kwargs, "obey_rate_limit": False, "max_retries": 0})

        class Service(GitlabService):
            @property
            def gitlab_instance(self) -> gitlab.Gitlab:
                return client

        client = Client(url=url, private_token=token, timeout=self.timeout)
        project = Service(token=token, instance_url=url).get_project(repo=name, namespace=namespace)
        _ = project.gitlab_repo
        return project

    def _failures(self) -> tuple[type[Exception], ...]:
        import requests
        from gitlab.exceptions import GitlabError
        from ogr.exceptions import OgrException

        return (GitlabError, OgrException, requests.RequestException, ValueError)

    def _value(self, raw: Any) -> PullRequest:
        state = {"opened": "open", "merged": "merged"}.get(raw.state, "closed")
        return PullRequest(
            raw.iid, raw.web_url, raw.source_branch, raw.target_branch, raw.sha, state, raw.title, raw.description or ""
        )

    def _listed(self, project: Any, head: str, base: str) -> PullRequest | None:
        wanted: dict[str, Any] = {
            "source_branch": head,
            "target_branch": base,
            "order_by": "created_at",
            "sort": "desc",
        }
        for state in ("opened", "all"):
            for found in project.gitlab_repo.mergerequests.list(state=state, iterator=True, **wanted):
                if found.source_project_id == found.target_project_id:  # in a fork it is another branch
                    return self._value(found)
        return None

    def _reviewed(self, project: Any, number: int) -> PullRequest:
        raw = project.gitlab_repo.mergerequests.get(number)
        versions = [(one.created_at, one.head_commit_sha) for one in raw.diffs.list(get_all=True)]
        approved = raw.approvals.get().approved_by
        return evolve(
            self._value(raw),
            approvals=tuple(
                Approval(one["user"]["username"], version_at(versions, one.get("approved_at"))) for one in approved
            ),
        )

    def _merge(self, project: Any, number: int, head_commit: str) -> None:
        project.gitlab_repo.mergerequests.get(number).merge(sha=head_commit)


def version_at(versions: Sequence[tuple[str, str]], moment: str | None) -> str | None:
    """The head commit of the newest of ``versions`` (when, commit) at ``moment``; times as GitLab writes them."""
    from datetime import datetime

    if not moment:
        return None
    at = datetime.fromisoformat(moment)
    before = [(made, commit) for when, commit in versions if (made := datetime.fromisoformat(when)) <= at]
    return max(before)[1] if before else None
