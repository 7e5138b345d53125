"""One of a crowd: runs one ``freight`` command after the other, each to its end: ``crowd.py`` with lines of JSON lists."""

from __future__ import annotations

import json
import sys

from freightlib.cli import main

if __name__ == "__main__":
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        status = main(json.loads(line))
        if status:
            sys.exit(status)
