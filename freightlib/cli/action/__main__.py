"""``python -m freightlib.cli.action``: runs one verb for a step of ``action.yml``."""

import sys

from freightlib.cli.action.step import main

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(main())
