"""A repository on this disk: verifies the objects it reads, writes one pack, moves refs by compare-and-swap."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from freightlib.errors import GitError, RevisionError, StorageError, UnsafePathError, WorkTreeError
from freightlib.git.contract import Identity, RefUpdate, Repository
from freightlib.git.credentials import scrub
from freightlib.git.objects.commits import pack_commit
from freightlib.git.objects.copying import copy_tree
from freightlib.git.objects.staging import release_packs
from freightlib.git.refs.lock_files import clear_left
from freightlib.git.refs.transaction import conflict
from freightlib.git.repositories.reading import Reading, unknown
from freightlib.git.safe_names import check_name, check_ref, name_problem, structural_problem
from freightlib.git.signing.check import check_signatures
from freightlib.git.signing.sign import signed, signing_wanted
from freightlib.git.storage import Storage
from freightlib.git.trees import Entry, pack_tree
from freightlib.git.worktrees.clean import WorkTree, check_clean, linked_worktrees
from freightlib.git.worktrees.following import Checkout, held, is_unsettled, remove_stale_lock
from freightlib.models import Signature

_LOOKED_UP: Final = ("{}", "refs/heads/{}", "refs/tags/{}", "refs/remotes/{}")


class LocalRepository(Reading):
    """A Repository on this disk, above any Storage."""

    def __init__(self, storage: Storage) -> None:
        super().__init__(storage.algorithm)
        self.storage = storage
        self._staging = storage.staging()
        self._keeps: list[Path] = []
        self._sign: bool | None = None
        weakref.finalize(self, release_packs, self._keeps)
        if remove_stale_lock(storage.layout.common, storage.layout.own):
            with suppress(GitError):  # move_refs tries again and raises the error
                self._repair(list(self._checkouts()))

    @property
    def location(self) -> str:
        """The worktree, or the git directory of a bare repository."""
        return str(self.storage.workdir or self.storage.layout.own).rstrip(os.sep)

    @property
    def address(self) -> str:
        """The address of ``origin`` without credentials, else the name of the repository's folder."""
        return scrub(self.storage.config("remote.origin.url") or Path(self.location).name)

    @property
    def head(self) -> str | None:
        """The full name of the branch that HEAD names, or ``None``."""
        return self.storage.head(self.storage.layout.own)

    # --- refs ---

    def ref(self, name: str, /) -> str | None:
        """Return the commit that the full ref ``name`` points at, or ``None``. Annotated tags are peeled."""
        found = self.storage.ref(name) if name == "HEAD" or name.startswith("refs/") else None
        return None if found is None else self._peel(found)

    def refs(self, prefix: str, /) -> Mapping[str, str]:
        """Return every ref below ``prefix`` that points at a commit."""
        found = {name: self.ref(name) for name in self.storage.refs(prefix)}
        return {name: commit for name, commit in found.items() if commit is not None}

    def resolve(self, revision: str, /) -> str:
        """Return the commit id of a full id, ``HEAD``, full ref, branch, tag or remote-tracking branch, in this order.

        Raises RevisionError, also for a short id, because it may become ambiguous.
        """
        if self.is_id(revision):
            if self._peel(revision) != revision:
                raise unknown(revision, self.location)
            return revision
        for pattern in _LOOKED_UP:
            name = pattern.format(revision)
            found = self.storage.ref(name) if name == "HEAD" or name.startswith("refs/") else None
            if found is None:
                continue
            commit = self._peel(found)
            if commit is None:
                raise RevisionError(
                    f"{revision!r} does not name a commit",
                    hint="give a branch, a tag of a commit, or a full id",
                    revision=revision,
                )
            return commit
        raise unknown(revision, self.location)

    # --- objects ---

    def _get(self, name: str) -> tuple[str, bytes] | None:
        if not self.is_id(name):
            return None
        return self._staging.get(name) or self.storage.objects.read(name)

    def skim_tree(self, tree: str, /) -> bytes:
        """See ``contract.RawTrees``."""
        found = self.storage.objects.skim(tree) if self.is_id(tree) and self._staging.get(tree) is None else None
        return found[1] if found is not None and found[0] == "tree" else super().skim_tree(tree)

    def write_blob(self, data: bytes, /) -> str:
        """See ``contract.Repository``."""
        return self._staging.add("blob", data)

    def write_tree(self, entries: Iterable[Entry], /) -> str:
        """See ``contract.Repository``. Names in trees that were read before are refused only if they break git."""
        listed = tuple(entries)
        for entry in listed:
            if name_problem(entry.name) is not None and (
                structural_problem(entry.name) or not self._trees.knows(entry)
            ):
                check_name(entry.name)
        return self._staging.add("tree", pack_tree(listed))

    def put(self, name: str, kind: str, data: bytes) -> None:
        """Stage an object that the caller knows to be missing. ``name`` is its id, and the caller has verified it."""
        self._staging.put(name, kind, data)

    def has(self, name: str) -> bool:
        """Return whether the object is staged, or stored undamaged."""
        return self._staging.get(name) is not None or self.storage.objects.has(name)

    def copy_tree(self, source: Repository, tree: str, /) -> int:
        """See ``contract.Repository``. Also raises PackageError for a submodule, CorruptObjectError."""
        return copy_tree(source, tree, self)

    def write_commit(
        self, tree: str, parents: Sequence[str], message: str, author: Identity, committer: Identity | None = None, /
    ) -> str:
        """See ``contract.Repository`` and ``contract.Signing``. Also raises SigningError."""
        committer = committer or author
        data = pack_commit(tree, parents, message, author, committer)
        if signing_wanted(self._sign, self.storage.config):
            data = signed(data, committer, self.algorithm, self.storage.config, self._directory)
        return self._staging.add("commit", data)

    # --- signatures ---

    @contextmanager
    def signing(self, sign: bool | None, /) -> Iterator[None]:
        """See ``contract.Signing``."""
        before, self._sign = self._sign, sign
        try:
            yield
        finally:
            self._sign = before

    def check_signatures(
        self, commits: Iterable[str], /, *, allowed_signers: Path | None = None
    ) -> Mapping[str, Signature]:
        """See ``contract.Signing``."""
        return check_signatures(self.storage.layout.own, self._directory, commits, allowed_signers)

    @property
    def _directory(self) -> Path:
        """The directory in which git runs programs: the top of the worktree, else the git directory."""
        return self.storage.workdir or self.storage.layout.own

    # --- moving refs ---

    def move_refs(self, updates: Sequence[RefUpdate], /, *, reason: str = "") -> None:
        """See ``contract.Repository``."""
        self._check(updates)
        self._ready(updates)
        self.flush()
        self._send(updates)
        self._move_here(updates, reason)

    def _ready(self, updates: Sequence[RefUpdate]) -> None:
        """Check that the worktrees of these branches can follow them. Raises WorkTreeError, RefLockedError."""
        # stale lock files are removed first, because git cannot repair a worktree while they exist
        clear_left(self.storage.layout.common, [update.ref for update in updates])
        self._repair([tree for tree, _ in self._followers(updates)])
        for tree, update in self._followers(updates):
            check_clean(tree, self.read_tree, self._tree(update.old), self._tree(update.new))

    def _repair(self, trees: Sequence[WorkTree]) -> None:
        """Repair the worktrees that a killed process left between two commits."""
        with held(self.storage.layout.common, [tree for tree in trees if is_unsettled(tree)]) as checkouts:
            for checkout in checkouts:
                checkout.repair(self.read_tree, self.read_blob, self._tree(self.ref(checkout.tree.branch)))

    def _move_here(self, updates: Sequence[RefUpdate], reason: str) -> None:
        followers = self._followers(updates)
        trees = [tree for tree, _ in followers]
        by_ref = {update.ref: update for update in updates}
        with (
            held(self.storage.layout.common, trees) as checkouts,
            self.storage.moving(updates, trees, self.identity(), reason) as transaction,
        ):
            moving = [(checkout, by_ref[checkout.tree.branch]) for checkout in checkouts]
            self._follow(moving)
            try:
                transaction.commit()
            except BaseException:
                self._restore(moving)
                raise
            for checkout in checkouts:
                checkout.settle()
        release_packs(self._keeps)

    def flush(self) -> None:
        """Store written objects, protected from ``git gc`` until refs have moved or this instance is deleted."""
        keep = self._staging.flush()
        if keep is not None:
            self._keeps.append(keep)

    def _send(self, updates: Sequence[RefUpdate]) -> None:
        """Push the updates before the local refs move. Here this does nothing: see ``pushing``."""

    def _check(self, updates: Sequence[RefUpdate]) -> None:
        names = [update.ref for update in updates]
        if len(set(names)) != len(names):
            raise UnsafePathError("the same ref is moved twice", hint="give each ref once", path=str(names))
        for name in names:
            check_ref(name)
        symbolic = self.storage.symbolic(names)
        for update in updates:
            if update.ref in symbolic:
                raise GitError(f"{update.ref} is a symbolic ref", hint="give the branch that it names", ref=update.ref)
            if update.new is not None:
                self.read_commit(update.new)
            found = self.storage.ref(update.ref)
            if found != update.old:  # an early check, before anything is written; it is repeated under the lock
                raise conflict(update, found)

    def _tree(self, commit: str | None) -> str | None:
        return None if commit is None else self.read_commit(commit).tree

    def _followers(self, updates: Sequence[RefUpdate]) -> list[tuple[WorkTree, RefUpdate]]:
        by_ref = {update.ref: update for update in updates if update.new != update.old}
        return [(tree, by_ref[tree.branch]) for tree in self._checkouts() if tree.branch in by_ref]

    def _checkouts(self) -> Iterator[WorkTree]:
        common = self.storage.layout.common
        branch = self.storage.head(common)
        main = self.storage.main_workdir
        if branch is not None and main is not None:
            yield WorkTree(main, common, branch)
        yield from linked_worktrees(common, self.storage.head)

    def _follow(self, moving: Sequence[tuple[Checkout, RefUpdate]]) -> None:
        """Move all worktrees to the new trees, or none."""
        try:
            for checkout, update in moving:
                checkout.follow(self._tree(update.old), self._tree(update.new))
        except BaseException:
            self._restore(moving)
            raise

    def _restore(self, moving: Sequence[tuple[Checkout, RefUpdate]]) -> None:
        for checkout, update in moving:
            with suppress(WorkTreeError, StorageError):  # the note stays, so the next run repairs it or raises
                checkout.repair(self.read_tree, self.read_blob, self._tree(update.old))

    # --- the rest ---

    def refresh(self) -> None:
        """Do nothing: refs and objects are always read from the disk."""

    def identity(self) -> tuple[str, str]:
        """See ``contract.Repository``; the default is ``freightlib <freightlib@localhost>``."""
        env = os.environ
        name = env.get("GIT_AUTHOR_NAME") or env.get("GIT_COMMITTER_NAME") or self.storage.config("user.name")
        email = env.get("GIT_AUTHOR_EMAIL") or env.get("GIT_COMMITTER_EMAIL") or self.storage.config("user.email")
        return name or "freightlib", email or "freightlib@localhost"
