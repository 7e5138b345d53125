"""``freight attest``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from freightlib.cli import completion
from freightlib.cli.options import Call, limits, shared
from freightlib.cli.style import Style
from freightlib.errors import StorageError

if TYPE_CHECKING:
    from freightlib.plugins.contracts import Limits


@click.command("attest")
@click.argument("stage", shell_complete=completion.stages)
@click.option("--rev", metavar="REV", help="A commit of the rendered branch.  [default: its newest]")
@click.option("--rerender", is_flag=True, help="Render again first, and attest only if the bytes are the same.")
@click.option("--engine", metavar="NAME", help="The engine to render with, if the renderer has several.")
@click.option("--uri", metavar="URI", help="The address of the GitOps repository in the statement.")
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False), help="Write it to FILE, not to stdout.")
@limits
@shared()
def command(
    call: Call,
    *,
    stage: str,
    rev: str | None,
    rerender: bool,
    engine: str | None,
    uri: str | None,
    output: str | None,
    limits: Limits,
) -> int:
    """Print what a rendered commit was made from, as an in-toto statement.

    Prints an in-toto Statement v1 with a SLSA Provenance v1 predicate, as JSON, not signed. The commit is audited
    first; exit status 1 when anything is wrong with it.
    """
    from freightlib.verbs.attest import attest

    with call.progress("auditing"):
        made = attest(
            call.repository(),
            stage,
            app=call.app,
            branch=call.branch,
            revision=rev,
            rerender=rerender,
            engine=engine,
            uri=uri,
            limits=limits,
        )
    if output is not None:
        _write(output, made.data)
        call.out.line(f"{call.out.styled('attested', Style.GOOD)}: {stage} at {made.commit}, in {output}")
    if output is None or call.as_json:
        sys.stdout.write(made.data.decode("ascii"))
    return 0


def _write(output: str, data: bytes) -> None:
    try:
        Path(output).write_bytes(data)
    except OSError as error:
        raise StorageError(
            f"{output} cannot be written: {error.strerror or error}", hint="name another --output FILE"
        ) from error
