r"""Reads and writes ``freight.yaml``, the release record.

>>> from freightlib.documents.freight import read_record
>>> read_record(b"schemaVersion: v2\n")  # doctest: +ELLIPSIS
Traceback (most recent call last):
...
freightlib.errors.RecordError: freight.yaml:1: revision: is missing
add the key (4 more: freight.yaml:1: tag: is missing; ...)
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from attrs import fields

from freightlib.documents import kubeyaml
from freightlib.documents.emit import PLAIN, emit
from freightlib.documents.problems import Problems, resolve
from freightlib.documents.shapes import ImageShape, RecordShape, SourceShape, wire_name
from freightlib.documents.structure import kind_of, structure
from freightlib.errors import RecordError
from freightlib.models import RECORD, Freight, Image, Source
from freightlib.models.freight import PACKAGE_DIRECTORIES, tag_of

# the form in which write_record writes nearly every record: matching it is fifty times faster than reading YAML
_TEXT: Final = f"(?!(?:null)\n)({PLAIN})"
_CANONICAL: Final = re.compile(
    r"schemaVersion: v1\n"
    r"revision: ([0-9a-f]{40}(?:[0-9a-f]{24})?)\n"
    r"tag: git-\1\n"
    rf"image:\n  ref: {_TEXT}\n  digest: (sha256:[0-9a-f]{{64}})\n"
    rf"packageType: ({'|'.join(PACKAGE_DIRECTORIES)})\n"
    r"createdAt: ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)\n"
    rf"(?:source:\n  repository: {_TEXT}\n  path: {_TEXT}\n  tree: ([0-9a-f]{{40}}(?:[0-9a-f]{{24}})?)\n)?"
)
_USUAL: Final = 4096  # bytes
_NESTED: Final[dict[str, type]] = {"image": ImageShape, "source": SourceShape}


def read_record(data: bytes, *, document: str = RECORD) -> Freight:
    """Parse a record. ``document`` is the name of the file in messages.

    Keys that this version does not know are kept in ``Freight.unknown`` (unknown keys inside ``image`` and ``source``
    under ``image`` and ``source``). Raises RecordError, which names every missing or wrong key with its line.
    """
    return _canonical(data) or _read(data, document)


def _canonical(data: bytes) -> Freight | None:
    """Return the record if it is valid and has the canonical form, else ``None``."""
    if len(data) > _USUAL:
        return None
    try:
        match = _CANONICAL.fullmatch(data.decode("ascii"))
        if match is None:
            return None
        revision, ref, digest, package_type, created, repository, path, tree = match.groups()
        return Freight(
            revision=revision,
            image=Image(ref, digest),
            package_type=package_type,
            created_at=datetime.fromisoformat(created),
            source=Source(repository, path, tree) if tree else None,
        )
    except (ValueError, RecordError):  # _read reports what is wrong, with its line
        return None


def _read(data: bytes, document: str) -> Freight:
    tree = kubeyaml.load(data, document=document, text=True, error=RecordError)
    problems = Problems(document, tree, RecordError)
    if not isinstance(tree, dict):
        problems.add((), f"expected a mapping, not {kind_of(tree)}", "write the record's keys")
        problems.throw()
    known, unknown = _parted(tree, RecordShape)
    for name, shape in _NESTED.items():
        if isinstance(known.get(name), dict):
            known[name], below = _parted(known[name], shape)
            if below:
                unknown[name] = below
    shaped = structure(problems, known, RecordShape)
    if shaped is None:
        problems.throw()
    return _freight(shaped, problems, resolve(unknown, floats=True))


def _parted(tree: dict[str, Any], shape: type) -> tuple[dict[str, Any], dict[str, Any]]:
    names = {wire_name(attribute.name) for attribute in fields(shape)}
    return {k: v for k, v in tree.items() if k in names}, {k: v for k, v in tree.items() if k not in names}


def _freight(shaped: RecordShape, problems: Problems, unknown: dict[str, Any]) -> Freight:
    if shaped.tag != tag_of(shaped.revision):
        problems.add(("tag",), f"is not git- and the revision {shaped.revision}", "write the tag of this revision")
    created = datetime.min
    try:
        created = datetime.fromisoformat(shaped.created_at.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        problems.add(("createdAt",), f"{shaped.created_at!r} is not a time", "write it as 2026-03-22T12:34:56Z")
    problems.stop()
    source = shaped.source
    try:
        return Freight(
            revision=shaped.revision,
            image=Image(shaped.image.ref, shaped.image.digest),
            package_type=shaped.package_type,
            created_at=created,
            source=Source(source.repository, source.path, source.tree) if source else None,
            schema_version=shaped.schema_version,
            unknown=unknown,
        )
    except RecordError as error:
        problems.add(tuple(str(error.data.get("path", "")).split(".")), error.message, error.hint)
        problems.throw()


def write_record(freight: Freight) -> bytes:
    """Return the record in its canonical form: equal records give equal bytes."""
    unknown = dict(freight.unknown)
    values: dict[str, Any] = {
        "schemaVersion": freight.schema_version,
        "revision": freight.revision,
        "tag": freight.tag,
        "image": {"ref": freight.image.ref, "digest": freight.image.digest, **_sorted(unknown.pop("image", {}))},
        "packageType": freight.package_type,
        "createdAt": _TIME,
    }
    if freight.source is not None:
        source = freight.source
        values["source"] = {
            "repository": source.repository,
            "path": source.path,
            "tree": source.tree,
            **_sorted(unknown.pop("source", {})),
        }
    text = emit({**values, **_sorted(unknown)})
    # emit would quote a time, and records have times without quotes
    time = freight.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
    return text.replace(f"\ncreatedAt: {_TIME}\n", f"\ncreatedAt: {time}\n", 1).encode("utf-8")


_TIME: Final = "TIME"


def _sorted(values: Any) -> Any:
    if isinstance(values, dict):
        return {name: _sorted(values[name]) for name in sorted(values)}
    return [_sorted(value) for value in values] if isinstance(values, (list, tuple)) else values
