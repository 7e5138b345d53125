r"""Runs an external program: with a clean environment, a deadline and limits, and without a network if possible.

>>> from freightlib.plugins.isolation.program import run_isolated
>>> run_isolated(["/bin/sh", "-c", "echo $TZ $HOME | wc -w"]).stdout
b'2\n'

The program gets a private HOME, TMPDIR and XDG directories (removed afterwards), TZ=UTC and LC_ALL=C. Of the caller's
environment it gets only PATH. When it exceeds a limit, it is killed together with everything it started.
"""

from __future__ import annotations

import contextlib
import math
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Final

from attrs import field, frozen

from freightlib.errors import ToolError

_CHUNK: Final = 1 << 20
_FILE_SIZE: Final = 1 << 30


@frozen
class Completed:
    """The result of a program: its exit ``status`` (negative: killed by that signal), ``stdout`` and ``stderr``."""

    status: int
    stdout: bytes = field(repr=False)
    stderr: bytes = field(repr=False)

    @property
    def said(self) -> str:
        """``stderr`` as text, without whitespace around it."""
        return self.stderr.decode("utf-8", "replace").strip()


def find_program(name: str, hint: str) -> Path:
    """Return the path of the program ``name`` (a name on PATH, or a path). Raises ToolError with ``hint``."""
    found = shutil.which(name)
    if found is None:
        raise ToolError(f"the program {name!r} is not there", hint=hint, tool=name, stderr="")
    return Path(found).absolute()


def run_isolated(
    command: Sequence[str | os.PathLike[str]],
    *,
    cwd: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    seconds: float = 60.0,
    memory: int = 0,
    output: int = 64 << 20,
    network: bool = False,
) -> Completed:
    """Run ``command`` and return its result, also if its exit status is not 0.

    ``environment`` is added to the clean environment. ``memory`` limits the address space in bytes (0: no limit),
    ``output`` the bytes of standard output and of standard error each. Raises ToolError when the program cannot start;
    when it is stopped, the error has the ``reason`` ``timeout``, ``memory``, ``aborted`` or ``output too large``.
    """
    with tempfile.TemporaryDirectory(prefix="freightlib-tool-") as home:
        program = os.fspath(command[0])
        started = time.monotonic()
        process = _start(
            [*([] if network else _offline()), *(os.fspath(part) for part in command)],
            program,
            cwd or home,
            {**private_environment(home), **(environment or {})},
        )
        try:
            _limit(process.pid, memory, seconds)
            out, err = _talk(process, stdin, _Deadline(program, seconds, started + seconds), output)
        finally:
            end_group(process)
        _judge(process.returncode, err, program, seconds)
        return Completed(process.returncode, out, err)


