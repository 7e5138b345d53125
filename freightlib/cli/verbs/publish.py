"""``freight publish``."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from freightlib.cli.documents import snapshot_document
from freightlib.cli.options import Call, shared, signing
from freightlib.cli.output import Printer, count, dump
from freightlib.cli.style import Style
from freightlib.errors import UsageError
from freightlib.models.freight import PACKAGE_DIRECTORIES

if TYPE_CHECKING:
    from freightlib.warehouse.freezing import Publication


@click.command("publish")
@click.option("--source", metavar="REPO", required=True, help="The source repository: a path or an address.")
@click.option("--revision", metavar="SHA", required=True, help="The source commit, all of its digits.")
@click.option("--image", metavar="REF@DIGEST", required=True, help="The release's image: name:tag@sha256:<64 hex>.")
@click.option("--package-type", type=click.Choice(list(PACKAGE_DIRECTORIES)), help="Overrides package.type.")
@click.option("--path", metavar="DIR", help="The package's directory in the source; overrides package.path.")
@click.option(
    "--created-at", metavar="TIME", help="When the release was made, as 2026-03-22T12:34:56Z.  [default: now]"
)
@click.option("--source-url", metavar="URL", help="The address of the source in the record.  [default: its origin]")
@signing
@click.option("--push", is_flag=True, help="Push to the remote too; fails if the push fails.")
@shared()
def command(
    call: Call,
    *,
    source: str,
    revision: str,
    image: str,
    package_type: str | None,
    path: str | None,
    created_at: str | None,
    source_url: str | None,
    push: bool,
    sign: bool | None,
) -> int:
    """Freeze the deploy package of one source commit as a release.

    The package goes to warehouses/<app>/freight/git-<sha>/ and to current/ in one commit of the GitOps
    branch. Publishing the same release again changes nothing; other content under a published revision is an error.
    A pruned release is restored as it was, and current/ does not change.

    \b
      freight publish --repo g --source app.git --revision <sha> \\
          --image ghcr.io/x/y:git-<sha>@sha256:<hex>
    """  # noqa: D301 (click's own mark for text that is not to be wrapped)
    from freightlib.plugins.repositories import open_repository
    from freightlib.verbs.publish import publish

    when = _time(created_at)
    with call.progress(f"publishing {revision[:12]}"):
        made = publish(
            call.repository(push=push),
            open_repository(source, backend=call.backend, objects_only=(revision,)),
            revision=revision,
            image=image,
            app=call.app,
            package_type=package_type,
            path=path,
            branch=call.branch,
            created_at=when,
            source_url=source_url,
            sign=sign,
        )
    if call.as_json:
        dump(_document(made))
    else:
        _print(call.out, made)
    return 0


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        when = None
    if when is None or when.tzinfo is None or when.microsecond:
        raise UsageError(
            f"--created-at {text[:80]!r} is not a time in whole seconds with a zone",
            hint="write it as 2026-03-22T12:34:56Z",
        )
    return when


def _print(out: Printer, made: Publication) -> None:
    tag, app = out.styled(made.tag, Style.NAME), out.styled(made.app, Style.BOLD)
    freight, snapshot = made.snapshot.freight, made.snapshot
    if not made.created:
        out.line(f"{tag} of {app}: already published, nothing to do")
        return
    if made.restored:
        out.line(f"{out.styled('restored', Style.GOOD)} {tag} of {app}: it had been pruned, and is the same as before")
        out.line(f"  {out.styled('commit', Style.DIM)} {made.commit} (current/ did not change)")
        return
    out.line(f"{out.styled('published', Style.GOOD)} {tag} of {app}")
    source = f"{freight.source.repository} {freight.source.path}/" if freight.source else ""
    rows = [
        ("frozen", f"{freight.package_type} package {source}"),
        ("tree", f"{snapshot.payload} in the source, in {snapshot.path.rpartition('/')[2]} and in current/"),
        ("image", freight.image.pinned),
        ("commit", f"{made.commit} ({count(made.objects, 'new object')} of the package stored)"),
    ]
    for name, text in rows:
        out.line(f"  {out.styled(name.ljust(6), Style.DIM)} {out.styled(text.strip(), Style.PLAIN)}")


def _document(made: Publication) -> dict[str, Any]:
    return {
        "app": made.app,
        "tag": made.tag,
        "created": made.created,
        "restored": made.restored,
        "commit": made.commit,
        "previousCommit": made.previous,
        "objects": made.objects,
        "snapshot": snapshot_document(made.snapshot),
    }
