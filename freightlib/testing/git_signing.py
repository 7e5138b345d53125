"""The rules of ``git.contract.Signing``, for backends whose repositories sign and check signatures.

Other backends skip these rules. ssh-keygen makes the key, and git verifies the signatures.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import pytest

from freightlib.errors import SigningError
from freightlib.git.contract import Repository, Signing
from freightlib.models import SignatureStatus
from freightlib.testing.commits import commit_to, write_commit
from freightlib.testing.git_rules import Judged
from freightlib.testing.program import git, git_bytes
from freightlib.testing.rules import Rules

_SIGNING: Final = Rules("Signing.signing")
_CHECKING: Final = Rules("Signing.check_signatures")


class SigningRules(Judged):
    """Checks of signing commits and of checking signatures."""

    @pytest.mark.needs_program("ssh-keygen")
    def test_it_signs_when_told_to(self, tmp_path: Path) -> None:
        """Within the context every commit is signed, outside as git is configured; git accepts the signatures."""
        path = tmp_path / "g"
        repository = self.bare(path)
        if not isinstance(repository, Signing):
            return
        _configure(path, _key(tmp_path))
        with repository.signing(True):
            first, second = commit_to(repository, {"a": b"1"}), commit_to(repository, {"a": b"2"})
        for each in (first, second):
            _SIGNING.hold(_accepted(path, each), "within signing(True), git accepts each commit's signature", each)
        _SIGNING.hold(
            not _signed(path, commit_to(repository, {"a": b"3"})), "the choice ends with its context", "signed"
        )
        git(path, "config", "commit.gpgSign", "true")
        repository = self.open(path)
        _SIGNING.hold(
            _accepted(path, commit_to(repository, {"a": b"4"})), "commit.gpgSign signs by default", "unsigned"
        )
        plain = _plainly(repository, b"5")
        _SIGNING.hold(not _signed(path, plain), "within signing(False), nothing is signed", plain)

    @pytest.mark.needs_program("ssh-keygen")
    def test_a_signature_that_fails_stops_it(self, tmp_path: Path) -> None:
        """If signing fails, SigningError is raised before any ref moves; there is never an unsigned commit."""
        path = tmp_path / "g"
        repository = self.bare(path)
        if not isinstance(repository, Signing):
            return
        _configure(path, tmp_path / "nobody")
        with _SIGNING.raises(SigningError, "a missing key raises SigningError"), repository.signing(True):
            write_commit(repository, {"a": b"1"})

    @pytest.mark.needs_program("ssh-keygen")
    def test_signatures_are_judged_as_git_judges(self, tmp_path: Path) -> None:
        """Good, missing and bad signatures are recognised, and those of signers who are not allowed."""
        path = tmp_path / "g"
        repository = self.bare(path)
        if not isinstance(repository, Signing):
            return
        key = _key(tmp_path)
        allowed = _configure(path, key)
        with repository.signing(True):
            good = commit_to(repository, {"a": b"1"})
        data = git_bytes(path, "cat-file", "commit", good)
        bad = git(path, "hash-object", "-t", "commit", "-w", "--stdin", data=data.replace(b"A change", b"Another"))
        asked = {good: "good", bad: "bad", _plainly(repository, b"2"): "missing"}
        found = self.open(path).check_signatures(asked)  # type: ignore[attr-defined]
        said = {name: verdict.status.value for name, verdict in found.items()}
        _CHECKING.equal(said, asked, "the verdicts are those of git verify-commit")
        other = tmp_path / "others"
        other.write_text(allowed.read_text().replace("ssh-ed25519", "cert-authority ssh-ed25519"))
        status = repository.check_signatures([good], allowed_signers=other)[good].status
        _CHECKING.equal(status, SignatureStatus.UNTRUSTED, "allowed_signers replaces the configured list")


def _key(folder: Path) -> Path:
    key = folder / "key"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "suite", "-f", str(key)]
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)  # noqa: S603 (a test's own)
    return key


def _configure(path: Path, key: Path) -> Path:
    """Configure the repository to sign with ``key``; return the list of allowed signers, which has only that key."""
    allowed = key.with_name("allowed")
    public = key.with_name(f"{key.name}.pub")
    allowed.write_text(f"suite@example.org {public.read_text()}" if public.is_file() else "")
    settings = {"gpg.format": "ssh", "user.signingKey": key, "gpg.ssh.allowedSignersFile": allowed}
    for name, value in settings.items():
        git(path, "config", name, str(value))
    return allowed


def _plainly(repository: Repository, data: bytes) -> str:
    assert isinstance(repository, Signing)  # noqa: S101 (the callers have checked)
    with repository.signing(False):
        return commit_to(repository, {"a": data})


def _signed(path: Path, commit: str) -> bool:
    return b"\ngpgsig" in git_bytes(path, "cat-file", "commit", commit).partition(b"\n\n")[0]


def _accepted(path: Path, commit: str) -> bool:
    try:
        git(path, "verify-commit", commit)
    except AssertionError:
        return False
    return True
