"""Objects: written as one pack that git accepts, read back alike, damage told in a moment."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freightlib.errors import CorruptObjectError, RevisionError
from freightlib.git.contract import RefUpdate, Repository
from freightlib.git.objects.loose import parse_loose
from freightlib.git.objects.packs import make_pack
from freightlib.git.trees import EMPTY_TREE, Entry, Mode, object_id, pack_tree, parse_tree
from freightlib.plugins.repositories import init_repository, open_repository
from freightlib.testing import git, git_bytes
from freightlib.testing.commits import MAIN, ME, commit_to, write_tree
from freightlib.testing.program import check_sound
from tests.examples import examples

pytestmark = pytest.mark.usefixtures("backend")

NAMES = st.text(
    st.characters(exclude_categories=("C", "Z"), include_characters=" ", exclude_characters="/\\"),
    min_size=1,
    max_size=12,
).filter(lambda name: name.strip(". ") and not name.lower().startswith((".g", "git")) and name.isprintable())


@settings(max_examples=examples(15))
@given(st.lists(st.binary(max_size=4000), max_size=40, unique=True))
def test_a_pack_is_what_git_index_pack_makes_of_it(
    tmp_path_factory: pytest.TempPathFactory, blobs: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("pack")
    pack = make_pack((object_id("blob", data), "blob", data) for data in blobs)
    (folder / "x.pack").write_bytes(pack.data)
    git(folder, "index-pack", "--strict", "x.pack")
    assert (folder / "x.idx").read_bytes() == pack.index


@settings(max_examples=examples(25))
@given(st.dictionaries(NAMES, st.sampled_from([Mode.FILE, Mode.EXECUTABLE, Mode.SYMLINK, Mode.TREE]), max_size=12))
def test_trees_are_those_of_mktree(tmp_path_factory: pytest.TempPathFactory, names: dict[str, Mode]) -> None:
    repository = init_repository(tmp_path_factory.mktemp("trees") / "g", bare=True)
    blob, tree = "ce013625030ba8dba906f756967f9e9ca394464a", EMPTY_TREE
    entries = [Entry(name, mode, tree if mode == Mode.TREE else blob) for name, mode in names.items()]
    listed = b"".join(
        b"%06o %s %s\t%s\0" % (e.mode, b"tree" if e.is_tree else b"blob", e.id.encode(), e.name.encode())
        for e in entries
    )
    made = git(repository.location, "mktree", "-z", "--missing", data=listed)
    assert repository.write_tree(entries) == made
    raw = git_bytes(repository.location, "cat-file", "tree", made)
    assert pack_tree(parse_tree(raw)) == raw


def test_everything_written_is_one_pack_and_clean(tmp_path: Path) -> None:
    repository = init_repository(tmp_path / "g", bare=True)
    files = {f"d{n % 7}/f{n}": b"%d" % n for n in range(200)}
    first = commit_to(repository, dict(files), message="a commit\n")
    packs = list((tmp_path / "g/objects/pack").iterdir())
    assert sorted(path.suffix for path in packs) == [".idx", ".pack"]
    assert not list((tmp_path / "g/objects").glob("??/*"))
    check_sound(repository.location)
    assert open_repository(repository.location).read_commit(first).message == "a commit\n"
    commit_to(repository, {**files, "d0/f0": b"changed"})
    newest = max((tmp_path / "g/objects/pack").glob("*.idx"), key=lambda path: path.stat().st_mtime_ns)
    listed = git(repository.location, "show-index", data=newest.read_bytes()).splitlines()
    assert len(listed) == 4, "only the blob, the two trees above it and the commit are new"
    check_sound(repository.location)


def test_staged_objects_are_readable_before_they_are_stored(tmp_path: Path) -> None:
    repository = init_repository(tmp_path / "g", bare=True)
    tree = write_tree(repository, {"a/b": b"x"})
    assert [entry.name for entry in repository.read_tree(tree)] == ["a"]
    assert repository.read_blob(repository.write_blob(b"x")) == b"x"
    with pytest.raises(CorruptObjectError, match="missing"):
        open_repository(repository.location).read_tree(tree)


def test_the_empty_tree_needs_no_object(tmp_path: Path) -> None:
    assert init_repository(tmp_path / "g", bare=True).read_tree(EMPTY_TREE) == ()


def test_a_truncated_loose_object_is_an_error_and_heals_when_written_again(tmp_path: Path) -> None:
    repository = init_repository(tmp_path / "g")
    data = bytes(range(256)) * 40
    blob = git(tmp_path / "g", "hash-object", "-w", "--stdin", data=data)
    loose = tmp_path / "g/.git/objects" / blob[:2] / blob[2:]
    loose.chmod(0o644)
    loose.write_bytes(loose.read_bytes()[:-20])
    with pytest.raises(CorruptObjectError, match=r"is damaged: .*(cut short|corrupt|unable to stream)") as caught:
        repository.read_blob(blob)
    assert caught.value.data["object"] == blob
    repository = open_repository(tmp_path / "g")
    commit_to(repository, {"a": data})
    assert open_repository(repository.location).read_blob(blob) == data
    assert git_bytes(tmp_path / "g", "cat-file", "blob", blob) == data


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"x",
        zlib.compress(b"blob 3\0ab"),
        zlib.compress(b"blob 1\0ab"),
        zlib.compress(b"blob x\0ab"),
        zlib.compress(b"ab"),
    ],
)
def test_a_loose_object_that_is_not_one(stored: bytes) -> None:
    with pytest.raises(CorruptObjectError):
        parse_loose("0" * 40, stored)


@given(st.binary(max_size=3000))
def test_loose_objects_read_as_written_and_never_when_cut(data: bytes) -> None:
    stored = zlib.compress(b"blob %d\0" % len(data) + data)
    assert parse_loose(object_id("blob", data), stored) == ("blob", data)
    with pytest.raises(CorruptObjectError):
        parse_loose(object_id("blob", data), stored[: len(stored) // 2])


def test_a_damaged_pack_is_an_error(tmp_path: Path) -> None:
    repository = init_repository(tmp_path / "g", bare=True)
    data = bytes(range(256)) * 40
    commit_to(repository, {"a": data})
    (pack,) = (tmp_path / "g/objects/pack").glob("*.pack")
    pack.chmod(0o644)
    stored = bytearray(pack.read_bytes())
    stored[20:60] = bytes(40)
    pack.write_bytes(stored)
    with pytest.raises(CorruptObjectError):
        open_repository(repository.location).read_blob(object_id("blob", data))


def test_what_resolve_understands(tmp_path: Path) -> None:
    repository = init_repository(tmp_path / "g")
    first = commit_to(repository, {"a": b"1"})
    git(tmp_path / "g", "tag", "-a", "-m", "t", "v1")
    git(tmp_path / "g", "update-ref", "refs/remotes/origin/far", first)
    tree = repository.read_commit(first).tree
    for revision in (first, "main", MAIN, "v1", "refs/tags/v1", "HEAD", "origin/far"):
        assert repository.resolve(revision) == first
    for revision in (first[:12], "nothing", tree, "0" * 40, "", "main~1", "@{u}", "a b"):
        with pytest.raises(RevisionError):
            repository.resolve(revision)
    with pytest.raises(RevisionError, match="full"):
        repository.resolve(first[:7])
    git(tmp_path / "g", "tag", "t-tree", tree)
    with pytest.raises(RevisionError, match="does not name a commit"):
        repository.resolve("t-tree")


def test_history_names_the_commits_that_change_a_path(tmp_path: Path) -> None:
    repository = init_repository(tmp_path / "g", bare=True)
    one = commit_to(repository, {"a/x": b"1", "b": b"1"})
    commit_to(repository, {"a/x": b"1", "b": b"2"})
    three = commit_to(repository, {"a/x": b"3", "b": b"2"})
    assert [found.id for found in repository.history(three, "a")] == [three, one]
    side = repository.write_commit(write_tree(repository, {"a/x": b"4", "b": b"1"}), [one], "side", ME)
    merged = repository.write_commit(write_tree(repository, {"a/x": b"4", "b": b"2"}), [three, side], "merge", ME)
    repository.move_refs([RefUpdate(MAIN, three, merged)])
    found = [found.id for found in repository.history(merged, "a")]
    assert found[0] == merged
    assert set(found) == {merged, three, side, one}
    assert found[-1] == one


def test_commits_read_as_git_wrote_them(tmp_path: Path) -> None:
    repository: Repository = init_repository(tmp_path / "g")
    git(
        tmp_path / "g", "commit", "--allow-empty", "-qm", "Grüße", "--author", "Zoë <z@e>", "--date", "1234567890 -0730"
    )
    found = repository.read_commit(repository.resolve("main"))
    assert (found.author.name, found.message) == ("Zoë", "Grüße\n")
    assert found.author.when.isoformat() == "2009-02-13T16:01:30-07:30"
    again = repository.write_commit(found.tree, found.parents, found.message, found.author, found.committer)
    assert again == found.id
