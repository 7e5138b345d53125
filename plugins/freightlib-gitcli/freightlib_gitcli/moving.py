"""Moves refs through one ``git update-ref --stdin`` transaction: locked and compared, then moved when told so.

When this process dies in between, git reads the end of its input and lets go of the locks.
"""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Final

from attrs import define, field

from freightlib.plugins import GitError, RefLockedError, RefUpdate, ToolError, backend_kit
from freightlib_gitcli.asking import CONFIG, ENVIRONMENT
from freightlib_gitcli.refusals import SYNCED, raise_for_disk

if TYPE_CHECKING:
    from freightlib_gitcli.storage import GitStorage

_LOCKED: Final = re.compile(r"Unable to create '(?P<lock>[^\n]+\.lock)': File exists")
_REF: Final = re.compile(r"ref '(?P<ref>[^'\n]+)'")
_BESIDE: Final = re.compile(r"'(?P<other>[^'\n]+)' exists; cannot create '(?P<ref>[^'\n]+)'")


@define(slots=False)
class RefMove:
    """See ``backend_kit.Moving``; a context.

    Entering raises RefConflictError, RefLockedError, StorageError, GitError.
    """

    storage: GitStorage
    updates: Sequence[RefUpdate]
    followers: Sequence[backend_kit.WorkTree]
    who: tuple[str, str]
    reason: str
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _watch: threading.Timer | None = field(default=None, init=False)

    def __enter__(self) -> RefMove:
        try:
            self._start()
            none = "0" * (64 if self.storage.algorithm == "sha256" else 40)
            self._say("start", *(_instruction(update, none) for update in self.updates), "prepare")
            self._hear("start: ok")
            self._hear("prepare: ok")
        except BaseException:
            self._let_go()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._let_go()

    def commit(self) -> None:
        """Move all refs. Raises StorageError, GitError."""
        self._say("commit")
        self._hear("commit: ok")
        # git notes the move of a branch also for HEAD, but only of the work tree it ran in
        for tree in self.followers:
            if tree.git != self.storage.layout.own:
                for update in self.updates:
                    if update.ref == tree.branch:
                        backend_kit.append_head_reflog(tree, update, self.who, self.reason)

    def _start(self) -> None:
        program = backend_kit.git_path()
        if program is None:
            raise ToolError("the git program is not installed", hint="install git (https://git-scm.com)", tool="git")
        name, email = ("".join(character for character in part if character not in "\n\r\0<>") for part in self.who)
        told = " ".join(self.reason.split())
        patience = str(round(backend_kit.lock_seconds() * 1000))
        waiting = {"core.filesRefLockTimeout": patience, "core.packedRefsTimeout": patience}
        self._process = subprocess.Popen(  # noqa: S603 - a list, no shell
            [program, "update-ref", *(["-m", told] if told else []), "--stdin", "-z"],
            cwd=self.storage.layout.own,
            env={
                **backend_kit.clean_environment({**CONFIG, **SYNCED, **waiting}),
                **ENVIRONMENT,
                "GIT_COMMITTER_NAME": name,
                "GIT_COMMITTER_EMAIL": email,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._watch = threading.Timer(backend_kit.TIMEOUT, self._process.kill)
        self._watch.daemon = True
        self._watch.start()

    def _say(self, *words: str) -> None:
        assert self._process is not None and self._process.stdin is not None  # noqa: S101, PT018
        try:
            self._process.stdin.write("".join(f"{word}\0" for word in words).encode("utf-8", "surrogateescape"))
            self._process.stdin.flush()
        except BrokenPipeError:
            return  # it has ended, and said why: _hear tells

    def _hear(self, expected: str) -> None:
        assert self._process is not None and self._process.stdout is not None  # noqa: S101, PT018
        if self._process.stdout.readline().decode("utf-8", "replace").rstrip("\n") != expected:
            raise self._refusal(self._end())

    def _end(self) -> backend_kit.Ran:
        process, self._process = self._process, None
        assert process is not None and process.stdin is not None  # noqa: S101, PT018
        with suppress(BrokenPipeError):  # it may have ended before it had read everything
            process.stdin.close()
        process.stdin = None
        _, err = process.communicate()
        if self._watch is not None:
            self._watch.cancel()
        return backend_kit.Ran(process.returncode, b"", backend_kit.scrub(err.decode("utf-8", "replace")))

    def _let_go(self) -> None:
        if self._process is not None:
            self._end()

    def _refusal(self, ran: backend_kit.Ran) -> GitError:
        for update in self.updates:
            found = self.storage.ref(update.ref)
            if found != update.old:
                return backend_kit.conflict(update, found)
        ref = _REF.search(ran.err)
        name = ref["ref"] if ref else self.updates[0].ref
        lock, beside = _LOCKED.search(ran.err), _BESIDE.search(ran.err)
        if lock is not None:
            path = os.path.normpath(self.storage.layout.own / lock["lock"])
            return RefLockedError(
                f"{name} is locked: {path!r} exists",
                hint="wait for the process that holds it; if there is none, it was killed: remove that file",
                ref=name,
                lock=path,
            )
        if beside is not None:
            return backend_kit.no_room(beside["ref"], beside["other"])
        with backend_kit.disk_errors(self.storage.layout.common):
            raise_for_disk(ran)
        return GitError(
            f"git did not move {name}: {ran.reason}", hint="see what git says, and the repository's hooks", ref=name
        )


def _instruction(update: RefUpdate, none: str) -> str:
    if update.new == update.old:
        return f"verify {update.ref}\0{update.old or none}"
    if update.new is None:
        return f"delete {update.ref}\0{update.old}"
    return f"update {update.ref}\0{update.new}\0{update.old or none}"
