"""Moves every stage that may move, once: what a scheduled job calls.

    from freightlib import promote_auto

    for step in promote_auto("gitops"):
        print(step.stage, step.result, step.why)

Only stages with ``auto: true`` are moved, each to the release that its upstream stages hold (the first ones: to what
``current/`` names), when every gate passes. A stage that may not take a new release still gets new policy, for the
release that it holds.
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
    """Move those of ``stages`` (default: all, of every app) that have ``auto: true`` and may move, each at most once.

    The steps are in pipeline order, one for each stage. No stage is taken back to an older release than it holds,
    unless ``current/`` was. A stage that fails does not hold up those that do not depend on it, and raises nothing: see
    the step's ``error``. ``dry_run`` says what would be done, and renders nothing. ``now`` is the time for gates and
    commits (aware; default: the clock's). ``sign`` and ``check_deterministic`` are those of ``promote``.

    Raises UsageError, ProjectError, GitError for what concerns all of them.
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
    """Carries decisions out: promotions of one app."""

    gitops: Repository = field(repr=False)
    app: str
    branch: str | None
    limits: Limits | None
    author: Identity | None
    now: datetime
    sign: bool | None
    check_deterministic: bool

    def carried_out(self, steps: Sequence[AutoStep]) -> Iterator[AutoStep]:
        """Yield the steps that move something, after they did."""
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
        """Steps to one release, in one promotion; when that does not go, each by itself."""
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
    # blocked: what it waits for changed since it was decided, or a stage before it failed
    result = AutoResult.BLOCKED if isinstance(error, PromotionBlockedError) else AutoResult.FAILED
    return evolve(step, result=result, why=error.message, error=error if result is AutoResult.FAILED else None)


def _done(step: AutoStep, promotion: Promotion) -> AutoStep:
    if promotion.outcome is Outcome.UNCHANGED:
        return evolve(step, result=AutoResult.SETTLED, why="it is there, or proposed, already", promotion=promotion)
    return evolve(step, promotion=promotion)
