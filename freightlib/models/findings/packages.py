"""Findings about packages: what a payload must hold, and the names, modes and links in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from freightlib.models.findings.check import ERROR, SOURCE, WARNING, Check

#: Title of a group -> its checks.
GROUPS: Final[Mapping[str, tuple[Check, ...]]] = {
    "The package": (
        Check(
            "chart-missing",
            ERROR,
            "there is no Chart.yaml",
            "A Helm package has Chart.yaml at its root; package.path names another directory.",
            "let package.path in freightlib.yaml name the directory that holds Chart.yaml",
        ),
        Check(
            "chart-invalid",
            ERROR,
            "Chart.yaml cannot be used",
            "It is not a YAML mapping with name and version (Helm: chart.metadata.name and .version are required).",
            SOURCE,
        ),
        Check(
            "kustomization-missing",
            ERROR,
            "there is no kustomization file",
            "No kustomization.yaml, kustomization.yml or Kustomization anywhere in the payload.",
            "let package.path in freightlib.yaml name the tree that holds the base and its overlays",
        ),
        Check(
            "manifests-missing",
            ERROR,
            "there is no manifest",
            "No .yaml, .yml or .json file anywhere in the payload.",
            "let package.path in freightlib.yaml name the directory that holds the manifests",
        ),
        Check(
            "lfs-pointer",
            ERROR,
            "a file is only a Git LFS pointer",
            "The file is kept in Git LFS; the commit, and so the snapshot, holds only the pointer to it. "
            'Helm fails on a chart archive that is one with "gzip: invalid header".',
            "commit the file itself: git lfs untrack <file>, git add --renormalize <file>, and publish that commit",
        ),
    ),
    "Names, links and modes": (
        Check(
            "symlink-absolute",
            ERROR,
            "a symbolic link has an absolute target",
            "It points to another file on every machine, outside the snapshot.",
            "make it a relative link inside the package, or a copy",
        ),
        Check(
            "symlink-odd",
            ERROR,
            "a symbolic link has an impossible target",
            "Its target is empty, holds a NUL, or is longer than 4,095 bytes. git stores such a link, but no file "
            "system accepts it.",
            "make it a relative link inside the package, or a copy",
        ),
        Check(
            "symlink-escapes",
            ERROR,
            "a symbolic link leaves the payload",
            "Its target is outside the package's directory, so the target was not frozen.",
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
            "a symbolic link is dangling",
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
            "git or an operating system refuses it or treats it as something else "
            "(.git and names that file systems fold to it, .., control characters, backslashes, over-long names).",
            "rename it in the source repository and publish that commit",
        ),
        Check(
            "name-collision",
            ERROR,
            "names collide",
            "Two names of one directory are equal on file systems that ignore case or Unicode normalisation "
            "(macOS, Windows): one would overwrite the other.",
            "rename one of the two in the source repository and publish that commit",
        ),
        Check(
            "mode-unknown",
            ERROR,
            "an entry has a mode that git does not use",
            "A tool other than git wrote the tree: git knows directories, files, executable files and symbolic links.",
            "add it again in the source repository: git rm --cached <file>, git add <file>",
        ),
        Check(
            "mode-odd",
            WARNING,
            "a file has a mode that git no longer writes",
            "Git before 2005 stored the mode 100664. git reads it as 100644, but the tree id differs.",
            "add it again in the source repository: git rm --cached <file>, git add <file>",
        ),
    ),
}
