"""``freight prune``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from freightlib.cli.options import Call, shared, signing
from freightlib.cli.output import Printer, count, dump, moment, plain, short
from freightlib.cli.style import Style
from freightlib.errors import UsageError

if TYPE_CHECKING:
    from freightlib.verbs.prune import Pruning
    from freightlib.warehouse.retention import Release


@click.command("prune")
@click.option("--keep", metavar="N", type=click.IntRange(min=0), help="Keep the newest N releases.")
@click.option("--older-than", metavar="TIME", help="Keep releases that are not older: 90d, 12w, 36h.")
@click.option(
    "--keep-per-stage",
    metavar="N",
    type=click.IntRange(min=0),
    default=2,
    show_default=True,
    help="Keep this many releases that a stage held before the present one, for rollbacks.",
)
@click.option("--yes", "--no-dry-run", "yes", is_flag=True, help="Remove the releases; without this, only show them.")
@signing
@click.option("--push", is_flag=True, help="Push to the remote too; fails if the push fails.")
@shared()
def command(
    call: Call,
    *,
    keep: int | None,
    older_than: str | None,
    keep_per_stage: int,
    yes: bool,
    push: bool,
    sign: bool | None,
) -> int:
    """Remove old releases from the warehouse, by an ordinary commit that lists them in pruned.yaml.

    Give at least one of --keep and --older-than; if both are given, both must allow the removal. Never removed are the
    release in current/, those that a stage holds or an open proposal proposes, and the last ones that a stage held.
    Without --yes, shows which releases would be removed, and why the others stay.

    \b
      freight prune --keep 50 --older-than 90d
      freight prune --keep 50 --older-than 90d --yes --push
    """  # noqa: D301 (click's own mark for text that is not to be wrapped)
    from freightlib.verbs.prune import prune

    span = None if older_than is None else _span(older_than)
    with call.progress("looking for old releases"):
        made = prune(
            call.repository(push=push and yes),
            keep=keep,
            older_than=span,
            app=call.app,
            keep_per_stage=keep_per_stage,
            branch=call.branch,
            dry_run=not yes,
            sign=sign,
        )
    if call.as_json:
        dump(_document(made))
    else:
        _print(call.out, made)
    return 0


def _span(text: str) -> timedelta:
    from freightlib.documents.durations import parse_duration

    span = parse_duration(text)
    if span is None:
        raise UsageError(f"--older-than {text[:80]!r} is not a time span", hint="write it as 90d, 12w or 36h")
    return span


def _print(out: Printer, made: Pruning) -> None:
    app = out.styled(made.app, Style.BOLD)
    _releases(out, [(one, "would be removed" if made.dry_run else "removed", Style.WARN) for one in made.removed])
    if not out.quiet:
        _releases(out, [(one, "stays", Style.DIM) for one in made.kept])
    for note in made.notes:
        out.warn(note)
    stay = f"{count(len(made.kept), 'release')} {'stays' if len(made.kept) == 1 else 'stay'}"
    if not made.removed:
        out.line(f"{app}: nothing to prune, {stay}")
    elif made.dry_run:
        out.line(f"{app}: {count(len(made.removed), 'release')} would be removed, {stay}; add --yes to do it")
    else:
        done = out.styled("pruned", Style.GOOD)
        out.line(f"{app}: {done} {count(len(made.removed), 'release')} at {short(made.commit)}, {stay}")


def _releases(out: Printer, rows: Sequence[tuple[Release, str, Style]]) -> None:
    for one, word, style in rows:
        why = f"  {'; '.join(one.reasons)}" if one.reasons else ""
        tag = out.styled(short(one.tag), Style.NAME)
        out.line(f"{out.styled(word, style)}  {tag}  {moment(one.created_at)}{out.styled(why, Style.PLAIN)}")


def _document(made: Pruning) -> dict[str, Any]:
    document: dict[str, Any] = plain(made)
    document["previousCommit"] = document.pop("previous")
    for one in document["removed"]:
        del one["reasons"]  # always empty: a removed release has no reason to stay
    return document
