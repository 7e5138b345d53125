"""One release of a GitOps repository, with the marks that can be set on it: what ``GitOps.release`` returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import field, frozen

from freightlib.verbs.session import Session

if TYPE_CHECKING:
    from freightlib.models import Snapshot
    from freightlib.promotion.marking import Mark


@frozen
class GitOpsRelease:
    """One release, by ``tag``, or the one in ``current/`` (``None``).

    Nothing is read before a method is called, so an unknown release is an error only then. Each method that marks makes
    one commit, or none if the mark exists already: see ``freightlib.mark_verified`` and the other ``mark_`` functions.
    """

    tag: str | None
    _session: Session = field(repr=False)

    def snapshot(self) -> Snapshot:
        """Return the release in the warehouse, with its record. Raises UsageError, RecordError."""
        from freightlib.verbs.contents import release

        session = self._session
        with session.call():
            return release(session.repository, self.tag, session.app, session.branch)

    def block(self, reason: str | None = None) -> Mark:
        """Block the release: from now on no stage takes it."""
        from freightlib.verbs.mark import mark_blocked

        tag = self.tag or self.snapshot().freight.tag
        with self._session.call():
            (made,) = mark_blocked(self._session.repository, tag, reason=reason, **self._session.writing())
            return made

    def unblock(self, reason: str | None = None) -> Mark:
        """Remove the block."""
        from freightlib.verbs.mark import mark_unblocked

        tag = self.tag or self.snapshot().freight.tag
        with self._session.call():
            (made,) = mark_unblocked(self._session.repository, tag, reason=reason, **self._session.writing())
            return made

    def verified(self, stages: str | Sequence[str], *, reason: str | None = None) -> tuple[Mark, ...]:
        """Mark the release as working in ``stages``."""
        from freightlib.verbs.mark import mark_verified

        tag = self.tag or self.snapshot().freight.tag
        with self._session.call():
            return mark_verified(
                self._session.repository, stages, freight=tag, reason=reason, **self._session.writing()
            )

    def unverified(self, stages: str | Sequence[str], *, reason: str | None = None) -> tuple[Mark, ...]:
        """Remove the marks that ``verified`` set for ``stages``."""
        from freightlib.verbs.mark import mark_unverified

        tag = self.tag or self.snapshot().freight.tag
        with self._session.call():
            return mark_unverified(
                self._session.repository, stages, freight=tag, reason=reason, **self._session.writing()
            )

    def merged(self, environments: str | Sequence[str], *, reason: str | None = None) -> tuple[Mark, ...]:
        """Mark the release as merged for ``environments`` (legacy-gitflow layout)."""
        from freightlib.verbs.mark import mark_merged

        with self._session.call():
            return mark_merged(
                self._session.repository, environments, freight=self.tag, reason=reason, **self._session.writing()
            )

    def mark(self, paths: str | Sequence[str], *, reason: str | None = None) -> tuple[Mark, ...]:
        """Mark the release by files of your own, such as ``{marks}/approved/{tag}.yaml``."""
        from freightlib.verbs.mark import mark_path

        with self._session.call():
            return mark_path(
                self._session.repository, paths, freight=self.tag, reason=reason, **self._session.writing()
            )
