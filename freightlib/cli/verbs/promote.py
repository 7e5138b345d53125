"""``freight promote``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from freightlib.cli import completion
from freightlib.cli.documents import promotion_document
from freightlib.cli.options import Call, check_deterministic, limits, release, shared, signing
from freightlib.cli.output import Printer, dump, short
from freightlib.cli.print_changes import print_changes, summary
from freightlib.cli.style import Style
from freightlib.errors import UsageError

if TYPE_CHECKING:
    from freightlib.promotion.result import Promotion

_STYLES: Final = {
    "promoted": Style.GOOD,
    "recorded": Style.GOOD,
    "proposed": Style.WARN,
    "unchanged": Style.DIM,
    "withdrawn": Style.WARN,
    "landed": Style.GOOD,
}
_WOULD: Final = {
    "promoted": "would be promoted",
    "recorded": "would be recorded",
    "proposed": "would be proposed",
    "unchanged": "unchanged",
    "withdrawn": "would be withdrawn",
    "landed": "would be landed",
}


@click.command("promote")
@click.argument("stages", metavar="[STAGE...]", nargs=-1, shell_complete=completion.stages)
@release
@limits
@check_deterministic
@click.option("--dry-run", is_flag=True, help="Show the manifest diff and write nothing.")
@click.option(
    "--force",
    is_flag=True,
    help="Set gates aside, replace a damaged lock, or drop what others committed on a proposal; the lock records it.",
)
@click.option("--explain", is_flag=True, help="Show the answer of each gate of each stage (default: all), and stop.")
@click.option("--auto", is_flag=True, help="Promote the stages with auto: true (default: all) that may move.")
@click.option("--land", is_flag=True, help="Put the approved proposal of a reviewed stage onto its rendered branch.")
@click.option(
    "--approved", metavar="COMMIT", help="With --land and without forge reviews: the approved commit of the proposal."
)
@signing
@click.option("--push", is_flag=True, help="Push to the remote too; fails if the push fails.")
@shared()
def command(
    call: Call,
    *,
    stages: tuple[str, ...],
    freight: str | None,
    policy: str | None,
    force: bool,
    explain: bool,
    auto: bool,
    land: bool,
    approved: str | None,
    push: bool,
    **how: Any,
) -> int:
    """Put a release onto the rendered branches of stages.

    Stages are promoted upstream first. A stage takes a release only if all its gates pass: its upstream stages hold the
    release or get it in the same call, nobody blocked it, and the gates in the project file pass too. Exit status 1
    when a gate blocks. All branches move together, or none moves. A reviewed stage gets a proposal branch, and a pull
    request if the project file names a forge. It lands by a merge there, or with --land, which lands only what was
    approved.

    With --auto each stage moves to the release that its upstream stages hold; a stage that may not move is no error.
    With --explain nothing moves.
    """
    way = _way(explain=explain, auto=auto, land=land)
    unfit = {"--force": force, "--policy": policy, "--freight": freight if way != "--explain" else None}
    _check(way, {**(unfit if way else {}), "--approved": approved if way != "--land" else None})
    names = tuple(dict.fromkeys(stages))
    if explain:
        return _explained(call, names, freight)
    push = push and not how["dry_run"]
    if auto:
        return _moved_by_itself(call, names, push=push, **how)
    if not names:
        hint = "name one or more: freight promote staging test; or promote all that may move: freight promote --auto"
        raise UsageError("missing argument 'STAGE...'", hint=hint)
    if land:
        return _landed(call, names, approved, push=push, **how)
    from freightlib.verbs.promote import promote

    with call.progress(f"promoting {', '.join(names)}"):
        made = promote(
            call.repository(push=push),
            names,
            app=call.app,
            freight=freight,
            policy=policy,
            branch=call.branch,
            force=force,
            **how,
        )
    return _show(call, made, dry_run=how["dry_run"])


def _way(**ways: bool) -> str | None:
    """Return which of ``--explain``, ``--auto`` and ``--land`` was given, if any. Raises UsageError for two of them."""
    asked = [f"--{name}" for name, given in ways.items() if given]
    if len(asked) > 1:
        _check(asked[0], {asked[1]: True})
    return asked[0] if asked else None


def _check(way: str | None, unfit: Mapping[str, object]) -> None:
    given = next((name for name, value in unfit.items() if value), None)
    if given is not None and way is None:
        raise UsageError(f"{given} has no effect without --land", hint="add --land, or leave it out")
    if given is not None:
        raise UsageError(f"{way} and {given} do not go together", hint=f"leave out one of them; see: {way} in --help")


def _landed(call: Call, names: tuple[str, ...], approved: str | None, *, push: bool, **how: Any) -> int:
    from freightlib.verbs.land import land

    if len(names) > 1:
        raise UsageError("--land takes one stage", hint="land them one by one")
    if how.pop("check_deterministic"):
        _check("--land", {"--check-deterministic": True})
    with call.progress(f"landing {names[0]}"):
        made = land(call.repository(push=push), names[0], approved=approved, app=call.app, branch=call.branch, **how)
    return _show(call, (made,), dry_run=how["dry_run"])


def _show(call: Call, made: Sequence[Promotion], *, dry_run: bool) -> int:
    if call.as_json:
        dump({"dryRun": dry_run, "promotions": [promotion_document(one, text=dry_run) for one in made]})
    else:
        _print(call.out, made, dry_run=dry_run)
    return max((one.problem.exit_status for one in made if one.problem), default=0)


def _explained(call: Call, stages: tuple[str, ...], freight: str | None) -> int:
    from freightlib.cli.print_gates import admission_document, print_admissions
    from freightlib.verbs.explain import explain

    with call.progress("asking the gates"):
        found = explain(call.repository(), stages, app=call.app, freight=freight, branch=call.branch)
    if call.as_json:
        dump({"stages": [admission_document(one) for one in found]})
    else:
        print_admissions(call.out, found)
    return 0


def _moved_by_itself(call: Call, stages: tuple[str, ...], *, push: bool, **how: Any) -> int:
    from freightlib.cli.print_gates import print_steps, step_document
    from freightlib.verbs.promote_auto import promote_auto

    with call.progress("promoting all that may move"):
        steps = promote_auto(call.repository(push=push), stages, app=call.app, branch=call.branch, **how)
    if call.as_json:
        dump({"dryRun": how["dry_run"], "steps": [step_document(step) for step in steps]})
    else:
        print_steps(call.out, steps, dry_run=how["dry_run"])
    return max((step.error.exit_status for step in steps if step.error), default=0)


def _print(out: Printer, made: Sequence[Promotion], *, dry_run: bool) -> None:
    width = max((len(one.stage) for one in made), default=0)
    for one in made:
        if dry_run:
            print_changes(out, one.changes)
        _print_line(out, one, width, dry_run=dry_run)
        for note in one.notes:
            out.warn(f"{one.stage}: {note}")
        if one.edited:
            out.warn(
                f"{one.stage}: {one.base} was changed by hand; {'this would undo' if dry_run else 'this undid'} that"
            )
        for override in one.overrides:
            out.warn(f"{one.stage}: --force set aside: {override}")
        if one.problem:
            out.warn(
                f"{one.stage}: {one.branch} has moved, but its pull request is not up to date: {one.problem.message}"
            )
            out.warn(f"{one.stage}: {one.problem.hint or 'correct this'}; then promote again to complete it")


def _print_line(out: Printer, one: Promotion, width: int, *, dry_run: bool) -> None:
    word = _WOULD[one.outcome.value] if dry_run else one.outcome.value
    stage = out.styled(one.stage.ljust(width), Style.BOLD)
    out.line(f"{stage}  {out.styled(word, _STYLES[one.outcome.value])}  {_moved(one)}")
    if one.pull_request:
        shown = f"{out.styled(one.pull_request.url, Style.NAME)} ({one.pull_request.state})"
        out.line(f"{' ' * width}  pull request: {shown}")
    elif one.outcome.value == "proposed":
        verb = "would be opened" if dry_run else "open one"
        branches = f"{out.styled(one.branch, Style.NAME)} into {out.styled(one.base, Style.NAME)}"
        out.line(f"{' ' * width}  pull request: {verb} from {branches}")


def _moved(one: Promotion) -> str:
    before, after = short(one.previous_tag), short(one.tag)
    if one.outcome.value == "unchanged":
        return f"{after} on {one.base}" if one.branch == one.base else f"{after} is proposed on {one.branch} already"
    if one.outcome.value == "withdrawn":
        return f"{one.branch}: {one.base} holds {after} already"
    if one.outcome.value == "recorded":
        return f"{after} on {one.branch}: same manifests, only the lock changed"
    if "policy" in one.moved and "freight" not in one.moved:
        after = f"{after} with new policy"
    move = f"{before} → {after}" if one.previous_tag and one.previous_tag != one.tag else after
    commit = f" at {short(one.commit)}" if one.commit else ""
    return f"{move} on {one.branch}{commit}: {summary(one.changes)}"
