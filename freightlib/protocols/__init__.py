"""What plugs in: a git backend with its repositories, a renderer, a gate, a forge. Each contract fits on one screen.

>>> from freightlib.git.contract import RefUpdate
>>> RefUpdate("refs/heads/main", old=None, new="0" * 40).old is None
True

Instances of these protocols come from plugins (see ``freightlib.hooks``); the core never names one.
"""

from __future__ import annotations

from freightlib.git.contract import Commit, Identity, RefUpdate, Repository
from freightlib.git.contract_backend import GitBackend
from freightlib.git.contract_beside import Fetching, Publishing, Signing, Skimming
from freightlib.protocols.explaining import Cause, Difference, Explaining
from freightlib.protocols.forges import Approval, Forge, PullRequest, PullRequestText
from freightlib.protocols.gates import Gate, GateRequest, GateResult, PolicyFiles, Upstream
from freightlib.protocols.rendering import Fingerprint, Limits, PackageFile, PolicyPath, Renderer, RenderRequest
from freightlib.protocols.transforms import Transform, TransformRequest

__all__ = [
    "Approval",
    "Cause",
    "Commit",
    "Difference",
    "Explaining",
    "Fetching",
    "Fingerprint",
    "Forge",
    "Gate",
    "GateRequest",
    "GateResult",
    "GitBackend",
    "Identity",
    "Limits",
    "PackageFile",
    "PolicyFiles",
    "PolicyPath",
    "Publishing",
    "PullRequest",
    "PullRequestText",
    "RefUpdate",
    "RenderRequest",
    "Renderer",
    "Repository",
    "Signing",
    "Skimming",
    "Transform",
    "TransformRequest",
    "Upstream",
]
