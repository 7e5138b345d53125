"""Checks the signatures of commits with ``git verify-commit``. Its exit status is the verdict.

``git log --format=%G?`` would check many commits in one process, but its results differ. It prints ``U`` for an unknown
ssh key and for an uncertified gpg key, although verify-commit refuses the first and accepts the second. It prints ``B``
if ssh-keygen is missing. And git 2.39 aborts in ``%GT`` for every bad gpg signature.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from freightlib.errors import UsageError
from freightlib.git.program import git_path, run_git
from freightlib.models import Signature, SignatureStatus

_SSH: Final = re.compile(
    r'^Good "git" signature(?: for (?P<signer>.*?))? with (?P<kind>\S+) key (?P<key>SHA256:\S+)$', re.MULTILINE
)
_GPG: Final = re.compile(r"^\[GNUPG:\] (?:GOOD|BAD|EXP|EXPKEY|REVKEY)SIG (?P<key>\S+) (?P<signer>.*)$", re.MULTILINE)
_PRINT: Final = re.compile(
    r"^\[GNUPG:\] (?:VALIDSIG (?P<valid>\S+)|ERRSIG (?P<key>\S+)(?: \S+){5} (?P<error>[0-9A-F]{32,}))", re.MULTILINE
)
_REFUSED: Final = re.compile(r"incorrect signature|invalid format|incorrect namespace")
#: Git's message for a signature of an unknown format. The signature follows it, and may hold any text.
_UNKNOWN: Final = "bad/incompatible signature"

# Patterns of verify-commit's output -> the reason why it refused; the first match wins. The verdict itself does not
# depend on these patterns.
_GPG_REASONS: Final = (
    (re.compile(r"^\[GNUPG:\] (?:BADSIG|NODATA)", re.MULTILINE), SignatureStatus.BAD),
    (re.compile(r"\[GNUPG:\] NEWSIG.*\[GNUPG:\] NEWSIG", re.DOTALL), SignatureStatus.BAD),  # git takes one signature
    (re.compile(r"^\[GNUPG:\] REVKEYSIG", re.MULTILINE), SignatureStatus.REVOKED),
    (re.compile(r"^\[GNUPG:\] (?:EXPKEYSIG|EXPSIG)", re.MULTILINE), SignatureStatus.EXPIRED),
    (re.compile(r"^\[GNUPG:\] (?:NO_PUBKEY|GOODSIG)", re.MULTILINE), SignatureStatus.UNTRUSTED),
)
_SSH_REASONS: Final = (
    (
        re.compile(r"Unable to open allowed keys file|needs to be configured|cannot run|not found"),
        SignatureStatus.UNCHECKED,
    ),
    (_REFUSED, SignatureStatus.BAD),
    (re.compile(r"key has expired|key is not yet valid"), SignatureStatus.EXPIRED),
    (re.compile(r"key is not permitted for use"), SignatureStatus.UNTRUSTED),
    (_SSH, SignatureStatus.UNTRUSTED),
    # ssh-keygen prints no other message for a revoked key, or for a revocation file that it cannot read
    (re.compile(r"\A(?:Could not verify signature\.\s*)+\Z"), SignatureStatus.REVOKED),
)


def check_signatures(
    git: Path, directory: Path, commits: Iterable[str], allowed_signers: Path | None
) -> Mapping[str, Signature]:
    """Return the verdict on each commit of the git directory ``git``. Git runs in ``directory``.

    Each commit takes one git process; several run in parallel. Verdicts are not cached, because they depend on the
    keyring, on the trust settings and on the date. Raises ToolError without git, UsageError for a missing file.
    """
    config = {"core.warnAmbiguousRefs": "false"}
    if allowed_signers is not None:
        config["gpg.ssh.allowedSignersFile"] = str(_file(allowed_signers))
    # without this variable, git would check the replacement of a replaced commit
    environment = {"GIT_DIR": str(git), "GIT_NO_REPLACE_OBJECTS": "1"}

    def check(commit: str) -> Signature:
        ran = run_git(["verify-commit", "--raw", commit], directory=directory, config=config, environment=environment)
        return _signature(commit, ran.err, accepted=ran.status == 0)

    asked = tuple(dict.fromkeys(commits))
    if git_path() is None:
        check("")  # raises
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return dict(zip(asked, pool.map(check, asked), strict=True))


def _file(path: Path) -> Path:
    found = path.expanduser().absolute()
    if not found.is_file() or not os.access(found, os.R_OK):
        raise UsageError(
            f"there is no list of allowed signers at {str(path)!r}",
            hint="write one: <email> <public key> in each line (see ssh-keygen(1), ALLOWED SIGNERS)",
            path=str(path),
        )
    return found


def _signature(commit: str, said: str, *, accepted: bool) -> Signature:
    if not accepted and _UNKNOWN in said:
        return Signature(commit, SignatureStatus.BAD, reason=_UNKNOWN)
    status = SignatureStatus.GOOD if accepted else _status(said)
    ssh, gpg, mark = _SSH.search(said), _GPG.search(said), _PRINT.search(said)
    reason = "" if accepted else _reason(said)
    if ssh is not None:
        return Signature(commit, status, ssh["signer"] or "", ssh["key"], ssh["key"], reason)
    key = (gpg and gpg["key"]) or (mark and mark["key"]) or ""
    fingerprint = (mark and (mark["valid"] or mark["error"])) or ""
    return Signature(commit, status, (gpg and gpg["signer"]) or "", key, fingerprint, reason)


def _status(said: str) -> SignatureStatus:
    text = "\n".join(line for line in said.splitlines() if not line.startswith("warning: ")).strip()
    if not text:
        return SignatureStatus.MISSING
    reasons = _GPG_REASONS if "[GNUPG:]" in text else _SSH_REASONS
    return next((status for pattern, status in reasons if pattern.search(text)), SignatureStatus.UNCHECKED)


def _reason(said: str) -> str:
    lines = [re.sub(r"^(?:error|fatal): ", "", line.strip()) for line in said.splitlines()]
    shown = [line for line in lines if line and not line.startswith("[GNUPG:]")]
    if not shown:
        shown = [line.removeprefix("[GNUPG:] ") for line in lines if re.match(r"\[GNUPG:\] (?:ERRSIG|NODATA)", line)]
    return "; ".join(dict.fromkeys(shown))[:400]
