"""The vocabulary of freightlib: frozen values, one file for each word.

>>> from freightlib.models import Image
>>> Image.parse("example/shop:v1@sha256:" + "0" * 64).tag
'v1'

A model holds facts and checks its own fields. It reads no repository, no file and no YAML.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""

from freightlib.models.findings.finding import Finding, Report, Severity
from freightlib.models.freight import PACKAGE_DIRECTORIES, Freight, Image, Source
from freightlib.models.lock import (
    LOCK,
    ROLLBACK_CURRENT_POLICY,
    ROLLBACK_EXACT,
    LockedFile,
    LockedFreight,
    LockedPolicy,
    LockedRender,
    LockedRollback,
    LockedTransform,
    RenderLock,
)
from freightlib.models.manifest import Manifest, RenderResult
from freightlib.models.mark import Marker
from freightlib.models.project import (
    PROJECT_FILE,
    App,
    Deployment,
    ForgeSpec,
    Output,
    Package,
    Project,
    RenderSpec,
    Requires,
    Stage,
)
from freightlib.models.pruned import PRUNED, Pruned, PrunedRelease
from freightlib.models.signature import Signature, SignatureStatus
from freightlib.models.snapshot import CURRENT, RECORD, Snapshot

__all__ = [
    "CURRENT",
    "LOCK",
    "PACKAGE_DIRECTORIES",
    "PROJECT_FILE",
    "PRUNED",
    "RECORD",
    "ROLLBACK_CURRENT_POLICY",
    "ROLLBACK_EXACT",
    "App",
    "Deployment",
    "Finding",
    "ForgeSpec",
    "Freight",
    "Image",
    "LockedFile",
    "LockedFreight",
    "LockedPolicy",
    "LockedRender",
    "LockedRollback",
    "LockedTransform",
    "Manifest",
    "Marker",
    "Output",
    "Package",
    "Project",
    "Pruned",
    "PrunedRelease",
    "RenderLock",
    "RenderResult",
    "RenderSpec",
    "Report",
    "Requires",
    "Severity",
    "Signature",
    "SignatureStatus",
    "Snapshot",
    "Source",
    "Stage",
]
