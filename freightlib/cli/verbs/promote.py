"""``freight promote``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import click

from freightlib.cli.changed import print_changes, summary
from freightlib.cli.documents import promotion_document
from freightlib.cli.options import Call, limits, release, shared, stages
from freightlib.cli.output import Output, Style, dump, short

if TYPE_CHECKING:
    from freightlib.promote import Promotion
    from freightlib.protocols import Limits

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
@stages
@release
@limits
@click.option("--dry-run", is_flag=True, help="Show the manifest diff and write nothing.")
@click.option(
    "--force",
    is_flag=True,
    help="Set the order of stages aside, replace a damaged lock, or drop what others committed on a proposal; "
    "the new lock records it.",
)
@click.option("--land", is_flag=True, help="Put the approved proposal of a reviewed stage onto its rendered branch.")
@click.option(
    "--approved", metavar="COMMIT", help="With --land, where no forge knows: the proposal's commit that was approved."
)
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
    land: bool,
    approved: str | None,
    push: bool,
) -> int:
    """Put a release onto the rendered branches of stages.

    Stages are taken upstream first. A stage takes only a release that its upstream stages hold, counting what the same
    call gives them; exit status 1 when that blocks it. All branches move together, or none does.

    A reviewed stage gets a proposal branch, and a pull request where the project file names a forge. It is landed by a
    merge there, or with --land: only what was approved lands.
    """
    names = tuple(dict.fromkeys(stages))
    if land:
        return _land(call, names, approved, limits=limits, dry_run=dry_run, push=push)
    from freightlib.promote import promote

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
        )
    return _told(call, made, dry_run=dry_run)


def _land(  # noqa: PLR0917 (one call, all of it needed)
    call: Call, names: tuple[str, ...], approved: str | None, limits: Limits, dry_run: bool, push: bool
) -> int:
    from freightlib.promote import land

    if len(names) > 1:
        raise click.UsageError("--land takes one stage")
    with call.progress(f"landing {names[0]}"):
        made = land(
            call.repository(push=push and not dry_run),
            names[0],
            approved=approved,
            app=call.app,
            limits=limits,
            branch=call.branch,
            dry_run=dry_run,
        )
    return _told(call, (made,), dry_run=dry_run)


def _told(call: Call, made: Sequence[Promotion], *, dry_run: bool) -> int:
    if call.as_json:
        dump({"dryRun": dry_run, "promotions": [promotion_document(one, text=dry_run) for one in made]})
    else:
        _print(call.out, made, dry_run=dry_run)
    return max((one.problem.exit_status for one in made if one.problem), default=0)


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
        if one.problem:
            out.warn(
                f"{one.stage}: {one.branch} is moved, and its pull request is not right yet: {one.problem.message}"
            )
            out.warn(f"{one.stage}: {one.problem.hint or 'see to that'}; then promote again, which completes it")


def _print_line(out: Output, one: Promotion, width: int, *, dry_run: bool) -> None:
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
        return f"{one.branch}: {one.base} differs from {after} in nothing any more"
    if one.outcome.value == "recorded":
        return f"{after} on {one.branch}: same manifests, only the lock moved"
    move = f"{before} → {after}" if one.previous_tag and before != after else after
    commit = f" at {short(one.commit)}" if one.commit else ""
    return f"{move} on {one.branch}{commit}: {summary(one.changes)}"
