"""Source snapshots and rendered branches for GitOps: freeze, verify, render, promote, prove.

>>> import freightlib
>>> freightlib.Image.parse("example/shop:v1@sha256:" + "0" * 64).pinned[:20]
'example/shop:v1@sha2'

The verbs: ``publish``, ``verify``, ``render``, ``diff``, ``promote``, ``land``, ``promote_auto``, ``explain``,
``mark``, ``rollback``, ``status``, ``log``, ``audit``, ``attest``, ``prune``. Each is a function in the module of its
name in ``freightlib.verbs``, takes a path, an address or an open ``Repository``, and
raises ``FreightError``. Each is imported when it is first used, and what is heavy (git, YAML) when it is first needed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

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
    from freightlib.promotion.result import Outcome, Promotion
    from freightlib.promotion.rollback_steps import RollbackKind
    from freightlib.rendering.changes import FileChange
    from freightlib.rendering.run import StageRendering
    from freightlib.verbs.attest import Attestation, attest
    from freightlib.verbs.audit import audit
    from freightlib.verbs.diff import diff
    from freightlib.verbs.explain import explain
    from freightlib.verbs.land import land
    from freightlib.verbs.mark import Mark, mark
    from freightlib.verbs.promote import promote
    from freightlib.verbs.promote_auto import promote_auto
    from freightlib.verbs.prune import Pruning, prune
    from freightlib.verbs.publish import publish
    from freightlib.verbs.render import render, render_stages
    from freightlib.verbs.rollback import rollback
    from freightlib.verbs.status import AppStatus, PastPromotion, StageStatus, log, status
    from freightlib.verbs.verify import verify
    from freightlib.verbs.verify_directory import verify_directory
    from freightlib.warehouse.freezing import Publication

#: Public name -> the module it is imported from when it is first used.
_HOME: Final[dict[str, str]] = {
    name: module
    for module, names in {
        "freightlib.errors": "FreightError",
        "freightlib.git.contract": "GitBackend Identity Repository",
        "freightlib.models": "App Finding Freight Image Manifest Project "
        "RenderResult RenderLock Report Severity Snapshot Source Stage",
        "freightlib.plugins.contracts": "Forge Gate GateRequest GateResult Limits PullRequest Renderer RenderRequest",
        "freightlib.plugins.hooks": "hookimpl",
        "freightlib.plugins.registry": "registry",
        "freightlib.plugins.repositories": "init_repository open_repository",
        "freightlib.promotion.auto": "AutoResult AutoStep",
        "freightlib.promotion.gatekeeper": "Admission GateVerdict",
        "freightlib.promotion.result": "Outcome Promotion",
        "freightlib.promotion.rollback_steps": "RollbackKind",
        "freightlib.rendering.changes": "FileChange",
        "freightlib.rendering.run": "StageRendering",
        "freightlib.verbs.attest": "Attestation attest",
        "freightlib.verbs.audit": "audit",
        "freightlib.verbs.diff": "diff",
        "freightlib.verbs.explain": "explain",
        "freightlib.verbs.land": "land",
        "freightlib.verbs.mark": "Mark mark",
        "freightlib.verbs.promote": "promote",
        "freightlib.verbs.promote_auto": "promote_auto",
        "freightlib.verbs.prune": "Pruning prune",
        "freightlib.verbs.publish": "publish",
        "freightlib.verbs.render": "render render_stages",
        "freightlib.verbs.rollback": "rollback",
        "freightlib.verbs.status": "AppStatus PastPromotion StageStatus log status",
        "freightlib.verbs.verify": "verify",
        "freightlib.verbs.verify_directory": "verify_directory",
        "freightlib.warehouse.freezing": "Publication",
    }.items()
    for name in names.split()
}

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
    "Identity",
    "Image",
    "Limits",
    "Manifest",
    "Mark",
    "Outcome",
    "PastPromotion",
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
    "RollbackKind",
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
    "mark",
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


if not TYPE_CHECKING:  # a type checker takes a module's __getattr__ for leave to use any name

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
