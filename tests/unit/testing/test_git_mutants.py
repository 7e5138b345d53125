"""Git backends with one fault each, over the sound built-in one, and the check of the suite that tells."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from freightlib.errors import CorruptObjectError, RefConflictError
from freightlib.git.contract import Commit, Identity, RefUpdate, Repository
from freightlib.git.libgit2_backend import Libgit2Backend
from freightlib.git.trees import Entry, Mode, Tree
from freightlib.testing import GitBackendSuite
from freightlib.testing.program import git
from tests.unit.testing.judge import broken


class Wrapped:
    """A sound repository; each mutant replaces a method or two."""

    def __init__(self, sound: Repository) -> None:
        self.sound: Any = sound

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sound, name)

    def set(self, ref: str, new: str | None) -> None:
        """Move a ref with no question asked."""
        if new is None:
            git(self.location, "update-ref", "-d", ref)
        else:
            self.sound.flush()
            git(self.location, "update-ref", ref, new)


class Blind(Wrapped):
    """Moves without comparing."""

    def move_refs(self, updates: Sequence[RefUpdate], /, *, reason: str = "") -> None:
        for update in updates:
            self.sound._check([RefUpdate(update.ref, self.sound.ref(update.ref), update.new)])
            self.set(update.ref, update.new)


class ComparesFirst(Wrapped):
    """Compares, and only later moves: not atomic."""

    def move_refs(self, updates: Sequence[RefUpdate], /, *, reason: str = "") -> None:
        self.sound._check(updates)
        time.sleep(0.005)
        for update in updates:
            self.set(update.ref, update.new)


class Half(Wrapped):
    """Makes several updates one after the other, up to the one that fails."""

    def move_refs(self, updates: Sequence[RefUpdate], /, *, reason: str = "") -> None:
        for update in updates:
            self.sound.move_refs([update], reason=reason)


class Recreates(Wrapped):
    """Takes a ref that is gone for one that may be made."""

    def move_refs(self, updates: Sequence[RefUpdate], /, *, reason: str = "") -> None:
        self.sound.move_refs(
            [each if self.sound.ref(each.ref) else RefUpdate(each.ref, None, each.new) for each in updates]
        )


class Eager(Wrapped):
    """Lets others see a commit before anything is moved."""

    def write_commit(
        self, tree: str, parents: Sequence[str], message: str, author: Identity, committer: Identity | None = None, /
    ) -> str:
        made: str = self.sound.write_commit(tree, parents, message, author, committer)
        self.sound.flush()
        git(self.location, "update-ref", "refs/freight/pending", made)
        return made


class Forgets(Wrapped):
    """Moves refs before their objects are stored."""

    def move_refs(self, updates: Sequence[RefUpdate], /, *, reason: str = "") -> None:
        self.sound._check(updates)
        for update in updates:
            where = Path(self.location, update.ref)
            where.parent.mkdir(parents=True, exist_ok=True)
            where.write_text(f"{update.new}\n")


class Flattens(Wrapped):
    """Loses the executable bit."""

    def write_tree(self, entries: Iterable[Entry], /) -> str:
        tree: str = self.sound.write_tree(
            [entry._replace(mode=Mode.FILE if entry.mode == Mode.EXECUTABLE else entry.mode) for entry in entries]
        )
        return tree


class Follows(Wrapped):
    """Stores symbolic links as files."""

    def write_tree(self, entries: Iterable[Entry], /) -> str:
        tree: str = self.sound.write_tree(
            [entry._replace(mode=Mode.FILE if entry.mode == Mode.SYMLINK else entry.mode) for entry in entries]
        )
        return tree


class ReadsModes(Wrapped):
    """Reads every file as an ordinary one."""

    def read_tree(self, tree: str, /) -> Tree:
        return tuple(entry if entry.is_tree else entry._replace(mode=Mode.FILE) for entry in self.sound.read_tree(tree))


class Mangles(Wrapped):
    """Normalises names as some file systems do."""

    def read_tree(self, tree: str, /) -> Tree:
        import unicodedata

        return tuple(
            entry._replace(name=unicodedata.normalize("NFC", entry.name)) for entry in self.sound.read_tree(tree)
        )


class Replaces(Wrapped):
    """Reads names that are not UTF-8 with replacement characters."""

    def read_tree(self, tree: str, /) -> Tree:
        return tuple(
            entry._replace(name=entry.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
            for entry in self.sound.read_tree(tree)
        )


class Trusts(Wrapped):
    """Writes whatever name it is given."""

    def write_tree(self, entries: Iterable[Entry], /) -> str:
        from freightlib.git.trees import pack_tree

        tree: str = self.sound._staging.add("tree", pack_tree(entries))
        return tree


class Sorts(Wrapped):
    """Hands entries out by name, which is not git's order."""

    def read_tree(self, tree: str, /) -> Tree:
        return tuple(sorted(self.sound.read_tree(tree)))


