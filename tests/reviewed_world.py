"""Two stages, ``test`` and the reviewed ``production``, on plain manifests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from freightlib.promotion.result import Promotion
from tests.plain_world import PlainWorld, manifest, project

PROPOSAL = "proposal/codeai/production"
BASE = "stage/production"
PATH = "deploy/production"
PROJECT = project(
    "test: {from: warehouse}", "production: {from: test, review: pull-request}", "beyond: {from: production}"
)


class Reviewed(PlainWorld):
    """One release is on ``test``, and nothing in production yet."""

    def __init__(self, directory: Path, forge: str = "") -> None:
        super().__init__(directory, f"{forge}\n{PROJECT}", manifest("first"))
        self.publish()
        self.promote("test")

    def release(self, word: str) -> str:
        """Publish a release with this word in its manifest, and promote it to ``test``; its tag."""
        made = self.publish(self.source.commit({"k8s/helm/web.yaml": manifest(word)}))
        self.promote("test")
        return made.tag

    def propose(self, **options: Any) -> Promotion:
        """Promote the release to production, which opens a proposal."""
        (made,) = self.promote("production", **options)
        return made

    def web(self, revision: str = BASE) -> str:
        """The manifest that production deploys."""
        return self.gitops.git("show", f"{revision}:{PATH}/web.yaml")
