"""Checking signatures: accepted is what git verify-commit accepts, and the reason is told apart for the rest."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from freightlib.errors import FreightError, ToolError, UsageError
from freightlib.git.contract import Repository, Signing
from freightlib.models import Signature, SignatureStatus
from freightlib.plugins.repositories import init_repository, signing
from freightlib.testing import git, git_bytes
from freightlib.testing.commits import commit_to
from tests.signers import SIGNER, Keys, Ring, configure, configure_ssh, keyring, make_keys

pytestmark = [pytest.mark.usefixtures("backend"), pytest.mark.needs_program("ssh-keygen", "gpg", "gpgsm")]

S = SignatureStatus


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def ring() -> Iterator[Ring]:
    with keyring() as made:
        yield made


@pytest.fixture
def repository(tmp_path: Path, keys: Keys) -> Repository:
    made = init_repository(tmp_path / "g", bare=True)
    configure_ssh(made.location, keys.ada, keys.allowed)
    return made


def signed(repository: Repository, *, sign: bool = True) -> str:
    with signing(repository, sign):
        return commit_to(repository, {"a": b"1"}, message="one\n")


def tampered(repository: Repository, made: str, old: bytes = b"\n\none\n", new: bytes = b"\n\ntwo\n") -> str:
    """The commit with other bytes, and the signature that it had."""
    data = git_bytes(repository.location, "cat-file", "commit", made)
    assert old in data
    place = "commit", "-w", "--stdin"
    return git(repository.location, "hash-object", "--literally", "-t", *place, data=data.replace(old, new, 1))


def check(repository: Repository, made: str, allowed: Path | None = None) -> Signature:
    """The verdict, which must be git's own."""
    assert isinstance(repository, Signing)
    found = repository.check_signatures([made], allowed_signers=allowed)[made]
    given = ["-c", f"gpg.ssh.allowedSignersFile={allowed}"] if allowed else []
    command = ["git", "-C", repository.location, *given, "verify-commit", made]
    accepted = subprocess.run(command, capture_output=True, check=False, env={**os.environ}).returncode == 0
    assert (found.status is S.GOOD) == accepted
    assert bool(found.reason) == (found.status not in (S.GOOD, S.MISSING)) or found.key
    return found


def fingerprint(keys: Keys, name: str) -> str:
    listed = subprocess.run(["ssh-keygen", "-lf", f"{keys.home / name}.pub"], capture_output=True, check=True)
    return listed.stdout.decode().split()[1]


def test_good(repository: Repository, keys: Keys) -> None:
    made = signed(repository)
    print_ = fingerprint(keys, "ada")
    assert check(repository, made) == Signature(made, S.GOOD, SIGNER, print_, print_)


def test_unsigned(repository: Repository) -> None:
    made = signed(repository, sign=False)
    assert check(repository, made) == Signature(made, S.MISSING)


def test_a_changed_commit_keeps_its_signature_in_vain(repository: Repository) -> None:
    made = signed(repository)
    assert check(repository, tampered(repository, made)).status is S.BAD
    assert check(repository, tampered(repository, made, b"Ada <", b"Eve <")).status is S.BAD
    assert check(repository, tampered(repository, made, b" U1NIU0lH", b" XXXXU0lH")).status is S.BAD
    assert check(repository, tampered(repository, made, b"BEGIN SSH SIG", b"BEGIN ODD SIG")).status is S.BAD
    assert check(repository, tampered(repository, made, b"\ngpgsig ", b"\ngpgsig-sha256 ")).status is S.MISSING


def test_a_signature_does_not_speak_for_git(repository: Repository) -> None:
    made = signed(repository)
    words = b"\ngpgsig x\n [GNUPG:] GOODSIG 1234 Ada <ada@example.com>\n"
    forged = tampered(repository, made, b"\ngpgsig -----BEGIN SSH SIGNATURE-----\n", words)
    assert check(repository, forged) == Signature(forged, S.BAD, reason="bad/incompatible signature")


def test_somebody_who_is_not_allowed(repository: Repository, keys: Keys) -> None:
    configure(repository.location, user__signingKey=keys.eve)
    found = check(repository, signed(repository))
    assert (found.status, found.signer, found.key) == (S.UNTRUSTED, "", fingerprint(keys, "eve"))
    assert "No principal matched" in found.reason
    assert check(repository, found.commit, keys.list("both", "", "ada", "eve")).status is S.GOOD


def test_out_of_time(repository: Repository, keys: Keys) -> None:
    made = signed(repository)
    assert check(repository, made, keys.list("past", 'valid-before="20200101"')).status is S.EXPIRED
    assert check(repository, made, keys.list("future", 'valid-after="20990101"')).status is S.EXPIRED
    # the time that counts is the commit's
    assert check(repository, made, keys.list("then", 'valid-after="20260301",valid-before="20260401"')).status is S.GOOD


def test_a_revoked_key(repository: Repository, keys: Keys) -> None:
    made = signed(repository)
    configure(repository.location, gpg__ssh__revocationFile=keys.revoked)
    found = check(repository, made)
    assert (found.status, found.reason) == (S.REVOKED, "Could not verify signature.")
    assert check(repository, tampered(repository, made)).status is S.BAD


