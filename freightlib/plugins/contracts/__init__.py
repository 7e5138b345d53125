"""The contracts of plugins: a renderer, a transform, a gate, a forge. Each fits on one screen.

Plugins offer instances of these protocols (see ``freightlib.plugins.hooks``); the core never names one. The
contract of a git backend and its repositories is ``freightlib.git.contract``.

Public: what plugins use changes only with ``freightlib.plugins.hooks.API_VERSION``.
"""

from __future__ import annotations

from freightlib.plugins.contracts.explaining import Cause, Difference, Explaining
from freightlib.plugins.contracts.forges import Approval, Forge, PullRequest, PullRequestText
from freightlib.plugins.contracts.gates import Gate, GateRequest, GateResult, PolicyFiles, Upstream
from freightlib.plugins.contracts.rendering import Fingerprint, Limits, PackageFile, PolicyPath, Renderer, RenderRequest
from freightlib.plugins.contracts.transforms import Transform, TransformRequest

__all__ = [
    "Approval",
    "Cause",
    "Difference",
    "Explaining",
    "Fingerprint",
    "Forge",
    "Gate",
    "GateRequest",
    "GateResult",
    "Limits",
    "PackageFile",
    "PolicyFiles",
    "PolicyPath",
    "PullRequest",
    "PullRequestText",
    "RenderRequest",
    "Renderer",
    "Transform",
    "TransformRequest",
    "Upstream",
]
