"""The commit message of a promotion."""

from __future__ import annotations

from freightlib.models import ROLLBACK_EXACT, RenderLock
from freightlib.promotion.result import Outcome, Promotion
from freightlib.proof.rollback import rollback_words


def message(promotion: Promotion) -> str:
    """The commit message of a promotion: what moved, and the lock's facts as trailers."""
    lock = promotion.lock
    subject = f"Promote {promotion.app} {promotion.stage} to {promotion.tag}"
    if "policy" in promotion.moved and "freight" not in promotion.moved:
        subject = f"Policy moved for {promotion.app} {promotion.stage}: {promotion.tag} stays"
    if promotion.outcome is Outcome.RECORDED:
        subject = f"Record {promotion.tag} for {promotion.app} {promotion.stage}: manifests unchanged"
    if lock.rollback is not None:
        kind = "as it was" if lock.rollback.kind == ROLLBACK_EXACT else "with today's policy"
        subject = f"Roll {promotion.app} {promotion.stage} back to {promotion.tag}, {kind}"
    counts = {
        kind: sum(change.kind == kind for change in promotion.changes) for kind in ("added", "content", "missing")
    }
    body = f"{counts['content']} changed, {counts['added']} added, {counts['missing']} removed\n\n"
    return f"{subject}\n\n{body}" + trailer_lines(lock)


def trailer_lines(lock: RenderLock) -> str:
    """The lock's facts as git trailers, one a line."""
    trailers = [
        ("Freight-App", lock.app),
        ("Freight-Stage", lock.stage),
        ("Freight-Tag", lock.freight.tag),
        ("Freight-Commit", lock.freight.commit),
        ("Freight-Snapshot", lock.freight.snapshot),
        ("Freight-Policy", lock.policy.commit),
        ("Freight-Renderer", f"{lock.render.renderer} {lock.render.engine} {lock.render.version}"),
        ("Freight-Manifests", lock.manifests),
        *(("Freight-Override", override) for override in lock.overrides),
        *(("Freight-Rollback", words) for words in rollback_words(lock)),
    ]
    return "".join(f"{name}: {one_line(value)}\n" for name, value in trailers)


def one_line(value: str) -> str:
    """Text from elsewhere, on one line."""
    # a branch's lock and a plugin's version are data from elsewhere: a line break would forge a trailer
    return " ".join("".join(char if char.isprintable() else " " for char in value).split())
