"""A small app with gates, on real repositories, and a clock that tests turn by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import freightlib
from freightlib import Identity
from freightlib.testing import AppBuilder

START = datetime(2026, 3, 23, 10, 0, tzinfo=UTC)  # a Monday
WEB = "kind: Service\nmetadata: {name: web}\n"


class Gated:
    """The app ``sample`` with ``stages`` (name -> its keys in the project file), released once; ``now`` is its time."""

    def __init__(self, directory: Path, stages: Mapping[str, Mapping[str, Any]], **app: Any) -> None:
        render = {"transforms": [{"name": "common-labels", "labels": {"ns": "{namespace}"}}]}
        self.app = AppBuilder(directory, {"web.yaml": WEB}, stages=tuple(stages), render=render)
        self.gitops, self.now, self.tags = self.app.gitops, START, [self.app.tag]
        self.configure(stages, **app)

    def configure(self, stages: Mapping[str, Mapping[str, Any]], **app: Any) -> None:
        project = json.loads((self.gitops.path / "freightlib.yaml").read_text())
        project["apps"]["sample"] |= {"stages": stages, **app}
        self.gitops.commit({"freightlib.yaml": json.dumps(project)}, "Configure")

    @property
    def path(self) -> Path:
        return self.gitops.path

    @property
    def who(self) -> Identity:
        return Identity("Ada", "ada@example.org", self.now)

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def release(self) -> str:
        """One more release; its tag."""
        number = len(self.tags) + 1
        revision = self.app.source.commit({"k8s/manifests/web.yaml": f"{WEB}# release {number}\n"})
        image = f"ghcr.io/example/sample:v{number}@sha256:{'a' * 64}"
        # the builder dated the first one by the clock
        when = datetime.now(UTC) + timedelta(hours=number)
        made = freightlib.publish(self.path, self.app.source.path, revision=revision, image=image, created_at=when)
        self.tags.append(made.tag)
        return made.tag

    def promote(self, *stages: str, **options: Any) -> tuple[freightlib.Promotion, ...]:
        return freightlib.promote(self.path, stages, author=self.who, **{"now": self.now, **options})

    def auto(self, *stages: str, **options: Any) -> dict[str, freightlib.AutoStep]:
        steps = freightlib.promote_auto(self.path, stages, author=self.who, now=self.now, **options)
        return {step.stage: step for step in steps}

    def explain(self, *stages: str, **options: Any) -> dict[str, freightlib.Admission]:
        found = freightlib.explain(self.path, stages, now=self.now, **options)
        return {one.stage: one for one in found}

    def gate(self, stage: str, name: str, **options: Any) -> freightlib.GateVerdict:
        """What one gate of one stage says, standing by itself."""
        return next(one for one in self.explain(**options)[stage].gates if one.gate == name)

    def holds(self) -> dict[str, str | None]:
        return {row.stage: row.tag for row in freightlib.status(self.path, now=self.now)[0].stages}

    def policy(self, stage: str, namespace: str) -> None:
        """Change a policy file that only this stage reads."""
        text = f"name: {stage}\nenvType: {stage}\nnamespace: {namespace}\n"
        self.gitops.commit({f"apps/sample/deployments/{stage}/deployment.yaml": text}, "Policy")

    def refs(self) -> str:
        return self.gitops.git("for-each-ref", "--format=%(refname) %(objectname)")

    def tip(self, branch: str) -> str:
        return self.gitops.git("rev-parse", f"refs/heads/{branch}")

    def subject(self, stage: str) -> str:
        return self.gitops.git("log", "-1", "--format=%s", f"stage/{stage}")
