"""``freight rollback``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import click

from freightlib.cli import completion
from freightlib.cli.documents import promotion_document
from freightlib.cli.options import Call, limits, shared, signing, stages
from freightlib.cli.output import Printer, dump, short
from freightlib.cli.print_changes import print_changes, summary
from freightlib.cli.style import Style
from freightlib.errors import UsageError

if TYPE_CHECKING:
    from freightlib.plugins.contracts import Limits
    from freightlib.promotion.result import Promotion

#: Outcome -> its word for a rollback, its word for a dry run, and the style.
_WORDS: Final = {
    "promoted": ("rolled back", "would be rolled back", Style.GOOD),
    "recorded": ("rolled back", "would be rolled back", Style.GOOD),
    "proposed": ("proposed", "would be proposed", Style.WARN),
    "unchanged": ("unchanged", "unchanged", Style.DIM),
}

_BOTH: Final = (
    "--exact puts back the exact bytes that were deployed, with the policy of that time; "
    "--with-current-policy renders that release with today's policy"
)


@click.command("rollback")
@stages
@click.option(
    "--to", metavar="TAG", required=True, help="The release: git-<full commit id>.", shell_complete=completion.tags
)
@click.option("--exact", is_flag=True, help="Put back the exact bytes that were deployed, and their lock.")
@click.option("--with-current-policy", is_flag=True, help="Render that release with today's policy.")
@click.option(
    "--commit",
    metavar="REV",
    help="The commit of the rendered branch to go back to.  [default: the newest with that release]",
)
@limits
@click.option("--dry-run", is_flag=True, help="Show the manifest diff and write nothing.")
@signing
@click.option("--push", is_flag=True, help="Push to the remote too; fails if the push fails.")
@shared()
def command(
    call: Call,
    *,
    stages: tuple[str, ...],
    to: str,
    exact: bool,
    with_current_policy: bool,
    commit: str | None,
    limits: Limits,
    dry_run: bool,
    push: bool,
    sign: bool | None,
) -> int:
    """Put back a release that a stage held before.

    Give either --exact or --with-current-policy. The lock records the rollback. Gates are not asked, because the stage
    held that release before. A reviewed stage gets a proposal branch, as with promote. current/ does not change, and
    the next freight promote moves the stage on again.

    \b
      freight rollback production --to git-<sha> --exact
    """  # noqa: D301 (click's own mark for text that is not to be wrapped)
    from freightlib.promotion.rollback_steps import RollbackKind
    from freightlib.verbs.rollback import rollback

    if exact and with_current_policy:
        raise UsageError("--exact and --with-current-policy exclude each other", hint="give only one of them")
    if not exact and not with_current_policy:
        raise UsageError("say which kind of rollback: --exact or --with-current-policy", hint=_BOTH)
    kind = RollbackKind.EXACT if exact else RollbackKind.CURRENT_POLICY
    names = tuple(dict.fromkeys(stages))
    with call.progress(f"rolling back {', '.join(names)}"):
        made = rollback(
            call.repository(push=push and not dry_run),
            names,
            to=to,
            exact=exact,
            commit=commit,
            app=call.app,
            branch=call.branch,
            dry_run=dry_run,
            limits=limits,
            sign=sign,
        )
    if call.as_json:
        documents = [promotion_document(one, text=dry_run) for one in made]
        dump({"dryRun": dry_run, "kind": kind, "promotions": documents})
    else:
        _print(call.out, made, dry_run=dry_run)
    return 0


def _print(out: Printer, made: Sequence[Promotion], *, dry_run: bool) -> None:
    width = max((len(one.stage) for one in made), default=0)
    for one in made:
        if dry_run:
            print_changes(out, one.changes)
        done, would, style = _WORDS[one.outcome.value]
        stage, word = out.styled(one.stage.ljust(width), Style.BOLD), out.styled(would if dry_run else done, style)
        out.line(f"{stage}  {word}  {_moved(out, one)}")
        if one.outcome.value == "proposed":
            verb = "would be opened" if dry_run else "open one"
            branches = f"{out.styled(one.branch, Style.NAME)} into {out.styled(one.base, Style.NAME)}"
            out.line(f"{' ' * width}  pull request: {verb} from {branches}")
        for note in one.notes:
            out.warn(f"{one.stage}: {note}")
        if one.edited:
            undo = "this would undo" if dry_run else "this undid"
            out.warn(f"{one.stage}: {one.base} was changed by hand; {undo} that")


def _moved(out: Printer, one: Promotion) -> str:
    after = short(one.tag)
    if one.outcome.value == "unchanged":
        return out.styled(f"{one.branch} holds {after} already", Style.PLAIN)
    done = one.lock.rollback
    source = "with today's policy" if done is None or done.kind != "exact" else f"as at {short(done.commit)}"
    commit = f" at {short(one.commit)}" if one.commit else ""
    changed = summary(one.changes) if one.changes else "same manifests, only the lock changed"
    return out.styled(f"{short(one.previous_tag)} → {after} {source}, on {one.branch}{commit}: {changed}", Style.PLAIN)
