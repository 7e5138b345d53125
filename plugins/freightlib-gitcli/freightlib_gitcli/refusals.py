"""What the system refused git, read from what git said: the same typed errors as for our own writes."""

from __future__ import annotations

import errno
import os
import signal
from typing import Final

from freightlib.plugins import backend_kit

#: Settings under which git flushes packs and refs to the disk (git 2.36 and later; packs always).
SYNCED: Final = {"core.fsync": "all"}

_NUMBERS: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)


def raise_for_disk(ran: backend_kit.Ran) -> None:
    """Raise OSError when the disk or its permissions are why git failed (LC_ALL is C, so the words are known)."""
    if ran.status == -signal.SIGXFSZ:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    for number in _NUMBERS:
        if os.strerror(number) in ran.err:
            raise OSError(number, os.strerror(number))
    if "insufficient permission" in ran.err:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
