"""Where markers are on the GitOps branch, and how one is looked up.

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
_CURE: Final = "correct the file on the GitOps branch, or remove it and mark the release again: freight mark"


def verified_path(app: App, stage: str, tag: str) -> str:
    """The marker that says the release was verified in ``stage``."""
    return f"{app.marks}/verified/{stage}/{tag}.yaml"


def blocked_path(app: App, tag: str) -> str:
    """The marker that blocks the release everywhere."""
    return f"{app.marks}/blocked/{tag}.yaml"


def merged_path(app: App, environment: str, tag: str) -> str:
    """The marker of the published legacy-gitflow module: the release's commit was merged for ``environment``."""
    return f"warehouses/{app.name}/legacy-gitflow/{environment}/merged/{tag}.yaml"


def find_marker(policy: PolicyFiles, path: str, freight: Freight) -> Marker | None:
    """The marker at ``path`` for this release, or ``None`` when nothing is there.

    Raises MarkerError when something else is there: no file, no marker, or one whose ``revision`` or ``tag`` is another
    release's.
    """
    entry = policy.entry(path)
    if entry is None:
        return None
    data = policy.read(path) if entry.mode in _FILES else None
    if data is None:
        raise MarkerError(f"{path} is not a file", hint=_CURE, document=path, path="", line=1)
    marker = read_marker(data, document=path)
    for key, found, expected in (("revision", marker.revision, freight.revision), ("tag", marker.tag, freight.tag)):
        if found not in (None, expected):
            raise MarkerError(
                f"{path}: {key} is {str(found)[:80]!r}, which is not {freight.tag}",
                hint=_CURE,
                document=path,
                path=key,
                line=1,
            )
    return marker