def private_environment(home: str) -> dict[str, str]:
    """Return a complete environment: PATH of the user, and ``home`` as HOME, TMPDIR and the place of the caches."""
    root = Path(home)
    return {
        "HOME": home,
        "TMPDIR": home,
        **{f"XDG_{kind}_HOME": str(root / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA", "STATE")},
        "TZ": "UTC",
        "LC_ALL": "C",
        "LANG": "C",
        "PATH": os.environ.get("PATH", os.defpath),
    }


@cache
def network_isolation() -> str:
    """Return how programs are kept off the network here: ``namespace``, or ``none`` if the system cannot do it."""
    program = shutil.which("unshare") if sys.platform.startswith("linux") else None
    if program is None:
        return "none"
    tried = subprocess.run([program, "-rn", "true"], capture_output=True, check=False, stdin=subprocess.DEVNULL)  # noqa: S603
    return "none" if tried.returncode else "namespace"


def _offline() -> list[str]:
    return ["unshare", "-rn", "--"] if network_isolation() == "namespace" else []


def _start(
    command: list[str], program: str, cwd: str | os.PathLike[str], environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    if not os.access(program, os.X_OK) and shutil.which(program) is None:
        raise ToolError(f"the program {program!r} is not there", hint="install it", tool=program, stderr="")
    try:
        return subprocess.Popen(  # noqa: S603 - the command is the caller's
            command,
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,
        )
    except OSError as error:
        raise ToolError(
            f"the program {program!r} cannot be started: {error.strerror}",
            hint="check that it is a program for this machine",
            tool=program,
            stderr="",
        ) from error


def _limit(pid: int, memory: int, seconds: float) -> None:
    # set by the parent: running code between fork and exec is not safe in a process with threads
    import resource

    if not hasattr(resource, "prlimit"):
        return
    cores = os.cpu_count() or 1
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: _FILE_SIZE,
        resource.RLIMIT_CPU: math.ceil(seconds * cores) + 1,
    }
    if memory:
        limits[resource.RLIMIT_AS] = memory
    for kind, value in limits.items():
        try:
            hard = resource.prlimit(pid, kind)[1]
            lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.prlimit(pid, kind, (lowest, lowest))
        except (ProcessLookupError, PermissionError):
            return  # it has ended already, or the system does not allow it


@frozen
class _Deadline:
    program: str
    seconds: float
    ends: float

    def left(self, found: Mapping[int, bytearray]) -> float:
        left = self.ends - time.monotonic()
        if left <= 0:
            raise _stopped(self.program, "timeout", f"ran longer than {self.seconds:g} s", found)
        return left


def _talk(process: subprocess.Popen[bytes], stdin: bytes, deadline: _Deadline, output: int) -> tuple[bytes, bytes]:
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None  # noqa: S101, PT018
    found: dict[int, bytearray] = {stream.fileno(): bytearray() for stream in (process.stdout, process.stderr)}
    with selectors.DefaultSelector() as ready:
        for stream in (process.stdout, process.stderr):
            ready.register(stream, selectors.EVENT_READ, _reader(stream, found))
        os.set_blocking(process.stdin.fileno(), False)
        ready.register(process.stdin, selectors.EVENT_WRITE, _writer(process.stdin, stdin))
        while ready.get_map():
            for key, _ in ready.select(deadline.left(found)):
                if not key.data():
                    ready.unregister(key.fileobj)
                    if key.fileobj is process.stdin:
                        process.stdin.close()
            if any(len(data) > output for data in found.values()):
                raise _stopped(
                    deadline.program, "output too large", f"gave more than {output >> 20} MB of output", found
                )
    while not _ended(process.pid):
        time.sleep(min(0.002, deadline.left(found)))
    return bytes(found[process.stdout.fileno()]), bytes(found[process.stderr.fileno()])


def _ended(pid: int) -> bool:
    # WNOWAIT: while the process is not reaped, no other process group can get its id
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def _reader(stream: IO[bytes], found: dict[int, bytearray]) -> Callable[[], int]:
    def read() -> int:
        data = os.read(stream.fileno(), _CHUNK)
        found[stream.fileno()] += data
        return len(data)

    return read


def _writer(stream: IO[bytes], data: bytes) -> Callable[[], int]:
    outgoing = memoryview(data)

    def write() -> int:
        nonlocal outgoing
        try:
            outgoing = outgoing[os.write(stream.fileno(), outgoing) :] if outgoing else outgoing
        except BlockingIOError:
            return len(outgoing)
        except BrokenPipeError:
            outgoing = outgoing[:0]  # the program does not read the rest
        return len(outgoing)

    return write


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a program that has its own session, with everything it started; then reap it."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # no process is left (macOS reports EPERM then)
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def _judge(status: int, stderr: bytes, program: str, seconds: float) -> None:
    said = stderr[: 16 << 10].decode("utf-8", "replace")
    if status == -signal.SIGXCPU:
        raise _error(program, "timeout", f"used up its {seconds:g} s of processor time", said)
    if any(sign in said for sign in ("runtime: out of memory", "cannot allocate memory", "errno=12")):
        raise _error(program, "memory", "needed more memory than it may have", said)
    if status < 0 or "fatal error: stack overflow" in said:
        raise _error(program, "aborted", "aborted", said)


def _stopped(program: str, reason: str, what: str, found: Mapping[int, bytearray]) -> ToolError:
    said = bytes(list(found.values())[-1][: 16 << 10]).decode("utf-8", "replace")
    return _error(program, reason, what, said)


def _error(program: str, reason: str, what: str, said: str) -> ToolError:
    return ToolError(
        f"{Path(program).name} {what} and was stopped",
        hint="look for endless loops or recursion in its input, or raise the limit",
        tool=program,
        stderr=said,
        reason=reason,
    )
