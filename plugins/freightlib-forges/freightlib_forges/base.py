"""What all forges do alike, on ogr's common interface; what ogr lacks is asked of the clients it stands on.

ogr opens, changes and closes pull requests. It cannot look one up by its branches, knows no reviews, and merges without
saying which commit: those are in the file of each forge.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from freightlib.plugins import ForgeError, ForgeSpec, ProjectError, PullRequest, PullRequestText
from freightlib_forges.calls import Calls


class Session:
    """An ogr project with how it is called."""

    def __init__(self, project: Any, calls: Calls) -> None:
        self.project: Any = project
        self.calls = calls


class OgrForge(ABC):
    """See ``freightlib.plugins.Forge``."""

    reviews = True
    #: What one request may take, in seconds.
    timeout: ClassVar[int] = 20

    def __init__(self, name: str, variables: tuple[str, ...], server: str) -> None:
        self.name = name
        self.variables = variables
        self.server = server
        self._sessions: dict[tuple[ForgeSpec, str], Session] = {}

    # --- what each forge says ---

    @abstractmethod
    def _project(self, namespace: str, name: str, url: str, token: str) -> Any:
        """The repository as ogr has it, through a client that does not try again by itself."""

    @abstractmethod
    def _failures(self) -> tuple[type[Exception], ...]:
        """What the client raises."""

    @abstractmethod
    def _listed(self, project: Any, head: str, base: str) -> PullRequest | None:
        """See ``find``."""

    @abstractmethod
    def _value(self, raw: Any) -> PullRequest:
        """The client's pull request as freightlib's."""

    @abstractmethod
    def _reviewed(self, project: Any, number: int) -> PullRequest:
        """See ``reviewed``."""

    @abstractmethod
    def _merge(self, project: Any, number: int, head_commit: str) -> None:
        """See ``merge``."""

    # --- the protocol ---

    def find(self, place: ForgeSpec, head: str, base: str, /) -> PullRequest | None:
        """See ``Forge.find``."""
        session = self._session(place)
        return session.calls.again("list pull requests", lambda: self._listed(session.project, head, base))

    def open(self, place: ForgeSpec, wanted: PullRequestText, /) -> PullRequest:
        """See ``Forge.open``. One that is there after all, from another run or a broken connection, is adopted."""
        session = self._session(place)
        try:
            return session.calls.once("open the pull request", lambda: self._create(session.project, wanted))
        except ForgeError as error:
            found = self._there(place, wanted, error)
        return (
            found
            if (found.title, found.body) == (wanted.title, wanted.body)
            else self.update(place, found.number, wanted)
        )

    def update(self, place: ForgeSpec, number: int, wanted: PullRequestText, /) -> PullRequest:
        """See ``Forge.update``."""
        session = self._session(place)
        return session.calls.again("change the pull request", lambda: self._edit(session.project, number, wanted))

    def close(self, place: ForgeSpec, number: int, /) -> PullRequest:
        """See ``Forge.close``."""
        session = self._session(place)
        return session.calls.again("close the pull request", lambda: self._close(session.project, number))

    def reviewed(self, place: ForgeSpec, number: int, /) -> PullRequest:
        """See ``Forge.reviewed``."""
        session = self._session(place)
        return session.calls.again("read the reviews", lambda: self._reviewed(session.project, number))

    def merge(self, place: ForgeSpec, number: int, head_commit: str, /) -> None:
        """See ``Forge.merge``. When the answer is lost, the pull request tells whether it was merged."""
        session = self._session(place)
        try:
            session.calls.once("merge the pull request", lambda: self._merge(session.project, number, head_commit))
        except ForgeError as error:
            if error.data["reason"] == "unavailable" and self.reviewed(place, number).state == "merged":
                return
            if error.data["reason"] == "conflict":
                raise _moved(error) from None
            raise

    # --- with ogr ---

    def _create(self, project: Any, wanted: PullRequestText) -> PullRequest:
        # naming the owner keeps ogr from opening it in the repository that this one was forked from
        made = project.create_pr(
            title=wanted.title,
            body=wanted.body,
            target_branch=wanted.base,
            source_branch=wanted.head,
            fork_username=project.namespace,
        )
        return self._value(made._raw_pr)

    def _edit(self, project: Any, number: int, wanted: PullRequestText) -> PullRequest:
        found = project.get_pr(number)
        return self._value(found.update_info(title=wanted.title, description=wanted.body)._raw_pr)

    def _close(self, project: Any, number: int) -> PullRequest:
        found = project.get_pr(number)
        value = self._value(found._raw_pr)
        return self._value(found.close()._raw_pr) if value.state == "open" else value

    # --- places ---

    def _there(self, place: ForgeSpec, wanted: PullRequestText, error: ForgeError) -> PullRequest:
        if error.data["reason"] in ("auth", "rate", "missing"):
            raise error
        found = self.find(place, wanted.head, wanted.base)
        if found is None or found.state != "open":
            raise error
        return found

    def _session(self, place: ForgeSpec) -> Session:
        namespace, _, name = (place.repository or "").rpartition("/")
        if not namespace or not name:
            raise ProjectError(
                f"the forge {self.name} needs to know the repository",
                hint="write it in freightlib.yaml: forge: {name: …, repository: owner/name}",
                path="forge.repository",
            )
        token = next((found for variable in self.variables if (found := os.environ.get(variable, "").strip())), "")
        server = place.url or self.server
        calls = Calls(self.name, server, self.variables, token, ())
        if not token:
            raise ForgeError(
                f"{self.name} needs a token, and {' and '.join(self.variables)} are empty"
                if len(self.variables) > 1
                else f"{self.name} needs a token, and {self.variables[0]} is empty",
                hint=f"give one that may write pull requests of {place.repository} in the environment",
                forge=self.name,
                reason="auth",
                status=None,
            )
        if (place, token) not in self._sessions:
            calls = Calls(self.name, server, self.variables, token, self._failures())
            project = calls.again("be reached", lambda: self._project(namespace, name, server, token))
            self._sessions[place, token] = Session(project, calls)
        return self._sessions[place, token]


def _moved(error: ForgeError) -> ForgeError:
    return ForgeError(
        error.message, hint="look at it again: its head is not what was approved", **error.data | {"reason": "moved"}
    )
