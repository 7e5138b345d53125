"""A frozen release in the warehouse: its record and the ids of its trees."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from freightlib.models.freight import Freight

#: The directory that mirrors the newest release (or the one rolled back to).
CURRENT: Final = "current"
#: The record's file name inside a snapshot.
RECORD: Final = "freight.yaml"


@frozen
class Snapshot:
    """One snapshot directory at one commit of the GitOps repository.

    ``path`` is the directory in the repository, ``tree`` its tree id, ``payload`` the tree id of the payload
    directory inside it, ``commit`` the commit it was read from.
    """

    app: str
    path: str
    tree: str
    payload: str
    commit: str
    freight: Freight
