"""Checks that the locked policy files are those at the locked policy commit."""

from __future__ import annotations

from collections.abc import Iterator

from freightlib.errors import UnsafePathError
from freightlib.git.trees import Entry, Mode
from freightlib.models import Finding, LockedFile
from freightlib.proof.rendered_commit import Audited
from freightlib.warehouse.gitops_tree import GitopsTree


def policy_findings(case: Audited, tree: GitopsTree) -> Iterator[Finding]:
    """Yield a finding for each locked file that differs or is missing at the locked policy commit."""
    for file in case.lock.policy.files:
        try:
            entry = tree.entry(file.path)
        except UnsafePathError:
            entry = None  # no file can have an invalid path
        held = None if entry is None or entry.is_tree else entry.id
        if held != file.blob or (entry is not None and held is not None and not _regular(entry)):
            yield case.seen.lock_finding(
                "lock-policy-file",
                f"{file.path} at the locked policy commit {tree.commit[:12]} is {_words(entry)}, {_locked(file)}",
                file=file.path,
                locked=file.blob,
                held=held,
            )


def _regular(entry: Entry) -> bool:
    return entry.mode not in (Mode.SYMLINK, Mode.SUBMODULE)


def _words(entry: Entry | None) -> str:
    if entry is None:
        return "absent"
    if entry.is_tree:
        return "a directory"
    return f"the blob {entry.id}" if _regular(entry) else f"no regular file (mode {entry.mode:06o})"


def _locked(file: LockedFile) -> str:
    return "the lock says it was absent" if file.blob is None else f"the lock says {file.blob}"
