r"""Checks names, paths, refs, authors and messages before they are written. Needs no repository.

>>> from freightlib.git.safe_names import check_name, check_ref
>>> check_name("values.yaml")
>>> check_ref("refs/heads/stage/test")
>>> check_name(".g\u200cit")
Traceback (most recent call last):
freightlib.errors.UnsafePathError: the name '.g\u200cit' is git's own directory in disguise
rename it in the source and publish the new commit

The rules are those of git (``verify_path``, ``check-ref-format``, ``fsck --strict``) and some of freightlib. They are
checked here because libgit2 writes names that git refuses.
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
    """Return why ``name`` would break git in any tree, or ``None`` if it would not."""
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
    """Return why freightlib does not write ``name`` into a tree, or ``None`` if it does."""
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
    """Raise UnsafePathError if ``name`` must not be written. ``path`` is the whole path, for the message."""
    problem = name_problem(name)
    if problem is not None:
        where = name if path is None else path
        subject = f"the name {name!r}" + (f" (in {path!r})" if path not in (None, name) else "")
        raise UnsafePathError(f"{subject} {problem}", hint=_RENAME, path=where)


def folded(name: str) -> str:
    """Return ``name`` folded as on file systems that ignore case and Unicode normalisation. Equal results collide."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def is_gitmodules(name: str) -> bool:
    """Return whether a file system may treat ``name`` as ``.gitmodules`` (git: fsck ``gitmodulesSymlink``)."""
    return folded(_IGNORED.sub("", name)) == ".gitmodules"


def path_problem(path: str, *, root: bool = False) -> str | None:
    """Return why ``path`` cannot be used as a path in a repository, or ``None``. ``.`` is allowed only with ``root``.

    Each part must be a name that may be written. All characters must be visible, because people read paths in messages
    and reviews.
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
    """Raise UnsafePathError unless ``path`` can be used as a path in a repository: see ``path_problem``."""
    problem = path_problem(path, root=root)
    if problem is not None:
        raise UnsafePathError(
            f"the path {path[:80]!r} {problem}",
            hint="write it relative, with / between names, and no . or .. or .git",
            path=path,
        )


def ref_problem(ref: str) -> str | None:
    """Return why ``git check-ref-format`` refuses ``ref`` as a full ref name, or ``None``."""
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
    """Return why freightlib cannot write the branch ``name`` (without ``refs/heads/``), or ``None``.

    The rules are those of ``git check-ref-format --branch``. Names are also refused if they have another meaning on
    git's command line, or if they hold characters that people cannot see.
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
    """Raise UnsafePathError for an author or committer that git would mangle or ``git fsck`` would refuse."""
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
            f"the time {when.isoformat()} has no time zone or is before 1970",
            hint="give a time with a time zone",
            path="",
        )


def check_message(message: str) -> None:
    """Raise UnsafePathError for a commit message that git would cut (at a NUL) or that is not valid text."""
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
