"""The ``freight`` command: its own options, and the verbs, each of which is imported when it is used."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

import click

from freightlib.cli.options import Call, shared

#: Verb -> one line about it, in the order of the release loop. The verb's module has the same name.
VERBS: Final = {
    "demo": "Build two repositories in a directory and run the whole loop in them.",
    "init": "Write freightlib.yaml for an existing GitOps repository.",
    "publish": "Freeze the deploy package of one source commit as a release.",
    "verify": "Check that releases are what their records say.",
    "render": "Render stages: print or write what they would deploy.",
    "diff": "Show what a promotion would change in the manifests.",
    "promote": "Put a release onto the rendered branches of stages.",
    "rollback": "Put back a release that a stage held before.",
    "mark": "Mark releases: verified, blocked, merged.",
    "status": "Show what every stage holds, and what waits.",
    "log": "Show what a stage held before.",
    "prune": "Remove old releases from the warehouse.",
    "hook": "Check pushes on the server that receives them.",
    "audit": "Check that rendered branches are what their locks say.",
    "attest": "Print what a rendered commit was made from, as an in-toto statement.",
    "plugins": "List the plugins, what they offer, and what is wrong with them.",
    "completion": "Print the shell's completion script.",
}


class Verbs(click.Group):
    """A group that imports a command only when it is used, so that the program starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the verbs, in the order of the release loop."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return the verb ``cmd_name``, or ``None`` if there is no such verb."""
        if cmd_name not in VERBS:
            return None
        command = import_module(f"freightlib.cli.verbs.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101 (our own modules)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of verbs, without importing them."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the verb at the start of ``args``; the error for an unknown one suggests a similar verb."""
        if args and args[0] not in VERBS and not ctx.resilient_parsing:
            from freightlib.models.text import closest

            close = closest(args[0], VERBS)
            hint = f"did you mean {close!r}?" if close else f"the verbs are: {', '.join(VERBS)}"
            raise click.UsageError(f"there is no verb {args[0]!r}\n{hint}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb. Raises HungUp for a broken pipe, which click would turn into exit status 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise HungUp from error


class HungUp(Exception):  # noqa: N818 (a signal, not an error)
    """The reader of our output has closed the pipe."""


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"freight {version('freightlib')}")
        ctx.exit()


@click.command(
    cls=Verbs,
    subcommand_metavar="VERB ...",
    no_args_is_help=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@shared()
@click.pass_context
def freight(ctx: click.Context, call: Call) -> int:
    """Source snapshots and rendered branches for GitOps: freeze, verify, render, promote, prove.

    \b
    See it work:           freight demo
    Start with your own:   freight init --repo path/to/gitops
    """  # noqa: D301 (click's own mark for text that is not to be wrapped)
    ctx.obj = call
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
    return 0
