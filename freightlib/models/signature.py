"""What git says of a commit's signature.

>>> from freightlib.models.signature import Signature, SignatureStatus
>>> Signature("0" * 40, SignatureStatus.MISSING).signer
''
"""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen


class SignatureStatus(StrEnum):
    """How ``git verify-commit`` judges a commit: GOOD is what it accepts, each other one why it does not."""

    GOOD = "good"
    MISSING = "missing"
    #: The signature is damaged, or belongs to other contents.
    BAD = "bad"
    #: Whole, but made by a key that is unknown, not an allowed signer's, or trusted too little.
    UNTRUSTED = "untrusted"
    EXPIRED = "expired"
    REVOKED = "revoked"
    #: Nobody could tell: no gpg or ssh-keygen, no list of allowed signers, no such commit.
    UNCHECKED = "unchecked"


@frozen
class Signature:
    """The verdict on one commit. ``signer``, ``key`` and ``fingerprint`` are empty where git does not name them;
    ``reason`` is what the checking program said, when the commit is not accepted.
    """

    commit: str
    status: SignatureStatus
    signer: str = ""
    key: str = ""
    fingerprint: str = ""
    reason: str = ""
