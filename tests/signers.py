"""Real keys for tests: SSH keys made by ssh-keygen, OpenPGP keys in a keyring of their own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import frozen

SIGNER = "ada@example.org"
PASSPHRASE = "correct horse"


def run(*command: str | Path, stdin: bytes = b"", environment: dict[str, str] | None = None) -> bytes:
    """Run a program that must succeed; what it printed."""
    done = subprocess.run(
        [*map(str, command)], input=stdin, capture_output=True, check=False, env={**os.environ, **(environment or {})}
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@frozen
class Keys:
    """``ada`` and ``eve`` are SSH keys, ``locked`` is one with a passphrase; ``allowed`` lists ada alone."""

    home: Path

    @property
    def ada(self) -> Path:
        return self.home / "ada"

    @property
    def eve(self) -> Path:
        return self.home / "eve"

    @property
    def locked(self) -> Path:
        return self.home / "locked"

    @property
    def allowed(self) -> Path:
        return self.list("allowed")

    def list(self, name: str, options: str = "", *keys: str) -> Path:
        """A file of allowed signers: ada's address with these keys (default: her own)."""
        path = self.home / name
        publics = [self.public(key) for key in keys or ("ada",)]
        path.write_text("".join(f"{SIGNER} {options} {public}\n" for public in publics))
        return path

    def public(self, name: str) -> str:
        return (self.home / f"{name}.pub").read_text().strip()

    @property
    def revoked(self) -> Path:
        path = self.home / "revoked"
        run("ssh-keygen", "-q", "-k", "-f", path, f"{self.ada}.pub")
        return path


def make_keys(home: Path) -> Keys:
    """New SSH keys below ``home``."""
    home.mkdir(exist_ok=True)
    for name, passphrase in (("ada", ""), ("eve", ""), ("locked", PASSPHRASE)):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", home / name)
    return Keys(home)


@contextmanager
def agent(directory: Path, keys: Sequence[Path]) -> Iterator[None]:
    """An ssh-agent that holds the keys, found through the environment."""
    socket = Path(tempfile.mkdtemp(prefix="fl-agent-")) / "s"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()  # it listens by then
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSH_AUTH_SOCK", str(socket))
            for key in keys:
                run("ssh-add", "-q", key)
            yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()
        shutil.rmtree(socket.parent)


@frozen
class Ring:
    """A GnuPG home, which ``GNUPGHOME`` names while a test uses it."""

    home: Path

    def gpg(self, *arguments: str, stdin: bytes = b"") -> str:
        return run("gpg", "--batch", "--yes", "--quiet", *arguments, stdin=stdin).decode()

    def make(self, user: str, expires: str = "never", passphrase: str = "", *options: str) -> str:
        """A new signing key; its fingerprint."""
        words = ["--pinentry-mode", "loopback", "--passphrase", passphrase]
        self.gpg(*options, *words, "--quick-generate-key", user, "ed25519", "sign", expires)
        return self.fingerprint(user)

    def certificate(self) -> str:
        """A new X.509 key with a certificate of its own making, which gpgsm trusts; its fingerprint."""
        (self.home / "gpg-agent.conf").write_text("allow-loopback-pinentry\n")
        (self.home / "gpgsm.conf").write_text("disable-crl-checks\n")
        wanted = "Key-Type: RSA\nKey-Length: 2048\nKey-Usage: sign\nSerial: random\nName-DN: CN=Ada\n"
        times = "Not-Before: 2026-01-01 00:00:00\nNot-After: 2090-01-01 00:00:00\n"
        made, loopback = self.home / "made.pem", ("--pinentry-mode", "loopback", "--passphrase-fd", "0")
        (self.home / "wanted").write_text(wanted + times)
        run("gpgsm", "--batch", *loopback, "--generate-key", "--output", made, self.home / "wanted")
        run("gpgsm", "--batch", "--import", made)
        listed = run("gpgsm", "--list-keys", "--with-colons").decode().splitlines()
        found = next(line.split(":")[9] for line in listed if line.startswith("fpr:"))
        (self.home / "trustlist.txt").write_text(f"{found} S relax\n")
        self.stop()
        return found

    def fingerprint(self, user: str) -> str:
        listed = self.gpg("--list-keys", "--with-colons", user).splitlines()
        return next(line.split(":")[9] for line in listed if line.startswith("fpr:"))

    def stop(self) -> None:
        """End the ring's agent: it remembers passphrases, and the list of trusted certificates as it was."""
        run("gpgconf", "--kill", "gpg-agent")

    def trust(self, fingerprint: str, level: int) -> None:
        """Set the owner's trust: 3 none, 4 marginal, 5 full, 6 ultimate."""
        self.gpg("--import-ownertrust", stdin=f"{fingerprint}:{level}:\n".encode())

    def revoke(self, fingerprint: str) -> None:
        """Import the revocation that gpg prepared when it made the key."""
        prepared = (self.home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text()
        self.gpg("--import", stdin=prepared.replace(":-----BEGIN", "-----BEGIN").encode())


@contextmanager
def keyring() -> Iterator[Ring]:
    """A new, empty keyring. Its path is short: the agent's socket lies there, and sockets have 108 bytes for a name."""
    home = Path(tempfile.mkdtemp(prefix="fl-gpg-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNUPGHOME", str(home))
        try:
            yield Ring(home)
        finally:
            run("gpgconf", "--kill", "all")
            shutil.rmtree(home, ignore_errors=True)


def configure(repository: Path | str, **settings: str | Path) -> None:
    """Set git's settings there: ``gpg__format="ssh"`` is gpg.format."""
    for name, value in settings.items():
        run("git", "-C", str(repository), "config", name.replace("__", "."), str(value))


def configure_ssh(repository: Path | str, key: str | Path, allowed: Path | None = None) -> None:
    """Sign with that SSH key there, and know these allowed signers."""
    configure(repository, gpg__format="ssh", user__signingKey=key)
    if allowed is not None:
        configure(repository, gpg__ssh__allowedSignersFile=allowed)
