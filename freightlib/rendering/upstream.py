"""What stages hold, and since when: what the gates of the stages after them ask for.

>>> from freightlib.rendering.branch import Held
>>> from freightlib.rendering.branch import holds
>>> holds(Held("refs/heads/stage/test", "."), "git-abc", "0" * 40)
False
"""

from __future__ import annotations

from datetime import datetime

from freightlib.errors import RevisionError
from freightlib.git.contract import Repository
from freightlib.git.trees import find
from freightlib.rendering.branch import Held, held_if_readable, holds


def held_since(repository: Repository, held: Held, tag: str, snapshot: str) -> datetime | None:
    """Since when the release is held without a break: the committer's time of the commit that brought it there.

    Along first parents: a merged proposal counts from its merge. ``None`` when the release is not held. Where the
    history was cut short (a shallow clone), from where it begins.
    """
    if held.tip is None or not holds(held, tag, snapshot):
        return None
    commit, output = repository.read_commit(held.tip), held.output
    while commit.parents:
        try:
            parent = repository.read_commit(commit.parents[0])
        except RevisionError:
            break
        found = find(repository.read_tree, parent.tree, held.path)
        if found is None or found.id != output:
            before = held_if_readable(repository, held.ref, held.path, parent.id)
            if not holds(before, tag, snapshot):
                break
            output = before.output
        commit = parent
    return commit.committer.when
