"""``freight render``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from freightlib.cli.documents import rendering_document
from freightlib.cli.options import Call, check_deterministic, limits, release, shared, stages
from freightlib.cli.output import Printer, count, dump
from freightlib.cli.style import Style
from freightlib.models.text import visible

if TYPE_CHECKING:
    from freightlib.plugins.contracts import Limits
    from freightlib.rendering.run import StageRendering


@click.command("render")
@stages
@release
@limits
@check_deterministic
@click.option("--out", "target", metavar="DIR", help="Write manifests and lock to DIR.")
@shared()
def command(
    call: Call,
    *,
    stages: tuple[str, ...],
    freight: str | None,
    policy: str | None,
    limits: Limits,
    target: str | None,
    check_deterministic: bool,
) -> int:
    """Render stages: print or write what they would deploy.

    Without --out, manifests go to stdout. With it, DIR gets exactly what the stage's output path would hold
    (for several stages: DIR/<stage>/). DIR must be empty or absent, or hold only an earlier rendering.
    With --check-deterministic, exit status 1 when the second rendering of the same inputs differs.
    """
    from freightlib.cli.output_directory import check_target, write_output
    from freightlib.rendering.twice import DIFFERS
    from freightlib.verbs.render import render_stages

    names = tuple(dict.fromkeys(stages))
    targets = _targets(target, names)
    for place in targets.values():
        check_target(place)
    with call.progress(f"rendering {', '.join(names)}"):
        made = render_stages(
            call.repository(),
            names,
            app=call.app,
            freight=freight,
            policy=policy,
            limits=limits,
            branch=call.branch,
            check_deterministic=check_deterministic,
        )
    for rendering in made:
        if targets:
            write_output(targets[rendering.stage], rendering.output)
    if call.as_json:
        dump({"stages": [_document(one, targets.get(one.stage)) for one in made]})
    else:
        _print(call.out, made, targets)
    return int(check_deterministic and any(found.code == DIFFERS for one in made for found in one.findings))


def _targets(target: str | None, stages: Sequence[str]) -> dict[str, Path]:
    if target is None:
        return {}
    root = Path(target)
    return {stages[0]: root} if len(stages) == 1 else {stage: root / stage for stage in stages}


def _document(rendering: StageRendering, target: Path | None) -> dict[str, object]:
    return rendering_document(rendering, contents=target is None) | {"out": str(target) if target else None}


def _print(out: Printer, made: Sequence[StageRendering], targets: dict[str, Path]) -> None:
    for rendering in made:
        if targets:
            files = count(len(rendering.files), "manifest file")
            place = out.styled(str(targets[rendering.stage]), Style.NAME)
            out.line(f"{out.styled(rendering.stage, Style.BOLD)}: {files} and freight.lock in {place}")
        else:
            _print_manifests(rendering, heading=len(made) > 1)
        for note in rendering.notes[: len(rendering.notes) - len(rendering.findings)]:
            out.warn(f"{rendering.stage}: {note}")
        for found in rendering.findings:
            out.warn(f"{rendering.stage}: {found.path}: {found.message}{f' → {found.hint}' if found.hint else ''}")


def _print_manifests(rendering: StageRendering, *, heading: bool) -> None:
    from freightlib.rendering.layouts import lay_out

    title = f"# freight: stage {rendering.stage}\n".encode() if heading else b""
    data = title + b"".join(lay_out(rendering.manifests, "file", stage=rendering.stage).values())
    if sys.stdout.isatty():
        sys.stdout.write(visible(data.decode("utf-8", "replace")))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
