"""Prints the results of ``freight promote --explain`` and ``--auto``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from freightlib.cli.documents import promotion_document
from freightlib.cli.output import Printer, count, plain, short
from freightlib.cli.style import Style

if TYPE_CHECKING:
    from freightlib.promotion.auto import AutoStep
    from freightlib.promotion.gatekeeper import Admission, GateVerdict

_STYLES: Final = {
    "freight": Style.GOOD,
    "policy": Style.GOOD,
    "settled": Style.DIM,
    "manual": Style.DIM,
    "blocked": Style.WARN,
    "failed": Style.BAD,
}
_WORDS: Final = {"freight": "promoted", "policy": "policy", "settled": "settled", "manual": "by hand"}
_WOULD: Final = {**_WORDS, "freight": "would be promoted", "policy": "would get policy"}


def admission_document(admission: Admission) -> dict[str, Any]:
    """Convert the answers of a stage's gates to a JSON document."""
    return {
        "app": admission.app,
        "stage": admission.stage,
        "tag": admission.tag,
        "held": admission.held,
        "policyOnly": admission.policy_only,
        "passed": admission.passed,
        "until": plain(admission.until),
        "gates": plain(admission.gates),
    }


def step_document(step: AutoStep) -> dict[str, Any]:
    """Convert one step of ``--auto`` to a JSON document."""
    error = step.error
    return {
        "app": step.app,
        "stage": step.stage,
        "result": step.result.value,
        "why": step.why,
        "tag": step.tag,
        "gates": plain(step.admission.gates) if step.admission else [],
        "promotion": promotion_document(step.promotion, text=False) if step.promotion else None,
        "error": {"code": error.code, "message": error.message, "hint": error.hint} if error else None,
    }


def print_admissions(out: Printer, admissions: Sequence[Admission]) -> None:
    """Print every stage, and its gates one per line."""
    width = max((len(gate.gate) for one in admissions for gate in one.gates), default=0)
    for one in admissions:
        may = (
            out.styled("may take", Style.GOOD)
            if one.passed
            else out.styled("never takes" if any(gate.final for gate in one.blocking) else "may not take", Style.WARN)
        )
        what = (
            f"{short(one.tag)}, which it holds already: only policy can change" if one.policy_only else short(one.tag)
        )
        out.line(f"{out.styled(one.stage, Style.BOLD)} {may} {what}")
        for gate in one.gates:
            _print_gate(out, gate, width)


def _print_gate(out: Printer, gate: GateVerdict, width: int) -> None:
    mark = out.styled("passes", Style.GOOD) if gate.passed else out.styled("blocks", Style.BAD)
    out.line(f"  {mark}  {out.styled(gate.gate.ljust(width), Style.NAME)}  {out.styled(gate.message, Style.PLAIN)}")
    if gate.hint and not gate.passed:
        out.remark(f"          {' ' * width}{out.styled(gate.hint, Style.PLAIN)}")


def print_steps(out: Printer, steps: Sequence[AutoStep], *, dry_run: bool) -> None:
    """Print the result of each stage, and a last line that says whether anything moved."""
    width = max((len(step.stage) for step in steps), default=0)
    words = _WOULD if dry_run else _WORDS
    for step in steps:
        stage = out.styled(step.stage.ljust(width), Style.BOLD)
        result = (
            step.promotion.outcome.value if step.promotion and step.result.value == "freight" else step.result.value
        )
        word = out.styled(words.get(result, result), _STYLES[step.result.value])
        where = f"{short(step.tag)} on {step.promotion.branch}: " if step.promotion else ""
        out.line(f"{stage}  {word}  {out.styled(f'{where}{step.why}', Style.PLAIN)}")
    moved = sum(step.result.value in ("freight", "policy") for step in steps)
    if not any(step.result.value != "manual" for step in steps):
        out.remark("nothing can move automatically: no stage has auto: true")
    elif not moved:
        out.remark("nothing moved")
    else:
        out.remark(f"{count(moved, 'stage')} {'would move' if dry_run else 'moved'}")
