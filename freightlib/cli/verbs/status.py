"""``freight status``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from freightlib.cli.documents import snapshot_document
from freightlib.cli.options import Call, shared
from freightlib.cli.output import Printer, count, dump, plain, short
from freightlib.cli.style import Style

if TYPE_CHECKING:
    from freightlib.git.contract import Repository
    from freightlib.verbs.status import AppStatus, StageStatus

_STYLES: Final = {
    "current": Style.GOOD,
    "behind": Style.WARN,
    "empty": Style.DIM,
    "edited": Style.BAD,
    "unknown": Style.BAD,
}


@click.command("status")
@shared()
def command(call: Call) -> int:
    """Show what every stage holds, what waits to be promoted, and what was changed by hand."""
    from freightlib.verbs.status import status

    repository = call.repository()
    with call.progress("reading"):
        found = status(repository, app=call.app, branch=call.branch)
        proposals = {app.app: _proposals(repository, app) for app in found}
    if call.as_json:
        dump({"apps": [_document(app, proposals[app.app]) for app in found]})
        return 0
    for index, app in enumerate(found):
        if index:
            call.out.line()
        _print(call.out, app, proposals[app.app])
    return 0


def _proposals(repository: Repository, app: AppStatus) -> dict[str, str]:
    """Return stage -> proposal branch, for each one that is a commit ahead of its stage, so not merged yet."""
    branches = repository.refs(f"refs/heads/proposal/{app.app}/")
    found: dict[str, str] = {}
    for row in app.stages:
        ref = f"refs/heads/proposal/{app.app}/{row.stage}"
        if row.review and ref in branches and repository.read_commit(branches[ref]).parents == (row.commit,):
            found[row.stage] = ref.removeprefix("refs/heads/")
    return found


def pending(app: AppStatus) -> tuple[StageStatus, ...]:
    """Return the stages that could take the release in ``current/`` now, because every gate passes."""
    return tuple(
        row
        for row in app.stages
        if app.current is not None and row.state.value in ("behind", "empty") and not row.gates
    )


def _document(app: AppStatus, proposals: Mapping[str, str]) -> dict[str, Any]:
    return {
        "app": app.app,
        "releases": app.releases,
        "current": snapshot_document(app.current) if app.current else None,
        "pending": [row.stage for row in pending(app)],
        "stages": [plain(row) | {"proposal": proposals.get(row.stage)} for row in app.stages],
    }


def _age(promoted: datetime | None) -> str:
    """Return how long ago a promotion was, in its two largest units."""
    if promoted is None:
        return "-"
    from freightlib.documents.durations import show_duration

    seconds = (datetime.now(UTC) - promoted).total_seconds()
    return "under 1m" if seconds < 60 else show_duration(timedelta(minutes=seconds // 60))


def _print(out: Printer, app: AppStatus, proposals: Mapping[str, str]) -> None:
    held = (
        f"current is {out.styled(short(app.current.freight.tag), Style.NAME)}"
        if app.current
        else ("current/ cannot be read" if app.releases else "nothing published yet")
    )
    out.line(f"{out.styled(app.app, Style.BOLD)}: {held}, {count(app.releases, 'release')} in the warehouse")
    rows = [
        (
            (row.stage, Style.BOLD),
            (row.state.value, _STYLES[row.state.value]),
            short(row.tag),
            _age(row.promoted),
            short(row.policy),
            short(row.available if row.state.value in ("behind", "empty") else None),
            ", ".join(row.upstream) or "warehouse",
            row.branch or "-",
        )
        for row in app.stages
    ]
    columns = ("stage", "state", "holds", "age", "policy", "pending", "from", "branch")
    out.table(columns, rows, ("from", "branch", "policy"))
    for problem in dict.fromkeys(row.problem for row in app.stages if row.problem):
        named = ", ".join(out.styled(row.stage, Style.BOLD) for row in app.stages if row.problem == problem)
        out.line(f"{named}: {out.styled(problem, Style.BAD)}")
    for row in app.stages:
        if row.state.value == "edited":
            branch = out.styled(row.branch, Style.NAME)
            name = out.styled(row.stage, Style.BOLD)
            out.line(f"{name}: the manifests on {branch} were changed by hand; a promotion undoes that")
    for row in app.stages:
        # the table shows the order of stages
        if waits := [gate.words for gate in row.gates if gate.gate != "upstream"]:
            out.line(f"{out.styled(row.stage, Style.BOLD)} waits: {out.styled('; '.join(waits), Style.PLAIN)}")
    for stage, branch in proposals.items():
        out.line(
            f"{out.styled(stage, Style.BOLD)}: a pull request from {out.styled(branch, Style.NAME)} waits for review"
        )
    if ready := [row.stage for row in pending(app) if row.stage not in proposals]:
        out.remark(f"next: freight promote {' '.join(ready)}")
