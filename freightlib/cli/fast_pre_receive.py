"""The fast path for valid pushes: every push waits for this hook, so it does not load the whole command line.

Every other case (another option, a finding, an error) goes to the full command, which checks again and prints what is
wrong.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

from freightlib.errors import FreightError


def is_taken(options: Sequence[str]) -> bool:
    """Return True if the push on standard input is valid. If not, standard input can be read again."""
    given = dict(zip(options[::2], options[1::2], strict=False))
    if len(options) % 2 or not given.keys() <= {"--repo", "--branch", "--backend"}:
        return False
    from freightlib.proof.push import judge_push, moves

    text = sys.stdin.read()
    sys.stdin = io.StringIO(text)
    try:
        where = given.get("--repo", ".")
        report = judge_push(where, moves(text), branch=given.get("--branch"), backend=given.get("--backend"))
    except FreightError:
        return False
    return not report.findings
