"""Prunes, restores and rolls back in child processes that kill themselves at write step 1, 2, 3, ... of each.

Run as a program: ``prune_kills.py GITOPS SOURCE TAG IMAGE VERB`` with a bare GitOps repository, a release, and
``prune``, ``restore`` or ``rollback``. It prints how many steps there were, or fails. After each kill every branch is
as it was or as it should be, ``git fsck`` is clean, and the next run gets through by itself.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import freightlib
from freightlib.plugins.repositories import BACKEND
from freightlib.testing import git
from freightlib.testing.program import check_sound
from tests.faults.git_kills import armed, settle


def actions(gitops: str, source: str, tag: str, image: str) -> dict[str, Callable[[], object]]:
    revision = tag.removeprefix("git-")
    return {
        "prune": lambda: freightlib.prune(gitops, keep=1, keep_per_stage=0),
        "restore": lambda: freightlib.publish(gitops, source, revision=revision, image=image),
        "rollback": lambda: freightlib.rollback(gitops, ["staging", "production"], to=tag, exact=True),
    }


def child(action: Callable[[], object], step: int) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            armed(step)
            action()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def refs(gitops: str) -> dict[str, str]:
    listed = git(gitops, "for-each-ref", "--format=%(refname) %(tree)")
    return dict(line.split() for line in listed.splitlines())


def fsck(gitops: str) -> None:
    if os.environ.get(BACKEND) == "git":
        settle(Path(gitops))
    check_sound(gitops)


def main(gitops: str, source: str, tag: str, image: str, verb: str) -> None:
    if verb == "restore":
        actions(gitops, source, tag, image)["prune"]()
    before = refs(gitops)
    for step in range(300):
        place = f"{gitops}.{step}"  # each anew: what one run has stored the next one would not write
        shutil.copytree(gitops, place)
        action = actions(place, source, tag, image)[verb]
        if step == 0:
            action()  # everything is loaded now, before the first fork
            after = refs(place)
            assert after != before
            continue
        status = child(action, step)
        fsck(place)
        found = refs(place)
        # several refs move one after the other: a kill between the renames leaves some moved, as with git
        assert all(found.get(name) in (before.get(name), after.get(name)) for name in {*before, *after}), found
        assert len(after.items() - before.items()) > 1 or found in (before, after)
        if status == 0:
            assert found == after
            sys.stdout.write(f"{step - 1}\n")
            return
        assert status == -signal.SIGKILL, status
        action()
        assert refs(place) == after
        fsck(place)
        assert freightlib.verify(place, history=True, proofs=False).ok
        shutil.rmtree(place)
    raise AssertionError("never got through")


if __name__ == "__main__":
    main(*sys.argv[1:])
