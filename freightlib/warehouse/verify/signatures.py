"""Checks that commits are signed by allowed signers, with ``git verify-commit``.

For each current snapshot, and for ``current/``, the checked commit is the newest one that introduced it in its current
form, while no parent of that commit had it in this form. So for a snapshot that was changed after publication, it is
the commit with the change. A merge that only takes over a snapshot is not checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from attrs import frozen

from freightlib.errors import CorruptObjectError, RevisionError, UnsupportedRepositoryError
from freightlib.git.contract import Repository, Signing
from freightlib.git.history.commit_range import commit_range
from freightlib.git.trees import Entry, find
from freightlib.models import CURRENT, App, Finding, Report, Signature, SignatureStatus
from freightlib.models.findings.catalogue import finding
from freightlib.models.freight import revision_of
from freightlib.warehouse.gitops_tree import GitopsTree
from freightlib.warehouse.verify.history.tree_deltas import WarehouseTrees, raw_trees

_SAID: Final[Mapping[SignatureStatus, str]] = {
    SignatureStatus.MISSING: "is not signed",
    SignatureStatus.BAD: "has a signature that does not belong to this commit",
    SignatureStatus.UNTRUSTED: "is signed by a key that is not an allowed signer's",
    SignatureStatus.EXPIRED: "is signed with a key that has expired or is not yet valid",
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
    """Yield a finding for each of the commits (full ids) that ``git verify-commit`` does not accept, in their order.

    ``paths`` maps a commit to the path of its finding, such as the snapshot that it published. ``allowed_signers`` is a
    file to use instead of ``gpg.ssh.allowedSignersFile``. Raises UnsupportedRepositoryError if the git backend cannot
    check signatures, ToolError without git, UsageError if the file does not exist.
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


def signatures_report(
    tree: GitopsTree, apps: Iterable[App], allowed_signers: str | Path | None, since: str | None = None
) -> Report:
    """Check the signatures of the commits that introduced the current snapshots; their number is ``signatures``.

    Snapshots that already existed at the revision ``since`` are not checked. Raises RevisionError.
    """
    begin = None if since is None else GitopsTree.at(tree.repository, since).commit
    findings: list[Finding] = []
    paths: dict[str, str] = {}
    for app in apps:
        brought = bringers(tree, app, begin)
        for name, commit in brought.commits.items():
            paths.setdefault(commit, f"{app.warehouse}/{name}")
        for name in brought.unseen:
            message = f"the commit that introduced it was not found: {brought.reason}"
            findings.append(finding("signature-unchecked", f"{app.warehouse}/{name}", message))
    findings += signature_findings(tree.repository, paths, allowed_signers=allowed_signers, paths=paths)
    return Report.of(findings, signatures=len(paths))


@frozen
class Bringers:
    """The commits that introduced snapshots (and ``current``) in their current form, by name.

    ``unseen`` are the names whose commit was not found, and ``reason`` says why.
    """

    commits: Mapping[str, str]
    unseen: tuple[str, ...]
    reason: str


def bringers(tree: GitopsTree, app: App, since: str | None = None) -> Bringers:
    """Find the commits that introduced the snapshots of ``app`` and its ``current/``, in one walk over the history.

    Snapshots that already had their current form at the commit ``since`` are left out.
    """
    repository = tree.repository
    layers = WarehouseTrees(raw_trees(repository))
    found: dict[str, str] = {}
    left: dict[str, Entry] = {}
    reason = "the history does not hold it"
    try:
        held = layers.entries(tree.subtree(app.warehouse))
        left = {entry.name: entry for entry in held if entry.is_tree and _is_snapshot(entry.name)}
        part = commit_range(repository, [tree.commit], [since] if since else ())
        at = partial(_warehouse, repository, app.warehouse)
        roots = {**part.base, **{step.id: step.tree for step in part.steps}}
        for step in reversed(part.steps):
            if not left:
                break
            if step.cut:
                reason = f"the parents of commit {step.id[:12]} are missing here (a shallow clone)"
                continue
            here = at(step.tree)
            deltas = [layers.delta(at(roots[parent]), here) for parent in step.parents] or [layers.delta(None, here)]
            for entry in deltas[0].added:
                if left.get(entry.name) == entry and all(entry in delta.added for delta in deltas[1:]):
                    found[entry.name] = step.id
                    del left[entry.name]
    except (RevisionError, CorruptObjectError) as error:
        reason = error.message
    order = sorted(found, key=lambda name: (name == CURRENT, name))
    unseen = [] if since and reason == "the history does not hold it" else sorted(left)
    return Bringers({name: found[name] for name in order}, tuple(unseen), reason)


def _warehouse(repository: Repository, path: str, root: str) -> str | None:
    found = find(repository.read_tree, root, path)
    return found.id if found is not None and found.is_tree else None


def _is_snapshot(name: str) -> bool:
    return name == CURRENT or revision_of(name) is not None
