"""Findings about signatures of commits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from freightlib.models.findings.check import ERROR, Check

_WHO: Final = "find out who made the commit: git show --show-signature <commit>"
#: Title of a group -> its checks.
GROUPS: Final[Mapping[str, tuple[Check, ...]]] = {
    "Signatures (with --signatures)": (
        Check(
            "signature-missing",
            ERROR,
            "a commit is not signed",
            "It was made without --sign and without commit.gpgSign, or by somebody who cannot sign.",
            _WHO + "; then sign what is published from now on: git config commit.gpgSign true",
        ),
        Check(
            "signature-bad",
            ERROR,
            "a signature is damaged, or belongs to another commit",
            "The commit was changed after it was signed, or its signature was.",
            _WHO + ", and restore the commit that was signed",
        ),
        Check(
            "signature-untrusted",
            ERROR,
            "a signature is not by an allowed signer",
            "The key is unknown, is not in the list of allowed signers, or is trusted less than gpg.minTrustLevel.",
            _WHO + "; if you trust the signer, add the key to the list of allowed signers or to the keyring",
        ),
        Check(
            "signature-expired",
            ERROR,
            "a signature, or the key that made it, has expired or is not yet valid",
            "An OpenPGP key or signature expired, or an SSH key was used outside valid-after and valid-before of its "
            "line in the list of allowed signers.",
            "renew the key (gpg --quick-set-expire), or correct its line in the list of allowed signers",
        ),
        Check(
            "signature-revoked",
            ERROR,
            "the key of a signature is revoked",
            "The OpenPGP key carries a revocation, or gpg.ssh.revocationFile lists the SSH key (or cannot be read).",
            "treat the release as untrusted: compare it with its source (freight verify --source) and publish a "
            "new one",
        ),
        Check(
            "signature-unchecked",
            ERROR,
            "a signature could not be checked",
            "There is no gpg or ssh-keygen, no list of allowed signers, or this clone does not have the commit.",
            "install gnupg and openssh-client, give --allowed-signers FILE, and fetch the whole history (no shallow "
            "clone)",
        ),
    ),
}
