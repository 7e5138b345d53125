"""Checks one snapshot: its record, its entries, its payload."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from attrs import frozen

from freightlib.documents import read_record
from freightlib.errors import CorruptObjectError, RecordError
from freightlib.git.payload.memo import Memo, Objects
from freightlib.git.payload.size_limits import TooLargeError
from freightlib.git.trees import Entry, Mode, Tree, join
from freightlib.models import CURRENT, PACKAGE_DIRECTORIES, RECORD, App, Finding, Freight, Snapshot
from freightlib.models.findings.catalogue import finding
from freightlib.warehouse.verify.literal import SourceProof
from freightlib.warehouse.verify.payload import payload_findings
from freightlib.warehouse.verify.plugins import plugin_findings

# ``Freight.unknown`` holds the unknown keys inside these keys under the same name
_NESTED: Final = ("image", "source")
_RECORDS: Final[Memo[Freight]] = Memo(20_000)


@frozen
class Scope:
    """The context of the checks of one app: the reader of objects, the warehouse's path, the commit, and the source."""

    objects: Objects
    app: App
    warehouse: str
    commit: str = ""
    proof: SourceProof | None = None

    def path(self, name: str) -> str:
        """Return the path of an entry of the warehouse."""
        return f"{self.warehouse}/{name}" if self.warehouse else name


def record_of(scope: Scope, path: str, entries: dict[str, Entry]) -> Freight | Finding:
    """Return the record of the snapshot at ``path``, or a finding if it has no valid record."""
    place = f"{path}/{RECORD}"
    found = entries.get(RECORD)
    if found is None:
        return finding("record-missing", place, f"the snapshot has no {RECORD}")
    if found.is_tree or found.mode in (Mode.SYMLINK, Mode.SUBMODULE):
        return finding("record-missing", place, f"{RECORD} is not a regular file (mode {found.mode:06o})")
    known = _RECORDS.get(found.id)
    if known is not None:
        return known
    try:
        return _RECORDS.put(found.id, read_record(scope.objects.read_blob(found.id), document=place))
    except RecordError as error:
        return finding("record-invalid", place, error.message, hint=error.hint, **error.data)


def snapshot_findings(scope: Scope, name: str, tree: str) -> Iterator[Finding]:
    """Yield everything wrong with the snapshot ``name`` (a tag or ``current``). ``tree`` is its tree id.

    An unreadable object is a finding too, so that one damaged snapshot does not stop the check of the others.
    """
    path = scope.path(name)
    try:
        yield from _findings(scope, name, path, tree)
    except TooLargeError as error:
        yield finding("payload-too-large", path, error.message)
    except CorruptObjectError as error:
        yield unreadable(path, error)


def unreadable(path: str, error: CorruptObjectError) -> Finding:
    """Return the finding for a damaged object found while checking ``path``."""
    return finding("unreadable", path, error.message, hint=error.hint, **error.data)


def _findings(scope: Scope, name: str, path: str, tree: str) -> Iterator[Finding]:
    listed = scope.objects.read_tree(tree)
    yield from duplicates(path, listed)
    entries = {entry.name: entry for entry in listed}
    record = record_of(scope, path, entries)
    if isinstance(record, Finding):
        yield record
        yield from _extras(path, entries, set(PACKAGE_DIRECTORIES.values()))
        return
    if name not in (record.tag, CURRENT):
        message = f"the record is for {record.tag}, but the directory is {name}"
        yield finding("record-tag", f"{path}/{RECORD}", message, tag=record.tag)
    for key in _unknown(record):
        yield finding("record-unknown-key", f"{path}/{RECORD}", f"the key {key!r} is not known", key=key)
    yield from _extras(path, entries, {record.payload_directory})
    payload = entries.get(record.payload_directory)
    if payload is None or not payload.is_tree:
        yield _no_payload(path, record, payload, entries)
        return
    yield from _payload(scope, path, tree, record, payload.id)


def _unknown(record: Freight) -> Iterator[str]:
    for key, value in record.unknown.items():
        if key in _NESTED and isinstance(value, Mapping):
            yield from (f"{key}.{below}" for below in value)
        else:
            yield key


def duplicates(path: str, entries: Tree) -> Iterator[Finding]:
    """Yield a finding for each duplicate name in the directory at ``path``. Tools would read different entries."""
    names = Counter(entry.name for entry in entries)
    for name, count in names.items():
        if count > 1:
            yield finding("name-collision", join(path, name), f"{name!r} appears {count} times in its directory")


def _extras(path: str, entries: dict[str, Entry], payloads: set[str]) -> Iterator[Finding]:
    for name in entries:
        if name != RECORD and name not in payloads:
            yield finding("snapshot-extra", f"{path}/{name}", f"only {RECORD} and the payload belong in a snapshot")


def _no_payload(path: str, record: Freight, payload: Entry | None, entries: dict[str, Entry]) -> Finding:
    place = f"{path}/{record.payload_directory}"
    said = f"packageType is {record.package_type}"
    if payload is not None:
        return finding("payload-missing", place, f"{said}, but this is not a directory (mode {payload.mode:06o})")
    others = [name for name in PACKAGE_DIRECTORIES.values() if name in entries]
    held = f"; the snapshot holds {others[0]}/" if others else ""
    return finding("payload-missing", place, f"{said}, but this directory is missing{held}")


def _payload(scope: Scope, path: str, tree: str, record: Freight, payload: str) -> Iterator[Finding]:
    place = f"{path}/{record.payload_directory}"
    yield from payload_findings(scope.objects, payload, record.package_type, place)
    if record.source is not None and record.source.tree != payload:
        yield finding(
            "record-source-tree",
            place,
            f"its tree id is {payload}, but the record says that {record.source.tree} was frozen",
            recorded=record.source.tree,
            found=payload,
        )
    if scope.proof is not None:
        yield from scope.proof.findings(scope.objects, scope.app, record, payload, place)
    yield from plugin_findings(scope.objects, Snapshot(scope.app.name, path, tree, payload, scope.commit, record))
