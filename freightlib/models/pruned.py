"""The list of releases that ``freight prune`` removed from a warehouse. Checks of the history need it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from freightlib.errors import RecordError
from freightlib.models.freight import is_full_id, revision_of

#: The list's file name in the warehouse, next to the snapshots.
PRUNED: Final = "pruned.yaml"


@frozen
class PrunedRelease:
    """A release that was published and later removed: its ``tag``, and the ``tree`` id its snapshot had.

    Raises RecordError for an invalid tag or tree id.
    """

    tag: str
    tree: str

    def __attrs_post_init__(self) -> None:
        if revision_of(self.tag) is None or not is_full_id(self.tree):
            raise RecordError(
                f"{self.tag[:80]!r} with the tree {self.tree[:80]!r} is no pruned release",
                hint="write tag: git-<full commit id> and tree: <full tree id>",
                path="pruned",
            )


@frozen
class Pruned:
    """The list of pruned releases. Entries are only added, never removed."""

    releases: tuple[PrunedRelease, ...] = field(default=(), converter=tuple[PrunedRelease, ...])

    @property
    def trees(self) -> Mapping[str, str]:
        """The tree id that each snapshot had, by tag."""
        return {release.tag: release.tree for release in self.releases}
