"""``freight hook``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from freightlib.cli.findings import Form, reporting, show
from freightlib.cli.options import Call, shared

if TYPE_CHECKING:
    from freightlib.git.contract import RefUpdate


@click.group("hook")
def command() -> None:
    """Check pushes to a GitOps repository, on the server that receives them.

    \b
      freight hook install --repo /srv/git/gitops.git
    """  # noqa: D301 (click's own mark for text that is not to be wrapped)


@command.command("pre-receive")
@shared()
@reporting
def pre_receive(call: Call, *, form: Form) -> int:
    """Refuse a push that breaks a rule; run it from git's pre-receive hook.

    Reads the ref updates from standard input, one per line: OLD NEW REF. The whole push is refused together.
    """
    from freightlib.proof.push import moves

    return _judged(call, moves(sys.stdin.read()), form)


@command.command("update")
@click.argument("ref")
@click.argument("old")
@click.argument("new")
@shared()
@reporting
def update(call: Call, ref: str, old: str, new: str, *, form: Form) -> int:
    """Refuse an update of one ref that breaks a rule; run it from git's update hook, which git runs for each ref."""
    from freightlib.proof.push import moves

    return _judged(call, moves(f"{old} {new} {ref}"), form)


@command.command("install")
@click.option("--force", is_flag=True, help="Replace an existing hook.")
@shared()
def install(call: Call, *, force: bool) -> int:
    """Install a pre-receive hook in the repository that runs `freight hook pre-receive`."""
    from freightlib.cli.hook_script import install_hook
    from freightlib.cli.style import Style

    place = install_hook(call.location, sys.executable, branch=call.branch, force=force)
    call.out.line(f"{call.out.styled(str(place), Style.NAME)}: pushes that break a rule are refused from now on")
    return 0


def _judged(call: Call, updates: list[RefUpdate], form: Form) -> int:
    from freightlib.proof.push import judge_push

    report = judge_push(call.location, updates, branch=call.branch, backend=call.backend)
    if not report.findings and form.format == "text":
        return 0  # a push without findings prints nothing
    return show(call, report, form)
