"""``python -m freightlib``: the same as ``freight``."""

import sys

from freightlib.cli import main

if __name__ == "__main__":
    sys.exit(main())
