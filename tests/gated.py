"""A small app with gates, on real repositories, and a clock that tests turn by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import freightlib
from freightlib import Identity
from freightlib.testing import AppBuilder
from freightlib.testing.apps import deployment
from freightlib.testing.projects import DIGEST

START = datetime(2026, 3, 23, 10, 0, tzinfo=UTC)  # a Monday
WEB = "kind: Service\nmetadata: {name: web}\n"


class Gated(AppBuilder):
    """The app ``sample`` with ``stages`` (name -> its keys in the project file), released once; ``now`` is its time."""

    def __init__(self, directory: Path, stages: Mapping[str, Mapping[str, Any]], **keys: Any) -> None:
        self.now = START
        self.tags: list[str] = []
        render = {"transforms": [{"name": "common-labels", "labels": {"ns": "{namespace}"}}]}
        super().__init__(directory, {"web.yaml": WEB}, stages=stages, render=render)
        if keys:
            self.configure(**keys)

    @property
    def path(self) -> Path:
        return self.gitops.path

    @property
    def who(self) -> Identity:
        return Identity("Ada", "ada@example.org", self.now)

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def release(self, package: Mapping[str, str | bytes] | None = None, **options: Any) -> str:
        """One more release, dated an hour after the one before; its tag."""
        number = len(self.tags) + 1
        package = package or {"web.yaml": f"{WEB}# release {number}\n"}
        image = f"ghcr.io/example/sample:v{number}@{DIGEST}"
        when = datetime.now(UTC) + timedelta(hours=number - 1)
        self.tags.append(super().release(package, **{"image": image, "created_at": when, **options}))
        return self.tags[-1]

    def promote(self, *stages: str, **options: Any) -> tuple[freightlib.Promotion, ...]:
        return super().promote(*stages, author=self.who, **{"now": self.now, **options})

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
        self.gitops.commit({f"apps/sample/deployments/{stage}/deployment.yaml": deployment(stage, namespace)}, "Policy")

    def subject(self, stage: str) -> str:
        return self.gitops.git("log", "-1", "--format=%s", f"stage/{stage}")
