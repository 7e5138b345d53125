"""Releases that come and go: ``staging`` and the reviewed ``production``, on plain manifests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from freightlib.errors import RefConflictError
from freightlib.git.contract import Repository
from freightlib.warehouse.freezing import Publication
from tests.plain_world import OUTPUT, PlainWorld, manifest, project

WAREHOUSE = "warehouses/codeai/freight"
PROPOSAL = "proposal/codeai/production"
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
LABELS = 'render: {transforms: [{name: common-labels, labels: {policy: "one"}}]}'
PROJECT = project(
    "staging: {from: warehouse}", "production: {from: [staging], review: pull-request}", keys=(LABELS, OUTPUT)
)


class Shop(PlainWorld):
    """Nothing is published yet; release number n is made on day n. ``tags`` are the releases so far."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, PROJECT, manifest("none"))
        self.tags: list[str] = []

    def copy(self, directory: Path) -> Self:
        made = super().copy(directory)
        made.tags = [*self.tags]
        return made

    def release(self, *stages: str) -> str:
        """Publish one more release, and promote it to ``stages``; its tag."""
        number = len(self.tags)
        revision = self.source.commit({"k8s/helm/web.yaml": manifest(f"number{number}")})
        self.tags.append(self.publish(revision, created_at=FIRST + timedelta(days=number)).tag)
        if stages:
            self.promote(*stages)
        return self.tags[-1]

    def publish_again(self, tag: str, **options: Any) -> Publication:
        """Publish a release that was published before."""
        return self.publish(tag.removeprefix("git-"), **options)

    def policy(self, word: str) -> str:
        """Another policy: a label of every manifest."""
        return self.gitops.commit({"freightlib.yaml": PROJECT.replace('"one"', f'"{word}"')})

    def there(self, revision: str = "main") -> list[str]:
        """The releases in the warehouse, in order of publication."""
        names = self.gitops.git("ls-tree", "--name-only", f"{revision}:{WAREHOUSE}").split()
        return [tag for tag in self.tags if tag in names]

    def tree(self, tag: str, revision: str = "main") -> str:
        return self.gitops.git("rev-parse", f"{revision}:{WAREHOUSE}/{tag}")

    def output(self, stage: str, revision: str | None = None) -> str:
        """The manifest that a stage deploys."""
        return self.gitops.git("show", f"{revision or f'stage/{stage}'}:deploy/{stage}/web.yaml")

    def files(self, stage: str, revision: str | None = None) -> str:
        """Every file that a stage deploys, lock aside, with its blob id."""
        listed = self.gitops.git("ls-tree", "-r", f"{revision or f'stage/{stage}'}:deploy/{stage}")
        return "\n".join(line for line in listed.splitlines() if not line.endswith("freight.lock"))

    def merge(self, kind: str = "merge") -> None:
        """Merge production's proposal as a forge does."""
        self.gitops.merge(PROPOSAL, "stage/production", kind, "Ship it (#1)" if kind == "squash" else "")


def release_meanwhile(shop: Shop, repository: Repository, monkeypatch: pytest.MonkeyPatch, ref: str) -> None:
    """At the first push of branches, somebody else gets a release onto ``staging``, and the push loses for ``ref``."""
    real = type(repository).move_refs
    turns: list[str] = []

    def raced(self: object, *arguments: object, **options: object) -> None:
        turns.append("move")
        if len(turns) == 1:
            shop.release("staging")
            raise RefConflictError("moved", ref=ref)
        real(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(type(repository), "move_refs", raced)
