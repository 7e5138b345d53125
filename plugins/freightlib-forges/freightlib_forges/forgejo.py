"""Forgejo and Gitea: one interface, on the server that ``url`` names."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, Final

from attrs import evolve

from freightlib.plugins import Approval, PullRequest, PullRequestText
from freightlib_forges.base import OgrForge

# the client would try again by itself, also what must not be done twice; ogr has no way to say so
_ONCE: Final[Any] = {"max_retries": 0}
_PAGE: Final = 50
#: Closed pull requests are looked through this far back.
_PAGES: Final = 4


class ForgejoForge(OgrForge):
    """See ``freightlib.plugins.Forge``."""

    def _project(self, namespace: str, name: str, url: str, token: str) -> Any:
        from ogr.services.forgejo.service import ForgejoService

        service = ForgejoService(instance_url=url, token=token)
        project: Any = service.get_project(repo=name, namespace=namespace)
        return project

    def _failures(self) -> tuple[type[Exception], ...]:
        import httpx
        from ogr.exceptions import OgrException
        from pyforgejo.core.api_error import ApiError

        return (ApiError, OgrException, httpx.HTTPError, ValueError)

    def _value(self, raw: Any) -> PullRequest:
        return PullRequest(
            number=raw.number,
            url=raw.html_url or raw.url,
            head=raw.head.ref,
            base=raw.base.ref,
            head_commit=raw.head.sha,
            state="merged" if raw.merged else str(raw.state),
            title=raw.title,
            body=raw.body or "",
        )

    def _listed(self, project: Any, head: str, base: str) -> PullRequest | None:
        for state, pages in (("open", None), ("closed", _PAGES)):
            for raw in self._all(project, state, pages):
                # a branch of the same name in a fork is another branch
                own = raw.head.repo is not None and raw.base.repo is not None and raw.head.repo.id == raw.base.repo.id
                if own and (raw.head.ref, raw.base.ref) == (head, base):
                    return self._value(raw)
        return None

    def _all(self, project: Any, state: str, pages: int | None) -> Iterator[Any]:
        for page in count(1):
            found = project.service.api.repository.repo_list_pull_requests(
                owner=project.namespace,
                repo=project.repo,
                state=state,
                sort="recentupdate",
                page=page,
                limit=_PAGE,
                request_options=_ONCE,
            )
            yield from found
            if not found or page == pages:
                return

    def _create(self, project: Any, wanted: PullRequestText) -> PullRequest:
        made = project.service.api.repository.repo_create_pull_request(
            owner=project.namespace,
            repo=project.repo,
            base=wanted.base,
            head=wanted.head,
            title=wanted.title,
            body=wanted.body,
            request_options=_ONCE,
        )
        return self._value(made)

    def _edit(self, project: Any, number: int, wanted: PullRequestText) -> PullRequest:
        return self._changed(project, number, title=wanted.title, body=wanted.body)

    def _close(self, project: Any, number: int) -> PullRequest:
        found = self._value(self._raw(project, number))
        return self._changed(project, number, state="closed") if found.state == "open" else found

    def _changed(self, project: Any, number: int, **values: str) -> PullRequest:
        made = project.service.api.repository.repo_edit_pull_request(
            owner=project.namespace, repo=project.repo, index=number, request_options=_ONCE, **values
        )
        return self._value(made)

    def _raw(self, project: Any, number: int) -> Any:
        return project.service.api.repository.repo_get_pull_request(
            owner=project.namespace, repo=project.repo, index=number, request_options=_ONCE
        )

    def _reviewed(self, project: Any, number: int) -> PullRequest:
        last: dict[str, Any] = {}
        for page in count(1):
            found = project.service.api.repository.repo_list_pull_reviews(
                owner=project.namespace, repo=project.repo, index=number, page=page, limit=_PAGE, request_options=_ONCE
            )
            for review in found:  # oldest first; a comment takes nothing back
                if review.user is not None and str(review.state) in ("APPROVED", "REQUEST_CHANGES"):
                    last[review.user.login] = review
            if not found:
                break
        stands = {who: one for who, one in last.items() if not one.dismissed}
        return evolve(
            self._value(self._raw(project, number)),
            approvals=tuple(Approval(who, one.commit_id) for who, one in stands.items() if one.state == "APPROVED"),
            objections=tuple(who for who, one in stands.items() if one.state == "REQUEST_CHANGES"),
        )

    def _merge(self, project: Any, number: int, head_commit: str) -> None:
        project.service.api.repository.repo_merge_pull_request(
            owner=project.namespace,
            repo=project.repo,
            index=number,
            do="merge",
            head_commit_id=head_commit,
            request_options=_ONCE,
        )
