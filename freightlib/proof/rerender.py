"""Renders the locked inputs again, and compares the result with the branch.

Equal inputs are rendered once, however many commits lock them. Renderings are compared only if the fingerprints are
equal: another engine, or another version of it, may give other bytes although nothing is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import evolve, field, frozen

from freightlib.documents import write_lock
from freightlib.errors import (
    CorruptObjectError,
    FreightError,
    PluginError,
    ProjectError,
    RemoteError,
    ToolError,
    UsageError,
)
from freightlib.git.contract import Repository
from freightlib.git.grafting import IdStore, build_files
from freightlib.git.payload.size_limits import TooLargeError
from freightlib.git.trees import Change, Mode, Tree, algorithm_of
from freightlib.models import Finding
from freightlib.plugins.contracts import Limits
from freightlib.plugins.registry import registry
from freightlib.proof.inputs import Expected
from freightlib.proof.rendered_commit import Audited
from freightlib.proof.sources import Sources
from freightlib.rendering.changes import FileChange
from freightlib.rendering.inputs import StageInputs
from freightlib.rendering.run import StageRendering, render_inputs
from freightlib.warehouse.verify.differences import difference_findings

#: How many renderings are kept in memory at a time.
_BATCH: Final = 64
#: The longest diff in a finding's data, in characters.
_DIFF: Final = 4_000


@frozen
class Again:
    """A rendered commit, and the ``inputs`` to render again for it."""

    case: Audited
    inputs: StageInputs = field(repr=False)

    @property
    def key(self) -> bytes:
        """A key that is equal for equal inputs."""
        lock = self.inputs.lock("")
        return write_lock(evolve(lock, freight=evolve(lock.freight, commit=""), policy=evolve(lock.policy, commit="")))


def again(sources: Sources, case: Audited, made: Expected, engine: str | None) -> Again | Finding | None:
    """Return what to render again, or a finding that says why it cannot be compared.

    ``None`` if an earlier finding says why. Raises UsageError for an engine that the renderer does not have.
    """
    inputs = made.inputs
    if inputs is None or not made.comparable:
        return None
    render = case.lock.render
    try:
        inputs = _with_engine(inputs, engine)
        installed = inputs.renderer.fingerprint(inputs.options)
    except (ToolError, PluginError) as error:
        message = f"its engine is {render.engine} {render.version}: {error.message}"
        return case.seen.lock_finding("not-comparable", message)
    if (installed.engine, installed.version) != (render.engine, render.version):
        return case.seen.lock_finding(
            "not-comparable",
            f"it was rendered with {render.engine} {render.version}, but the engine installed here is "
            f"{installed.engine} {installed.version}",
            locked=f"{render.engine} {render.version}",
            installed=f"{installed.engine} {installed.version}",
        )
    report = sources.verified(sources.tree(case.lock.freight.commit), inputs.plan.app, case.lock.freight.tag)
    if not report.ok:
        first = report.errors[0]
        message = f"{case.lock.freight.tag} fails verification: {first.path}: {first.message}"
        return case.seen.lock_finding("rerender-failed", message)
    return Again(case, inputs)


def _with_engine(inputs: StageInputs, engine: str | None) -> StageInputs:
    # the checks ran when it was promoted; an audit only compares
    plan = evolve(inputs.plan, checks=dict.fromkeys(registry().checks(), "off"))
    if engine is None or "engine" not in inputs.options:
        return evolve(inputs, plan=plan)
    try:
        options = inputs.renderer.effective_options({**inputs.options, "engine": engine})
    except ProjectError as error:
        raise UsageError(f"--engine {engine}: {error.message}", hint=error.hint) from error
    return evolve(inputs, plan=plan, options=options)


def rerender_findings(repository: Repository, asked: Sequence[Again], limits: Limits | None) -> Iterator[Finding]:
    """Render what is asked for, and yield a finding for each file that differs on the branch."""
    by_key: dict[bytes, list[Again]] = {}
    for one in asked:
        by_key.setdefault(one.key, []).append(one)
    groups = list(by_key.values())
    for start in range(0, len(groups), _BATCH):
        batch = groups[start : start + _BATCH]
        for group, made in zip(batch, _rendered([group[0].inputs for group in batch], limits), strict=True):
            for one in group:
                if isinstance(made, RemoteError):
                    yield one.case.seen.lock_finding("audit-unseen", made.message, hint=made.hint)
                elif isinstance(made, FreightError):
                    yield one.case.seen.lock_finding("rerender-failed", made.message, hint=made.hint, error=made.code)
                else:
                    yield from _compared(repository, one.case, made)


def _rendered(inputs: list[StageInputs], limits: Limits | None) -> list[StageRendering | FreightError]:
    try:
        return [*render_inputs(inputs, limits)]
    except FreightError:
        return [_one(each, limits) for each in inputs]  # render each one alone, to find out which one fails


def _one(inputs: StageInputs, limits: Limits | None) -> StageRendering | FreightError:
    try:
        return render_inputs([inputs], limits)[0]
    except FreightError as error:
        return error


def _compared(repository: Repository, case: Audited, made: StageRendering) -> Iterator[Finding]:
    seen, expected = case.seen, made.lock.manifests
    if seen.manifests is None or expected == seen.manifests:
        return
    read = _Read(seen.trees, made, algorithm_of(expected))
    try:
        found = list(
            difference_findings(
                "rerender",
                read,
                expected,
                seen.manifests,
                prefix=seen.place.prefix,
                original="what the locked inputs render to",
            )
        )
    except (TooLargeError, CorruptObjectError) as error:
        yield seen.finding(
            "rerender-content", seen.place.prefix, f"it is not what its inputs render to: {error.message}"
        )
        return
    for one in found:
        text = _diff(repository, seen.place.prefix, made, one)
        yield seen.finding(one.code, one.path, one.message, **one.data, diff=text)


def _diff(repository: Repository, prefix: str, made: StageRendering, found: Finding) -> str:
    """Return a diff from the new rendering to the file on the branch, at most ``_DIFF`` characters of it."""
    path = found.path[len(prefix) + 1 :] if prefix else found.path
    held = found.data["found"]
    if held is not None and int(held["mode"], 8) in (Mode.TREE, Mode.SUBMODULE):
        return ""
    new = None if held is None else repository.read_blob(held["id"])
    text = FileChange(path, Change(found.data["change"]), made.files.get(path), new).text
    return text if len(text) <= _DIFF else f"{text[:_DIFF]}…\n"


class _Read:
    """Reads trees of the branch, and those of a rendering."""

    def __init__(self, trees: IdStore, made: StageRendering, algorithm: str) -> None:
        self._made = IdStore(trees.read_tree, algorithm)
        build_files(self._made, made.files.items())

    def __call__(self, tree: str, /) -> Tree:
        return self._made.read_tree(tree)
