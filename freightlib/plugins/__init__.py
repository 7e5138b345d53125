"""Everything that a plugin imports of freightlib, in one place.

    from freightlib.plugins import BaseRenderer, Manifest, RenderResult, hookimpl

    class Echo(BaseRenderer):
        name = "echo"
        package_types = frozenset({"plain"})

        def render(self, request, /):
            return RenderResult([Manifest(file.path, file.data) for file in request.package])

    @hookimpl
    def freightlib_renderers():
        return [Echo()]

Hooks and their requests, contracts and bases for them, the values that are exchanged, the errors that a plugin raises,
and helpers: ``kubeyaml`` reads YAML as Kubernetes does, ``resource_of`` says what a manifest is, ``run_isolated`` and
``WorkerPool`` run code within limits, and ``backend_kit`` is what a git backend is made of. These names and
``freightlib`` are stable; modules below are not. docs/plugins/index.md lists them.

Each name is imported when it is first used: this module is loaded by every verb.

Public: what plugins use changes only with ``API_VERSION``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from freightlib.documents import kubeyaml as kubeyaml
    from freightlib.documents.resources import Resource as Resource
    from freightlib.documents.resources import resource_of as resource_of
    from freightlib.errors import CorruptObjectError as CorruptObjectError
    from freightlib.errors import DocumentError as DocumentError
    from freightlib.errors import ForgeError as ForgeError
    from freightlib.errors import FreightError as FreightError
    from freightlib.errors import GitError as GitError
    from freightlib.errors import IsolationError as IsolationError
    from freightlib.errors import ManifestError as ManifestError
    from freightlib.errors import PluginError as PluginError
    from freightlib.errors import ProjectError as ProjectError
    from freightlib.errors import RefConflictError as RefConflictError
    from freightlib.errors import RefLockedError as RefLockedError
    from freightlib.errors import RemoteError as RemoteError
    from freightlib.errors import RemoteRejectedError as RemoteRejectedError
    from freightlib.errors import RenderError as RenderError
    from freightlib.errors import RenderingRefusedError as RenderingRefusedError
    from freightlib.errors import RevisionError as RevisionError
    from freightlib.errors import SigningError as SigningError
    from freightlib.errors import StorageError as StorageError
    from freightlib.errors import ToolError as ToolError
    from freightlib.errors import UnsafePathError as UnsafePathError
    from freightlib.errors import UnsupportedRepositoryError as UnsupportedRepositoryError
    from freightlib.errors import UsageError as UsageError
    from freightlib.errors import WorkTreeError as WorkTreeError
    from freightlib.git import backend_kit as backend_kit
    from freightlib.git.contract import Commit as Commit
    from freightlib.git.contract import GitBackend as GitBackend
    from freightlib.git.contract import Identity as Identity
    from freightlib.git.contract import PartialClone as PartialClone
    from freightlib.git.contract import Published as Published
    from freightlib.git.contract import RawTrees as RawTrees
    from freightlib.git.contract import RefUpdate as RefUpdate
    from freightlib.git.contract import Repository as Repository
    from freightlib.git.contract import Signing as Signing
    from freightlib.git.safe_names import path_problem as path_problem
    from freightlib.git.trees import Entry as Entry
    from freightlib.git.trees import Mode as Mode
    from freightlib.git.trees import Tree as Tree
    from freightlib.git.trees import is_empty_tree as is_empty_tree
    from freightlib.git.trees import object_id as object_id
    from freightlib.git.trees import walk as walk
    from freightlib.git.waiting import pauses as pauses
    from freightlib.models import App as App
    from freightlib.models import Finding as Finding
    from freightlib.models import ForgeSpec as ForgeSpec
    from freightlib.models import Freight as Freight
    from freightlib.models import Image as Image
    from freightlib.models import Manifest as Manifest
    from freightlib.models import RenderLock as RenderLock
    from freightlib.models import RenderResult as RenderResult
    from freightlib.models import Report as Report
    from freightlib.models import Severity as Severity
    from freightlib.models import Signature as Signature
    from freightlib.models import SignatureStatus as SignatureStatus
    from freightlib.models import Snapshot as Snapshot
    from freightlib.models import Source as Source
    from freightlib.models import Stage as Stage
    from freightlib.models.text import closest as closest
    from freightlib.models.text import one_line as one_line
    from freightlib.plugins.base import BaseGate as BaseGate
    from freightlib.plugins.base import BaseRenderer as BaseRenderer
    from freightlib.plugins.base import BaseTransform as BaseTransform
    from freightlib.plugins.contracts import Approval as Approval
    from freightlib.plugins.contracts import Cause as Cause
    from freightlib.plugins.contracts import Difference as Difference
    from freightlib.plugins.contracts import Explaining as Explaining
    from freightlib.plugins.contracts import Fingerprint as Fingerprint
    from freightlib.plugins.contracts import Forge as Forge
    from freightlib.plugins.contracts import Gate as Gate
    from freightlib.plugins.contracts import GateRequest as GateRequest
    from freightlib.plugins.contracts import GateResult as GateResult
    from freightlib.plugins.contracts import Limits as Limits
    from freightlib.plugins.contracts import PackageFile as PackageFile
    from freightlib.plugins.contracts import PolicyFiles as PolicyFiles
    from freightlib.plugins.contracts import PolicyPath as PolicyPath
    from freightlib.plugins.contracts import PullRequest as PullRequest
    from freightlib.plugins.contracts import PullRequestText as PullRequestText
    from freightlib.plugins.contracts import Renderer as Renderer
    from freightlib.plugins.contracts import RenderRequest as RenderRequest
    from freightlib.plugins.contracts import Transform as Transform
    from freightlib.plugins.contracts import TransformRequest as TransformRequest
    from freightlib.plugins.contracts import Upstream as Upstream
    from freightlib.plugins.hooks import API_VERSION as API_VERSION
    from freightlib.plugins.hooks import PromotedEvent as PromotedEvent
    from freightlib.plugins.hooks import RenderingCheck as RenderingCheck
    from freightlib.plugins.hooks import SnapshotCheck as SnapshotCheck
    from freightlib.plugins.hooks import hookimpl as hookimpl
    from freightlib.plugins.isolation.pool import Handler as Handler
    from freightlib.plugins.isolation.pool import WorkerPool as WorkerPool
    from freightlib.plugins.isolation.program import Completed as Completed
    from freightlib.plugins.isolation.program import find_program as find_program
    from freightlib.plugins.isolation.program import run_isolated as run_isolated
    from freightlib.plugins.plugin import Plugin as Plugin

#: Modules that are public as they are.
_MODULES: Final = {"backend_kit": "freightlib.git.backend_kit", "kubeyaml": "freightlib.documents.kubeyaml"}

#: Public name -> the module that it comes from when it is first used.
_HOME: Final[dict[str, str]] = _MODULES | {
    name: module
    for module, names in {
        "freightlib.documents.resources": "Resource resource_of",
        "freightlib.errors": "CorruptObjectError DocumentError ForgeError FreightError GitError IsolationError "
        "ManifestError PluginError ProjectError RefConflictError RefLockedError RemoteError "
        "RemoteRejectedError RenderError RenderingRefusedError RevisionError SigningError "
        "StorageError ToolError UnsafePathError UnsupportedRepositoryError UsageError "
        "WorkTreeError",
        "freightlib.git.contract": "Commit GitBackend Identity PartialClone Published RawTrees RefUpdate Repository "
        "Signing",
        "freightlib.git.safe_names": "path_problem",
        "freightlib.git.trees": "Entry Mode Tree is_empty_tree object_id walk",
        "freightlib.git.waiting": "pauses",
        "freightlib.models": "App Finding ForgeSpec Freight Image Manifest RenderLock RenderResult Report Severity "
        "Signature SignatureStatus Snapshot Source Stage",
        "freightlib.models.text": "closest one_line",
        "freightlib.plugins.base": "BaseGate BaseRenderer BaseTransform",
        "freightlib.plugins.contracts": "Approval Cause Difference Explaining Fingerprint Forge Gate GateRequest "
        "GateResult Limits PackageFile PolicyFiles PolicyPath PullRequest PullRequestText RenderRequest "
        "Renderer Transform TransformRequest Upstream",
        "freightlib.plugins.hooks": "API_VERSION PromotedEvent RenderingCheck SnapshotCheck hookimpl",
        "freightlib.plugins.isolation.pool": "Handler WorkerPool",
        "freightlib.plugins.isolation.program": "Completed find_program run_isolated",
        "freightlib.plugins.plugin": "Plugin",
    }.items()
    for name in names.split()
}


if not TYPE_CHECKING:  # a type checker takes a module's __getattr__ for leave to use any name

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = import_module(_HOME[name])
        value = globals()[name] = module if name in _MODULES else getattr(module, name)
        return value


def __dir__() -> list[str]:
    return sorted(_HOME)
