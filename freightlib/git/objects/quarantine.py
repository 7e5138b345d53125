"""The objects of a push that is not accepted yet: a hook of git's sees them in a folder of their own."""

from __future__ import annotations

import os
from pathlib import Path

#: What git tells its pre-receive and update hooks (githooks(5); git-receive-pack(1), Quarantine Environment).
VARIABLE = "GIT_QUARANTINE_PATH"


def quarantine_of(objects: Path) -> Path | None:
    """The quarantine folder of this object directory, when this process runs in a hook that judges a push to it."""
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    place = Path(named)
    try:
        return place if place.is_dir() and place.parent.samefile(objects) else None
    except OSError:
        return None
