"""Builds the commits of one call, and the output that a stage's commit holds."""

from __future__ import annotations

from attrs import Factory, field, mutable

from freightlib.git.contract import Identity, RefUpdate, Repository
from freightlib.models import ROLLBACK_EXACT, RenderLock
from freightlib.models.text import one_line
from freightlib.promotion.result import Outcome, Promotion
from freightlib.proof.rollback import rollback_words


@mutable
class Writer:
    """Builds the commits of one call; several stages on one branch are commits one after the other.

    ``before`` are the tips that the candidates were judged by: a branch that moved since then is a conflict, however
    long the rendering took.
    """

    repository: Repository
    author: Identity
    before: dict[str, str | None]
    tips: dict[str, str | None] = field(default=Factory(lambda self: dict(self.before), takes_self=True))

    def tip(self, ref: str) -> str | None:
        """The branch's tip with what this call committed on it, or ``None``: there is no such branch yet."""
        if ref not in self.tips:
            self.before[ref] = self.tips[ref] = self.repository.ref(ref)
        return self.tips[ref]

    def commit(self, ref: str, parent: str | None, tree: str, message: str) -> str:
        """Commit ``tree`` on the branch; the ref itself moves with all the others."""
        self.tip(ref)
        made = self.repository.write_commit(tree, (parent,) if parent else (), message, self.author)
        self.tips[ref] = made
        return made

    def delete(self, ref: str) -> None:
        """Delete the branch, with all the other moves."""
        if self.tip(ref) is not None:
            self.tips[ref] = None

    def updates(self) -> list[RefUpdate]:
        """The moves from the tips that were judged to what was committed."""
        return [RefUpdate(ref, self.before[ref], tip) for ref, tip in self.tips.items() if tip != self.before[ref]]


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
