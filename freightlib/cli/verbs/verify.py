"""``freight verify``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from freightlib.cli.findings import Form, reporting, show
from freightlib.cli.options import Call, shared
from freightlib.errors import UsageError

if TYPE_CHECKING:
    from freightlib.models import Report


@click.command("verify")
@click.argument("directory", required=False, metavar="[DIR]")
@click.option("--dir", "named", metavar="DIR", help="A plain directory tree instead of a repository's branch.")
@click.option("--rev", metavar="REV", help="The revision to verify.  [default: the GitOps branch]")
@click.option("--source", metavar="REPO", help="The source repository: proves that every snapshot is a literal copy.")
@shared()
@reporting
def command(
    call: Call, *, directory: str | None, named: str | None, rev: str | None, source: str | None, form: Form
) -> int:
    """Check that releases are what they claim to be.

    Looks at every snapshot of the GitOps branch: its record, its names, its payload, and whether current/ is an exact
    mirror. Exit status 1 when anything is wrong.
    """
    return show(call, _report(call, named or directory, rev, source), form)


def _report(call: Call, directory: str | None, rev: str | None, source: str | None) -> Report:
    from freightlib.verify import verify, verify_directory

    with call.progress("verifying"):
        if directory is None:
            repository = call.repository()
            return verify(
                repository, revision=rev, source=source, app=call.app, branch=call.branch, backend=call.backend
            )
        if rev or call.branch:
            raise UsageError("a directory has no revisions", hint="leave out --rev and --branch, or the directory")
        return verify_directory(directory, source=source, app=call.app, backend=call.backend)
