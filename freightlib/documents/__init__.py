"""Reads and writes YAML documents as models: records, project files, locks, deployments; and their JSON Schemas.

>>> from freightlib.documents import read_lock, write_lock
>>> from freightlib.models import LockedFreight, LockedPolicy, LockedRender, RenderLock
>>> lock = RenderLock(
...     app="shop", stage="test", freight=LockedFreight("git-" + "a" * 40, "b" * 40, "c" * 40),
...     policy=LockedPolicy("d" * 40), render=LockedRender("copy", "freightlib", "1", "helm"), manifests="e" * 40,
... )
>>> read_lock(write_lock(lock)) == lock
True

Records and locks are written in one canonical form, project files in a form for people. No other room imports cattrs or
ruamel.yaml.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""

from freightlib.documents.deployment import read_deployment
from freightlib.documents.freight import read_record, write_record
from freightlib.documents.lock import read_lock, write_lock
from freightlib.documents.mark import read_marker, write_marker
from freightlib.documents.project import read_project, read_warehouses
from freightlib.documents.project_text import write_project
from freightlib.documents.pruned import read_pruned, write_pruned
from freightlib.documents.schemas import schema

__all__ = [
    "read_deployment",
    "read_lock",
    "read_marker",
    "read_project",
    "read_pruned",
    "read_record",
    "read_warehouses",
    "schema",
    "write_lock",
    "write_marker",
    "write_project",
    "write_pruned",
    "write_record",
]
