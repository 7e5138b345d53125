"""Source snapshots and rendered branches for GitOps: freeze, verify, render, promote, prove.

>>> import freightlib
>>> freightlib.Image.parse("example/shop:v1@sha256:" + "0" * 64).pinned[:20]
'example/shop:v1@sha2'

The verbs: ``publish``, ``verify``, ``render``, ``diff``, ``promote``, ``status``, ``log``. Each is a function of
the module of its name, takes a path, an address or an open ``Repository``, and raises ``FreightError``. What is heavy (git, YAML)
is imported when it is first needed.
"""

from freightlib.diff import FileChange, diff
from freightlib.errors import FreightError
from freightlib.hooks import hookimpl
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
from freightlib.promote import Outcome, Promotion, promote
from freightlib.protocols import GitBackend, Identity, Limits, Renderer, RenderRequest, Repository
from freightlib.publish import Publication, publish
from freightlib.registry import registry
from freightlib.render import Rendering, render, render_stages
from freightlib.repositories import init_repository, open_repository
from freightlib.status import AppStatus, PastPromotion, StageStatus, log, status
from freightlib.verify import verify, verify_directory

__all__ = [
    "App",
    "AppStatus",
    "FileChange",
    "Finding",
    "Freight",
    "FreightError",
    "GitBackend",
    "Identity",
    "Image",
    "Limits",
    "Manifest",
    "Outcome",
    "PastPromotion",
    "Project",
    "Promotion",
    "Publication",
    "RenderLock",
    "RenderRequest",
    "Rendered",
    "Renderer",
    "Rendering",
    "Report",
    "Repository",
    "Severity",
    "Snapshot",
    "Source",
    "Stage",
    "StageStatus",
    "diff",
    "hookimpl",
    "init_repository",
    "log",
    "open_repository",
    "promote",
    "publish",
    "registry",
    "render",
    "render_stages",
    "status",
    "verify",
    "verify_directory",
]


def __dir__() -> list[str]:
    return __all__
