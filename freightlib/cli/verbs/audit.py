"""``freight audit``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from freightlib.cli import completion
from freightlib.cli.findings import Form, reporting, show
from freightlib.cli.options import Call, limits, shared

if TYPE_CHECKING:
    from freightlib.plugins.contracts import Limits


@click.command("audit")
@click.argument("stages", metavar="[STAGE...]", nargs=-1, shell_complete=completion.stages)
@click.option("--all", "all_commits", is_flag=True, help="Check every rendered commit since the last such audit.")
@click.option("--since", metavar="REV", help="Check every rendered commit after this one.")
@click.option("--rerender", is_flag=True, help="Render again from the locked inputs, and compare byte by byte.")
@click.option("--engine", metavar="NAME", help="The engine to render with, if the renderer has several.")
@limits
@shared()
@reporting
def command(
    call: Call,
    *,
    stages: tuple[str, ...],
    all_commits: bool,
    since: str | None,
    rerender: bool,
    engine: str | None,
    limits: Limits,
    form: Form,
) -> int:
    """Check that rendered branches are what their locks say.

    Checks the newest rendered commit of each stage (default: of all stages): the lock is valid, the manifests are those
    that it names, and its release and policy are on the GitOps branch as it says. Exit status 1 when anything is wrong.
    """
    from freightlib.verbs.audit import audit

    with call.progress("auditing"):
        report = audit(
            call.repository(),
            stages,
            app=call.app,
            branch=call.branch,
            all_commits=all_commits,
            since=since,
            rerender=rerender,
            engine=engine,
            limits=limits,
        )
    return show(call, report, form, done="audited")
