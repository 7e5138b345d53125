r"""What a name, a path, a ref, an author or a message may be before it is written; pure, no repository needed.

>>> from freightlib.git.safe_names import check_name, check_ref
>>> check_name("values.yaml")
>>> check_ref("refs/heads/stage/test")
>>> check_name(".g\u200cit")
Traceback (most recent call last):
freightlib.errors.UnsafePathError: the name '.g\u200cit' is git's own directory in disguise
rename it in the source and publish the new commit

The rules are git's (``verify_path``, ``check-ref-format``, ``fsck --strict``) and ours on top: libgit2 writes names
that git refuses.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Final

from freightlib.errors import UnsafePathError
from freightlib.git.trees import encode_name

# HFS+ ignores these code points when it compares names (git: utf8.c, next_hfs_char)
_IGNORED: Final = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
# NTFS: short name git~1, trailing dots and spaces, and alternate data streams (git: path.c, is_ntfs_dotgit)
_DOTGIT: Final = re.compile(r"(?:\.git|git~1)[ .]*(?:[:\\].*)?", re.IGNORECASE | re.DOTALL)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_BAD_IN_REF: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")
_RENAME: Final = "rename it in the source and publish the new commit"


def structural_problem(name: str) -> str | None:
    """Why no tree may ever hold ``name`` (it breaks git itself), or ``None``."""
    if not name:
        return "is empty"
    if name in (".", ".."):
        return "is a step, not a name"
    if "/" in name or "\0" in name:
        return "holds a slash or a NUL"
    if _DOTGIT.fullmatch(name if name.isascii() else _IGNORED.sub("", name)):
        return "is git's own directory in disguise"
    return None


def name_problem(name: str) -> str | None:
    """Why freightlib does not write ``name`` as a file or directory of a tree, or ``None``."""
    problem = structural_problem(name)
    if problem is not None:
        return problem
    if "\\" in name:
        return "holds a backslash, which is a separator on Windows"
    if _CONTROL.search(name):
        return "holds a control character"
    if len(name) > 63 and len(encode_name(name)) > 255:  # 63 characters of 4 bytes always fit
        return "is longer than 255 bytes, which file systems refuse"
    return None


def check_name(name: str, path: str | None = None) -> None:
    """Raise UnsafePathError when ``name`` may not be written; ``path`` is where it stands, for the message."""
    problem = name_problem(name)
    if problem is not None:
        where = name if path is None else path
        told = f"the name {name!r}" + (f" (in {path!r})" if path not in (None, name) else "")
        raise UnsafePathError(f"{told} {problem}", hint=_RENAME, path=where)


def folded(name: str) -> str:
    """``name`` as a file system without case and normalisation sees it: equal results collide there."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def is_gitmodules(name: str) -> bool:
    """Whether a file system may take ``name`` for ``.gitmodules`` (git: fsck ``gitmodulesSymlink``)."""
    return folded(_IGNORED.sub("", name)) == ".gitmodules"


def check_ref(ref: str) -> None:
    """Raise UnsafePathError unless ``ref`` is a full ref name by the rules of ``git check-ref-format``."""
    parts = ref.split("/")
    bad = (
        _BAD_IN_REF.search(ref) is not None
        or parts[0] != "refs"
        or len(parts) < 3
        or any(not part or part.startswith(".") or part.endswith((".lock", ".")) for part in parts)
        or any(len(encode_name(part)) > 250 for part in parts)  # git appends .lock, file systems stop at 255
    )
    if bad:
        raise UnsafePathError(
            f"{ref!r} is not a ref that git would accept",
            hint="use refs/heads/<branch> with plain letters, digits, '-', '_', '.' and '/' (git check-ref-format)",
            path=ref,
        )


def check_branch(name: str) -> None:
    """Raise UnsafePathError unless ``name`` is a short branch name (``git check-ref-format --branch``)."""
    if name.startswith("-") or name == "HEAD":
        raise UnsafePathError(f"{name!r} cannot be a branch", hint="choose another name", path=name)
    check_ref(f"refs/heads/{name}")


def check_person(name: str, email: str, when: datetime) -> None:
    """Raise UnsafePathError for an author or committer that git would mangle or ``git fsck`` refuse."""
    for what, text in (("name", name), ("email", email)):
        if any(character in text for character in "<>\n\r\0") or not _encodable(text):
            raise UnsafePathError(
                f"the {what} {text!r} holds a character that a commit cannot: '<', '>', a line break or a NUL",
                hint=f"give a plain {what}: git config user.{what}",
                path=text,
            )
    if not name.strip():
        raise UnsafePathError("a commit needs an author's name", hint="set one: git config user.name", path=name)
    if when.tzinfo is None or when.timestamp() < 0:
        raise UnsafePathError(
            f"the time {when.isoformat()} has no time zone or lies before 1970", hint="give an aware time", path=""
        )


def check_message(message: str) -> None:
    """Raise UnsafePathError for a commit message git would cut (NUL) or that is not text."""
    if "\0" in message or not _encodable(message):
        raise UnsafePathError(
            f"the commit message {message[:60]!r} holds a NUL or is not valid text",
            hint="give the message as plain text",
            path=message[:60],
        )


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
