"""Checks that ``current/`` is an exact mirror of the release that its record names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from freightlib.errors import CorruptObjectError
from freightlib.git.payload.size_limits import TooLargeError
from freightlib.git.trees import Entry
from freightlib.models import CURRENT, RECORD, Finding
from freightlib.models.findings.catalogue import finding
from freightlib.warehouse.verify.differences import difference_findings
from freightlib.warehouse.verify.snapshot import Scope, record_of, snapshot_findings, unreadable


def mirror_findings(scope: Scope, entries: Mapping[str, Entry]) -> Iterator[Finding]:
    """Yield what is wrong with ``current/``, given the entries of the warehouse.

    A broken mirror is reported by its differences from the release. Its own contents are checked only if the warehouse
    does not have that release.
    """
    current = entries[CURRENT]
    path = scope.path(CURRENT)
    try:
        found = {entry.name: entry for entry in scope.objects.read_tree(current.id)}
        record = record_of(scope, path, found)
    except CorruptObjectError as error:
        yield unreadable(path, error)
        return
    if isinstance(record, Finding):
        yield record
        return
    release = entries.get(record.tag)
    if release is None or not release.is_tree:
        yield finding(
            "current-unknown",
            f"{path}/{RECORD}",
            f"it names {record.tag}, which is not in the warehouse",
            tag=record.tag,
        )
        yield from snapshot_findings(scope, CURRENT, current.id)
    elif release.id != current.id:
        try:
            yield from difference_findings(
                "mirror", scope.objects.read_tree, release.id, current.id, prefix=path, original=f"{record.tag}/"
            )
        except TooLargeError as error:
            yield finding("payload-too-large", path, error.message)
        except CorruptObjectError as error:
            yield unreadable(path, error)
