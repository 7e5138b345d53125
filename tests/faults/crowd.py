"""One of a crowd: runs the ``freight`` commands that it reads, lines of JSON lists, one after the other."""

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
