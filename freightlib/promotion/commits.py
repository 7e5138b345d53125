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
    """Builds the commits of one call; stages that share a branch get one commit each, one after the other.

    ``before`` are the branch tips that the candidates were read from. A branch that moves after that is a conflict,
    also if it moves while stages are rendered.
    """

    repository: Repository
    author: Identity
    before: dict[str, str | None]
    tips: dict[str, str | None] = field(default=Factory(lambda self: dict(self.before), takes_self=True))

    def tip(self, ref: str) -> str | None:
        """Return the branch's tip, with the commits of this call; ``None`` if the branch does not exist yet."""
        if ref not in self.tips:
            self.before[ref] = self.tips[ref] = self.repository.ref(ref)
        return self.tips[ref]

    def commit(self, ref: str, parent: str | None, tree: str, message: str) -> str:
        """Write a commit of ``tree`` for the branch; the ref moves later, together with all others."""
        self.tip(ref)
        made = self.repository.write_commit(tree, (parent,) if parent else (), message, self.author)
        self.tips[ref] = made
        return made

    def delete(self, ref: str) -> None:
        """Delete the branch when the other refs move."""
        if self.tip(ref) is not None:
            self.tips[ref] = None

    def updates(self) -> list[RefUpdate]:
        """Return the ref updates from the tips in ``before`` to the new commits."""
        return [RefUpdate(ref, self.before[ref], tip) for ref, tip in self.tips.items() if tip != self.before[ref]]


def message(promotion: Promotion) -> str:
    """Return the commit message of a promotion: what changed, and the lock's facts as trailers."""
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
    """Return the lock's facts as git trailers, one per line."""
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
