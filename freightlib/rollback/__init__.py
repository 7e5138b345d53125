"""Puts a release back that a stage held before, in one of two kinds that must be named.

    from freightlib import rollback

    for done in rollback("gitops", ["production"], to="git-<full commit id>", kind="exact"):
        print(done.stage, done.outcome, done.lock.rollback)

``exact`` puts the very bytes back that were deployed then, with the lock of then; ``current-policy`` renders that
release with the policy of today. Either is recorded in the lock, and proposed where the stage is reviewed. Gates are
not asked: the stage held that release before.
"""

from freightlib.promotion.rollback_kinds import RollbackKind, held_back
from freightlib.rollback.verb import rollback

__all__ = ["RollbackKind", "held_back", "rollback"]
