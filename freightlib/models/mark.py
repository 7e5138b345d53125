"""A marker: what somebody said of a release, kept as a small file on the GitOps branch.

>>> from freightlib.models.mark import Marker
>>> Marker("merged", revision="0" * 40, tag="git-" + "0" * 40).by is None
True
"""

from __future__ import annotations

from datetime import datetime

from attrs import frozen


@frozen
class Marker:
    """A marker of the ``kind`` (``verified``, ``blocked``, ``merged``, ``marked``) for one release.

    ``when`` is an aware datetime in whole seconds, ``by`` who set it, ``reason`` why. Any of the release's ``revision``
    and ``tag`` may be missing in a file that somebody else wrote: then its path alone names the release.
    """

    kind: str
    revision: str | None = None
    tag: str | None = None
    when: datetime | None = None
    by: str | None = None
    reason: str | None = None
