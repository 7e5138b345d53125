"""``freight demo``."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

import click

from freightlib.cli.documents import changes_document
from freightlib.cli.options import Call, shared
from freightlib.cli.output import Printer, dump
from freightlib.cli.print_changes import print_edits
from freightlib.cli.style import Style

if TYPE_CHECKING:
    from freightlib.testing.demo import Step

_NEXT: Final = (
    ("git -C gitops log --oneline --graph --all", "what git holds now"),
    ("git -C gitops show stage/staging", "a promotion: manifests, lock and trailers"),
    ("freight publish --repo gitops --source app --revision $(git -C app rev-parse HEAD) --image …", "a third"),
    ("freight diff staging --repo gitops", "what a promotion would change"),
    ("freight log staging --repo gitops", "what staging held before"),
)


@click.command("demo")
@click.argument("directory", metavar="[DIR]", default="freight-demo")
@shared(repository=False)
def command(call: Call, directory: str) -> int:
    """Build two repositories in a directory and run the whole loop in them.

    DIR must be empty or absent (default: freight-demo). Needs no network and no cluster. The directory stays, so that
    you can try more in it.
    """
    from freightlib.testing.demo import demo

    steps = []
    for number, step in enumerate(demo(directory), 1):
        steps.append(step)
        _print(call.out, number, step)
    if call.as_json:
        dump({"directory": directory, "steps": [_document(step) for step in steps]})
    else:
        _finish(call.out, directory, sum(step.milliseconds for step in steps))
    return 0


def _document(step: Step) -> dict[str, object]:
    return {
        "title": step.title,
        "command": step.command,
        "lines": list(step.lines),
        "proved": step.proved,
        "changes": changes_document(step.changes, text=True),
        "milliseconds": step.milliseconds,
    }


def _print(out: Printer, number: int, step: Step) -> None:
    took = out.styled(f"({step.milliseconds} ms)", Style.DIM)
    out.line(f"{out.styled(f'{number}. {step.title}', Style.BOLD)} {took}")
    for part in step.command.split(" && "):
        out.line(f"   {out.styled(f'$ {part}', Style.NAME)}")
    for line in step.lines:
        out.line(f"   {out.styled(line, Style.BAD if line.startswith('error') else Style.PLAIN)}")
    print_edits(out, step.changes, indent="   ")
    if step.proved:
        out.line(f"   {out.styled('✓', Style.GOOD)} {out.styled(step.proved, Style.GOOD)}")
    out.line()


def _finish(out: Printer, directory: str, milliseconds: int) -> None:
    place = out.styled(directory, Style.NAME)
    out.line(f"The whole loop took {milliseconds / 1000:.1f} s. Both repositories stay in {place}. To try next:")
    out.line(f"   {out.styled(f'$ cd {shlex.quote(directory)}', Style.NAME)}")
    for line, why in _NEXT:
        out.line(f"   {out.styled(f'$ {line}', Style.NAME)}  {out.styled(f'# {why}', Style.DIM)}")
