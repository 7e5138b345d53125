"""The program of a worker process: started by path, in an isolated interpreter, without freightlib.

``python -I -S main.py HANDLER.py PATH...`` loads HANDLER.py (which defines ``handle(request, shared) -> bytes``)
with PATH... on ``sys.path`` and answers frames from standard input until that closes. Then the parent has ended, so
this process ends at once, even in the middle of a request. The parent is ``freightlib.plugins.isolation.process``.
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
    """Move this process into its own network namespace, if the system allows it. Call it before threads start."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    user, group = os.getuid(), os.getgid()
    if ctypes.CDLL(None, use_errno=True).unshare(0x10000000 | 0x40000000):  # CLONE_NEWUSER | CLONE_NEWNET
        return False
    # keep our user and group ids: without a map every file seems to belong to nobody
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - pathlib costs start-up time
            file.write(text)
    return True


def address_space() -> int:
    """Return how many bytes of address space this process has mapped; 0 if the system does not say."""
    try:
        with open("/proc/self/statm") as file:  # noqa: PTH123
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def limit(baseline: int, memory: int, seconds: int) -> None:
    """Limit this process from now on to ``memory`` bytes above ``baseline``, and to ``seconds`` more of CPU time."""
    if memory and baseline:
        _lower(resource.RLIMIT_AS, baseline + memory)
    if seconds:
        used = resource.getrusage(resource.RUSAGE_SELF)
        _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds + 1)


def _lower(kind: int, soft: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def load(path: str) -> Any:
    """Import the file ``path`` as a module."""
    spec = importlib.util.spec_from_file_location("freightlib_worker_handler", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(stream: Any, size: int) -> bytes:
    """Read exactly ``size`` bytes. End this process if the parent has closed its side."""
    data = stream.read(size)
    if len(data) != size:
        os._exit(0)
    return bytes(data)


def listen(stream: Any, inbox: queue.SimpleQueue[tuple[int, int, bytes, bytes, bytes]]) -> None:
    """Queue every request. End the process when the parent has ended, even while the handler runs."""
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
    # output of the handler must not get between the frames
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
        except Exception as error:  # noqa: BLE001 - the parent reports whatever the handler raises
            status, data = FAILED, f"{type(error).__name__}: {error}".encode(errors="replace")
        answer(stdout, status, data)
        while len(kept) > KEPT:
            kept.popitem(last=False)


if __name__ == "__main__":
    main(sys.argv[1:])
