"""What a pull request says: what moved, the files, the lock's facts, links, and the commit's trailers.

Names of files, engines and repositories come from elsewhere: each stands on one line, in code spans.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from freightlib.models import RenderLock, Source
from freightlib.plugins.contracts import PullRequestText
from freightlib.promotion.messages import message, one_line, trailer_lines
from freightlib.promotion.result import Promotion
from freightlib.promotion.subject import Subject

#: More files than these are counted, not listed.
_MOST_FILES: Final = 100
_WORDS: Final = {"added": "added", "missing": "removed", "content": "changed", "mode": "changed mode"}


def pull_request_text(subject: Subject, promotion: Promotion, commit: str) -> PullRequestText:
    """The pull request for ``commit``, which proposes ``promotion``."""
    before = subject.held.lock
    parts = [
        f"{_does(promotion)} **{promotion.app}** **{promotion.stage}**. These are the rendered manifests: what is "
        "merged is what is deployed. To change them, change the package or the policy and promote again.",
        "\n".join(_moved(before, promotion.lock)),
        *(["The rendered branch had been changed by hand; this undoes that."] if promotion.edited else []),
        "\n".join(_files(promotion)),
        "\n".join(f"- note: {_code(note)}" for note in promotion.notes),
        "\n".join(_links(subject)),
        f"{trailer_lines(promotion.lock)}Freight-Proposal: {commit}\n",
    ]
    title = message(promotion).partition("\n")[0]
    body = "\n\n".join(part for part in parts if part)
    return PullRequestText(head=promotion.branch, base=promotion.base, title=title, body=body)


def _does(promotion: Promotion) -> str:
    return "Promotes" if promotion.lock.rollback is None else "Rolls back"


def _moved(before: RenderLock | None, after: RenderLock) -> Iterator[str]:
    yield "| | from | to |"
    yield "|---|---|---|"
    yield _row("freight", before.freight.tag if before else None, after.freight.tag)
    if before is None or before.policy.files != after.policy.files:
        yield _row("policy", before.policy.commit if before else None, after.policy.commit)
    else:
        yield f"| policy | {_code(after.policy.commit)} | the same files |"
    yield _row("renderer", _renderer(before) if before else None, _renderer(after))


def _row(name: str, before: str | None, after: str) -> str:
    same = before == after
    return f"| {name} | {_code(before) if before else 'nothing'} | {'the same' if same else _code(after)} |"


def _renderer(lock: RenderLock) -> str:
    return f"{lock.render.renderer} {lock.render.engine} {lock.render.version}"


def _files(promotion: Promotion) -> Iterator[str]:
    found = promotion.changes
    if not found:
        yield "No manifest changes: the stage held no lock."
        return
    yield f"{len(found)} manifest file{'' if len(found) == 1 else 's'} in {_code(promotion.path)}:"
    yield ""
    for change in found[:_MOST_FILES]:
        yield f"- {_WORDS.get(change.kind.value, 'changed')} {_code(change.path)}"
    if len(found) > _MOST_FILES:
        yield f"- and {len(found) - _MOST_FILES} more"


def _links(subject: Subject) -> Iterator[str]:
    """Where the source commit is to be seen, and what changed since the release before."""
    freight = subject.freight
    source = freight.source if freight is not None else None
    if freight is None or source is None:
        return
    where = _web(source)
    yield f"Source: {f'{where}/commit/{freight.revision}' if where else _code(source.repository)}"
    before = subject.held.lock
    if where and before is not None and before.freight.tag != freight.tag:
        since = before.freight.tag.removeprefix("git-")
        yield f"Since the release before: {where}/compare/{since}...{freight.revision}"


def _web(source: Source) -> str | None:
    address = source.repository
    if re.fullmatch(r"https://[\w.~%/:+-]+", address, re.ASCII) is None:
        return None
    return address.rstrip("/").removesuffix(".git")


def _code(text: str) -> str:
    return f"`{one_line(text).replace('`', ' ').replace('|', ' ')[:300]}`"
