"""Checks names and paths of the project file: those of apps, stages and directories."""

from __future__ import annotations

import re
from typing import Final

from freightlib.documents.problems import Path, Problems
from freightlib.documents.shapes import NAME
from freightlib.git.safe_names import path_problem

_NAME: Final = re.compile(NAME)
#: The rule for names, as a hint.
NAME_RULE: Final = (
    "use at most 63 of a-z 0-9 . _ -, starting with a letter or digit, without .. and not ending in . or .lock"
)


def is_name(name: str) -> bool:
    """Return whether ``name`` is valid for an app or a stage. ``NAME_RULE`` is the rule."""
    return _NAME.fullmatch(name) is not None and ".." not in name and not name.endswith((".lock", "."))


def require_name(problems: Problems, path: Path, name: str) -> None:
    """Add a problem if ``name`` is not a valid name. Names become parts of paths and refs."""
    if not is_name(name):
        problems.add(path, f"{name[:80]!r} cannot be a name", NAME_RULE)


def require_path(problems: Problems, path: Path, value: str, *, root: bool = False) -> None:
    """Add a problem if ``value`` is not a safe path in a repository. ``git.safe_names.path_problem`` is the rule."""
    problem = path_problem(value.rstrip("/") or value, root=root)
    if problem is not None:
        problems.add(
            path,
            f"{value[:80]!r} is not a safe path in a repository: it {problem}",
            "write it from the repository's root with / between names, without . or .. or .git",
        )


def clean_path(path: str) -> str:
    """Return the path without slashes at its end."""
    return path.rstrip("/") or path


def overlap(one: str, other: str) -> bool:
    """Return whether the paths are equal, or one is inside the other."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
