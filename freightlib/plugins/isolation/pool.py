r"""A pool of long-lived worker processes for code that may hang, grow without bound or abort.

>>> from pathlib import Path
>>> from tempfile import TemporaryDirectory
>>> from freightlib.plugins.contracts import Limits
>>> from freightlib.plugins.isolation.pool import Handler, WorkerPool
>>> with TemporaryDirectory() as directory:
...     file = Path(directory, "upper.py")
...     _ = file.write_text("def handle(request, shared):\n    return request.upper() + shared\n")
...     with WorkerPool(Handler(str(file))) as pool:
...         pool.call(b"web", subject="shop", stage="test", limits=Limits(), shared=("1", b"!"))
b'WEB!'

Workers are new interpreters, never forks, because a Go runtime hangs after a fork. The parent enforces the deadline and
kills the worker. The worker lowers its own memory and CPU limits before each request, and ends when its parent ends.
"""

from __future__ import annotations

import atexit
import hashlib
import math
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Self

from attrs import frozen

from freightlib.errors import IsolationError, ToolError
from freightlib.plugins.contracts import Limits
from freightlib.plugins.isolation import main
from freightlib.plugins.isolation.process import Worker, WorkerDied


@frozen
class Handler:
    """The code that workers run: ``file`` defines ``handle(request: bytes, shared: bytes) -> bytes``.

    ``path`` is what it imports from; it must not import freightlib. ``environment`` is added to the clean environment
    of the workers.
    """

    file: str
    path: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class WorkerPool:
    """The workers of one handler: started when needed, at most ``limit`` at once. Any thread may use the pool."""

    def __init__(self, handler: Handler, limit: int | None = None) -> None:
        self.handler = handler
        self.limit = limit or cores()
        self._free = threading.Condition()
        self._reset()
        _pools.add(self)

    def _reset(self) -> None:
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()
        self._pid = os.getpid()
        self._home: str | None = None

    def prepare(self, renders: int) -> None:
        """Start workers for about ``renders`` calls that will follow; do not wait for the workers."""
        with self._free:
            self._adopt()
            for _ in range(min(renders, self.limit) - len(self._all)):
                self._idle.append(self._start())

    @property
    def offline(self) -> bool | None:
        """True if the workers have no network; ``None`` before the first one has answered."""
        known = [worker.offline for worker in self._all if worker.offline is not None]
        return known[0] if known else None

    @property
    def processes(self) -> tuple[int, ...]:
        """The process ids of the running workers."""
        return tuple(worker.pid for worker in self._all)

    def call(
        self, request: bytes, *, subject: str, stage: str, limits: Limits, shared: tuple[str, bytes] | None = None
    ) -> bytes:
        """Return the handler's answer to ``request``.

        ``shared`` is (key, data) that many calls have in common: each worker gets it once.
        ``subject`` and ``stage`` say in errors what is rendered.

        Raises IsolationError with ``reason`` ``timeout``, ``memory``, ``aborted`` or
        ``output too large``; ToolError when a worker cannot start or its handler fails.
        """
        if limits.isolation == "none":
            return in_process(self.handler)(request, shared[1] if shared else b"")
        worker = self._take()
        try:
            answer = worker.ask(request, _keyed(shared), limits.seconds, limits.output, _rlimits(limits))
        except WorkerDied as died:
            self._drop(worker)
            raise _error(died, subject, stage, limits) from None
        except BaseException:  # interrupted: the rest of this answer is still in its pipe
            self._drop(worker)
            raise
        self._give(worker)
        return answer

    def close(self) -> None:
        """End every worker; the next call starts new ones."""
        with self._free:
            workers, home = list(self._all), self._home
            mine = self._pid == os.getpid()
            self._reset()
        if not mine:
            return
        for worker in workers:
            worker.kill()
        if home:
            shutil.rmtree(home, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _adopt(self) -> None:
        if self._pid != os.getpid():  # after a fork the workers belong to the parent
            self._reset()

    def _take(self) -> Worker:
        with self._free:
            self._adopt()
            while not self._idle and len(self._all) >= self.limit:
                self._free.wait()
            return self._idle.pop() if self._idle else self._start()

    def _give(self, worker: Worker) -> None:
        with self._free:
            if worker in self._all:
                self._idle.append(worker)
                self._free.notify()

    def _drop(self, worker: Worker) -> None:
        worker.kill()
        with self._free:
            self._all.discard(worker)
            self._free.notify()

    def _start(self) -> Worker:
        if self._home is None:
            self._home = tempfile.mkdtemp(prefix="freightlib-workers-")
        worker = Worker(self.handler.file, self.handler.path, dict(self.handler.environment), self._home)
        self._all.add(worker)
        return worker


_pools: weakref.WeakSet[WorkerPool] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for pool in list(_pools):
        pool.close()


_handlers: dict[Handler, Callable[[bytes, bytes], bytes]] = {}
_loading = threading.Lock()


def in_process(handler: Handler) -> Callable[[bytes, bytes], bytes]:
    """Load the handler into this process and return its function, for callers who trust their input."""
    with _loading:
        if handler not in _handlers:
            _handlers[handler] = main.load(handler.file).handle
        return _handlers[handler]


def _keyed(shared: tuple[str, bytes] | None) -> tuple[bytes, bytes]:
    return (hashlib.sha256(shared[0].encode()).digest(), shared[1]) if shared else (bytes(32), b"")


def _rlimits(limits: Limits) -> tuple[int, int]:
    return limits.memory, math.ceil(limits.seconds * cores()) + 1


_WHY = {
    "timeout": (
        "ran longer than {seconds:g} s",
        "look for an endless loop in its templates, or give it more time: --timeout (Limits.seconds)",
    ),
    "memory": (
        "needed more than {memory} MB of memory",
        "look for unbounded repetition, or give it more: --memory (Limits.memory)",
    ),
    "output too large": (
        "gave more than {output} MB of output",
        "look for unbounded repetition, or raise Limits.output",
    ),
    "aborted": ("aborted its process", "look for endless recursion in its templates (a tpl that calls itself)"),
}


def _error(died: WorkerDied, subject: str, stage: str, limits: Limits) -> Exception:
    if died.reason not in _WHY:
        return ToolError(
            f"a worker process {died.reason}: {died.detail or 'it printed nothing'}",
            hint="reinstall the plugin that renders this package",
            tool=subject,
            stderr=died.stderr,
        )
    what, hint = _WHY[died.reason]
    facts = what.format(seconds=limits.seconds, memory=limits.memory >> 20, output=limits.output >> 20)
    detail = f" ({died.detail})" if died.detail else ""
    return IsolationError(
        f"rendering {subject} for stage {stage} {facts}{detail}",
        hint=hint,
        stage=stage,
        chart=subject,
        reason=died.reason,
        stderr=died.stderr,
    )


__all__ = ["Handler", "WorkerPool", "cores", "in_process"]
