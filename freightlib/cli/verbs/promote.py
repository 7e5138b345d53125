"""``freight promote``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import click

from freightlib.cli.changed import print_changes, summary
from freightlib.cli.documents import promotion_document
from freightlib.cli.options import Call, check_deterministic, limits, release, shared, signing, stages
from freightlib.cli.output import Output, Style, dump, short

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
@stages
@release
@limits
@check_deterministic
@click.option("--dry-run", is_flag=True, help="Show the manifest diff and write nothing.")
@click.option(
    "--force", is_flag=True, help="Set the order of stages aside, or replace a damaged lock; the new lock records it."
)
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
    push: bool,
    sign: bool | None,
    check_deterministic: bool,
) -> int:
    """Put a release onto the rendered branches of stages.

    Stages are taken upstream first. A stage takes only a release that its upstream stages hold, counting what the same
    call gives them; exit status 1 when that blocks it. All branches move together, or none does. A reviewed stage
    gets a proposal branch to open a pull request from.
    """
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
    move = f"{before} → {after}" if one.previous_tag and before != after else after
    commit = f" at {short(one.commit)}" if one.commit else ""
    return f"{move} on {one.branch}{commit}: {summary(one.changes)}"
