"""``freight promote``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from freightlib.cli import completion
from freightlib.cli.changed import print_changes, summary
from freightlib.cli.documents import promotion_document
from freightlib.cli.options import Call, check_deterministic, limits, release, shared, signing
from freightlib.cli.output import Output, Style, dump, short
from freightlib.errors import UsageError

if TYPE_CHECKING:
    from freightlib.promote import Promotion
    from freightlib.protocols import Limits

_STYLES: Final = {
    "promoted": Style.GOOD,
    "recorded": Style.GOOD,
    "proposed": Style.WARN,
    "unchanged": Style.DIM,
}
_WOULD: Final = {
    "promoted": "would be promoted",
    "recorded": "would be recorded",
    "proposed": "would be proposed",
    "unchanged": "unchanged",
}


@click.command("promote")
@click.argument("stages", metavar="[STAGE...]", nargs=-1, shell_complete=completion.stages)
@release
@limits
@check_deterministic
@click.option("--dry-run", is_flag=True, help="Show the manifest diff and write nothing.")
@click.option("--force", is_flag=True, help="Set gates aside, or replace a damaged lock; the new lock records it.")
@click.option("--explain", is_flag=True, help="Say what each gate of each stage answers (default: all), and stop.")
@click.option("--auto", is_flag=True, help="Move the stages with auto: true (default: all) that may move.")
@signing
@click.option("--push", is_flag=True, help="Push to the remote too; it counts only when it arrived there.")
@shared()
def command(
    call: Call,
    *,
    stages: tuple[str, ...],
    freight: str | None,
    policy: str | None,
    limits: Limits,
    dry_run: bool,
    force: bool,
    explain: bool,
    auto: bool,
    push: bool,
    sign: bool | None,
    check_deterministic: bool,
) -> int:
    """Put a release onto the rendered branches of stages.

    Stages are taken upstream first. A stage takes only a release that its gates let pass: its upstream stages hold it
    (counting what the same call gives them), nobody blocked it, and what else the project file asks for; exit status 1
    when one blocks it. All branches move together, or none does. A reviewed stage gets a proposal branch to open a pull
    request from.

    With --auto each stage moves by itself, to the release that its upstream stages hold; a stage that may not move is
    no error. With --explain nothing moves.
    """
    if explain or auto:
        _check(explain=explain, auto=auto, unfit={"--force": force, "--policy": policy, "--freight": auto and freight})
        if explain:
            return _explained(call, stages, freight)
        how = {"dry_run": dry_run, "limits": limits, "sign": sign, "check_deterministic": check_deterministic}
        return _moved_by_itself(call, stages, push=push and not dry_run, **how)
    if not stages:
        hint = "name one or more: freight promote staging test; or let them move by themselves: freight promote --auto"
        raise UsageError("missing argument 'STAGE...'", hint=hint)
    from freightlib.promote import promote

    names = tuple(dict.fromkeys(stages))
    with call.progress(f"promoting {', '.join(names)}"):
        made = promote(
            call.repository(push=push and not dry_run),
            names,
            app=call.app,
            freight=freight,
            policy=policy,
            limits=limits,
            branch=call.branch,
            dry_run=dry_run,
            force=force,
            sign=sign,
            check_deterministic=check_deterministic,
        )
    if call.as_json:
        dump({"dryRun": dry_run, "promotions": [promotion_document(one, text=dry_run) for one in made]})
    else:
        _print(call.out, made, dry_run=dry_run)
    return 0


def _check(*, explain: bool, auto: bool, unfit: Mapping[str, object]) -> None:
    given = next((name for name, value in unfit.items() if value), "--auto" if explain and auto else None)
    if given is not None:
        verb = "--explain" if explain else "--auto"
        raise UsageError(f"{verb} and {given} do not go together", hint=f"leave out one of them; see: {verb} in --help")


def _explained(call: Call, stages: tuple[str, ...], freight: str | None) -> int:
    from freightlib.cli.gating import admission_document, print_admissions
    from freightlib.explain import explain

    with call.progress("asking the gates"):
        found = explain(call.repository(), stages, app=call.app, freight=freight, branch=call.branch)
    if call.as_json:
        dump({"stages": [admission_document(one) for one in found]})
    else:
        print_admissions(call.out, found)
    return 0


def _moved_by_itself(call: Call, stages: tuple[str, ...], *, push: bool, **how: Any) -> int:
    from freightlib.auto import promote_auto
    from freightlib.cli.gating import print_steps, step_document

    with call.progress("promoting what may move"):
        steps = promote_auto(call.repository(push=push), stages, app=call.app, branch=call.branch, **how)
    if call.as_json:
        dump({"dryRun": how["dry_run"], "steps": [step_document(step) for step in steps]})
    else:
        print_steps(call.out, steps, dry_run=how["dry_run"])
    return max((step.error.exit_status for step in steps if step.error), default=0)


def _print(out: Output, made: Sequence[Promotion], *, dry_run: bool) -> None:
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


def _print_line(out: Output, one: Promotion, width: int, *, dry_run: bool) -> None:
    word = _WOULD[one.outcome.value] if dry_run else one.outcome.value
    stage = out.styled(one.stage.ljust(width), Style.BOLD)
    out.line(f"{stage}  {out.styled(word, _STYLES[one.outcome.value])}  {_moved(one)}")
    if one.outcome.value == "proposed":
        verb = "would be opened" if dry_run else "open one"
        branches = f"{out.styled(one.branch, Style.NAME)} into {out.styled(one.base, Style.NAME)}"
        out.line(f"{' ' * width}  pull request: {verb} from {branches}")


def _moved(one: Promotion) -> str:
    before, after = short(one.previous_tag), short(one.tag)
    if one.outcome.value == "unchanged":
        return f"{after} on {one.base}"
    if one.outcome.value == "recorded":
        return f"{after} on {one.branch}: same manifests, only the lock moved"
    if "policy" in one.moved and "freight" not in one.moved:
        after = f"{after} with new policy"
    move = f"{before} → {after}" if one.previous_tag and one.previous_tag != one.tag else after
    commit = f" at {short(one.commit)}" if one.commit else ""
    return f"{move} on {one.branch}{commit}: {summary(one.changes)}"
