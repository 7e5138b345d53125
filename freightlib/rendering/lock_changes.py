"""What moved between two render locks of one stage.

>>> from freightlib.rendering.lock_changes import PARTS
>>> list(PARTS)
['freight', 'policy', 'options', 'renderer', 'override']
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from freightlib.models import RenderLock

#: What a promotion can move -> the part of the lock that tells.
PARTS: Final[Mapping[str, Callable[[RenderLock], Any]]] = {
    "freight": lambda lock: (lock.freight.tag, lock.freight.snapshot),
    "policy": lambda lock: lock.policy.files,
    # apart from policy: a release brings options of its own, such as its image
    "options": lambda lock: (lock.render.options, lock.render.layout),
    "renderer": lambda lock: (lock.render.renderer, lock.render.engine, lock.render.version, lock.render.transforms),
    "override": lambda lock: lock.overrides,
}


def moved(before: RenderLock | None, after: RenderLock) -> tuple[str, ...]:
    """The names of what differs: ``rollback``, ``freight``, ``policy``, ``options``, ``renderer``, ``override``.

    Options that differ for one and the same release are policy too: it was the project file that set them.
    """
    if before is None:
        return ("freight",)
    found = [name for name, part in PARTS.items() if part(before) != part(after)]
    if after.rollback is not None and after.rollback != before.rollback:
        found.insert(0, "rollback")
    if "freight" not in found and before.render.options != after.render.options:
        found.append("policy")  # with another release the options differ by themselves: they hold its image
    return tuple(dict.fromkeys(found))
