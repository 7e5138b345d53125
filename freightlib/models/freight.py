"""The release record: what was released, from which commit, with which image.

>>> from datetime import datetime, timezone
>>> from freightlib.models.freight import Freight, Image
>>> freight = Freight(
...     revision="0cc4cd87f40ae606d1822d5652b552f8c50a4668",
...     image=Image.parse("ghcr.io/example/shop:v1@sha256:" + "a" * 64),
...     package_type="helm",
...     created_at=datetime(2026, 3, 22, 12, 34, 56, tzinfo=timezone.utc),
... )
>>> freight.tag
'git-0cc4cd87f40ae606d1822d5652b552f8c50a4668'
>>> freight.image.name, freight.image.tag
('ghcr.io/example/shop', 'v1')
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from attrs import field, frozen

from freightlib.errors import RecordError

#: Package type -> the payload's directory inside a snapshot (the freight contract).
PACKAGE_DIRECTORIES: Final[Mapping[str, str]] = MappingProxyType(
    {"helm": "helm", "kustomize": "kustomize", "plain": "manifests"}
)

SCHEMA_VERSION: Final = "v1"
#: The pattern of a full commit id, SHA-1 or SHA-256, and that of an image digest.
FULL_ID: Final = r"[0-9a-f]{40}([0-9a-f]{24})?"
DIGEST: Final = r"sha256:[0-9a-f]{64}"
_FULL_ID: Final = re.compile(FULL_ID)
_DIGEST: Final = re.compile(DIGEST)
# The grammar of distribution/reference: host[:port]/path[:tag], without a digest.
_COMPONENT: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST: Final = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?"
_IMAGE_REF: Final = re.compile(
    rf"(?P<name>(?:{_HOST}/)?{_COMPONENT}(?:/{_COMPONENT})*)(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}))?"
)


def is_full_id(text: str) -> bool:
    """Return whether ``text`` is a full object id: 40 lower-case hex digits (SHA-1) or 64 (SHA-256)."""
    return _FULL_ID.fullmatch(text) is not None


def tag_of(revision: str) -> str:
    """Return the tag, and directory name, of the release of ``revision`` (a full commit id)."""
    return f"git-{revision}"


def revision_of(tag: str) -> str | None:
    """Return the full commit id that ``tag`` names, or ``None`` when it is not ``git-<full id>``."""
    revision = tag.removeprefix("git-")
    return revision if tag.startswith("git-") and is_full_id(revision) else None


@frozen
class Image:
    """The container image of a release.

    ``ref`` is ``[host[:port]/]path[:tag]``; ``digest`` is ``sha256:<64 hex>``.
    Raises RecordError when either is not of that form.
    """

    ref: str = field()
    digest: str = field()

    @ref.validator
    def _check_ref(self, _: Any, value: str) -> None:
        if len(value) > 512 or _IMAGE_REF.fullmatch(value) is None:
            raise RecordError(
                f"{value[:80]!r} is not an image reference",
                hint="write it as registry/name:tag, in lower case, without a digest",
                path="image.ref",
            )

    @digest.validator
    def _check_digest(self, _: Any, value: str) -> None:
        if _DIGEST.fullmatch(value) is None:
            raise RecordError(
                f"{value[:80]!r} is not an image digest",
                hint="write it as sha256: and 64 lower-case hex digits",
                path="image.digest",
            )

    @classmethod
    def parse(cls, text: str) -> Image:
        """Read ``ref@digest``. Raises RecordError when there is no digest or either part is malformed."""
        ref, at, digest = text.partition("@")
        if not at:
            raise RecordError(
                f"the image {text[:120]!r} has no digest",
                hint="pin it: registry/name:tag@sha256:<64 hex digits> (a tag alone can be moved later)",
                path="image.digest",
            )
        return cls(ref=ref, digest=digest)

    @property
    def pinned(self) -> str:
        """``ref@digest``, which always names the same image."""
        return f"{self.ref}@{self.digest}"

    @property
    def name(self) -> str:
        """The reference without its tag."""
        return self.ref.removesuffix(f":{self.tag}") if self.tag else self.ref

    @property
    def tag(self) -> str:
        """The reference's tag, or the empty string."""
        match = _IMAGE_REF.fullmatch(self.ref)
        return (match["tag"] or "") if match else ""


@frozen
class Source:
    """The source of a package copy. With it, the copy can be compared with the source.

    ``repository`` is the source's address without credentials, ``path`` the package's directory in it,
    ``tree`` the git tree id of that path at the record's revision.
    """

    repository: str
    path: str
    tree: str = field()

    @tree.validator
    def _check_tree(self, _: Any, value: str) -> None:
        if not is_full_id(value):
            raise RecordError(
                f"{value[:80]!r} is not a tree id", hint="write all 40 (or 64) hex digits", path="source.tree"
            )


@frozen
class Freight:
    """The record of one release (``freight.yaml``).

    ``revision`` is the full source commit id. ``created_at`` is an aware datetime in whole seconds.
    ``unknown`` holds the keys of the record that this version does not know: they are reported, never dropped.
    Raises RecordError for a short id, an unknown package type or a naive time.
    """

    revision: str = field()
    image: Image
    package_type: str = field()
    created_at: datetime = field()
    source: Source | None = None
    schema_version: str = SCHEMA_VERSION
    unknown: Mapping[str, Any] = field(factory=dict, hash=False)

    @revision.validator
    def _check_revision(self, _: Any, value: str) -> None:
        if not is_full_id(value):
            raise RecordError(
                f"revision {value[:80]!r} is not a full commit id",
                hint="write all 40 (or 64) lower-case hex digits",
                path="revision",
            )

    @package_type.validator
    def _check_type(self, _: Any, value: str) -> None:
        if value not in PACKAGE_DIRECTORIES:
            raise RecordError(
                f"package type {value[:80]!r} is not known",
                hint=f"use one of: {', '.join(PACKAGE_DIRECTORIES)}",
                path="packageType",
            )

    @created_at.validator
    def _check_time(self, _: Any, value: datetime) -> None:
        if value.tzinfo is None or value.microsecond:
            raise RecordError(
                f"createdAt {value.isoformat()} has no time zone or has fractions of a second",
                hint="write it as 2026-03-22T12:34:56Z",
                path="createdAt",
            )
        object.__setattr__(self, "created_at", value.astimezone(UTC))

    @property
    def tag(self) -> str:
        """``git-<revision>``: the release's name and its directory in the warehouse."""
        return tag_of(self.revision)

    @property
    def payload_directory(self) -> str:
        """The payload's directory inside the snapshot, by package type."""
        return PACKAGE_DIRECTORIES[self.package_type]
