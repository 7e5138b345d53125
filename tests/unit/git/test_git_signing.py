"""Signing: what git's own verify-commit accepts, made by real gpg and ssh-keygen as git is configured."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from freightlib.errors import SigningError
from freightlib.git.contract import Identity, RefUpdate, Repository
from freightlib.git.settings import is_true
from freightlib.git.signing import sign as module
from freightlib.plugins.repositories import init_repository, open_repository, signing
from freightlib.testing import git, git_bytes
from freightlib.testing.commits import MAIN, ME, commit_to, write_tree
from freightlib.testing.program import check_sound
from tests.signers import PASSPHRASE, SIGNER, Keys, Ring, agent, configure, configure_ssh, keyring, make_keys, run

pytestmark = [pytest.mark.usefixtures("backend"), pytest.mark.needs_program("ssh-keygen", "ssh-agent", "gpg")]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def ring() -> Iterator[Ring]:
    with keyring() as made:
        made.make("Ada <ada@example.com>")
        yield made


@pytest.fixture
def repository(tmp_path: Path, keys: Keys) -> Repository:
    made = init_repository(tmp_path / "g", bare=True)
    configure_ssh(made.location, keys.ada, keys.allowed)
    return made


def signed(repository: Repository, *, sign: bool | None = True) -> str:
    with signing(repository, sign):
        return commit_to(repository, {"a": b"1"}, message="one\n\nFreight-App: a\n")


def has_signature(repository: Repository, commit: str) -> bool:
    return b"\ngpgsig -----BEGIN " in git_bytes(repository.location, "cat-file", "commit", commit)


def refused(repository: Repository) -> SigningError:
    """The error of a signature that cannot be made; no ref moved and nothing was stored."""
    before = git(repository.location, "for-each-ref"), git(repository.location, "count-objects", "-v")
    with pytest.raises(SigningError) as caught:
        signed(repository)
    assert (git(repository.location, "for-each-ref"), git(repository.location, "count-objects", "-v")) == before
    assert (caught.value.code, caught.value.exit_status) == ("signing", 3)
    assert caught.value.hint
    return caught.value


def test_git_accepts_an_ssh_signature(repository: Repository) -> None:
    made = signed(repository)
    git(repository.location, "verify-commit", made)
    check_sound(repository.location)
    read = repository.read_commit(made)
    assert (read.message, read.author, read.committer) == ("one\n\nFreight-App: a\n", ME, ME)


def test_the_commit_is_the_very_one_that_git_would_sign(repository: Repository) -> None:
    """Ed25519 signatures are the same each time: one id for what git signs and what we sign."""
    made = signed(repository)
    data = git_bytes(repository.location, "cat-file", "commit", made)
    when = f"{int(ME.when.timestamp())} +0000"
    environment = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", ME.name), ("EMAIL", ME.email), ("DATE", when))
    }
    tree = repository.read_commit(made).tree
    command = ["git", "-C", repository.location, "commit-tree", "-S", "-F", "-", tree]
    found = run(*command, stdin=data.partition(b"\n\n")[2], environment=environment)
    assert found.decode().strip() == made


def test_git_accepts_an_openpgp_signature(repository: Repository, ring: Ring) -> None:
    configure(repository.location, gpg__format="openpgp", user__signingKey=ring.fingerprint("Ada"))
    git(repository.location, "verify-commit", signed(repository))
    git(repository.location, "config", "--unset", "user.signingKey")
    git(repository.location, "config", "--unset", "gpg.format")
    made = signed(repository)  # git's defaults: OpenPGP, by the key of the committer
    git(repository.location, "verify-commit", made)
    assert b"BEGIN PGP SIGNATURE" in git_bytes(repository.location, "cat-file", "commit", made)
    check_sound(repository.location)


def test_every_way_to_name_an_ssh_key(repository: Repository, keys: Keys, tmp_path: Path) -> None:
    (Path(repository.location) / "near").symlink_to(keys.ada)
    for key in (str(keys.ada), f"{keys.ada}.pub", "near"):
        configure(repository.location, user__signingKey=key)
        git(repository.location, "verify-commit", signed(repository))
    with agent(tmp_path, [keys.ada]):
        for key in (f"key::{keys.public('ada')}", keys.public("ada")):
            configure(repository.location, user__signingKey=key)
            git(repository.location, "verify-commit", signed(repository))
        git(repository.location, "config", "--unset", "user.signingKey")
        configure(repository.location, gpg__ssh__defaultKeyCommand="ssh-add -L")
        git(repository.location, "verify-commit", signed(repository))


def test_a_program_of_the_users_own(repository: Repository, tmp_path: Path) -> None:
    program = tmp_path / "my keygen"
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/seen\nexec ssh-keygen "$@"\n')
    program.chmod(0o755)
    configure(repository.location, gpg__ssh__program=program)
    git(repository.location, "verify-commit", signed(repository))
    assert (tmp_path / "seen").read_text().startswith("-Y sign -n git -f ")


def test_git_decides_unless_the_caller_does(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not has_signature(repository, signed(repository, sign=None))
    configure(repository.location, commit__gpgSign="yes")
    assert has_signature(repository, signed(repository, sign=None))
    assert has_signature(repository, commit_to(repository, {"a": b"2"}))
    assert not has_signature(repository, signed(repository, sign=False))
    assert has_signature(repository, commit_to(repository, {"a": b"3"})), "the choice ends with its context"
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "Commit.gpgsign")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "false")
    assert not has_signature(repository, commit_to(open_repository(repository.location), {"a": b"4"}))


def test_the_users_own_configuration_counts(
    repository: Repository, tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gitconfig").write_text("[commit]\n\tgpgSign = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    assert has_signature(repository, commit_to(open_repository(repository.location), {"a": b"4"}))


@pytest.mark.parametrize("text", ["true", "Yes", "on", "1", "-2", "false", "no", "off", "0", "", "maybe"])
def test_truth_is_gits(text: str, tmp_path: Path) -> None:
    (tmp_path / "c").write_text(f"[a]\n\tb = {text}\n")
    command = ["git", "config", "--file", str(tmp_path / "c"), "--type=bool", "a.b"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert is_true(text) == (said.stdout.strip() == "true")


# --- when it cannot be done -----------------------------------------------------------------------


def test_a_key_with_a_passphrase_needs_an_agent(repository: Repository, keys: Keys, tmp_path: Path) -> None:
    configure(repository.location, user__signingKey=keys.locked)
    error = refused(repository)
    assert "incorrect passphrase" in error.message
    assert "ssh-add" in error.hint
    with agent(tmp_path, []):
        asked = tmp_path / "ask"
        asked.write_text(f"#!/bin/sh\necho '{PASSPHRASE}'\n")
        asked.chmod(0o755)
        given = {"SSH_ASKPASS": str(asked), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
        run("ssh-add", "-q", keys.locked, environment=given)
        assert has_signature(repository, signed(repository))


def test_a_gpg_key_with_a_passphrase_and_nobody_to_ask(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GPG_TTY", raising=False)
    with keyring() as ring:
        key = ring.make("Ada <ada@example.com>", "never", PASSPHRASE)
        ring.stop()
        configure(repository.location, gpg__format="openpgp", user__signingKey=key)
        assert "signing failed" in refused(repository).message


def test_no_key(repository: Repository, keys: Keys) -> None:
    configure(repository.location, user__signingKey=keys.home / "nobody")
    assert "No such file" in refused(repository).message
    git(repository.location, "config", "--unset", "user.signingKey")
    assert "neither user.signingKey nor" in refused(repository).message
    for command in ("false", "echo nothing like a key", "'unclosed", "/no/such/program --token=abcd"):
        configure(repository.location, gpg__ssh__defaultKeyCommand=command)
        error = refused(repository)
        assert "gpg.ssh.defaultKeyCommand" in error.message
        assert not {"abcd", "nothing like"} & {*str(error).replace("=", " ").split()}
        assert "abcd" not in repr(error.data)


def test_no_secret_key_in_the_ring(repository: Repository, ring: Ring) -> None:
    configure(repository.location, gpg__format="openpgp", user__signingKey="nobody@example.org")
    error = refused(repository)
    assert error.message == (
        'the commit cannot be signed: gpg: skipped "nobody@example.org": No secret key; signing failed: No secret key'
    )
    assert (error.data["format"], error.data["program"]) == ("openpgp", "gpg")


def test_no_program(repository: Repository) -> None:
    configure(repository.location, gpg__ssh__program="/nowhere/ssh-keygen")
    assert refused(repository).message.endswith("/nowhere/ssh-keygen cannot be run: No such file or directory")


def test_an_unknown_format(repository: Repository) -> None:
    configure(repository.location, gpg__format="pgp")
    assert "gpg.format is 'pgp'" in refused(repository).message


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 0", "status 0"),
        ("echo no signature", "status 0"),
        ("echo 'push to https://me:s3cret@example.org failed' >&2; exit 1", "push to https://example.org failed"),
        ("sleep 60", "did not end within 0.2 seconds"),
    ],
)
@pytest.mark.parametrize("form", ["ssh", "openpgp", "x509"])
def test_a_program_that_does_not_sign(
    script: str, said: str, form: str, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "signer"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    if "sleep" in script:
        monkeypatch.setattr(module, "TIMEOUT", 0.2)
    configure(repository.location, gpg__format=form)
    run("git", "-C", repository.location, "config", f"gpg.{form}.program", program)
    error = refused(repository)
    assert said in error.message
    assert "s3cret" not in str(error) + repr(error.data)


def test_what_is_signed_sees_agents_and_nothing_of_a_calling_git(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "signer"
    program.write_text(f"#!/bin/sh\nenv > {tmp_path}/env\nexit 1\n")
    program.chmod(0o755)
    given = {"SSH_AUTH_SOCK": "/sock", "GNUPGHOME": "/ring", "GPG_TTY": "/dev/pts/9", "GIT_DIR": "/elsewhere"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    configure_program = ["git", "config", "--file", f"{repository.location}/config", "gpg.ssh.program", program]
    run(*configure_program)
    with pytest.raises(SigningError), signing(repository, True):
        repository.write_commit(write_tree(repository, {}), [], "m", ME)
    seen = dict(line.partition("=")[::2] for line in (tmp_path / "env").read_text().splitlines())
    assert {name: seen.get(name) for name in given} == {**given, "GIT_DIR": None}


def test_several_commits_of_one_move_are_all_signed(repository: Repository) -> None:
    with signing(repository, True):
        tree = write_tree(repository, {"a": b"1"})
        one = repository.write_commit(tree, [], "1", ME)
        two = repository.write_commit(tree, [one], "2", Identity("Bob", "bob@example.org", ME.when), ME)
        repository.move_refs([RefUpdate(MAIN, None, two)])
    git(repository.location, "verify-commit", one, two)
    check_sound(repository.location)


def test_a_wrong_signer_is_seen_by_these_tests(repository: Repository, keys: Keys) -> None:
    configure(repository.location, user__signingKey=keys.eve)
    made = signed(repository)
    command = ["git", "-C", repository.location, "verify-commit", made]
    assert subprocess.run(command, capture_output=True, check=False, env={**os.environ}).returncode == 1
    assert SIGNER in keys.allowed.read_text()
