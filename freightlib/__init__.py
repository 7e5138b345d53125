"""Source snapshots and rendered branches for GitOps: freeze, verify, render, promote, prove.

>>> import freightlib
>>> freightlib.Image.parse("example/shop:v1@sha256:" + "0" * 64).pinned[:20]
'example/shop:v1@sha2'

The verbs: ``publish``, ``verify``, ``render``, ``diff``, ``promote``, ``land``, ``promote_auto``, ``explain``,
``mark``, ``rollback``, ``status``, ``log``, ``audit``, ``attest``, ``prune``. Each is a function in the module of its
name (``land`` with ``promote``, ``promote_auto`` in ``auto``), takes a path, an address or an open ``Repository``, and
raises ``FreightError``. Each is imported when it is first used, and what is heavy (git, YAML) when it is first needed.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from freightlib.attest import Attestation, attest
    from freightlib.audit import audit
    from freightlib.auto import promote_auto
    from freightlib.errors import FreightError
    from freightlib.explain import explain
    from freightlib.git.contract import GitBackend, Identity, Repository
    from freightlib.mark import Mark, mark
    from freightlib.models import (
        App,
        Finding,
        Freight,
        Image,
        Manifest,
        Project,
        Rendered,
        RenderLock,
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
    from freightlib.promote import Outcome, Promotion, land, promote
    from freightlib.promotion.auto import AutoResult, AutoStep
    from freightlib.promotion.gatekeeper import Admission, GateVerdict
    from freightlib.prune import Pruning, prune
    from freightlib.publish import Publication, publish
    from freightlib.rendering.changes import FileChange, diff
    from freightlib.rendering.run import Rendering, render, render_stages
    from freightlib.rollback import RollbackKind, rollback
    from freightlib.status import AppStatus, PastPromotion, StageStatus, log, status
    from freightlib.verify import verify, verify_directory

#: Public name -> the module it is imported from when it is first used.
_HOME: Final[dict[str, str]] = {
    name: module
    for module, names in {
        "freightlib.attest": "Attestation attest",
        "freightlib.audit": "audit",
        "freightlib.promotion.gatekeeper": "Admission GateVerdict",
        "freightlib.auto": "promote_auto",
        "freightlib.promotion.auto": "AutoResult AutoStep",
        "freightlib.rendering.changes": "FileChange diff",
        "freightlib.errors": "FreightError",
        "freightlib.explain": "explain",
        "freightlib.plugins.hooks": "hookimpl",
        "freightlib.mark": "Mark mark",
        "freightlib.models": "App Finding Freight Image Manifest Project Rendered RenderLock Report Severity Snapshot "
        "Source Stage",
        "freightlib.promote": "Outcome Promotion land promote",
        "freightlib.git.contract": "GitBackend Identity Repository",
        "freightlib.plugins.contracts": "Forge Gate GateRequest GateResult Limits PullRequest Renderer RenderRequest",
        "freightlib.prune": "Pruning prune",
        "freightlib.publish": "Publication publish",
        "freightlib.plugins.registry": "registry",
        "freightlib.rendering.run": "Rendering render render_stages",
        "freightlib.plugins.repositories": "init_repository open_repository",
        "freightlib.rollback": "RollbackKind rollback",
        "freightlib.status": "AppStatus PastPromotion StageStatus log status",
        "freightlib.verify": "verify verify_directory",
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
    "Rendered",
    "Renderer",
    "Rendering",
    "Report",
    "Repository",
    "RollbackKind",
    "Severity",
    "Snapshot",
    "Source",
    "Stage",
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


class _Package(ModuleType):
    """Keeps ``freightlib.publish`` the verb: the import system would put the submodule of that name in its place."""

    def __setattr__(self, name: str, value: Any) -> None:
        public = isinstance(value, ModuleType) and _HOME.get(name) == value.__name__
        super().__setattr__(name, getattr(value, name) if public else value)


sys.modules[__name__].__class__ = _Package
