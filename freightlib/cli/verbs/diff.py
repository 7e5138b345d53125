"""``freight diff``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from freightlib.cli.documents import changes_document
from freightlib.cli.options import Call, limits, release, shared, stages
from freightlib.cli.output import dump
from freightlib.cli.print_changes import print_changes, summary
from freightlib.cli.style import Style

if TYPE_CHECKING:
    from freightlib.plugins.contracts import Limits


@click.command("diff")
@stages
@release
@limits
@click.option("--exit-code", is_flag=True, help="Exit with 1 when there are differences, as git diff does.")
@shared()
def command(
    call: Call,
    *,
    stages: tuple[str, ...],
    freight: str | None,
    policy: str | None,
    limits: Limits,
    exit_code: bool,
) -> int:
    """Show what a promotion would change in the manifests of stages.

    Prints unified diffs from the rendered branch to a new rendering; writes nothing.
    """
    from freightlib.rendering.changes import rendering_changes
    from freightlib.verbs.render import render_stages

    repository, out = call.repository(), call.out
    names = tuple(dict.fromkeys(stages))
    with call.progress(f"rendering {', '.join(names)}"):
        made = render_stages(
            repository, names, app=call.app, freight=freight, policy=policy, limits=limits, branch=call.branch
        )
        found = [(rendering, rendering_changes(repository, rendering)) for rendering in made]
    if call.as_json:
        dump(
            {
                "stages": [
                    {
                        "app": rendering.app,
                        "stage": rendering.stage,
                        "branch": rendering.branch,
                        "path": rendering.path,
                        "tag": rendering.lock.freight.tag,
                        "changes": changes_document(changes, text=True),
                    }
                    for rendering, changes in found
                ]
            }
        )
    for rendering, changes in found:
        print_changes(out, changes)
        name = out.styled(rendering.stage, Style.BOLD)
        out.line(f"{name} on {out.styled(rendering.branch, Style.NAME)}: {summary(changes)}")
    return 1 if exit_code and any(changes for _, changes in found) else 0
