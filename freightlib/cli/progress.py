"""Shows one line on a terminal while something takes long; prints nothing anywhere else."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle

#: Seconds before the line appears.
_DELAY = 0.5
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


@contextmanager
def progress(label: str, *, shown: bool = True) -> Iterator[None]:
    """Show ``label`` on stderr while the block runs, beginning after half a second."""
    if not shown or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    done = threading.Event()
    thread = threading.Thread(target=_spin, args=(label, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _spin(label: str, done: threading.Event) -> None:
    if done.wait(_DELAY):
        return
    frames = _FRAMES if (sys.stderr.encoding or "").lower().startswith("utf") else "-\\|/"
    width = max(os.get_terminal_size(sys.stderr.fileno()).columns - 4, 10)
    for frame in cycle(frames):
        sys.stderr.write(f"\r{frame} {label[:width]}")
        sys.stderr.flush()
        if done.wait(0.1):
            break
    sys.stderr.write("\r\x1b[K")
    sys.stderr.flush()
