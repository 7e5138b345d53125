"""``freight verify``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from freightlib.cli.findings import Form, reporting, show
from freightlib.cli.options import Call, shared
from freightlib.errors import UsageError

if TYPE_CHECKING:
    from freightlib.models import Report


@click.command("verify")
@click.argument("directory", required=False, metavar="[DIR]")
@click.option("--dir", "named", metavar="DIR", help="Verify a plain directory tree instead of a repository's branch.")
@click.option("--rev", "revision", metavar="REV", help="The revision to verify.  [default: the GitOps branch]")
@click.option("--staged", is_flag=True, help="Verify git's index: what the next commit would contain.")
@click.option("--source", metavar="REPO", help="The source repository, to prove that every snapshot is a literal copy.")
@click.option("--history", is_flag=True, help="Verify every commit of the branch, not only its tip.")
@click.option("--since", metavar="REV", help="With --history or --signatures: skip the history up to this revision.")
@click.option("--no-cache", is_flag=True, help="With --history: check everything again, and remember nothing.")
@click.option(
    "--signatures", is_flag=True, help="Check that releases were committed by an allowed signer, as git verifies it."
)
@click.option(
    "--allowed-signers", metavar="FILE", help="For --signatures: use FILE instead of gpg.ssh.allowedSignersFile."
)
@shared()
@reporting
def command(
    call: Call, *, directory: str | None, named: str | None, staged: bool, source: str | None, form: Form, **given: Any
) -> int:
    """Check that releases are what their records say.

    Checks every snapshot of the GitOps branch: its record, its names and its payload, and that current/ is an exact
    mirror. With --history, also checks every commit: each freight commit adds one release and refreshes current/, and
    no commit changes or removes a published release. Exit status 1 when anything is wrong.
    """
    if given["allowed_signers"] is not None and not given["signatures"]:
        raise UsageError("--allowed-signers has no effect without --signatures", hint="add --signatures")
    directory = named or directory
    if staged:
        if given["history"] or given["signatures"]:
            raise UsageError(
                "--staged cannot be used with --history or --signatures",
                hint="leave out --history and --signatures, or --staged",
            )
        given["revision"] = _staged(call, directory, given["revision"])
    return show(call, _report(call, directory, source, given), form)


def _staged(call: Call, directory: str | None, rev: str | None) -> str:
    from freightlib.git.worktrees.staged import staged_commit

    if directory is not None or rev or call.branch:
        raise UsageError(
            "--staged cannot be used with another revision or a directory",
            hint="leave out --rev, --branch and the directory",
        )
    return staged_commit(call.location)


def _report(call: Call, directory: str | None, source: str | None, given: dict[str, Any]) -> Report:
    from freightlib.verbs.verify import verify
    from freightlib.verbs.verify_directory import verify_directory

    with call.progress("verifying"):
        if directory is None:
            given["proofs"] = not given.pop("no_cache")
            return verify(
                call.repository(), source=source, app=call.app, branch=call.branch, backend=call.backend, **given
            )
        if call.branch or any(given.values()):
            raise UsageError(
                "a directory has no revisions and no signatures",
                hint="leave out --rev, --branch, --history and --signatures, or the directory",
            )
        return verify_directory(directory, source=source, app=call.app, backend=call.backend)
