"""The suite for git backends, first part: objects, trees, commits and history."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from freightlib.errors import CorruptObjectError, RevisionError, UnsafePathError
from freightlib.git.contract import Identity, RefUpdate
from freightlib.git.safe_names import check_name
from freightlib.git.trees import EMPTY_TREE, Entry, Mode, parse_tree
from freightlib.testing.commits import MAIN, ME, Files, commit_to, write_commit, write_tree
from freightlib.testing.git_rules import SIDE, Judged, check_stored
from freightlib.testing.program import git, git_bytes
from freightlib.testing.rules import Rules

_BLOB: Final = Rules("Repository.write_blob")
_TREE: Final = Rules("Repository.write_tree")
_READ_TREE: Final = Rules("Repository.read_tree")
_COMMIT: Final = Rules("Repository.write_commit")
_READ: Final = Rules("Repository.read_blob, read_tree and read_commit")
_COPY: Final = Rules("Repository.copy_tree")
_HISTORY: Final = Rules("Repository.history")

_MODES: Final[Files] = {
    "a file": b"text\n",
    "bin/run": (Mode.EXECUTABLE, b"#!/bin/sh\n"),
    "link": (Mode.SYMLINK, b"bin/run"),
    "a.b/x": b"1",
    "a/x": b"2",
    "a-b": b"3",
}
_NAMES: Final = (
    "caf\u00e9", "cafe\u0301", "Case", "case", " space ", "-dash", 'quo"te', "a\u200db", "\u540d\u524d", "*glob?",
    "trailing.", "CON", "x" * 255, "\udcff\udcfe",
)  # fmt: skip
_UNSAFE: Final = (
    "",
    ".",
    "..",
    ".git",
    ".GIT",
    ".git ",
    "git~1",
    ".g\u200cit",
    "a/b",
    "a\0b",
    "a\\b",
    "a\nb",
    "x" * 256,
)


class ObjectRules(Judged):
    """Checks of reading and writing objects."""

    def test_objects_have_gits_ids(self, tmp_path: Path) -> None:
        """Blobs, trees and commits get the ids that git gives them."""
        repository = self.bare(tmp_path / "g")
        data = bytes(range(256)) * 3
        blob = repository.write_blob(data)
        _BLOB.equal(blob, git(tmp_path / "g", "hash-object", "--stdin", data=data), "a blob's id is git's")
        empty = repository.write_tree(())
        _TREE.equal(empty, EMPTY_TREE, "the empty tree's id is git's")
        made = commit_to(repository, _MODES)
        again = git(tmp_path / "g", "mktree", "-z", data=git_bytes(tmp_path / "g", "ls-tree", "-z", f"{made}^{{tree}}"))
        _TREE.equal(repository.read_commit(made).tree, again, "a tree's id is git's")
        copied = git(
            tmp_path / "g",
            "hash-object",
            "-t",
            "commit",
            "--stdin",
            data=git_bytes(tmp_path / "g", "cat-file", "commit", made),
        )
        _COMMIT.equal(made, copied, "a commit's id is git's")

    def test_modes_and_symlinks_are_kept(self, tmp_path: Path) -> None:
        """Executable bits, symbolic links and submodules are stored and read as they were given."""
        repository = self.bare(tmp_path / "g")
        made = commit_to(repository, _MODES)
        modes = {path: (data[0] if isinstance(data, tuple) else Mode.FILE) for path, data in _MODES.items()}
        listed = git_bytes(tmp_path / "g", "ls-tree", "-r", "-z", made).decode().split("\0")
        stored = {line.partition("\t")[2]: int(line.partition(" ")[0], 8) for line in listed if line}
        _TREE.equal(stored, {path: int(mode) for path, mode in modes.items()}, "modes are stored as they are given")
        entries = {
            entry.name: entry for entry in self.open(tmp_path / "g").read_tree(f"{repository.read_commit(made).tree}")
        }
        found = {name: entry.mode for name, entry in entries.items() if "/" not in name and not entry.is_tree}
        wanted = {path: mode for path, mode in modes.items() if "/" not in path}
        _READ_TREE.equal(found, wanted, "modes are read as they are stored")
        target = self.open(tmp_path / "g").read_blob(entries["link"].id)
        _READ.equal(target, b"bin/run", "a symbolic link's blob is its target")

    def test_names_are_kept(self, tmp_path: Path) -> None:
        """Names come back byte for byte: case, Unicode forms, white space, and bytes that are not UTF-8."""
        repository = self.bare(tmp_path / "g")
        blob = git(tmp_path / "g", "hash-object", "-w", "--stdin", data=b"x")
        listed = b"".join(b"100644 blob %s\t%s\0" % (blob.encode(), _raw(name)) for name in _NAMES)
        tree = git(tmp_path / "g", "mktree", "-z", data=listed)
        entries = self.open(tmp_path / "g").read_tree(tree)
        _READ_TREE.equal({entry.name for entry in entries}, {*_NAMES}, "names are read byte for byte")
        _READ_TREE.equal(
            entries, parse_tree(git_bytes(tmp_path / "g", "cat-file", "tree", tree)), "entries are in git's order"
        )
        written = repository.write_tree(reversed(entries))
        _TREE.equal(written, tree, "names are written byte for byte, in git's order")
        made = repository.write_commit(written, (), "Names\n", ME)
        repository.move_refs([RefUpdate(MAIN, None, made)])
        found = git_bytes(tmp_path / "g", "ls-tree", "-z", "--name-only", made).split(b"\0")
        _TREE.equal({*found} - {b""}, {_raw(name) for name in _NAMES}, "names are stored byte for byte")

    def test_unsafe_names_are_refused(self, tmp_path: Path) -> None:
        """A name that git or freightlib refuses raises UnsafePathError, whatever library the backend uses."""
        repository = self.bare(tmp_path / "g")
        blob = repository.write_blob(b"x")
        for name in _UNSAFE:
            with _TREE.raises(UnsafePathError, f"the name {name[:20]!r} raises UnsafePathError"):
                repository.write_tree([Entry(name, Mode.FILE, blob)])
        with _TREE.raises(UnsafePathError, "a duplicate name raises UnsafePathError"):
            repository.write_tree([Entry("a", Mode.FILE, blob), Entry("a", Mode.TREE, EMPTY_TREE)])

    def test_what_is_written_is_read_at_once(self, tmp_path: Path) -> None:
        """Objects are readable through the instance that wrote them before any ref moves."""
        repository = self.bare(tmp_path / "g")
        made = write_commit(repository, _MODES)
        found = repository.read_commit(made)
        _READ.equal((found.id, found.message), (made, "A change\n"), "a commit is readable at once")
        names = [entry.name for entry in repository.read_tree(found.tree)]
        _READ.equal(names, ["a file", "a-b", "a.b", "a", "bin", "link"], "a tree is readable at once, in git's order")
        _READ.equal(repository.read_blob(repository.write_blob(b"new")), b"new", "a blob is readable at once")

    def test_commits_are_kept(self, tmp_path: Path) -> None:
        """Authors, times with their zones, parents and messages are stored and read exactly."""
        repository = self.bare(tmp_path / "g")
        root = commit_to(repository, {"a": b"1"})
        zone = timezone(timedelta(hours=-7, minutes=-30))
        author = Identity("Zo\u00eb \u540d", "zoe@example.org", datetime(2009, 2, 13, 16, 1, 30, tzinfo=zone))
        message = "Gr\u00fc\u00dfe\n\nBody with 'quotes'\n\nKey: value\n"
        tree = write_tree(repository, {"a": b"2"})
        made = repository.write_commit(tree, [root], message, author, ME)
        repository.move_refs([RefUpdate(MAIN, root, made)])
        shown = git(tmp_path / "g", "show", "-s", "--format=%an|%ae|%aI|%cn|%ce|%cI|%P|%T", made)
        people = (
            "Zo\u00eb \u540d|zoe@example.org|2009-02-13T16:01:30-07:30|Ada|ada@example.com|2026-03-22T12:34:56+00:00"
        )
        _COMMIT.equal(
            shown.replace("Z|", "+00:00|"), f"{people}|{root}|{tree}", "people, times and parents are stored as given"
        )
        raw = git_bytes(tmp_path / "g", "cat-file", "commit", made).partition(b"\n\n")[2]
        _COMMIT.equal(raw, message.encode(), "the message is stored as given")
        found = self.open(tmp_path / "g").read_commit(made)
        _READ.equal((found.author, found.committer), (author, ME), "people and times are read as stored")
        _READ.equal((found.message, found.parents, found.tree), (message, (root,), tree), "commits are read as stored")

    def test_unsafe_people_and_messages_are_refused(self, tmp_path: Path) -> None:
        """Authors and messages that git would change raise UnsafePathError."""
        repository = self.bare(tmp_path / "g")
        tree = write_tree(repository, {"a": b"1"})
        when = ME.when
        for author in (Identity("a\nb", "e", when), Identity("a", "e>x", when), Identity("", "e", when)):
            with _COMMIT.raises(UnsafePathError, f"the author {author.name!r} <{author.email}> raises UnsafePathError"):
                repository.write_commit(tree, (), "m\n", author)
        with _COMMIT.raises(UnsafePathError, "a message with a NUL raises UnsafePathError"):
            repository.write_commit(tree, (), "a\0b", ME)

    def test_missing_and_damaged_objects_are_told(self, tmp_path: Path) -> None:
        """A blob or tree that is absent or damaged raises CorruptObjectError, an absent commit RevisionError."""
        path = tmp_path / "g"
        repository = self.bare(path)
        for read in (repository.read_blob, repository.read_tree):
            with _READ.raises(CorruptObjectError, "an absent object raises CorruptObjectError"):
                read("f" * 40)
        with _READ.raises(RevisionError, "an absent commit raises RevisionError"):
            repository.read_commit("f" * 40)
        blob = git(path, "hash-object", "-w", "--stdin", data=bytes(range(256)) * 40)
        loose = path / "objects" / blob[:2] / blob[2:]
        loose.chmod(0o644)
        loose.write_bytes(loose.read_bytes()[:-20])
        with _READ.raises(CorruptObjectError, "a damaged object raises CorruptObjectError"):
            self.open(path).read_blob(blob)

    def test_copies_whole_trees(self, tmp_path: Path) -> None:
        """copy_tree copies every missing object with its id, and returns their number."""
        source, target = self.bare(tmp_path / "source"), self.bare(tmp_path / "target")
        made = source.read_commit(commit_to(source, _MODES)).tree
        reader = self.open(tmp_path / "source")
        count = target.copy_tree(reader, made)
        tip = target.write_commit(made, (), "Copied\n", ME)
        target.move_refs([RefUpdate(MAIN, None, tip)])
        check_stored(tmp_path / "target", "every object of the tree is copied")
        listed = [git(tmp_path / name, "ls-tree", "-r", "-t", made) for name in ("source", "target")]
        _COPY.equal(listed[1], listed[0], "the copy holds what the source holds")
        objects = {line.split()[2] for line in listed[0].splitlines()} | {made}
        _COPY.equal(count, len(objects), "it gives the number of objects that were missing")
        _COPY.equal(self.open(tmp_path / "target").copy_tree(reader, made), 0, "what is there is not copied again")

    def test_history_is_gits(self, tmp_path: Path) -> None:
        """The history has the commits that change a path against their first parent, newest first, with merges."""
        path = tmp_path / "g"
        repository = self.bare(path)
        one = commit_to(repository, {"a/x": b"1", "b": b"1"})
        two = commit_to(repository, {"a/x": b"1", "b": b"2"})
        three = commit_to(repository, {"a/x": b"3", "b": b"2"})
        four = commit_to(repository, {"b": b"2"})
        reopened = self.open(path)
        line = [found.id for found in reopened.history(four, "a")]
        _HISTORY.equal(line, [four, three, one], "only the commits that change the path, newest first")
        _HISTORY.equal([found.id for found in reopened.history(four, "a/x")], [four, three, one], "a file's history")
        _HISTORY.equal([found.id for found in reopened.history(three, "b")], [two, one], "only what the tip reaches")
        _HISTORY.equal(
            [found.id for found in reopened.history(four)], [four, three, two, one], "all of it for the root"
        )
        side = write_commit(repository, {"a/x": b"4", "b": b"1"}, [one])
        merged = write_commit(repository, {"a/x": b"4", "b": b"2"}, [three, side])
        same = write_commit(repository, {"a/x": b"3", "b": b"2"}, [three, side])
        repository.move_refs([RefUpdate(MAIN, four, merged), RefUpdate(SIDE, None, same)])
        found = [each.id for each in self.open(path).history(merged, "a")]
        _HISTORY.equal({*found}, {merged, three, side, one}, "a merge that changes the path counts, and its branches")
        _HISTORY.equal((found[0], found[-1]), (merged, one), "no commit comes before one that follows it")
        kept = [each.id for each in self.open(path).history(same, "a")]
        _HISTORY.hold(same not in kept, "a merge that leaves its first parent's path does not count", str(kept))


def _raw(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


for _name in _NAMES:  # every name in the test must be a valid one
    check_name(_name)
