"""``freight mark``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from freightlib.cli import completion
from freightlib.cli.options import Call, shared, signing
from freightlib.cli.output import dump, plain, short
from freightlib.cli.style import Style
from freightlib.errors import UsageError

if TYPE_CHECKING:
    from freightlib.promotion.marking import Mark


def _named(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    kind = context.params.get("kind")
    if kind in ("blocked", "unblocked"):
        return completion.tags(context, parameter, incomplete)
    return completion.stages(context, parameter, incomplete) if kind in ("verified", "unverified", "merged") else []


@click.command("mark")
@click.argument(
    "kind",
    metavar="KIND",
    type=click.Choice(["verified", "unverified", "blocked", "unblocked", "merged", "path"]),
)
@click.argument("names", metavar="NAME...", nargs=-1, required=True, shell_complete=_named)
@click.option(
    "--freight",
    metavar="TAG",
    help="The release.  [default: what the stage holds for verified, else the one in current/]",
    shell_complete=completion.tags,
)
@click.option("--reason", metavar="TEXT", help="The reason; written in the mark and in the commit.")
@signing
@click.option("--push", is_flag=True, help="Push to the remote too; fails if the push fails.")
@shared()
def command(
    call: Call,
    *,
    kind: str,
    names: tuple[str, ...],
    freight: str | None,
    reason: str | None,
    push: bool,
    sign: bool | None,
) -> int:
    """Mark releases on the GitOps branch, for gates to read. An existing mark makes no commit.

    \b
    freight mark verified STAGE...     the release works in these stages
    freight mark blocked TAG...        no stage takes these releases from now on
    freight mark merged ENV...         the release was merged for these environments (legacy-gitflow layout)
    freight mark path PATH...          any file, such as '{marks}/approved/{tag}.yaml'

    ``unverified`` and ``unblocked`` remove a mark.
    """  # noqa: D301 (click's own mark for text that is not to be wrapped)
    if freight is not None and kind in ("blocked", "unblocked"):
        raise UsageError(f"{kind} takes the releases as names", hint=f"freight mark {kind} TAG, without --freight")
    from freightlib.verbs import mark

    functions: dict[str, Callable[..., tuple[Mark, ...]]] = {
        "verified": mark.mark_verified,
        "unverified": mark.mark_unverified,
        "blocked": mark.mark_blocked,
        "unblocked": mark.mark_unblocked,
        "merged": mark.mark_merged,
        "path": mark.mark_path,
    }
    named = {} if freight is None else {"freight": freight}
    with call.progress(f"marking {', '.join(names)}"):
        made = functions[kind](
            call.repository(push=push), names, reason=reason, app=call.app, branch=call.branch, sign=sign, **named
        )
    if call.as_json:
        dump(
            {"kind": kind, "commit": next((one.commit for one in made if one.commit), None), "marks": _documents(made)}
        )
        return 0
    for one in made:
        word = call.out.styled(kind if one.changed else f"{kind} already", Style.GOOD if one.changed else Style.DIM)
        about = "" if one.name == one.tag else f"{one.name}: "
        place = f"{one.path} at {short(one.commit)}" if one.commit else one.path
        call.out.line(
            f"{call.out.styled(f'{about}{short(one.tag)}', Style.BOLD)}  {word}  {call.out.styled(place, Style.PLAIN)}"
        )
        marker = one.marker
        if marker is not None and not one.changed and marker.reason:
            call.out.remark(f"  {call.out.styled(marker.reason, Style.PLAIN)}")
    return 0


def _documents(marks: tuple[Mark, ...]) -> list[dict[str, Any]]:
    return [
        {
            "app": one.app,
            "name": one.name,
            "tag": one.tag,
            "path": one.path,
            "changed": one.changed,
            "when": plain(one.marker.when) if one.marker else None,
            "by": one.marker.by if one.marker else None,
            "reason": one.marker.reason if one.marker else None,
        }
        for one in marks
    ]
