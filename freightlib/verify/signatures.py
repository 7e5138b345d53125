"""Whether commits are signed by somebody who is allowed to: the verdicts of ``git verify-commit``, as findings.

Which commits of a GitOps branch: for each snapshot that is there now, and for ``current/``, the newest commit that
brought it as it is, which no parent of that commit had. So a snapshot that was changed after it was published is judged
by the commit that changed it, and a merge that only passes it on is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Final, Protocol, TypeAlias, runtime_checkable

from attrs import frozen

from freightlib.catalogue import finding
from freightlib.errors import CorruptObjectError, RevisionError, UnsupportedRepositoryError
from freightlib.gitops import GitopsTree
from freightlib.models import CURRENT, App, Finding, Report, Signature, SignatureStatus
from freightlib.models.freight import revision_of
from freightlib.protocols import Commit, Repository, Signing
from freightlib.trees import find, is_empty_tree, pack_tree, parse_tree

_SAID: Final[Mapping[SignatureStatus, str]] = {
    SignatureStatus.MISSING: "is not signed",
    SignatureStatus.BAD: "has a signature that is not of this commit",
    SignatureStatus.UNTRUSTED: "is signed by a key that is not an allowed signer's",
    SignatureStatus.EXPIRED: "is signed with a key that is out of its time",
    SignatureStatus.REVOKED: "is signed with a key that is revoked",
    SignatureStatus.UNCHECKED: "has a signature that could not be checked",
}


def signature_findings(
    repository: Repository,
    commits: Iterable[str],
    *,
    allowed_signers: str | Path | None = None,
    paths: Mapping[str, str] | None = None,
) -> Iterator[Finding]:
    """A finding for each of the commits (full ids) that ``git verify-commit`` does not accept, in their order.

    ``paths`` says for a commit what the finding is about, such as the snapshot that it published. ``allowed_signers``
    is a file that stands in for ``gpg.ssh.allowedSignersFile``. Raises UnsupportedRepositoryError when the git backend
    cannot check signatures, ToolError without git, UsageError when there is no such file.
    """
    if not isinstance(repository, Signing):
        raise UnsupportedRepositoryError(
            f"the git backend of {repository.location} cannot check signatures",
            hint="open it with another one: --backend libgit2 or --backend git",
            repository=repository.location,
        )
    allowed = None if allowed_signers is None else Path(allowed_signers)
    for signature in repository.check_signatures(commits, allowed_signers=allowed).values():
        if signature.status is not SignatureStatus.GOOD:
            yield _finding(signature, (paths or {}).get(signature.commit, ""))


def _finding(signature: Signature, path: str) -> Finding:
    code = f"signature-{signature.status.value}"
    by = f" ({signature.signer or signature.key})" if signature.signer or signature.key else ""
    reason = f": {signature.reason}" if signature.reason else ""
    data = {
        "commit": signature.commit,
        "signer": signature.signer,
        "key": signature.key,
        "fingerprint": signature.fingerprint,
    }
    return finding(code, path, f"commit {signature.commit} {_SAID[signature.status]}{by}{reason}", **data)


def signatures_report(tree: GitopsTree, apps: Iterable[App], allowed_signers: str | Path | None) -> Report:
    """The signatures of the commits that brought what lies in the apps' warehouses; counted as ``signatures``."""
    findings: list[Finding] = []
    paths: dict[str, str] = {}
    for app in apps:
        brought = bringers(tree, app)
        for name, commit in brought.commits.items():
            paths.setdefault(commit, f"{app.warehouse}/{name}")
        for name in brought.unseen:
            message = f"the commit that brought it cannot be found: {brought.reason}"
            findings.append(finding("signature-unchecked", f"{app.warehouse}/{name}", message))
    findings += signature_findings(tree.repository, paths, allowed_signers=allowed_signers, paths=paths)
    return Report.of(findings, signatures=len(paths))


@frozen
class Bringers:
    """Name of a snapshot (or ``current``) -> the commit that brought it as it is now. ``unseen`` are the names whose
    commit this clone does not have, ``reason`` why.
    """

    commits: Mapping[str, str]
    unseen: tuple[str, ...]
    reason: str


def bringers(tree: GitopsTree, app: App) -> Bringers:
    """The commits that brought the snapshots of ``app`` and its ``current/``: one walk over the warehouse's history."""
    walk = _Walk(tree.repository, app.warehouse)
    found: dict[str, str] = {}
    left: set[_Held] = set()
    reason = "the history does not hold it"
    try:
        left = {held for held in walk.held(tree.tree) if held[0] == _TREE and _is_snapshot(_name(held))}
        for commit in tree.repository.history(tree.commit, app.warehouse):
            brought = walk.brought(commit, left)
            found.update((_name(held), commit.id) for held in brought)
            left -= brought
            if not left:
                break
    except (RevisionError, CorruptObjectError) as error:
        reason = error.message  # such as a shallow clone: the parents of its oldest commits are not here
    order = sorted(found, key=lambda name: (name == CURRENT, name))
    return Bringers({name: found[name] for name in order}, tuple(sorted(map(_name, left))), reason)


def _is_snapshot(name: str) -> bool:
    return name == CURRENT or revision_of(name) is not None


def _name(held: _Held) -> str:
    return held[1].decode("utf-8", "surrogateescape")


_Held: TypeAlias = tuple[bytes, bytes, bytes]  # the mode, name and id of an entry of the warehouse, as in a raw tree
_ENTRY: Final = {size: re.compile(rb"([0-7]+) ([^\0]*)\0(.{%d})" % size, re.DOTALL) for size in (20, 32)}
_TREE: Final = b"40000"


@runtime_checkable
class _Raw(Protocol):
    """What repositories of ``freightlib.git`` have beside: raw objects. 10,000 trees of 10,000 entries are too many to
    make an ``Entry`` of each.
    """

    def raw(self, kind: str, name: str) -> bytes: ...


class _Walk:
    """What the warehouse holds at one commit after the other; the last trees are kept, for a parent comes up again."""

    def __init__(self, repository: Repository, warehouse: str) -> None:
        self._repository = repository
        self._warehouse = warehouse
        self._kept: dict[str, list[_Held]] = {}

    def brought(self, commit: Commit, left: set[_Held]) -> set[_Held]:
        """Which of ``left`` the commit has, and none of its parents. Raises RevisionError, CorruptObjectError."""
        brought = left.intersection(self.held(commit.tree))
        for parent in commit.parents:
            if brought:
                brought.difference_update(self.held(self._repository.read_commit(parent).tree))
        return brought

    def held(self, root: str) -> list[_Held]:
        """The entries of the warehouse in a root tree. Raises CorruptObjectError."""
        if root not in self._kept:
            found = find(self._repository.read_tree, root, self._warehouse)
            if len(self._kept) > 4:
                self._kept.pop(next(iter(self._kept)))
            self._kept[root] = self._entries(found.id) if found is not None and found.is_tree else []
        return self._kept[root]

    def _entries(self, tree: str) -> list[_Held]:
        if not isinstance(self._repository, _Raw) or is_empty_tree(tree):
            data = pack_tree(self._repository.read_tree(tree))
        else:
            data = self._repository.raw("tree", tree)
        size = len(tree) // 2
        found: list[_Held] = _ENTRY[size].findall(data)
        if sum(map(len, chain.from_iterable(found))) + 2 * len(found) != len(data):
            parse_tree(data, size)  # says where the damage is
        return found
