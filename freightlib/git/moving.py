"""Moves refs for a verb, and reports it in the log and as progress."""

from __future__ import annotations

from collections.abc import Sequence

from freightlib.git.contract import RefUpdate, Repository
from freightlib.models.log import LOG
from freightlib.models.progress import report


def move_refs(repository: Repository, updates: Sequence[RefUpdate], reason: str) -> None:
    """Call ``Repository.move_refs``, and report the moved refs. Raises what ``move_refs`` raises."""
    report("move", 0, len(updates), reason)
    repository.move_refs(updates, reason=reason)
    for update in updates:
        LOG.info("%s: %s: %s → %s (%s)", repository.location, update.ref, update.old, update.new, reason)
    try:
        report("move", len(updates), len(updates), reason)
    except Exception:  # noqa: BLE001 (the refs have moved: an error of the callback must not hide that)
        LOG.exception("the progress callback failed")
