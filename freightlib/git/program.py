"""Runs the git program in a clean environment, with a deadline, and with no credential in any message."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from attrs import field, frozen

from freightlib.errors import ToolError
from freightlib.git.credentials import scrub

TIMEOUT: Final = 600.0  # seconds

# The GIT_* variables that are passed on to git. The others (GIT_DIR, GIT_INDEX_FILE, ...) come from a git that runs
# freightlib in a hook, and are about its repository.
_KEPT: Final = re.compile(
    r"GIT_(?:ASKPASS|SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|HTTP_\w+|PROXY_\w+|EXEC_PATH|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|"
    r"COUNT|KEY_\d+|VALUE_\d+|PARAMETERS)|(?:AUTHOR|COMMITTER)_\w+|ALLOW_PROTOCOL|PROTOCOL\w*|CEILING_DIRECTORIES)"
)

# file descriptors inherited by git, so that their locks outlive this process
_KEEPING: ContextVar[tuple[int, ...]] = ContextVar("keeping", default=())


@contextmanager
def keeping(descriptor: int) -> Iterator[None]:
    """Let every git that this thread starts inside the block inherit an open file descriptor.

    An advisory lock on it is then held until that git has ended too, even if this process is killed.
    """
    token = _KEEPING.set((*_KEEPING.get(), descriptor))
    try:
        yield
    finally:
        _KEEPING.reset(token)


@frozen
class Ran:
    """The result of a run of git: its exit status and output. ``tries`` is the number of runs, if it was repeated."""

    status: int
    out: bytes = field(repr=False)
    err: str
    tries: int = 1

    @property
    def reason(self) -> str:
        """The first line in which git says what failed, without ``fatal:`` and credentials."""
        lines = [line.strip() for line in self.err.splitlines() if line.strip()]
        found = [line for line in lines if line.startswith(("fatal:", "error:", "remote: error", "ERROR"))] or lines
        if found and found[0].startswith("fatal: Could not read from remote"):  # ssh or the server printed the reason
            before = lines[: lines.index(found[0])]
            found = before[-1:] or found
        return re.sub(r"^(?:fatal|error): ", "", found[0]) if found else f"git ended with status {self.status}"


def git_path() -> str | None:
    """Return the path of the git program, or ``None``."""
    return shutil.which("git")


def clean_environment(config: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for git: no variables of a calling git, no prompts, English, and the settings ``config``.

    Settings are passed in the environment because every user of the machine can read arguments (``ps``).
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or _KEPT.fullmatch(key)}
    kept |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "SSH_ASKPASS_REQUIRE": "never"}
    count = int(kept.get("GIT_CONFIG_COUNT") or 0)
    for number, (key, value) in enumerate(config.items(), start=count):
        kept[f"GIT_CONFIG_KEY_{number}"] = key
        kept[f"GIT_CONFIG_VALUE_{number}"] = value
    kept["GIT_CONFIG_COUNT"] = str(count + len(config))
    return kept


def run_git(
    arguments: Sequence[str],
    *,
    directory: Path,
    stdin: bytes = b"",
    config: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
    secrets: Sequence[str] = (),
) -> Ran:
    """Run ``git <arguments>`` in ``directory``. The caller must check the exit status.

    ``secrets`` are removed from ``err``. Raises ToolError if git is not installed or does not end within ``timeout``
    seconds.
    """
    program = git_path()
    if program is None:
        raise ToolError(
            "the git program is not installed; it is needed for remotes, checked-out branches and signatures",
            hint="install git (https://git-scm.com), or give a local bare repository",
            tool="git",
        )
    given = {**clean_environment(config or {}), **(environment or {})}
    try:
        return run_program(
            [program, *arguments],
            directory=directory,
            environment=given,
            stdin=stdin,
            timeout=timeout,
            secrets=secrets,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolError(
            f"git {arguments[0]} did not end within {timeout:g} seconds and was stopped",
            hint="check the network and the remote, then run the same again",
            tool="git",
        ) from error


def run_program(
    command: Sequence[str],
    *,
    directory: Path,
    environment: Mapping[str, str],
    stdin: bytes,
    timeout: float,
    secrets: Sequence[str] = (),
) -> Ran:
    """Run a program in exactly this environment. The caller must check the exit status.

    Raises OSError if it cannot be started, TimeoutExpired if it did not end within ``timeout`` seconds and was stopped.
    """
    process = subprocess.Popen(  # noqa: S603 - a list, no shell
        command,
        cwd=directory,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # without a terminal, ssh cannot prompt; and _stop kills the helpers of git too
        pass_fds=_KEEPING.get(),
    )
    try:
        out, err = process.communicate(stdin, timeout)
    except BaseException:
        _stop(process)
        raise
    return Ran(process.returncode, out, scrub(err.decode("utf-8", "replace"), secrets))


def _stop(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # the process has just ended by itself
    finally:
        process.communicate()