class Strips(Wrapped):
    """Tidies messages up."""

    def write_commit(
        self, tree: str, parents: Sequence[str], message: str, author: Identity, committer: Identity | None = None, /
    ) -> str:
        made: str = self.sound.write_commit(tree, parents, message.strip(), author, committer)
        return made


class Utc(Wrapped):
    """Loses time zones."""

    def read_commit(self, commit: str, /) -> Commit:
        from datetime import UTC

        from attrs import evolve

        found = self.sound.read_commit(commit)
        return evolve(found, author=evolve(found.author, when=found.author.when.astimezone(UTC).replace(tzinfo=None)))


class AllHistory(Wrapped):
    """Gives every commit, whatever it changes."""

    def history(self, tip: str, path: str = "", /) -> Iterator[Commit]:
        return iter(self.sound.history(tip, ""))


class OldestFirst(Wrapped):
    def history(self, tip: str, path: str = "", /) -> Iterator[Commit]:
        return iter(list(self.sound.history(tip, path))[::-1])


class FirstParents(Wrapped):
    """Passes over what was merged."""

    def history(self, tip: str, path: str = "", /) -> Iterator[Commit]:
        line = {*git(self.location, "rev-list", "--first-parent", tip).splitlines()}
        return (commit for commit in self.sound.history(tip, path) if commit.id in line)


class Silent(Wrapped):
    """Gives nothing for an object that is missing."""

    def read_blob(self, blob: str, /) -> bytes:
        try:
            data: bytes = self.sound.read_blob(blob)
        except CorruptObjectError:
            return b""
        return data


class Shallow(Wrapped):
    """Copies the top of a tree only."""

    def copy_tree(self, source: Repository, tree: str, /) -> int:
        from freightlib.git.trees import pack_tree

        self.sound._staging.add("tree", pack_tree(source.read_tree(tree)))
        return 1


class Guesses(Wrapped):
    """Resolves whatever git resolves."""

    def resolve(self, revision: str, /) -> str:
        try:
            return git(self.location, "rev-parse", "--verify", f"{revision}^{{commit}}")
        except AssertionError:
            found: str = self.sound.resolve(revision)
            return found


class ShortNames(Wrapped):
    def refs(self, prefix: str, /) -> Mapping[str, str]:
        return {name.removeprefix(prefix): commit for name, commit in self.sound.refs(prefix).items()}


class Tells(Wrapped):
    """Shows the credentials of its remote."""

    @property
    def address(self) -> str:
        return git(self.location, "config", "--default", "g", "remote.origin.url")


class Tramples(Wrapped):
    """Moves a branch under a work tree that is not clean."""

    def move_refs(self, updates: Sequence[RefUpdate], /, *, reason: str = "") -> None:
        self.sound._check(updates)
        for update in updates:
            self.set(update.ref, update.new)
        if Path(self.location, ".git").exists():
            git(self.location, "reset", "-q", "--hard")


class Deaf(Wrapped):
    """Never looks at the remote again."""

    def refresh(self) -> None:
        return None

    def ref(self, name: str, /) -> str | None:
        if not hasattr(self, "known"):
            self.known: dict[str, str | None] = {}
        return self.known.setdefault(name, self.sound.ref(name))


class Overwrites(Wrapped):
    """Forces its push through."""

    def move_refs(self, updates: Sequence[RefUpdate], /, *, reason: str = "") -> None:
        try:
            self.sound.move_refs(updates, reason=reason)
        except RefConflictError:
            self.sound.flush()
            for update in updates:
                git(self.location, "push", "-q", "-f", "origin", f"{update.new}:{update.ref}")
                self.set(update.ref, update.new)


class Signs(Wrapped):
    """Signs as the sound one does: of a wrapper, only what stands in its class makes it a ``Signing``."""

    def signing(self, sign: bool | None, /) -> Any:
        return self.sound.signing(sign)

    def check_signatures(self, commits: Iterable[str], /, *, allowed_signers: Path | None = None) -> Any:
        return self.sound.check_signatures(commits, allowed_signers=allowed_signers)


class NeverSigns(Signs):
    def signing(self, sign: bool | None, /) -> Any:
        return self.sound.signing(False)


class SignsForEver(Signs):
    """Forgets that a choice ends."""

    def signing(self, sign: bool | None, /) -> Any:
        self.sound._sign = sign
        return self.sound.signing(sign)


