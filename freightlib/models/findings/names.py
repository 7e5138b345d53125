"""Findings: names, links and modes."""

from __future__ import annotations

from typing import Final

from freightlib.models.findings.check import ERROR, WARNING, Check

TITLE: Final = "Names, links and modes"
CHECKS: Final = (
    Check(
        "symlink-absolute",
        ERROR,
        "a symbolic link has an absolute target",
        "It means another file on every machine, and leaves the snapshot.",
        "make it a relative link inside the package, or a copy",
    ),
    Check(
        "symlink-escapes",
        ERROR,
        "a symbolic link leaves the payload",
        "Its target lies outside the package's directory, so it was not frozen with it.",
        "move the target into the package, or replace the link by a copy",
    ),
    Check(
        "symlink-cycle",
        ERROR,
        "symbolic links form a cycle",
        "Following the link never ends: it leads back to itself or to a directory above it.",
        "remove one of the links",
    ),
    Check(
        "symlink-dangling",
        WARNING,
        "a symbolic link leads nowhere",
        "Its target, inside the payload, does not exist.",
        "remove the link, or add its target",
    ),
    Check(
        "submodule",
        ERROR,
        "the payload holds a submodule",
        "A submodule is a commit of another repository: its files are not in this one and cannot be frozen.",
        "copy its files into the package, or leave it out of package.path",
    ),
    Check(
        "name-unsafe",
        ERROR,
        "a name is unsafe",
        "git or an operating system refuses it or takes it for something else "
        "(.git and names that file systems fold to it, .., control characters, backslashes, over-long names).",
        "rename it in the source repository and publish that commit",
    ),
    Check(
        "name-collision",
        ERROR,
        "names collide",
        "Two names of one directory are the same where case or Unicode normalisation does not count "
        "(macOS, Windows): one would overwrite the other.",
        "rename one of the two in the source repository and publish that commit",
    ),
    Check(
        "mode-odd",
        WARNING,
        "a file has a mode that git no longer writes",
        "Old tools stored modes such as 100664; git reads them as 100644, but the tree id differs.",
        "store it anew in the source repository: git rm --cached <file>, git add <file>",
    ),
)
