"""Promotes every stage that may move, once: call it from a scheduled job.

    from freightlib import promote_auto

    for step in promote_auto("gitops"):
        print(step.stage, step.result, step.why)

Only stages with ``auto: true`` move, and only if every gate passes. Each moves to the release that its upstream stages
hold; the first stages move to the release in ``current/``. A stage that may not take a new release still gets new
policy for the release that it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from attrs import evolve, field, frozen

from freightlib.errors import FreightError, PromotionBlockedError, RemoteError
from freightlib.git.contract import Identity, Repository
from freightlib.models.log import LOG
from freightlib.models.progress import report
from freightlib.plugins.contracts import Limits
from freightlib.plugins.repositories import open_repository
from freightlib.promotion.auto import AutoResult, AutoStep, Planner
from freightlib.promotion.gatekeeper import Gatekeeper
from freightlib.promotion.result import Outcome, Promotion
from freightlib.verbs.promote import promote
from freightlib.warehouse.gitops_tree import gitops_tip, project_at

_MOVES = (AutoResult.FREIGHT, AutoResult.POLICY)


def promote_auto(
    repository: str | Path | Repository,
    stages: str | Sequence[str] = (),
    *,
    check_deterministic: bool = False,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    author: Identity | None = None,
    sign: bool | None = None,
    limits: Limits | None = None,
    now: datetime | None = None,
    dry_run: bool = False,
) -> tuple[AutoStep, ...]:
    """Promote those of ``stages`` (default: all of every app) that have ``auto: true`` and may move, each only once.

    The steps are in pipeline order, one for each stage. No stage moves back to an older release, unless ``current/``
    did. A stage that fails raises no error, and stages that do not depend on it still move: see the step's ``error``.
    ``dry_run`` returns what would be done, and renders nothing. ``now`` is the time for gates and commits (with a time
    zone; default: the current time). ``sign`` and ``check_deterministic`` are those of ``promote``.

    Raises UsageError, ProjectError, GitError for problems that concern all stages.
    """
    gitops = open_repository(repository, backend=backend)
    _, tip = gitops_tip(gitops, branch)
    project = project_at(tip)
    at = now or datetime.now(UTC)
    apps = (project.app(app),) if app or stages else tuple(project.apps.values())
    made: list[AutoStep] = []
    for target in apps:
        planner = Planner(gitops, tip, target, Gatekeeper.at(gitops, tip, target, at))
        steps = [planner.step(stage) for stage in target.ordered(stages or target.stages)]
        call = _Call(gitops, target.name, branch, limits, author, at, sign, check_deterministic)
        done = {} if dry_run else {step.stage: step for step in call.carried_out(steps)}
        made += [_decided(done.get(step.stage, step)) for step in steps]
    return tuple(made)


@frozen
class _Call:
    """Carries out the decisions for one app."""

    gitops: Repository = field(repr=False)
    app: str
    branch: str | None
    limits: Limits | None
    author: Identity | None
    now: datetime
    sign: bool | None
    check_deterministic: bool

    def carried_out(self, steps: Sequence[AutoStep]) -> Iterator[AutoStep]:
        """Carry out the steps that move a stage, and yield each one when it is done."""
        waiting = sum(step.result in _MOVES for step in steps)
        report("promote", 0, waiting, self.app)
        for done, step in enumerate(self._moved(steps), 1):
            report("promote", done, waiting, step.stage)
            yield step

    def _moved(self, steps: Sequence[AutoStep]) -> Iterator[AutoStep]:
        # promote downstream first: upstream stages are about to move to another release
        for step in reversed([one for one in steps if one.result is AutoResult.FREIGHT and one.before]):
            yield from self._group([step])
        for result in _MOVES:
            groups: dict[str | None, list[AutoStep]] = {}
            for step in steps:
                if step.result is result and not step.before:
                    groups.setdefault(step.tag, []).append(step)
            for group in groups.values():
                yield from self._group(group)

    def _group(self, steps: Sequence[AutoStep]) -> Iterable[AutoStep]:
        """Carry out steps to one release in one promotion; if that fails, carry out each one alone."""
        try:
            made = promote(
                self.gitops,
                [step.stage for step in steps],
                app=self.app,
                freight=steps[0].tag,
                branch=self.branch,
                limits=self.limits,
                author=self.author,
                now=self.now,
                sign=self.sign,
                check_deterministic=self.check_deterministic,
            )
        except FreightError as error:
            if len(steps) > 1 and not isinstance(error, RemoteError):
                return [done for step in steps for done in self._group([step])]
            return [_failed(step, error) for step in steps]
        by_stage = {promotion.stage: promotion for promotion in made}
        return [_done(step, by_stage[step.stage]) for step in steps]


def _decided(step: AutoStep) -> AutoStep:
    LOG.info("%s of %s: %s: %s", step.stage, step.app, step.result, step.why)
    return step


def _failed(step: AutoStep, error: FreightError) -> AutoStep:
    # blocked: a gate changed its answer since the decision, or an upstream stage failed
    result = AutoResult.BLOCKED if isinstance(error, PromotionBlockedError) else AutoResult.FAILED
    return evolve(step, result=result, why=error.message, error=error if result is AutoResult.FAILED else None)


def _done(step: AutoStep, promotion: Promotion) -> AutoStep:
    if promotion.outcome is Outcome.UNCHANGED:
        return evolve(
            step, result=AutoResult.SETTLED, why="the stage holds it already, or it is proposed", promotion=promotion
        )
    return evolve(step, promotion=promotion)