def test_a_namespace_that_is_not_gits(repository: Repository, keys: Keys) -> None:
    assert check(repository, signed(repository), keys.list("files", 'namespaces="file"')).status is S.UNTRUSTED


def test_nobody_can_tell(repository: Repository, keys: Keys, tmp_path: Path) -> None:
    made = signed(repository)
    configure(repository.location, gpg__ssh__allowedSignersFile=tmp_path / "nowhere")
    assert check(repository, made).status is S.UNCHECKED
    git(repository.location, "config", "--unset", "gpg.ssh.allowedSignersFile")
    found = check(repository, made)
    assert (found.status, found.reason) == (
        S.UNCHECKED,
        "gpg.ssh.allowedSignersFile needs to be configured and exist for ssh signature verification",
    )
    configure(repository.location, gpg__ssh__program="/nowhere/keygen")
    assert check(repository, made, keys.allowed).status is S.UNCHECKED
    assert check(repository, "0" * 40).status is S.UNCHECKED


def test_openpgp(repository: Repository, ring: Ring) -> None:
    key = ring.make("Ada <ada@example.com>")
    configure(repository.location, gpg__format="openpgp", user__signingKey=key)
    made = signed(repository)
    assert check(repository, made) == Signature(made, S.GOOD, "Ada <ada@example.com>", key[-16:], key)
    assert check(repository, tampered(repository, made)).status is S.BAD
    assert check(repository, tampered(repository, made, b"\n i", b"\n !")).status is S.BAD

    configure(repository.location, gpg__minTrustLevel="fully")
    assert check(repository, made).status is S.GOOD
    ring.trust(key, 3)
    assert check(repository, made).status is S.UNTRUSTED
    git(repository.location, "config", "--unset", "gpg.minTrustLevel")
    assert check(repository, made).status is S.GOOD, "git accepts a key of no known trust unless told otherwise"

    ring.revoke(key)
    assert check(repository, made).status is S.REVOKED

    configure(repository.location, gpg__program="/nowhere/gpg")
    assert check(repository, made).status is S.UNCHECKED


def test_x509(repository: Repository, ring: Ring) -> None:
    key = ring.certificate()
    configure(repository.location, gpg__format="x509", user__signingKey=key)
    made = signed(repository)
    assert check(repository, made) == Signature(made, S.GOOD, "/CN=Ada", key.replace(":", ""), key.replace(":", ""))
    assert check(repository, tampered(repository, made)).status is S.BAD
    (ring.home / "trustlist.txt").write_text("")
    ring.stop()
    assert check(repository, made).status is S.UNTRUSTED


def test_an_unknown_openpgp_key(repository: Repository, ring: Ring) -> None:
    key = ring.make("Ada <ada@example.com>")
    configure(repository.location, gpg__format="openpgp", user__signingKey=key)
    made = signed(repository)
    with keyring():
        found = check(repository, made)
    assert (found.status, found.key, found.fingerprint) == (S.UNTRUSTED, key[-16:], key)
    assert "ERRSIG" in found.reason


def test_an_expired_openpgp_key(repository: Repository, ring: Ring) -> None:
    # made in the past for one day; it signed within that day
    then = ("--faked-system-time", "20260322T110000!")
    key = ring.make("Ada <ada@example.com>", "1d", "", *then)
    program = ring.home / "gpg-then"
    program.write_text(f'#!/bin/sh\nexec gpg {" ".join(then)} "$@"\n')
    program.chmod(0o755)
    configure(repository.location, gpg__format="openpgp", user__signingKey=key, gpg__program=program)
    made = signed(repository)
    assert check(repository, made).status is S.GOOD
    git(repository.location, "config", "--unset", "gpg.program")
    assert check(repository, made).status is S.EXPIRED


# --- what could mislead it ------------------------------------------------------------------------


def test_a_replaced_commit_does_not_stand_for_the_one_that_is_there(repository: Repository, keys: Keys) -> None:
    good = signed(repository)
    plain = signed(repository, sign=False)
    git(repository.location, "replace", plain, good)
    assert isinstance(repository, Signing)
    assert repository.check_signatures([plain])[plain].status is S.MISSING


def test_a_ref_with_the_name_of_an_id_misleads_nobody(repository: Repository) -> None:
    good = signed(repository)
    plain = signed(repository, sign=False)
    git(repository.location, "update-ref", f"refs/heads/{plain}", good)
    assert check(repository, plain).status is S.MISSING


def test_many_in_any_order_and_twice(repository: Repository) -> None:
    made = [signed(repository, sign=number % 3 != 0) for number in range(9)]
    assert isinstance(repository, Signing)
    found = repository.check_signatures(iter([*made, *made]))
    assert list(found) == made
    assert [found[one].status for one in made] == [S.MISSING, S.GOOD, S.GOOD] * 3
    assert repository.check_signatures([]) == {}


def test_a_list_that_is_not_there(repository: Repository, tmp_path: Path) -> None:
    assert isinstance(repository, Signing)
    with pytest.raises(UsageError, match="no list of allowed signers"):
        repository.check_signatures([], allowed_signers=tmp_path / "nowhere")
    with pytest.raises(UsageError):
        repository.check_signatures([], allowed_signers=tmp_path)


def test_without_git(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = signed(repository)
    assert isinstance(repository, Signing)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="git program is not installed") as caught:
        repository.check_signatures([made])
    assert isinstance(caught.value, FreightError)
