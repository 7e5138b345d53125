"""Returns the paths of markers on the GitOps branch, and reads markers.

>>> from freightlib.warehouse.marks import blocked_path, merged_path, verified_path
>>> from freightlib.models import App, Package
>>> app = App("shop", Package("plain", "k8s"))
>>> verified_path(app, "test", "git-abc")
'warehouses/shop/marks/verified/test/git-abc.yaml'
>>> blocked_path(app, "git-abc")
'warehouses/shop/marks/blocked/git-abc.yaml'
>>> merged_path(app, "test", "git-abc")
'warehouses/shop/legacy-gitflow/test/merged/git-abc.yaml'
"""

from __future__ import annotations

from typing import Final

from freightlib.documents.mark import read_marker
from freightlib.errors import MarkerError
from freightlib.git.trees import Mode
from freightlib.models import App, Freight, Marker
from freightlib.plugins.contracts import PolicyFiles

_FILES: Final = (Mode.FILE, Mode.EXECUTABLE, 0o100664)
_REMEDY: Final = "correct the file on the GitOps branch, or remove it and mark the release again: freight mark"


def verified_path(app: App, stage: str, tag: str) -> str:
    """Return the path of the marker that says the release was verified in ``stage``."""
    return f"{app.marks}/verified/{stage}/{tag}.yaml"


def blocked_path(app: App, tag: str) -> str:
    """Return the path of the marker that blocks the release in every stage."""
    return f"{app.marks}/blocked/{tag}.yaml"


def merged_path(app: App, environment: str, tag: str) -> str:
    """Return the path of the marker that says the release's commit was merged for ``environment``.

    The published legacy-gitflow module uses this path.
    """
    return f"warehouses/{app.name}/legacy-gitflow/{environment}/merged/{tag}.yaml"


def find_marker(policy: PolicyFiles, path: str, freight: Freight) -> Marker | None:
    """Return the marker at ``path`` for this release, or ``None`` if nothing is at that path.

    Raises MarkerError if the entry is not a file or not a marker, or if its ``revision`` or ``tag`` names another
    release.
    """
    entry = policy.entry(path)
    if entry is None:
        return None
    data = policy.read(path) if entry.mode in _FILES else None
    if data is None:
        raise MarkerError(f"{path} is not a file", hint=_REMEDY, document=path, path="", line=1)
    marker = read_marker(data, document=path)
    for key, found, expected in (("revision", marker.revision, freight.revision), ("tag", marker.tag, freight.tag)):
        if found not in (None, expected):
            raise MarkerError(
                f"{path}: {key} is {str(found)[:80]!r}, which is not {freight.tag}",
                hint=_REMEDY,
                document=path,
                path=key,
                line=1,
            )
    return marker
