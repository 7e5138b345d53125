"""The way of a push that nothing is wrong with: every push waits for it, so it is spared the rest of the command line.

Anything else goes the long way, which looks again and says what is wrong: another option, a finding, an error.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

from freightlib.errors import FreightError


def is_taken(options: Sequence[str]) -> bool:
    """Whether the push on standard input may be taken, in silence; if not, standard input can be read again."""
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