class SignsIfItCan(Signs):
    """Writes the commit unsigned when it cannot be signed."""

    def write_commit(
        self, tree: str, parents: Sequence[str], message: str, author: Identity, committer: Identity | None = None, /
    ) -> str:
        from freightlib.errors import SigningError

        try:
            made: str = self.sound.write_commit(tree, parents, message, author, committer)
        except SigningError:
            with self.sound.signing(False):
                made = self.sound.write_commit(tree, parents, message, author, committer)
        return made


class TakesAnySignature(Signs):
    """Takes a commit that has a signature for one that is signed."""

    def check_signatures(self, commits: Iterable[str], /, *, allowed_signers: Path | None = None) -> Any:
        from attrs import evolve

        from freightlib.models import SignatureStatus

        found = self.sound.check_signatures(commits, allowed_signers=allowed_signers)
        missing = SignatureStatus.MISSING
        return {
            name: one if one.status is missing else evolve(one, status=SignatureStatus.GOOD)
            for name, one in found.items()
        }


class AllowsAsConfigured(Signs):
    """Does not hear of another list."""

    def check_signatures(self, commits: Iterable[str], /, *, allowed_signers: Path | None = None) -> Any:
        return self.sound.check_signatures(commits)


class NearOnly(Wrapped):
    """Keeps to itself what should be pushed."""


class Backend(Libgit2Backend):
    def __init__(self, kind: type[Wrapped]) -> None:
        self.kind = kind

    def open(self, location: str, /, *, push: bool = False, objects_only: Sequence[str] = ()) -> Any:
        return self.kind(super().open(location, push=push and self.kind is not NearOnly, objects_only=objects_only))


class Suite(GitBackendSuite):
    def __init__(self, kind: type[Wrapped]) -> None:
        self.kind = kind

    def make_backend(self) -> Any:
        return Backend(self.kind)


MUTANTS: dict[type[Wrapped], str] = {
    Blind: "move_refs_compares",
    ComparesFirst: "racing_writers_lose_nothing",
    Half: "several_refs_move_all_or_none",
    Recreates: "move_refs_compares",
    Eager: "nothing_is_visible_before_move_refs",
    Forgets: "move_refs_stores_what_was_written",
    Flattens: "modes_and_symlinks_are_kept",
    Follows: "modes_and_symlinks_are_kept",
    ReadsModes: "modes_and_symlinks_are_kept",
    Mangles: "names_are_kept",
    Replaces: "names_are_kept",
    Trusts: "unsafe_names_are_refused",
    Sorts: "what_is_written_is_read_at_once",
    Strips: "commits_are_kept",
    Utc: "commits_are_kept",
    AllHistory: "history_is_gits",
    OldestFirst: "history_is_gits",
    FirstParents: "history_is_gits",
    Silent: "missing_and_damaged_objects_are_told",
    Shallow: "copies_whole_trees",
    Guesses: "resolve_finds_commits",
    ShortNames: "refs_are_made_listed_and_deleted",
    Tells: "it_knows_where_it_is",
    Tramples: "an_unclean_work_tree_refuses",
    Deaf: "addresses_are_worked_on_through_a_cache",
    Overwrites: "a_remote_that_moved_is_a_conflict",
    NearOnly: "push_moves_the_remote_first",
    NeverSigns: "it_signs_when_told_to",
    SignsForEver: "it_signs_when_told_to",
    SignsIfItCan: "a_signature_that_fails_stops_it",
    TakesAnySignature: "signatures_are_judged_as_git_judges",
    AllowsAsConfigured: "signatures_are_judged_as_git_judges",
}


def judged(mutant: type[Wrapped]) -> object:
    """A mutant as a parameter; the rules of signing make keys."""
    programs = ["ssh-keygen"] if issubclass(mutant, Signs) else []
    return pytest.param(mutant, marks=pytest.mark.needs_program(*programs))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.mark.parametrize("mutant", [judged(mutant) for mutant in MUTANTS], ids=lambda mutant: mutant.__name__)
def test_a_mutant_is_caught_by_name(mutant: type[Wrapped], tmp_path: Path) -> None:
    found = broken(Suite(mutant), tmp_path, f"test_{MUTANTS[mutant]}")
    (said,) = found.values()
    assert "  rule of: " in said


@pytest.mark.needs_program("ssh-keygen")
@pytest.mark.parametrize("kind", [Wrapped, Signs])
def test_a_wrapper_that_changes_nothing_breaks_no_rule(kind: type[Wrapped], tmp_path: Path) -> None:
    checks: set[Callable[..., Any] | str] = {f"test_{name}" for name in MUTANTS.values()} - {
        "test_push_moves_the_remote_first"
    }
    assert broken(Suite(kind), tmp_path, *map(str, checks)) == {}
