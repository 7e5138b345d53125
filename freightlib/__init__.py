"""Source snapshots and rendered branches for GitOps: freeze, verify, render, promote, prove.

>>> import freightlib
>>> freightlib.Image.parse("example/shop:v1@sha256:" + "0" * 64).pinned[:20]
'example/shop:v1@sha2'

Start with ``GitOps.open``: one object for one GitOps repository, with a method for each thing that can be done there.
The same exists as functions: ``publish``, ``verify``, ``render``, ``diff``, ``promote``, ``land``, ``promote_auto``,
``explain``, ``mark_verified``, ``mark_blocked``, ``rollback``, ``status``, ``log``, ``audit``, ``attest``, ``prune``.
Each takes a path, an address or an open ``Repository``, and raises ``FreightError``. Each is imported when it is first
used, and what is heavy (git, YAML) when it is first needed.
"""

from __future__ import annotations

#: Module -> the public names that it defines. The imports and ``__all__`` below are written from this table:
#: ``python -m tests.public_names``.
_PUBLIC: dict[str, str] = {
    "freightlib.errors": "FreightError",
    "freightlib.git.contract": "GitBackend Identity Repository",
    "freightlib.models": "App Finding Freight Image Manifest Project "
    "RenderLock RenderResult Report Severity Snapshot Source Stage",
    "freightlib.models.progress": "Progress",
    "freightlib.plugins.contracts": "Forge Gate GateRequest GateResult Limits PullRequest Renderer RenderRequest",
    "freightlib.plugins.hooks": "hookimpl",
    "freightlib.plugins.registry": "registry",
    "freightlib.plugins.repositories": "init_repository open_repository",
    "freightlib.promotion.auto": "AutoResult AutoStep",
    "freightlib.promotion.gatekeeper": "Admission GateVerdict",
    "freightlib.promotion.marking": "Mark",
    "freightlib.promotion.result": "Outcome Promotion",
    "freightlib.rendering.changes": "FileChange",
    "freightlib.rendering.run": "StageRendering",
    "freightlib.verbs.attest": "Attestation attest",
    "freightlib.verbs.audit": "audit",
    "freightlib.verbs.diff": "diff",
    "freightlib.verbs.explain": "explain",
    "freightlib.verbs.gitops": "GitOps",
    "freightlib.verbs.gitops_release": "GitOpsRelease",
    "freightlib.verbs.gitops_stage": "GitOpsStage",
    "freightlib.verbs.land": "land",
    "freightlib.verbs.log": "PastPromotion log",
    "freightlib.verbs.mark": "mark_blocked mark_merged mark_path mark_unblocked mark_unverified mark_verified",
    "freightlib.verbs.promote": "promote",
    "freightlib.verbs.promote_auto": "promote_auto",
    "freightlib.verbs.prune": "Pruning prune",
    "freightlib.verbs.publish": "publish",
    "freightlib.verbs.render": "render render_stages",
    "freightlib.verbs.rollback": "rollback",
    "freightlib.verbs.status": "AppStatus StageStatus status",
    "freightlib.verbs.verify": "verify",
    "freightlib.verbs.verify_directory": "verify_directory",
    "freightlib.warehouse.freezing": "Publication",
}

TYPE_CHECKING = False  # a type checker takes it for true; importing it from typing costs more than all of this module
# <generated>
if TYPE_CHECKING:
    from freightlib.errors import FreightError
    from freightlib.git.contract import GitBackend, Identity, Repository
    from freightlib.models import (
        App,
        Finding,
        Freight,
        Image,
        Manifest,
        Project,
        RenderLock,
        RenderResult,
        Report,
        Severity,
        Snapshot,
        Source,
        Stage,
    )
    from freightlib.models.progress import Progress
    from freightlib.plugins.contracts import (
        Forge,
        Gate,
        GateRequest,
        GateResult,
        Limits,
        PullRequest,
        Renderer,
        RenderRequest,
    )
    from freightlib.plugins.hooks import hookimpl
    from freightlib.plugins.registry import registry
    from freightlib.plugins.repositories import init_repository, open_repository
    from freightlib.promotion.auto import AutoResult, AutoStep
    from freightlib.promotion.gatekeeper import Admission, GateVerdict
    from freightlib.promotion.marking import Mark
    from freightlib.promotion.result import Outcome, Promotion
    from freightlib.rendering.changes import FileChange
    from freightlib.rendering.run import StageRendering
    from freightlib.verbs.attest import Attestation, attest
    from freightlib.verbs.audit import audit
    from freightlib.verbs.diff import diff
    from freightlib.verbs.explain import explain
    from freightlib.verbs.gitops import GitOps
    from freightlib.verbs.gitops_release import GitOpsRelease
    from freightlib.verbs.gitops_stage import GitOpsStage
    from freightlib.verbs.land import land
    from freightlib.verbs.log import PastPromotion, log
    from freightlib.verbs.mark import (
        mark_blocked,
        mark_merged,
        mark_path,
        mark_unblocked,
        mark_unverified,
        mark_verified,
    )
    from freightlib.verbs.promote import promote
    from freightlib.verbs.promote_auto import promote_auto
    from freightlib.verbs.prune import Pruning, prune
    from freightlib.verbs.publish import publish
    from freightlib.verbs.render import render, render_stages
    from freightlib.verbs.rollback import rollback
    from freightlib.verbs.status import AppStatus, StageStatus, status
    from freightlib.verbs.verify import verify
    from freightlib.verbs.verify_directory import verify_directory
    from freightlib.warehouse.freezing import Publication

    __version__: str

__all__ = [
    "Admission",
    "App",
    "AppStatus",
    "Attestation",
    "AutoResult",
    "AutoStep",
    "FileChange",
    "Finding",
    "Forge",
    "Freight",
    "FreightError",
    "Gate",
    "GateRequest",
    "GateResult",
    "GateVerdict",
    "GitBackend",
    "GitOps",
    "GitOpsRelease",
    "GitOpsStage",
    "Identity",
    "Image",
    "Limits",
    "Manifest",
    "Mark",
    "Outcome",
    "PastPromotion",
    "Progress",
    "Project",
    "Promotion",
    "Pruning",
    "Publication",
    "PullRequest",
    "RenderLock",
    "RenderRequest",
    "RenderResult",
    "Renderer",
    "Report",
    "Repository",
    "Severity",
    "Snapshot",
    "Source",
    "Stage",
    "StageRendering",
    "StageStatus",
    "attest",
    "audit",
    "diff",
    "explain",
    "hookimpl",
    "init_repository",
    "land",
    "log",
    "mark_blocked",
    "mark_merged",
    "mark_path",
    "mark_unblocked",
    "mark_unverified",
    "mark_verified",
    "open_repository",
    "promote",
    "promote_auto",
    "prune",
    "publish",
    "registry",
    "render",
    "render_stages",
    "rollback",
    "status",
    "verify",
    "verify_directory",
]
# </generated>

_HOME = {name: module for module, names in _PUBLIC.items() for name in names.split()}


if not TYPE_CHECKING:  # a type checker takes a module's __getattr__ for leave to use any name

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name == "__version__":
            from importlib.metadata import version

            value: object = version("freightlib")
        elif name in _HOME:
            value = getattr(import_module(_HOME[name]), name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
