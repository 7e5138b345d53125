"""What runs inside a worker process: started by path, in an isolated interpreter, without freightlib.

>>> from freightlib.plugins.isolation.main import ANSWER, OK
>>> ANSWER.unpack(ANSWER.pack(OK, 5))
(0, 5)

``python -I -S main.py HANDLER.py PATH...`` loads HANDLER.py (which defines ``handle(request, shared) -> bytes``)
with PATH... on ``sys.path`` and answers frames from standard input until that closes. It then ends at once, whatever
it is doing: the parent is gone. Frames are those of ``freightlib.plugins.isolation.pool``.
"""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import resource
import struct
import sys
import threading
from collections import OrderedDict
from typing import Any

# request: memory, CPU seconds, length of request, length of shared, key of shared; answer: status, length
REQUEST = struct.Struct(">QQQQ32s")
ANSWER = struct.Struct(">BQ")
KEPT = 8
OK, FAILED = 0, 1


def cut_network() -> bool:
    """Move this process (still one thread) into a network namespace of its own, where the system lets it."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    user, group = os.getuid(), os.getgid()
    if ctypes.CDLL(None, use_errno=True).unshare(0x10000000 | 0x40000000):  # CLONE_NEWUSER | CLONE_NEWNET
        return False
    # keep our own ids: without a map every file would seem to belong to nobody
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - pathlib costs start-up time
            file.write(text)
    return True


def address_space() -> int:
    """Bytes of address space this process has mapped; 0 where the system does not say."""
    try:
        with open("/proc/self/statm") as file:  # noqa: PTH123
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def limit(baseline: int, memory: int, seconds: int) -> None:
    """Lower what this process may take from now on: address space beyond ``baseline``, CPU seconds from now."""
    if memory and baseline:
        _lower(resource.RLIMIT_AS, baseline + memory)
    if seconds:
        used = resource.getrusage(resource.RUSAGE_SELF)
        _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds + 1)


def _lower(kind: int, soft: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def load(path: str) -> Any:
    """The module in the file ``path``."""
    spec = importlib.util.spec_from_file_location("freightlib_worker_handler", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(stream: Any, size: int) -> bytes:
    """Exactly ``size`` bytes, or the end of this process: the parent has closed its side."""
    data = stream.read(size)
    if len(data) != size:
        os._exit(0)
    return bytes(data)


def listen(stream: Any, inbox: queue.SimpleQueue[tuple[int, int, bytes, bytes, bytes]]) -> None:
    """Queue every request; ends the process when the parent is gone, even while the handler runs."""
    while True:
        memory, seconds, request, shared, key = REQUEST.unpack(read(stream, REQUEST.size))
        inbox.put((memory, seconds, read(stream, request), read(stream, shared), key))


def answer(stream: Any, status: int, data: bytes) -> None:
    """Write one answer frame."""
    stream.write(ANSWER.pack(status, len(data)))
    stream.write(data)
    stream.flush()


def main(arguments: list[str]) -> None:
    """Serve until the parent closes standard input."""
    # the handler's own output must not get between the frames
    stdin, stdout = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    offline = cut_network()
    sys.path += arguments[1:]
    handle = load(arguments[0]).handle
    baseline = address_space()
    answer(stdout, OK, json.dumps({"offline": offline, "address_space": baseline}).encode())
    inbox: queue.SimpleQueue[tuple[int, int, bytes, bytes, bytes]] = queue.SimpleQueue()
    threading.Thread(target=listen, args=(stdin, inbox), daemon=True).start()
    kept: OrderedDict[bytes, bytes] = OrderedDict()
    while True:
        memory, seconds, request, shared, key = inbox.get()
        limit(baseline, memory, seconds)
        if shared:
            kept[key] = shared
        if key in kept:
            kept.move_to_end(key)
        try:
            status, data = OK, handle(request, kept.get(key, b""))
        except Exception as error:  # noqa: BLE001 - whatever the handler raised is the parent's to report
            status, data = FAILED, f"{type(error).__name__}: {error}".encode(errors="replace")
        answer(stdout, status, data)
        while len(kept) > KEPT:
            kept.popitem(last=False)


if __name__ == "__main__":
    main(sys.argv[1:])
