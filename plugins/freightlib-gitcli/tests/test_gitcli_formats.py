"""What only git itself opens: SHA-256 object ids, partial clones. Chosen without being named."""

from __future__ import annotations

from pathlib import Path

import pytest
from freightlib_gitcli import GitProgramBackend

import freightlib
from freightlib.errors import CorruptObjectError, RevisionError, UnsupportedRepositoryError
from freightlib.git.contract import RefUpdate
from freightlib.git.trees import Entry, Mode, empty_tree
from freightlib.plugins.repositories import open_repository
from freightlib.testing import RepositoryBuilder, git
from tests.cli import call
from tests.signers import configure_ssh, make_keys
from tests.worlds import World

STAGES = ("staging", "test", "levelbuilder", "production")
MAIN = "refs/heads/main"


@pytest.fixture
def sha256(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    return World(tmp_path)


def sound(directory: Path) -> None:
    git(directory, "fsck", "--strict", "--full")
    assert git(directory, "status", "--porcelain") == ""


def test_the_whole_loop_with_sha256_ids(sha256: World) -> None:
    made = freightlib.publish(sha256.gitops.path, sha256.source.path, revision=sha256.revision, image=sha256.image)
    assert (len(sha256.revision), len(made.commit)) == (64, 64)
    assert freightlib.verify(sha256.gitops.path, source=sha256.source.path).ok
    promotions = freightlib.promote(sha256.gitops.path, STAGES)
    assert [one.outcome.value for one in promotions] == ["promoted"] * 3 + ["proposed"]
    again = freightlib.promote(sha256.gitops.path, STAGES)
    assert {one.outcome.value for one in again} == {"unchanged"}
    payload = sha256.source.git("rev-parse", f"{sha256.revision}:k8s/helm")
    assert sha256.gitops.git("rev-parse", "main:warehouses/codeai/freight/current/helm") == payload
    assert not [row for row in freightlib.status(sha256.gitops.path)[0].stages if row.problem]
    assert len(tuple(freightlib.log(sha256.gitops.path, "test"))) == 1
    assert freightlib.diff(sha256.gitops.path, "test") == ()
    sound(sha256.gitops.path)


def test_a_sha256_remote(sha256: World, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", "gitops", "remote.git")
    backend = GitProgramBackend()
    repository = backend.open(f"file://{tmp_path / 'remote.git'}")
    source = backend.open(f"file://{sha256.source.path}", objects_only=[sha256.revision])
    made = freightlib.publish(repository, source, revision=sha256.revision, image=sha256.image)
    freightlib.promote(repository, STAGES[:1])
    assert git(tmp_path / "remote.git", "rev-parse", "main") == made.commit
    assert git(tmp_path / "remote.git", "rev-list", "--count", "stage/staging") == "1"


def test_the_command_line_with_sha256_ids(sha256: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = ["--repo", sha256.gitops.path, "--backend", "git"]
    release = ["--source", sha256.source.path, "--revision", sha256.revision, "--image", sha256.image]
    out = ["--out", tmp_path / "out"]
    for verb, *words in (
        ["publish", *release],
        ["verify", "--source", sha256.source.path],
        ["promote", "staging"],
        ["render", "test", *out],
        ["render", "test", *out],  # over the former rendering
        ["diff", "staging"],
        ["status"],
        ["log", "staging"],
    ):
        status, printed, err = call(capsys, verb, *there, *words)
        assert status == 0, (verb, words, printed, err)


def test_object_formats_do_not_mix(sha256: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GIT_DEFAULT_HASH")
    other = World(tmp_path / "other")
    before = sha256.gitops.git("for-each-ref")
    with pytest.raises(UnsupportedRepositoryError, match=r"SHA1 object ids and .* has SHA256"):
        freightlib.publish(sha256.gitops.path, other.source.path, revision=other.revision, image=other.image)
    assert sha256.gitops.git("for-each-ref") == before


def test_ids_of_a_sha256_repository(tmp_path: Path) -> None:
    repository = GitProgramBackend().init(str(tmp_path / "g"), bare=True, object_format="sha256")
    blob = repository.write_blob(b"x")
    tree = repository.write_tree([Entry("a", Mode.FILE, blob)])
    assert repository.read_tree(empty_tree("sha256")) == ()
    assert repository.read_tree(tree) == (Entry("a", Mode.FILE, blob),)
    for revision in ("0" * 40, "0" * 64, blob[:40]):
        with pytest.raises(RevisionError):
            repository.resolve(revision)
    with pytest.raises(CorruptObjectError, match="missing"):
        repository.read_blob("0" * 64)


@pytest.fixture
def partial(tmp_path: Path) -> World:
    """A world whose source is a clone that has no file yet."""
    world = World(tmp_path)
    world.source.git("config", "uploadpack.allowFilter", "true")
    world.source.git("config", "uploadpack.allowAnySHA1InWant", "true")
    git(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{world.source.path}", "partial")
    return world.using(source=RepositoryBuilder(tmp_path / "partial"))


def stored(directory: Path) -> set[str]:
    """The objects that are really there."""
    listed = git(directory, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    return set(listed.splitlines())


def packs(directory: Path) -> int:
    return len(list((directory / ".git/objects/pack").glob("*.pack")))


def test_a_partial_clone_as_the_source_fetches_the_payload_in_one_go(partial: World) -> None:
    before, packed = stored(partial.source.path), packs(partial.source.path)
    made = freightlib.publish(partial.gitops.path, partial.source.path, revision=partial.revision, image=partial.image)
    assert made.created
    main = partial.source.git("rev-parse", f"{partial.revision}:src/main.py")
    came = stored(partial.source.path) - before
    payload = partial.source.git("ls-tree", "-r", "--format=%(objectname)", f"{partial.revision}:k8s/helm").split()
    assert {*payload} <= came
    assert main not in came, "only the payload is fetched"
    assert packs(partial.source.path) <= packed + 1, "not file by file"
    sound(partial.gitops.path)


def test_a_partial_clone_as_the_gitops_repository(partial: World, tmp_path: Path) -> None:
    partial.gitops.git("config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--bare", "--filter=blob:none", f"file://{partial.gitops.path}", "bare.git")
    gitops = tmp_path / "bare.git"
    assert type(open_repository(gitops)).__name__ == "PartialRepository"
    freightlib.publish(gitops, partial.source.path, revision=partial.revision, image=partial.image)
    freightlib.promote(gitops, STAGES[:2])
    assert freightlib.verify(gitops, source=partial.source.path).ok
    assert git(gitops, "rev-list", "--count", "stage/test") == "1"


def test_a_partial_clone_that_cannot_fetch_says_so(partial: World) -> None:
    partial.source.git("remote", "set-url", "origin", "https://user:secret@localhost:1/x.git")
    before = partial.gitops.git("for-each-ref")
    with pytest.raises(freightlib.FreightError) as caught:
        freightlib.publish(partial.gitops.path, partial.source.path, revision=partial.revision, image=partial.image)
    assert caught.value.code == "remote"
    assert "secret" not in str(caught.value)
    assert partial.gitops.git("for-each-ref") == before
    repository = open_repository(partial.source.path)
    blob = partial.source.git("rev-parse", f"{partial.revision}:src/main.py")
    with pytest.raises(freightlib.FreightError) as caught:
        repository.read_blob(blob)
    assert caught.value.code == "remote"


def test_writing_what_a_partial_clone_lacks_fetches_nothing(partial: World, tmp_path: Path) -> None:
    fetched = tmp_path / "fetched"
    partial.source.git("config", "remote.origin.uploadpack", f"touch {fetched}; git-upload-pack")
    repository = open_repository(partial.source.path)
    old = repository.resolve("main")
    tree = repository.write_tree([Entry("new", Mode.FILE, repository.write_blob(b"never seen"))])
    who = repository.read_commit(old).author
    new = repository.write_commit(tree, [old], "next\n", who)
    repository.move_refs([RefUpdate("refs/heads/other", None, new)])
    assert partial.source.git("cat-file", "blob", "other:new") == "never seen"
    assert not fetched.exists()
    assert repository.read_blob(partial.source.git("rev-parse", "main:src/main.py")) == b"print('shop')\n"
    assert fetched.exists(), "what is read and missing is fetched"


@pytest.mark.needs_program("ssh-keygen")
def test_signatures_with_sha256_ids(sha256: World, tmp_path: Path) -> None:
    keys = make_keys(tmp_path / "keys")
    configure_ssh(sha256.gitops.path, keys.ada, keys.allowed)
    made = freightlib.publish(
        sha256.gitops.path, sha256.source.path, revision=sha256.revision, image=sha256.image, sign=True
    )
    assert "\ngpgsig-sha256 -----BEGIN SSH" in sha256.gitops.git("cat-file", "commit", made.commit)
    sha256.gitops.git("verify-commit", made.commit)
    sound(sha256.gitops.path)
    report = freightlib.verify(sha256.gitops.path, signatures=True)
    assert (report.findings, report.checked["signatures"]) == ((), 1)
    freightlib.promote(sha256.gitops.path, STAGES[:1], sign=True)
    sha256.gitops.git("verify-commit", "stage/staging")


@pytest.mark.needs_program("ssh-keygen")
def test_signatures_of_a_partial_clone(tmp_path: Path) -> None:
    world, keys = World(tmp_path), make_keys(tmp_path / "keys")
    configure_ssh(world.gitops.path, keys.ada)
    freightlib.publish(world.gitops.path, world.source.path, revision=world.revision, image=world.image, sign=True)
    world.gitops.git("config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--bare", "--filter=blob:none", f"file://{world.gitops.path}", "partial.git")
    assert freightlib.verify(tmp_path / "partial.git", signatures=True, allowed_signers=keys.allowed).ok
