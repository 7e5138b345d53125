"""Signs commits as ``git commit -S`` does, with the program, key and format from git's configuration.

The program signs the whole commit without a signature. The signature then becomes the last header of the commit; each
of its lines after the first begins with a space (git's Documentation/gitformat-signature.txt, gpg-interface.c,
commit.c).
"""

from __future__ import annotations

import re
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from freightlib.errors import SigningError
from freightlib.git.contract import Identity
from freightlib.git.credentials import scrub
from freightlib.git.program import Ran, clean_environment, run_program
from freightlib.git.settings import is_true

Config = Callable[[str], str | None]

#: How long signing may take, in seconds. A person may have to type a passphrase or touch a token.
TIMEOUT: Final = 120.0
_PROGRAMS: Final[Mapping[str, str]] = {"openpgp": "gpg", "x509": "gpgsm", "ssh": "ssh-keygen"}
_HEADERS: Final[Mapping[str, bytes]] = {"sha1": b"gpgsig", "sha256": b"gpgsig-sha256"}
_NOISE: Final = re.compile(r"\[GNUPG:\]|Signing (?:data|file) ")
_PREFIX: Final = re.compile(r"^(?:(?:gpg|gpgsm|error|fatal): |Enter passphrase[^:]*: )+")
_BY_HAND: Final = (
    "check user.signingKey and gpg.format, and try: git commit --allow-empty -S; or sign nothing: --no-sign"
)
_LOCKED: Final = "unlock the key first (ssh-add <key>; for gpg, let its agent ask: export GPG_TTY=$(tty)), or --no-sign"


def signing_wanted(choice: bool | None, config: Config) -> bool:
    """Return whether to sign commits: the caller's choice, else git's ``commit.gpgSign``."""
    return is_true(config("commit.gpgsign")) if choice is None else choice


def signed(commit: bytes, committer: Identity, algorithm: str, config: Config, directory: Path) -> bytes:
    """Return the raw commit with a signature. Runs the program that ``config`` names in ``directory``.

    Raises SigningError with the program's reason.
    """
    form = config("gpg.format") or "openpgp"
    if form not in _PROGRAMS:
        raise SigningError(
            f"gpg.format is {form!r}, which git does not know",
            hint=f"set it to one of {', '.join(_PROGRAMS)}: git config gpg.format ssh",
            format=form,
        )
    signer = _Signer(form, _program(form, config), directory)
    if form == "ssh":
        signature = signer.ssh(commit, _ssh_key(config, signer))
    else:
        signature = signer.gpg(commit, config("user.signingkey") or f"{committer.name} <{committer.email}>")
    return with_signature(commit, signature, algorithm)


def with_signature(commit: bytes, signature: bytes, algorithm: str) -> bytes:
    """Return the raw commit with ``signature`` as its last header."""
    head, _, message = commit.partition(b"\n\n")
    lines = signature.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    header = b"".join(b"\n " + line if number else line for number, line in enumerate(lines))
    return head + b"\n" + _HEADERS[algorithm] + b" " + header + b"\n\n" + message


def _program(form: str, config: Config) -> str:
    own = config(f"gpg.{form}.program")
    given = own or (config("gpg.program") if form == "openpgp" else None)
    return str(Path(given).expanduser()) if given else _PROGRAMS[form]


def _ssh_key(config: Config, signer: _Signer) -> str:
    """Return the key from ``user.signingKey`` or, if that is not set, from ``gpg.ssh.defaultKeyCommand``."""
    given = config("user.signingkey")
    if given:
        return given
    command = config("gpg.ssh.defaultkeycommand")
    if not command:
        raise signer.failed(
            "neither user.signingKey nor gpg.ssh.defaultKeyCommand is set",
            hint="name your key: git config user.signingKey ~/.ssh/id_ed25519.pub",
        )
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    # neither the command nor its output is shown, because both may hold a secret
    ran = signer.run(words, b"", what="gpg.ssh.defaultKeyCommand")
    found = ran.out.decode("utf-8", "replace").partition("\n")[0].strip()
    if ran.status or literal_key(found) is None:
        raise signer.failed(
            f"gpg.ssh.defaultKeyCommand gave no key (it ended with status {ran.status})",
            hint="it must print a public key on its first line, as ssh-add -L does; or set user.signingKey",
        )
    return found


def literal_key(text: str) -> str | None:
    """Return the public key if ``text`` is one (``key::ssh-ed25519 …``), or ``None`` if it is a path."""
    if text.startswith("ssh-"):
        return text
    return text.removeprefix("key::") if text.startswith("key::") else None


class _Signer:
    """Runs one signing program, and turns its failures into SigningError."""

    def __init__(self, form: str, program: str, directory: Path) -> None:
        self.form = form
        self.program = program
        self.directory = directory

    def gpg(self, data: bytes, key: str) -> bytes:
        """Return the armoured signature of gpg or gpgsm. Both print SIG_CREATED if they made one."""
        ran = self.run([self.program, "--status-fd=2", "-bsau", key], data)
        if ran.status or not re.search(r"^\[GNUPG:\] SIG_CREATED ", ran.err, re.MULTILINE):
            raise self._said(ran)
        return ran.out

    def ssh(self, data: bytes, key: str) -> bytes:
        """Return the armoured signature of ``ssh-keygen -Y sign`` (OpenSSH 8.2 and later)."""
        literal = literal_key(key)
        if literal is None:
            return self._ssh(data, self.directory / Path(key).expanduser())
        with tempfile.NamedTemporaryFile(prefix="freightlib-key-", suffix=".pub") as file:
            file.write(literal.encode() + b"\n")
            file.flush()
            return self._ssh(data, Path(file.name))

    def _ssh(self, data: bytes, key: Path) -> bytes:
        ran = self.run([self.program, "-Y", "sign", "-n", "git", "-f", str(key)], data)
        if ran.status or not ran.out.startswith(b"-----BEGIN SSH SIGNATURE-----"):
            raise self._said(ran)
        return ran.out

    def run(self, command: Sequence[str], data: bytes, *, what: str = "") -> Ran:
        """Run a program with the variables of agents, but without those of a calling git. Raises SigningError."""
        try:
            return run_program(
                command, directory=self.directory, environment=clean_environment({}), stdin=data, timeout=TIMEOUT
            )
        except subprocess.TimeoutExpired as error:
            raise self.failed(
                f"{what or self.program} did not end within {TIMEOUT:g} seconds and was stopped", hint=_LOCKED
            ) from error
        except (OSError, IndexError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is not a command"
            raise self.failed(
                f"{what or self.program} cannot be run: {reason}",
                hint="install it (gnupg, openssh-client), or correct git's configuration; or --no-sign",
            ) from error

    def _said(self, ran: Ran) -> SigningError:
        lines = [_PREFIX.sub("", line.strip()) for line in ran.err.splitlines() if not _NOISE.match(line)]
        reason = "; ".join(dict.fromkeys(line for line in lines if line)) or f"it ended with status {ran.status}"
        if "usage:" in reason or "unknown option" in reason:
            reason = "ssh-keygen -Y sign is needed (OpenSSH 8.2 or later)"
        locked = re.search(r"passphrase|pinentry|Inappropriate ioctl|No agent|Timeout", reason, re.IGNORECASE)
        return self.failed(f"{Path(self.program).name}: {reason[:400]}", hint=_LOCKED if locked else _BY_HAND)

    def failed(self, reason: str, *, hint: str) -> SigningError:
        """Return the error for ``reason``."""
        reason = scrub(reason)
        return SigningError(
            f"the commit cannot be signed: {reason}", hint=hint, format=self.form, program=self.program, reason=reason
        )
