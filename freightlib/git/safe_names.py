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
_LONGEST_PATH: Final = 1000
_LONGEST_BRANCH: Final = 200
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


def path_problem(path: str, *, root: bool = False) -> str | None:
    """Why ``path`` cannot be chosen as a path in a repository, or ``None``; ``.`` is one only with ``root``.

    Each part must be a name that may be written, and all of it must be visible: people read paths in messages and
    reviews.
    """
    if path == "." and root:
        return None
    if not path:
        return "is empty"
    if path.startswith("/"):
        return "is absolute"
    for part in path.split("/"):
        problem = name_problem(part)
        if problem is not None:
            return problem if part == path else f"has a part, {part[:80]!r}, that {problem}"
    if not path.isprintable():
        return "holds a character that is not visible"
    return f"is longer than {_LONGEST_PATH} characters" if len(path) > _LONGEST_PATH else None


def check_path(path: str, *, root: bool = False) -> None:
    """Raise UnsafePathError unless ``path`` can be chosen as a path in a repository: see ``path_problem``."""
    problem = path_problem(path, root=root)
    if problem is not None:
        raise UnsafePathError(
            f"the path {path[:80]!r} {problem}",
            hint="write it relative, with / between names, and no . or .. or .git",
            path=path,
        )


def ref_problem(ref: str) -> str | None:
    """Why ``ref`` is no full ref name by the rules of ``git check-ref-format``, or ``None``."""
    parts = ref.split("/")
    if parts[0] != "refs" or len(parts) < 3:
        return "does not begin with refs/"
    if _BAD_IN_REF.search(ref):
        return "holds what git does not allow: a space, a control character, or one of ~ ^ : ? * [ \\ .. @{ //"
    if any(not part or part.startswith(".") or part.endswith((".lock", ".")) for part in parts):
        return "has a part that is empty, begins or ends with a dot, or ends in .lock"
    if any(len(encode_name(part)) > 250 for part in parts):  # git appends .lock, file systems stop at 255
        return "has a part of more than 250 bytes"
    return None


def check_ref(ref: str) -> None:
    """Raise UnsafePathError unless ``ref`` is a full ref name by the rules of ``git check-ref-format``."""
    problem = ref_problem(ref)
    if problem is not None:
        raise UnsafePathError(
            f"{ref!r} is not a ref that git would accept: it {problem}",
            hint="use refs/heads/<branch> with plain letters, digits, '-', '_', '.' and '/' (git check-ref-format)",
            path=ref,
        )


def branch_problem(name: str) -> str | None:
    """Why ``name`` cannot be a branch that freightlib writes, or ``None``; without ``refs/heads/``.

    The rules are those of ``git check-ref-format --branch``, and some on top: names that git takes for something else
    on a command line, and names that people cannot see.
    """
    if name.startswith("-"):
        return "begins with a dash"
    if name in ("HEAD", "@") or name.startswith("refs/"):
        return "means something else to git"
    if len(name) > _LONGEST_BRANCH:
        return f"is longer than {_LONGEST_BRANCH} characters"
    if not name.isprintable():
        return "holds a character that is not visible"
    return ref_problem(f"refs/heads/{name}")


def check_branch(name: str) -> None:
    """Raise UnsafePathError unless ``name`` can be a branch: see ``branch_problem``."""
    problem = branch_problem(name)
    if problem is not None:
        raise UnsafePathError(
            f"{name[:80]!r} cannot be a branch: it {problem}",
            hint="choose another name (rules: git check-ref-format)",
            path=name,
        )


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
