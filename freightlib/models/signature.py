"""The result of checking a commit's signature."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen


class SignatureStatus(StrEnum):
    """The verdict of ``git verify-commit``: GOOD if it accepts the commit, else the reason why not."""

    GOOD = "good"
    MISSING = "missing"
    #: The signature is damaged, or belongs to another commit.
    BAD = "bad"
    #: The signature is valid, but its key is unknown, not an allowed signer's, or trusted too little.
    UNTRUSTED = "untrusted"
    EXPIRED = "expired"
    REVOKED = "revoked"
    #: The check could not run: no gpg or ssh-keygen, no list of allowed signers, or no such commit.
    UNCHECKED = "unchecked"


@frozen
class Signature:
    """The verdict on one commit. ``signer``, ``key`` and ``fingerprint`` are empty if git does not print them.
    ``reason`` is the message of the checking program if the commit is not accepted.
    """

    commit: str
    status: SignatureStatus
    signer: str = ""
    key: str = ""
    fingerprint: str = ""
    reason: str = ""
