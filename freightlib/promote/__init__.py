"""Promotes a release to stages: verify, render, lock, and commit on each stage's rendered branch, all or none.

    from freightlib import promote

    for promotion in promote("gitops", ["staging", "test"]):
        print(promotion.stage, promotion.outcome, promotion.tag, promotion.commit)

Stages are taken in pipeline order, upstream first; a stage takes only what its upstream stages hold, counting what the
same call gives them. All branches move together or none does.
"""

from freightlib.promote.landing import land
from freightlib.promote.verb import promote
from freightlib.promotion.messages import message
from freightlib.promotion.result import Outcome, Promotion

__all__ = ["Outcome", "Promotion", "land", "message", "promote"]
