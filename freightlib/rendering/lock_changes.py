"""Names what changed between two render locks of one stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from freightlib.models import RenderLock

#: Name of a change -> the part of the lock to compare.
PARTS: Final[Mapping[str, Callable[[RenderLock], Any]]] = {
    "freight": lambda lock: (lock.freight.tag, lock.freight.snapshot),
    "policy": lambda lock: lock.policy.files,
    # not part of policy: options also change with the release, for example its image
    "options": lambda lock: (lock.render.options, lock.render.layout),
    "renderer": lambda lock: (lock.render.renderer, lock.render.engine, lock.render.version, lock.render.transforms),
    "override": lambda lock: lock.overrides,
}


def moved(before: RenderLock | None, after: RenderLock) -> tuple[str, ...]:
    """Return what differs: ``rollback``, ``freight``, ``policy``, ``options``, ``renderer``, ``override``.

    If the release is the same and options differ, the project file changed them, so that counts as ``policy`` too.
    """
    if before is None:
        return ("freight",)
    found = [name for name, part in PARTS.items() if part(before) != part(after)]
    if after.rollback is not None and after.rollback != before.rollback:
        found.insert(0, "rollback")
    if "freight" not in found and before.render.options != after.render.options:
        found.append("policy")  # another release always changes the options: they contain its image
    return tuple(dict.fromkeys(found))
