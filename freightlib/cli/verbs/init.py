"""``freight init``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from freightlib.cli.options import Call, shared
from freightlib.cli.output import Printer, count, dump
from freightlib.cli.style import Style
from freightlib.models.freight import PACKAGE_DIRECTORIES

if TYPE_CHECKING:
    from freightlib.verbs.init import Initialisation


@click.command("init")
@click.option(
    "--package-type", type=click.Choice(list(PACKAGE_DIRECTORIES)), help="The type of the package.  [default: a guess]"
)
@click.option("--path", metavar="DIR", help="The package's directory in the source repository.  [default: a guess]")
@click.option("--dry-run", is_flag=True, help="Print the file and write nothing.")
@click.option("--force", is_flag=True, help="Replace an existing freightlib.yaml.")
@shared()
def command(call: Call, package_type: str | None, path: str | None, dry_run: bool, force: bool) -> int:
    """Write freightlib.yaml for an existing GitOps repository.

    Reads the GitOps branch and recognises apps/<app>/envTypes and apps/<app>/deployments; for any other layout it
    writes a template. The file goes to the worktree, for you to check and commit; a bare repository gets a commit.
    """
    from freightlib.verbs.init import init

    with call.progress("reading"):
        made = init(
            call.repository(),
            app=call.app,
            package_type=package_type,
            path=path,
            branch=call.branch,
            dry_run=dry_run,
            force=force,
        )
    if call.as_json:
        dump(
            {
                "apps": list(made.apps),
                "stages": list(made.stages),
                "warnings": list(made.warnings),
                "path": str(made.path) if made.path else None,
                "commit": made.commit,
                "text": made.text,
            }
        )
    else:
        _print(call.out, made, dry_run=dry_run)
    return 0


def _print(out: Printer, made: Initialisation, *, dry_run: bool) -> None:
    if dry_run:
        out.line(made.text.removesuffix("\n"))
    for warning in made.warnings:
        out.warn(warning)
    if dry_run:
        return
    place = str(made.path) if made.path else f"commit {made.commit}"
    if made.apps:
        names = ", ".join(out.styled(name, Style.BOLD) for name in made.apps)
        what = f"{names} with {count(len(made.stages), 'stage')}: {', '.join(made.stages)}"
    else:
        what = "a template: the layout was not recognised"
    out.line(f"{out.styled('wrote', Style.GOOD)} {out.styled(place, Style.NAME)}: {what}")
    if made.path:
        out.remark("next: check it (guesses are marked), then: git add freightlib.yaml && git commit")
    else:
        out.remark("next: check it (guesses are marked): git show HEAD:freightlib.yaml")
