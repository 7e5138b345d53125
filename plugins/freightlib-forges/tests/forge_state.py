"""A forge's pull requests over a real bare repository: opened, followed as branches move, merged by git itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import define, field

from freightlib.testing import git
from freightlib.testing.merging import merge_pull_request


class Refused(Exception):
    """The forge will not do that: ``why`` is exists, empty, missing, unmergeable or moved."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@define
class Review:
    """One review: ``state`` is approved, changes, dismissed or comment."""

    number: int
    by: str
    state: str
    commit: str
    at: str


@define
class Pull:
    """A pull request, and each head that it had, with when."""

    number: int
    head: str
    base: str
    title: str
    body: str
    sha: str
    base_sha: str
    at: str
    state: str = "open"
    merged: str | None = None
    reviews: list[Review] = field(factory=list)
    versions: list[tuple[str, str]] = field(factory=list)


class ForgeState:
    """The pull requests of one repository. ``protected`` branches take no push: a real hook in it refuses."""

    def __init__(self, repository: Path) -> None:
        self.repository = repository
        self.pulls: list[Pull] = []
        self._clock = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> str:
        """A later moment each time."""
        self._clock += timedelta(minutes=1)
        return self._clock.strftime("%Y-%m-%dT%H:%M:%SZ")

    def tip(self, branch: str) -> str | None:
        return git(self.repository, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}") or None

    def protect(self, branch: str) -> None:
        hook = self.repository / "hooks/update"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f'#!/bin/sh\n[ "$1" != "refs/heads/{branch}" ] || {{ echo "protected branch" >&2; exit 1; }}\n')
        hook.chmod(0o755)

    def follow(self) -> None:
        """What a forge does when branches were pushed: new heads, merged and closed pull requests."""
        for pull in self.pulls:
            if pull.state != "open":
                continue
            tip, base = self.tip(pull.head), self.tip(pull.base)
            if tip is not None and tip != pull.sha:
                pull.sha = tip
                pull.versions.append((self.now(), tip))
            pull.base_sha = base or pull.base_sha
            if base and self._contains(base, pull.sha):
                pull.state, pull.merged = "merged", base
            elif tip is None:
                pull.state = "closed"

    def open(self, head: str, base: str, title: str, body: str) -> Pull:
        self.follow()
        tip, onto = self.tip(head), self.tip(base)
        if tip is None or onto is None:
            raise Refused("missing")
        if any((one.head, one.base, one.state) == (head, base, "open") for one in self.pulls):
            raise Refused("exists")
        if self._contains(onto, tip):
            raise Refused("empty")
        at = self.now()
        made = Pull(len(self.pulls) + 1, head, base, title, body, tip, onto, at, versions=[(at, tip)])
        self.pulls.append(made)
        return made

    def pull(self, number: int) -> Pull:
        self.follow()
        found = next((one for one in self.pulls if one.number == number), None)
        if found is None:
            raise Refused("missing")
        return found

    def review(self, by: str, state: str = "approved", commit: str | None = None) -> None:
        """A person's review of the newest pull request."""
        self.follow()
        pull = self.pulls[-1]
        pull.reviews.append(Review(len(pull.reviews) + 1, by, state, commit or pull.sha, self.now()))

    def merge(self, number: int, method: str, sha: str | None) -> str:
        pull = self.pull(number)
        if pull.state != "open":
            raise Refused("unmergeable")
        if sha is not None and sha != pull.sha:
            raise Refused("moved")
        pull.merged = merge_pull_request(self.repository, pull.head, pull.base, method)
        pull.state = "merged"
        return pull.merged

    def listed(self, state: str, head: str | None = None, base: str | None = None) -> list[Pull]:
        """Newest first."""
        self.follow()
        return [
            one
            for one in reversed(self.pulls)
            if (state == "all" or (one.state == "open") == (state == "open"))
            and head in (None, one.head)
            and base in (None, one.base)
        ]

    def _contains(self, base: str, commit: str) -> bool:
        found = git(self.repository, "rev-list", "--max-count=1", commit, f"^{base}")
        return not found


def deep(template: Any, **values: Any) -> Any:
    """A copy of a JSON object with top-level ``values``, each of which it must have."""
    assert values.keys() <= template.keys(), values.keys() - template.keys()
    return {**template, **values}
