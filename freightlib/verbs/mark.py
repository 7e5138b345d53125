"""Marks releases for gates: as verified in a stage, as blocked, as merged for an environment, or by any file.

    from freightlib import mark_blocked, mark_verified

    mark_verified("gitops", "staging")
    mark_blocked("gitops", "git-0cc4cd87f40ae606d1822d5652b552f8c50a4668", reason="loses orders")

A mark is a small file on the GitOps branch, written by an ordinary commit, so the history shows who set it and who
removed it. One call makes one commit. An existing mark is not changed, and a call that changes nothing makes no commit.
``reason`` is written in the mark and in the commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from freightlib.git.contract import Identity, Repository
from freightlib.promotion.marking import Mark, write_marks


def mark_verified(
    repository: str | Path | Repository,
    stages: str | Sequence[str],
    *,
    freight: str | None = None,
    reason: str | None = None,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    author: Identity | None = None,
    sign: bool | None = None,
    now: datetime | None = None,
    dry_run: bool = False,
) -> tuple[Mark, ...]:
    """Mark a release as working in ``stages``: the release that each holds now, or ``freight`` (the tag of a release).

    Raises UsageError, MarkerError (another file is at that path), SigningError, GitError.
    """
    return write_marks(
        repository,
        "verified",
        stages,
        freight=freight,
        reason=reason,
        app=app,
        branch=branch,
        backend=backend,
        author=author,
        sign=sign,
        now=now,
        dry_run=dry_run,
    )


def mark_unverified(
    repository: str | Path | Repository,
    stages: str | Sequence[str],
    *,
    freight: str | None = None,
    reason: str | None = None,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    author: Identity | None = None,
    sign: bool | None = None,
    now: datetime | None = None,
    dry_run: bool = False,
) -> tuple[Mark, ...]:
    """Remove the marks that ``mark_verified`` set, for the release that each stage holds now or for ``freight``.

    Raises UsageError, MarkerError (another file is at that path), SigningError, GitError.
    """
    return write_marks(
        repository,
        "unverified",
        stages,
        freight=freight,
        reason=reason,
        app=app,
        branch=branch,
        backend=backend,
        author=author,
        sign=sign,
        now=now,
        dry_run=dry_run,
    )


def mark_blocked(
    repository: str | Path | Repository,
    releases: str | Sequence[str],
    *,
    reason: str | None = None,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    author: Identity | None = None,
    sign: bool | None = None,
    now: datetime | None = None,
    dry_run: bool = False,
) -> tuple[Mark, ...]:
    """Block ``releases`` (tags): from now on no promotion moves a stage to them.

    Raises UsageError, MarkerError (another file is at that path), SigningError, GitError.
    """
    return write_marks(
        repository,
        "blocked",
        releases,
        freight=None,
        reason=reason,
        app=app,
        branch=branch,
        backend=backend,
        author=author,
        sign=sign,
        now=now,
        dry_run=dry_run,
    )


def mark_unblocked(
    repository: str | Path | Repository,
    releases: str | Sequence[str],
    *,
    reason: str | None = None,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    author: Identity | None = None,
    sign: bool | None = None,
    now: datetime | None = None,
    dry_run: bool = False,
) -> tuple[Mark, ...]:
    """Remove the block from ``releases`` (tags).

    Raises UsageError, MarkerError (another file is at that path), SigningError, GitError.
    """
    return write_marks(
        repository,
        "unblocked",
        releases,
        freight=None,
        reason=reason,
        app=app,
        branch=branch,
        backend=backend,
        author=author,
        sign=sign,
        now=now,
        dry_run=dry_run,
    )


def mark_merged(
    repository: str | Path | Repository,
    environments: str | Sequence[str],
    *,
    freight: str | None = None,
    reason: str | None = None,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    author: Identity | None = None,
    sign: bool | None = None,
    now: datetime | None = None,
    dry_run: bool = False,
) -> tuple[Mark, ...]:
    """Mark a release (``freight``; default: the one in ``current/``) as merged for ``environments``.

    This is the file layout of the published legacy-gitflow gate. Raises UsageError, MarkerError (another file is at
    that path), SigningError, GitError.
    """
    return write_marks(
        repository,
        "merged",
        environments,
        freight=freight,
        reason=reason,
        app=app,
        branch=branch,
        backend=backend,
        author=author,
        sign=sign,
        now=now,
        dry_run=dry_run,
    )


def mark_path(
    repository: str | Path | Repository,
    paths: str | Sequence[str],
    *,
    freight: str | None = None,
    reason: str | None = None,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    author: Identity | None = None,
    sign: bool | None = None,
    now: datetime | None = None,
    dry_run: bool = False,
) -> tuple[Mark, ...]:
    """Mark a release (``freight``; default: the one in ``current/``) by files of your own, for the ``marker`` gate.

    ``paths`` may contain placeholders: ``{marks}/approved/{tag}.yaml``. Raises UsageError, MarkerError (another file is
    at that path), UnsafePathError, SigningError, GitError.
    """
    return write_marks(
        repository,
        "path",
        paths,
        freight=freight,
        reason=reason,
        app=app,
        branch=branch,
        backend=backend,
        author=author,
        sign=sign,
        now=now,
        dry_run=dry_run,
    )
