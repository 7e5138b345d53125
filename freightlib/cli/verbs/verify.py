"""``freight verify``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import click
from attrs import frozen

from freightlib.cli.documents import report_document
from freightlib.cli.options import Call, shared
from freightlib.cli.output import Output, Style, count, dump
from freightlib.errors import UsageError

if TYPE_CHECKING:
    from freightlib.models import Finding, Report

_STYLES: Final = {"error": Style.BAD, "warning": Style.WARN, "note": Style.NAME}
#: At most so many places of one kind of finding are printed; --json has them all.
_MOST: Final = 20


@click.command("verify")
@click.argument("directory", required=False, metavar="[DIR]")
@click.option("--dir", "named", metavar="DIR", help="A plain directory tree instead of a repository's branch.")
@click.option("--rev", metavar="REV", help="The revision to verify.  [default: the GitOps branch]")
@click.option("--source", metavar="REPO", help="The source repository: proves that every snapshot is a literal copy.")
@click.option("--signatures", is_flag=True, help="Releases must be committed by an allowed signer, as git judges it.")
@click.option("--allowed-signers", metavar="FILE", help="Instead of gpg.ssh.allowedSignersFile, for --signatures.")
@shared()
def command(
    call: Call,
    *,
    directory: str | None,
    named: str | None,
    rev: str | None,
    source: str | None,
    signatures: bool,
    allowed_signers: str | None,
) -> int:
    """Check that releases are what they claim to be.

    Looks at every snapshot of the GitOps branch: its record, its names, its payload, and whether current/ is an exact
    mirror. Exit status 1 when anything is wrong.
    """
    signers = _Signers(signatures, allowed_signers)
    report = _report(call, named or directory, rev, source, signers)
    if call.as_json:
        dump(report_document(report))
    else:
        _print(call.out, report)
    return 0 if report.ok else 1


@frozen
class _Signers:
    """Whether signatures are checked, and against which file of allowed signers. Raises UsageError."""

    checked: bool
    allowed: str | None

    def __attrs_post_init__(self) -> None:
        if self.allowed is not None and not self.checked:
            raise UsageError("--allowed-signers says nothing by itself", hint="add --signatures")


def _report(call: Call, directory: str | None, rev: str | None, source: str | None, signers: _Signers) -> Report:
    from freightlib.verify import verify, verify_directory

    with call.progress("verifying"):
        if directory is None:
            repository = call.repository()
            return verify(
                repository,
                revision=rev,
                source=source,
                app=call.app,
                branch=call.branch,
                backend=call.backend,
                signatures=signers.checked,
                allowed_signers=signers.allowed,
            )
        if rev or call.branch or signers.checked:
            raise UsageError(
                "a directory has no revisions and no signatures",
                hint="leave out --rev, --branch and --signatures, or the directory",
            )
        return verify_directory(directory, source=source, app=call.app, backend=call.backend)


def _print(out: Output, report: Report) -> None:
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in report.findings:
        groups.setdefault((finding.severity.value, finding.code, finding.hint), []).append(finding)
    for severity in _STYLES:
        for (weight, code, hint), found in groups.items():
            if weight == severity and not (out.quiet and severity == "note"):
                _print_group(out, severity, code, hint, found)
    _print_summary(out, report)


def _print_group(out: Output, severity: str, code: str, hint: str, found: Sequence[Finding]) -> None:
    number = f" ({len(found)})" if len(found) > 1 else ""
    out.line(f"{out.styled(severity, _STYLES[severity])} {out.styled(code + number, Style.BOLD)}")
    for finding in found[:_MOST]:
        place = f"{out.styled(finding.path, Style.NAME)}: " if finding.path else ""
        out.line(f"  {place}{out.styled(finding.message, Style.PLAIN)}")
    if len(found) > _MOST:
        out.line(f"  … and {len(found) - _MOST} more (--json lists all)")
    if hint:
        out.line(f"  {out.styled('→ ' + hint, Style.DIM)}")


def _print_summary(out: Output, report: Report) -> None:
    looked = ", ".join(count(number, name.removesuffix("s")) for name, number in report.checked.items() if number)
    errors, warnings = len(report.errors), sum(finding.severity == "warning" for finding in report.findings)
    if report.ok:
        also = f", {count(warnings, 'warning')}" if warnings else ""
        out.line(f"{out.styled('verified', Style.GOOD)}{also}: {looked or 'nothing is published yet'}")
    else:
        out.line(
            f"{out.styled('failed', Style.BAD)}: {count(errors, 'error')}, {count(warnings, 'warning')} in {looked}"
        )
