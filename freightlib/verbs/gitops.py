"""The class ``GitOps``: one object for all work on one GitOps repository.

    from freightlib import GitOps

    ops = GitOps.open("gitops", app="shop", push=True)
    ops.publish("app", revision="<full commit id>", image="ghcr.io/example/shop:v1@sha256:<64 hex>")
    ops.promote(["staging", "test"])
    ops.stage("production").rollback("git-<full commit id>", exact=True)
    ops.with_(dry_run=True).prune(keep=20)

It keeps the arguments that the functions of ``freightlib`` share. Each method calls the function of the same name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from attrs import evolve, frozen

from freightlib.git.contract import Identity, Repository
from freightlib.models.progress import Progress
from freightlib.plugins.contracts import Limits
from freightlib.verbs.gitops_release import GitOpsRelease
from freightlib.verbs.gitops_stage import GitOpsStage
from freightlib.verbs.session import Session, Settings, Used, opened

if TYPE_CHECKING:
    from freightlib.models import Image, Manifest, Project, Report, Snapshot
    from freightlib.promotion.auto import AutoStep
    from freightlib.promotion.gatekeeper import Admission
    from freightlib.promotion.result import Promotion
    from freightlib.rendering.run import StageRendering
    from freightlib.verbs.prune import Pruning
    from freightlib.verbs.status import AppStatus
    from freightlib.warehouse.freezing import Publication


@frozen
class GitOps(Session):
    """One GitOps repository, with methods for everything that can be done in it; make it with ``open``.

    It belongs to one thread. Each call sees what others have pushed or moved since the call before; a repository that
    was opened by its address is fetched for that.
    """

    @classmethod
    def open(
        cls,
        location: str | Path | Repository,
        *,
        app: str | None = None,
        branch: str | None = None,
        backend: str | None = None,
        push: bool = False,
        author: Identity | None = None,
        sign: bool | None = None,
        limits: Limits | None = None,
        clock: Callable[[], datetime] | None = None,
        progress: Callable[[Progress], object] | None = None,
        dry_run: bool = False,
    ) -> GitOps:
        """Open the repository at a path or an address.

        ``app`` is the app to work on (default: the only one; for methods that take several apps, all of them).
        ``branch`` is the GitOps branch (default: what HEAD names), ``backend`` the git backend for every repository,
        sources too. With ``push``, changes in a local repository must reach its remote before they count.

        ``author`` makes the commits, and ``sign`` says whether they are signed (default of both: as git is configured).
        ``limits`` are those of a rendering. ``clock`` returns the time, with a time zone, for gates, for ``created_at``
        and for commits; without a clock, an ``author`` dates every commit by its own ``when``. ``progress`` is called
        with each ``Progress`` event. With ``dry_run`` no method writes anything.

        Raises GitError, UnsupportedRepositoryError, PluginError, UsageError (``push`` for a repository that was opened
        without it).
        """
        return cls(
            location=location,
            repository=opened(location, backend, push=push),
            app=app,
            branch=branch,
            backend=backend,
            push=push,
            author=author,
            sign=sign,
            limits=limits,
            clock=clock,
            progress=progress,
            dry_run=dry_run,
        )

    def with_(self, **changes: Unpack[Settings]) -> GitOps:
        """Return a copy with other settings, on the same repository; ``push`` and ``backend`` open it again.

        Takes the keywords of ``open``: ``ops.with_(app="cart", dry_run=True)``.
        """
        copy = evolve(self, **changes)
        if not {"push", "backend"} & changes.keys():
            return copy
        return evolve(copy, repository=opened(copy.location, copy.backend, push=copy.push), used=Used())

    # --- the parts of the repository ---

    def stage(self, name: str) -> GitOpsStage:
        """Return one stage of the app, to render, promote, land, roll back, explain, attest."""
        return GitOpsStage(name, self)

    def release(self, tag: str | None = None) -> GitOpsRelease:
        """Return one release of the app (default: the one in ``current/``), to block or mark."""
        return GitOpsRelease(tag, self)

    def project(self) -> Project:
        """Return the project file at the tip of the GitOps branch."""
        from freightlib.verbs.contents import project

        with self.call():
            return project(self.repository, self.branch)

    def releases(self) -> tuple[Snapshot, ...]:
        """Return every release of the app (without ``app``: of all apps), oldest first."""
        from freightlib.verbs.contents import releases

        with self.call():
            return releases(self.repository, self.app, self.branch)

    def manifests(self, stage: str) -> tuple[Manifest, ...]:
        """Return the YAML documents that the rendered branch of ``stage`` holds now, in path order."""
        return self.stage(stage).manifests()

    def status(self) -> tuple[AppStatus, ...]:
        """Return what every stage holds: see ``freightlib.status``."""
        from freightlib.verbs.status import status

        with self.call():
            return status(self.repository, **self.when())

    # --- work on several stages, and on the warehouse ---

    def publish(
        self,
        source: str | Path | Repository,
        *,
        revision: str,
        image: str | Image,
        package_type: str | None = None,
        path: str | None = None,
        created_at: datetime | None = None,
        source_url: str | None = None,
    ) -> Publication:
        """Freeze the package of one source commit as a release: see ``freightlib.publish``."""
        from freightlib.verbs.publish import publish

        with self.call():
            return publish(
                self.repository,
                source,
                revision=revision,
                image=image,
                package_type=package_type,
                path=path,
                created_at=created_at,
                source_url=source_url,
                **self.writing(),
            )

    def render(
        self,
        stages: str | Sequence[str],
        *,
        freight: str | None = None,
        policy: str | None = None,
        check_deterministic: bool = False,
    ) -> tuple[StageRendering, ...]:
        """Render stages in memory, in parallel: see ``freightlib.render_stages``."""
        from freightlib.verbs.render import render_stages

        with self.call():
            return render_stages(
                self.repository,
                stages,
                freight=freight,
                policy=policy,
                check_deterministic=check_deterministic,
                **self.rendering(),
            )

    def promote(
        self,
        stages: str | Sequence[str],
        *,
        freight: str | None = None,
        policy: str | None = None,
        force: bool = False,
        check_deterministic: bool = False,
    ) -> tuple[Promotion, ...]:
        """Promote a release to all ``stages`` or to none: see ``freightlib.promote``."""
        from freightlib.verbs.promote import promote

        with self.call():
            return promote(
                self.repository,
                stages,
                freight=freight,
                policy=policy,
                force=force,
                check_deterministic=check_deterministic,
                **self.promoting(),
            )

    def promote_auto(
        self, stages: str | Sequence[str] = (), *, check_deterministic: bool = False
    ) -> tuple[AutoStep, ...]:
        """Promote every stage that has ``auto: true`` and may move: see ``freightlib.promote_auto``."""
        from freightlib.verbs.promote_auto import promote_auto

        with self.call():
            return promote_auto(self.repository, stages, check_deterministic=check_deterministic, **self.promoting())

    def rollback(
        self, stages: str | Sequence[str], *, to: str, exact: bool, commit: str | None = None
    ) -> tuple[Promotion, ...]:
        """Put a release back on all ``stages`` or on none: see ``freightlib.rollback``."""
        from freightlib.verbs.rollback import rollback

        with self.call():
            return rollback(self.repository, stages, to=to, exact=exact, commit=commit, **self.promoting())

    def prune(
        self, *, keep: int | None = None, older_than: timedelta | None = None, keep_per_stage: int = 2
    ) -> Pruning:
        """Remove old releases from the warehouse, at once unless ``dry_run`` is set: see ``freightlib.prune``."""
        from freightlib.verbs.prune import prune

        with self.call():
            return prune(
                self.repository, keep=keep, older_than=older_than, keep_per_stage=keep_per_stage, **self.writing()
            )

    # --- proofs ---

    def explain(self, stages: str | Sequence[str] = (), *, freight: str | None = None) -> tuple[Admission, ...]:
        """Return what the gates of ``stages`` answer for a release: see ``freightlib.explain``."""
        from freightlib.verbs.explain import explain

        with self.call():
            return explain(self.repository, stages, freight=freight, **self.when())

    def verify(
        self,
        *,
        revision: str | None = None,
        source: str | Path | Repository | None = None,
        history: bool = False,
        since: str | None = None,
        proofs: bool = True,
        signatures: bool = False,
        allowed_signers: str | Path | None = None,
    ) -> Report:
        """Check that releases are what their records say: see ``freightlib.verify``."""
        from freightlib.verbs.verify import verify

        with self.call():
            return verify(
                self.repository,
                revision=revision,
                source=source,
                history=history,
                since=since,
                proofs=proofs,
                signatures=signatures,
                allowed_signers=allowed_signers,
                **self.where(),
            )

    def audit(
        self,
        stages: str | Sequence[str] = (),
        *,
        all_commits: bool = False,
        since: str | None = None,
        rerender: bool = False,
        engine: str | None = None,
    ) -> Report:
        """Check that rendered branches are what their locks say: see ``freightlib.audit``."""
        from freightlib.verbs.audit import audit

        with self.call():
            return audit(
                self.repository,
                stages,
                all_commits=all_commits,
                since=since,
                rerender=rerender,
                engine=engine,
                **self.rendering(),
            )
