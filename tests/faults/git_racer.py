"""One of several processes that publish on one branch: ``git_racer.py LOCATION NAME COUNT``; retries as a verb does."""

from __future__ import annotations

import random
import sys
import time
from datetime import UTC, datetime

from freightlib.errors import RefConflictError, RefLockedError
from freightlib.git.contract import Identity, RefUpdate, Repository
from freightlib.git.grafting import graft
from freightlib.git.trees import Entry, Mode
from freightlib.plugins.repositories import open_repository

ME = Identity("Ada", "ada@example.com", datetime(2026, 3, 22, tzinfo=UTC))
MAIN = "refs/heads/main"


def once(repository: Repository, path: str) -> None:
    old = repository.resolve(MAIN)
    entry = Entry("", Mode.FILE, repository.write_blob(path.encode()))
    tree = graft(repository, repository.read_commit(old).tree, path, entry)
    new = repository.write_commit(tree, [old], path, ME)
    repository.move_refs([RefUpdate(MAIN, old, new)], reason=path)


def publish(repository: Repository, path: str) -> None:
    for _ in range(200):
        try:
            once(repository, path)
        except (RefConflictError, RefLockedError):
            time.sleep(random.uniform(0, 0.02))
            repository.refresh()
        else:
            return
    raise AssertionError("200 tries")


def main(location: str, name: str, count: int, *, push: bool) -> None:
    repository = open_repository(location, push=push)
    for number in range(count):
        publish(repository, f"{name}/{number}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), push="push" in sys.argv)
