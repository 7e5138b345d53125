"""Takes old releases out of a warehouse, by an ordinary commit that lists them in ``pruned.yaml``.

    from datetime import timedelta

    from freightlib import prune

    pruning = prune("gitops", keep=20, older_than=timedelta(days=90))
    for release in pruning.removed:
        print("would go:", release.tag)
    for release in pruning.kept:
        print("stays:", release.tag, *release.reasons)

Nothing is removed unless it is asked for with ``dry_run=False``. What any stage, open proposal or rollback window
refers to stays, whatever the rules say.
"""

from freightlib.prune.verb import Pruning, prune
from freightlib.warehouse.retention import Release, choose

__all__ = ["Pruning", "Release", "choose", "prune"]
