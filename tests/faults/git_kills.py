"""Commits to a repository in child processes that kill themselves at write step 1, 2, 3, ... until one gets through.

Run as a program: ``git_kills.py REPOSITORY [WORKTREE]``. It prints how many steps there were, or fails.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from freightlib.plugins.repositories import BACKEND, open_repository
from freightlib.testing import git_bytes
from freightlib.testing.commits import MAIN, commit_changes
from freightlib.testing.program import check_sound


def armed(step: int) -> None:
    """Kill this process before its write call number ``step``."""
    count = 0

    def tick() -> None:
        nonlocal count
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def wrapped(call: Callable[..., Any]) -> Callable[..., Any]:
        def replacement(*args: Any, **kwargs: Any) -> Any:
            tick()
            return call(*args, **kwargs)

        return replacement

    for name in ("fsync", "write", "rename", "replace", "unlink", "mkdir", "link"):
        setattr(os, name, wrapped(getattr(os, name)))
    sys.addaudithook(lambda event, args: tick() if event == "open" and (args[2] or 0) & os.O_WRONLY else None)


def child(location: str, step: int, text: bytes) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            armed(step)
            commit_changes(open_repository(location), {"a/b": text}, message="next\n")
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def locks(git: Path) -> list[Path]:
    return [*(git / "refs").rglob("*.lock"), *(path for path in git.glob("*.lock") if path.name != "index.lock")]


def settle(git: Path) -> None:
    """Wait until git, which outlives the killed process for a moment, has let go: it leaves no lock behind."""
    for _ in range(1000):
        if not locks(git):
            return
        time.sleep(0.01)
    raise AssertionError(f"left behind: {locks(git)}")


def judge(location: str, old: str) -> None:
    git = Path(location) / ".git" if (Path(location) / ".git").exists() else Path(location)
    if os.environ.get(BACKEND) == "git":
        settle(git)
    check_sound(location)
    tip = open_repository(location).resolve(MAIN)
    assert tip == old or open_repository(location).read_commit(tip).parents == (old,)


def unclean(location: str) -> bytes:
    if not (Path(location) / ".git").exists():
        return b""
    return git_bytes(location, "status", "--porcelain")


def main(location: str) -> None:
    for step in range(1, 200):
        old = open_repository(location).resolve(MAIN)
        status = child(location, step, b"killed at %d" % step)
        judge(location, old)
        if status == 0:
            sys.stdout.write(f"{step - 1}\n")
            return
        assert status == -signal.SIGKILL, status
        commit_changes(open_repository(location), {"a/b": b"retried at %d" % step}, message="next\n")
        assert not unclean(location)
    raise AssertionError("never got through")


if __name__ == "__main__":
    main(sys.argv[1])
