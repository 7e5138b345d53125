"""One of several processes that publish on one branch: ``git_racer.py LOCATION NAME COUNT``; retries as a verb does."""

from __future__ import annotations

import random
import sys
import time

from freightlib.errors import RefConflictError, RefLockedError
from freightlib.git.contract import Repository
from freightlib.plugins.repositories import open_repository
from freightlib.testing.commits import commit_changes


def publish(repository: Repository, path: str) -> None:
    for _ in range(200):
        try:
            commit_changes(repository, {path: path.encode()}, message=path)
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
