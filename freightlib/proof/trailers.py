"""Checks that a commit's trailers say the same as its lock.

A promotion writes both. A squash merge may drop the trailers, or keep those of several promotions. So a commit without
trailers of this stage is not checked, and of several blocks one must agree with the lock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from freightlib.models import Finding, RenderLock
from freightlib.models.text import one_line
from freightlib.proof.rendered_commit import Audited
from freightlib.proof.rollback import rollback_words

# git merge --squash indents the messages that it gathers
_LINE: Final = re.compile(r"^[ \t]*(Freight-[A-Za-z]+): (.*)$", re.MULTILINE)
_FIRST: Final = "Freight-App"
_OVERRIDE: Final = "Freight-Override"  # missing: no rule was set aside
_ROLLBACK: Final = "Freight-Rollback"  # missing: it was a promotion


def trailer_findings(case: Audited) -> Iterator[Finding]:
    """Yield a finding for each trailer that differs from the lock."""
    lock = case.lock
    expected = _expected(lock)
    mine = [block for block in _blocks(case.seen.commit.message) if _about(block, lock)]
    wrong = [_differing(block, expected) for block in mine]
    if not wrong or [] in wrong:
        return
    for name in wrong[-1]:
        said, locked = mine[-1].get(name, []), expected.get(name, [])
        yield case.seen.lock_finding(
            "lock-trailers",
            f"the trailer {name} says {_words(said)}, the lock says {_words(locked)}",
            trailer=name,
            said=said,
            locked=locked,
        )


def _blocks(message: str) -> list[dict[str, list[str]]]:
    blocks: list[dict[str, list[str]]] = []
    for name, value in _LINE.findall(message):
        if name == _FIRST or not blocks:
            blocks.append({})
        blocks[-1].setdefault(name, []).append(value.strip())
    return blocks


def _about(block: dict[str, list[str]], lock: RenderLock) -> bool:
    return block.get(_FIRST) == [one_line(lock.app)] and block.get("Freight-Stage") == [one_line(lock.stage)]


def _expected(lock: RenderLock) -> dict[str, list[str]]:
    render = lock.render
    values = {
        "Freight-Tag": [lock.freight.tag],
        "Freight-Commit": [lock.freight.commit],
        "Freight-Snapshot": [lock.freight.snapshot],
        "Freight-Policy": [lock.policy.commit],
        "Freight-Renderer": [f"{render.renderer} {render.engine} {render.version}"],
        "Freight-Manifests": [lock.manifests],
        _OVERRIDE: list(lock.overrides),
        _ROLLBACK: list(rollback_words(lock)),
    }
    return {name: [one_line(text) for text in texts] for name, texts in values.items()}


def _differing(block: dict[str, list[str]], expected: dict[str, list[str]]) -> list[str]:
    absent: dict[str, list[str]] = {**expected, _OVERRIDE: [], _ROLLBACK: []}
    return [name for name, texts in expected.items() if block.get(name, absent[name]) != texts]


def _words(texts: list[str]) -> str:
    return ", ".join(texts) or "nothing"
