"""One worker process, seen from its parent: start it, send it requests with a deadline, kill it."""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from freightlib.plugins.isolation import main
from freightlib.plugins.isolation.program import end_group, private_environment

_START_SECONDS: Final = 60.0
_CHUNK: Final = 1 << 20
_STDERR: Final = 16 << 10


class WorkerDied(Exception):  # noqa: N818 - never leaves the package: pool.py turns it into a typed error
    """The worker process must be discarded: ``reason``, ``detail``, and the end of its ``stderr``."""

    def __init__(self, reason: str, detail: str = "", stderr: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.stderr = stderr


class Worker:
    """A started worker process; only one thread at a time may use it."""

    def __init__(self, file: str, path: Sequence[str], environment: dict[str, str], home: str) -> None:
        self._own = tempfile.mkdtemp(dir=home)
        self._stderr = open(os.path.join(self._own, "stderr"), "ab+", buffering=0)  # noqa: SIM115, PTH118, PTH123
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-I", "-S", main.__file__, file, *path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env=private_environment(self._own) | environment,
            cwd=self._own,
            start_new_session=True,  # the parent handles Ctrl-C
            bufsize=0,
        )
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101, PT018 - pipes
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        self._sent: OrderedDict[bytes, None] = OrderedDict()
        self.offline: bool | None = None

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ask(
        self, request: bytes, shared: tuple[bytes, bytes], seconds: float, output: int, limits: tuple[int, int]
    ) -> bytes:
        """Return the answer to ``request``. Raises WorkerDied, after which only ``kill`` may be called.

        ``seconds`` and ``output`` limit the time and the bytes of the answer; ``shared`` is (key, data).
        """
        if self.offline is None:
            self._greet()
        key, data = shared
        if key in self._sent:
            data = b""
        head = main.REQUEST.pack(*limits, len(request), len(data), key)
        status, answer = self._exchange([head, request, data], time.monotonic() + seconds, output)
        self._sent[key] = None
        self._sent.move_to_end(key)
        while len(self._sent) > main.KEPT:
            self._sent.popitem(last=False)
        os.ftruncate(self._stderr.fileno(), 0)
        if status != main.OK:
            raise self._died("failed", answer.decode("utf-8", "replace"))
        return answer

    def _greet(self) -> None:
        try:
            _, hello = self._exchange([], time.monotonic() + _START_SECONDS, _CHUNK)
        except WorkerDied as died:
            raise WorkerDied(
                "did not start", died.stderr.strip().rpartition("\n")[2] or died.reason, died.stderr
            ) from None
        self.offline = bool(json.loads(hello)["offline"])

    def _exchange(self, parts: list[bytes], deadline: float, output: int) -> tuple[int, bytes]:
        outgoing, incoming = memoryview(b"".join(parts)), bytearray()
        expected = main.ANSWER.size
        with selectors.DefaultSelector() as ready:
            ready.register(self._out, selectors.EVENT_READ)
            if outgoing:
                ready.register(self._in, selectors.EVENT_WRITE)
            while len(incoming) < expected:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise self._died("timeout")
                for key, _ in ready.select(left):
                    if key.fd == self._in:
                        outgoing = self._write(outgoing)
                        if not outgoing:
                            ready.unregister(self._in)
                    else:
                        incoming += self._read()
                if expected == main.ANSWER.size <= len(incoming):
                    length = main.ANSWER.unpack_from(incoming)[1]
                    if length > output:
                        raise self._died("output too large")
                    expected += length
        return incoming[0], bytes(memoryview(incoming)[main.ANSWER.size :])

    def _write(self, outgoing: memoryview) -> memoryview:
        try:
            return outgoing[os.write(self._in, outgoing) :]
        except BlockingIOError:
            return outgoing
        except BrokenPipeError:
            raise self._ended() from None

    def _read(self) -> bytes:
        try:
            data = os.read(self._out, _CHUNK)
        except BlockingIOError:
            return b""
        if not data:
            raise self._ended()
        return data

    def _ended(self) -> WorkerDied:
        self.kill()
        code = self._process.returncode
        said = self._said()
        if code == -signal.SIGXCPU:
            return WorkerDied("timeout", "its processor time is used up", said)
        if any(sign in said for sign in ("out of memory", "cannot allocate memory", "MemoryError", "errno=12")):
            return WorkerDied("memory", "", said)
        if code == -signal.SIGKILL and not said:
            return WorkerDied("memory", "the system killed it", said)
        return WorkerDied("aborted", _first_words(said) or f"exit status {code}", said)

    def _died(self, reason: str, detail: str = "") -> WorkerDied:
        said = self._said()
        self.kill()
        return WorkerDied(reason, detail, said)

    def _said(self) -> str:
        if self._stderr.closed:
            return self._last
        self._stderr.seek(0)
        return self._stderr.read(_STDERR).decode("utf-8", "replace")

    _last = ""

    def kill(self) -> None:
        """Kill the process and everything it started. A second call does nothing."""
        if self._stderr.closed:
            return
        end_group(self._process)
        self._last = self._said()
        self._stderr.close()
        shutil.rmtree(self._own, ignore_errors=True)


def _first_words(said: str) -> str:
    for line in said.splitlines():
        text = line.strip()
        if text.startswith(("fatal error:", "panic:", "runtime:", "SIG")):
            return text
    return ""
