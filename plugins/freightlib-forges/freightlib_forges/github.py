"""GitHub, and GitHub Enterprise where ``url`` names its server."""

from __future__ import annotations

from typing import Any, Final

from freightlib.plugins import Approval, PullRequest
from freightlib_forges.base import OgrForge

_OWN: Final = "https://github.com"
_STANDS: Final = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")


class GithubForge(OgrForge):
    """See ``freightlib.plugins.Forge``."""

    def __init__(self) -> None:
        super().__init__("github", ("GITHUB_TOKEN",), _OWN)

    def _project(self, namespace: str, name: str, url: str, token: str) -> Any:
        from github import Auth, Github
        from ogr.services.github.auth_providers.abstract import GithubAuthentication
        from ogr.services.github.service import GithubService

        # ogr's own client knows github.com alone, and waits for as long as an hour when the rate is limited
        class Given(GithubAuthentication):
            pygithub_instance = client = Github(
                auth=Auth.Token(token),
                base_url="https://api.github.com" if url == _OWN else f"{url}/api/v3",
                retry=None,
                timeout=self.timeout,
            )

            def get_token(self, namespace: str, repo: str) -> str:  # noqa: ARG002
                return token

            @staticmethod
            def try_create(**_: Any) -> None:
                return None

        class Service(GithubService):
            def get_pygithub_instance(self, namespace: str, repo: str) -> Github:  # noqa: ARG002
                return Given.client

        project = Service(github_authentication=Given()).get_project(repo=name, namespace=namespace)
        _ = project.github_repo
        return project

    def _failures(self) -> tuple[type[Exception], ...]:
        import requests
        from github import GithubException
        from ogr.exceptions import OgrException

        return (GithubException, OgrException, requests.RequestException, ValueError)

    def _value(self, raw: Any) -> PullRequest:
        state = "merged" if raw.merged_at else raw.state
        return PullRequest(
            raw.number, raw.html_url, raw.head.ref, raw.base.ref, raw.head.sha, state, raw.title, raw.body or ""
        )

    def _listed(self, project: Any, head: str, base: str) -> PullRequest | None:
        repository = project.github_repo
        for state in ("open", "closed"):
            found = repository.get_pulls(
                state=state, head=f"{project.namespace}:{head}", base=base, sort="created", direction="desc"
            )
            first = next(iter(found), None)
            if first is not None:
                return self._value(first)
        return None

    def _reviewed(self, project: Any, number: int) -> PullRequest:
        raw = project.github_repo.get_pull(number)
        last: dict[str, Any] = {}
        for review in raw.get_reviews():  # oldest first; a comment takes nothing back
            if review.state in _STANDS and review.user is not None:
                last[review.user.login] = review
        from attrs import evolve

        return evolve(
            self._value(raw),
            approvals=tuple(Approval(who, one.commit_id) for who, one in last.items() if one.state == "APPROVED"),
            objections=tuple(who for who, one in last.items() if one.state == "CHANGES_REQUESTED"),
        )

    def _merge(self, project: Any, number: int, head_commit: str) -> None:
        repository = project.github_instance.get_repo(f"{project.namespace}/{project.repo}")  # as its settings are now
        allowed = {
            "merge": repository.allow_merge_commit,
            "rebase": repository.allow_rebase_merge,
            "squash": repository.allow_squash_merge,
        }
        method = next((name for name, may in allowed.items() if may), "merge")
        repository.get_pull(number).merge(sha=head_commit, merge_method=method)
