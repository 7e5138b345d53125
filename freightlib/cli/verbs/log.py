"""``freight log``."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import click

from freightlib.cli import completion
from freightlib.cli.options import Call, shared
from freightlib.cli.output import dump, moment, plain, short
from freightlib.cli.style import Style

if TYPE_CHECKING:
    from freightlib.verbs.log import PastPromotion


@click.command("log")
@click.argument("stage", shell_complete=completion.stages)
@click.option(
    "-n",
    "--number",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="How many to show at most; 0 for all.",
)
@shared()
def command(call: Call, stage: str, number: int) -> int:
    """Show what a stage held before, newest first, and what moved each time.

    What moved is one or more of: rollback, freight, policy, options, renderer, override; or "hand edit". A merge counts
    as one change.
    """
    from freightlib.verbs.log import log

    with call.progress("reading"):
        past = tuple(islice(log(call.repository(), stage, app=call.app, branch=call.branch), number or None))
    if call.as_json:
        dump({"stage": stage, "promotions": plain(past)})
        return 0
    rows = [
        (
            moment(entry.when),
            (short(entry.tag), Style.NAME),
            (", ".join(entry.moved) or "-", Style.WARN if "hand edit" in entry.moved else Style.PLAIN),
            (_how(entry), Style.PLAIN),
            short(entry.commit),
            entry.author,
        )
        for entry in past
    ]
    if rows:
        call.out.table(("when", "holds", "moved", "how", "commit", "author"), rows, ("author", "commit", "how"))
    else:
        call.out.line(f"{call.out.styled(stage, Style.BOLD)} holds no release yet")
    return 0


def _how(entry: PastPromotion) -> str:
    done = f"rollback ({entry.rollback.kind})" if entry.rollback and "rollback" in entry.moved else "promotion"
    return done if entry.how == "promotion" else entry.how if done == "promotion" else f"{done}, {entry.how}"
