"""One stage of a GitOps repository, with everything that can be done to it: what ``GitOps.stage`` returns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from attrs import field, frozen

from freightlib.verbs.session import Session

if TYPE_CHECKING:
    from freightlib.models import Manifest
    from freightlib.promotion.gatekeeper import Admission
    from freightlib.promotion.marking import Mark
    from freightlib.promotion.result import Promotion
    from freightlib.rendering.changes import FileChange
    from freightlib.rendering.run import StageRendering
    from freightlib.verbs.attest import Attestation
    from freightlib.verbs.log import PastPromotion


@frozen
class GitOpsStage:
    """One stage, by ``name``. Nothing is read before a method is called, so an unknown stage is an error only then."""

    name: str
    _session: Session = field(repr=False)

    def render(
        self, *, freight: str | None = None, policy: str | None = None, check_deterministic: bool = False
    ) -> StageRendering:
        """Render the stage in memory: see ``freightlib.render``."""
        from freightlib.verbs.render import render

        with self._session.call():
            return render(
                self._session.repository,
                self.name,
                freight=freight,
                policy=policy,
                check_deterministic=check_deterministic,
                **self._session.rendering(),
            )

    def diff(self, *, freight: str | None = None, policy: str | None = None) -> tuple[FileChange, ...]:
        """Return what a promotion would change in the manifests now: see ``freightlib.diff``."""
        from freightlib.verbs.diff import diff

        with self._session.call():
            return diff(
                self._session.repository,
                self.name,
                freight=freight,
                policy=policy,
                **self._session.rendering(),
            )

    def explain(self, *, freight: str | None = None) -> Admission:
        """Return what each gate answers for a release: see ``freightlib.explain``."""
        from freightlib.verbs.explain import explain

        with self._session.call():
            (found,) = explain(self._session.repository, self.name, freight=freight, **self._session.when())
            return found

    def history(self) -> Iterator[PastPromotion]:
        """Iterate over what the stage held, newest first; the history is read on demand: see ``freightlib.log``."""
        from freightlib.verbs.log import log

        with self._session.call():
            return log(self._session.repository, self.name, **self._session.where())

    def manifests(self) -> tuple[Manifest, ...]:
        """Return the manifests that the rendered branch holds now: see ``GitOps.manifests``."""
        from freightlib.verbs.contents import manifests

        session = self._session
        with session.call():
            return manifests(session.repository, self.name, session.app, session.branch)

    def promote(
        self,
        *,
        freight: str | None = None,
        policy: str | None = None,
        force: bool = False,
        check_deterministic: bool = False,
    ) -> Promotion:
        """Promote a release to this stage alone: see ``freightlib.promote``."""
        from freightlib.verbs.promote import promote

        with self._session.call():
            (made,) = promote(
                self._session.repository,
                self.name,
                freight=freight,
                policy=policy,
                force=force,
                check_deterministic=check_deterministic,
                **self._session.promoting(),
            )
            return made

    def land(self, *, approved: str | None = None) -> Promotion:
        """Put the approved proposal onto the rendered branch: see ``freightlib.land``."""
        from freightlib.verbs.land import land

        with self._session.call():
            return land(self._session.repository, self.name, approved=approved, **self._session.promoting())

    def rollback(self, to: str, *, exact: bool, commit: str | None = None) -> Promotion:
        """Put the release ``to`` back, exactly as it was or with today's policy: see ``freightlib.rollback``."""
        from freightlib.verbs.rollback import rollback

        with self._session.call():
            (made,) = rollback(
                self._session.repository,
                self.name,
                to=to,
                exact=exact,
                commit=commit,
                **self._session.promoting(),
            )
            return made

    def attest(
        self, *, revision: str | None = None, rerender: bool = False, engine: str | None = None, uri: str | None = None
    ) -> Attestation:
        """Attest what a rendered commit was made from: see ``freightlib.attest``."""
        from freightlib.verbs.attest import attest

        with self._session.call():
            return attest(
                self._session.repository,
                self.name,
                revision=revision,
                rerender=rerender,
                engine=engine,
                uri=uri,
                **self._session.rendering(),
            )

    def verified(self, *, reason: str | None = None) -> Mark:
        """Mark the release that the stage holds now as working there: see ``freightlib.mark_verified``."""
        from freightlib.verbs.mark import mark_verified

        with self._session.call():
            (made,) = mark_verified(self._session.repository, self.name, reason=reason, **self._session.writing())
            return made

    def unverified(self, *, reason: str | None = None) -> Mark:
        """Remove that mark from the release that the stage holds now: see ``freightlib.mark_unverified``."""
        from freightlib.verbs.mark import mark_unverified

        with self._session.call():
            (made,) = mark_unverified(self._session.repository, self.name, reason=reason, **self._session.writing())
            return made
