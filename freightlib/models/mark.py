"""A marker: a statement about a release (verified, blocked, …), kept as a small file on the GitOps branch."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen


@frozen
class Marker:
    """A marker of the ``kind`` (``verified``, ``blocked``, ``merged``, ``marked``) for one release.

    ``when`` is an aware datetime in whole seconds, ``by`` names who set the marker, ``reason`` says why. A file that
    another tool wrote may lack ``revision`` and ``tag``; then its path names the release.
    """

    kind: str
    revision: str | None = None
    tag: str | None = None
    when: datetime | None = None
    by: str | None = None
    reason: str | None = None
