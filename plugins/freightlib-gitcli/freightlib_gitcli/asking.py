"""A long-lived ``git cat-file`` that is asked line by line (git's Documentation/git-cat-file.txt, batch output).

One process answers for all objects: starting git for each would cost some milliseconds every time.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

from attrs import define, field, frozen

from freightlib.plugins import ToolError, backend_kit

#: Settings for every run: objects as they are stored, and no remarks about names.
ENVIRONMENT: Final = {"GIT_NO_REPLACE_OBJECTS": "1"}
CONFIG: Final = {"core.warnAmbiguousRefs": "false"}


class EndedError(Exception):
    """git ended instead of answering; ``ran`` says how. Private to this package: callers make it a FreightError."""

    def __init__(self, ran: backend_kit.Ran) -> None:
        super().__init__(ran.reason)
        self.ran = ran


@frozen
class Answer:
    """What git said: an object's id and kind, and its contents when they were asked for."""

    id: str
    kind: str
    data: bytes = field(repr=False)


@define(slots=False)
class CatFile:
    """``git cat-file --batch`` (or ``--batch-check``: no contents) in ``directory``; started when first asked.

    ``remarks`` is what git wrote to standard error during the last question.
    """

    directory: Path
    contents: bool = True
    environment: Mapping[str, str] = field(factory=dict)
    config: Mapping[str, str] = field(factory=dict)
    remarks: str = field(default="", init=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _errors: IO[bytes] | None = field(default=None, init=False)
    _seen: int = field(default=0, init=False)
    _end: weakref.finalize[..., CatFile] | None = field(default=None, init=False)

    def ask(self, name: str) -> Answer | None:
        """The object of that name, or ``None``. ``name`` holds no line break. Raises EndedError, ToolError."""
        process = self._started()
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018
        try:
            process.stdin.write(name.encode("utf-8", "surrogateescape") + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
            parts = line.rstrip(b"\n").rsplit(b" ", 2)
            if not line:
                raise BrokenPipeError
            if parts[-1] in (b"missing", b"ambiguous"):
                self.remarks = self._said()
                return None
            found, kind, size = (part.decode("ascii") for part in parts)
            return Answer(found, kind, self._read(process.stdout, int(size)) if self.contents else b"")
        except (BrokenPipeError, ConnectionResetError, ValueError) as error:
            raise self._ended() from error

    @staticmethod
    def _read(stream: IO[bytes], size: int) -> bytes:
        data = stream.read(size + 1)
        if len(data) != size + 1:
            raise BrokenPipeError
        return data[:-1]

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None:
            return self._process
        program = backend_kit.git_path()
        if program is None:
            raise ToolError(
                "the git program is not installed; the git backend 'git' works through it",
                hint="install git (https://git-scm.com), or choose another backend (freight plugins)",
                tool="git",
            )
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(  # noqa: S603 - a list, no shell
            [program, "cat-file", "--batch" if self.contents else "--batch-check"],
            cwd=self.directory,
            env={**backend_kit.clean_environment({**CONFIG, **self.config}), **ENVIRONMENT, **self.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C is for us
        )
        self._end = weakref.finalize(self, _close, self._process, self._errors)
        return self._process

    def _said(self) -> str:
        """What git wrote to standard error since the last look."""
        if self._errors is None:
            return ""
        descriptor = self._errors.fileno()
        size = os.fstat(descriptor).st_size
        said = os.pread(descriptor, size - self._seen, self._seen)  # not read(): git writes at the same offset
        self._seen = size
        return backend_kit.scrub(said.decode("utf-8", "replace"))

    def _ended(self) -> EndedError:
        process = self._process
        assert process is not None  # noqa: S101
        self._process = None
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                _shut(stream)
        status = process.wait()
        said = self._said()
        self._seen = 0
        if self._end is not None:
            self._end()
        return EndedError(backend_kit.Ran(status, b"", said))


def _shut(stream: IO[bytes]) -> None:
    try:
        stream.close()
    except BrokenPipeError:
        return  # what was left to be sent has nobody to read it


def _close(process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            _shut(stream)
    process.wait()  # it ends when it has nothing more to read
    errors.close()
