"""The logger ``freightlib``: decisions and moves of refs, at level INFO. Silent until the program sets up logging."""

from __future__ import annotations

import logging
from typing import Final

LOG: Final = logging.getLogger("freightlib")
LOG.addHandler(logging.NullHandler())
