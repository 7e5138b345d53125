"""Every finding that freightlib makes itself: its code, weight, cause and cure.

>>> from freightlib.verify import CHECKS
>>> CHECKS["mirror-mode"].severity
<Severity.ERROR: 'error'>

Codes never change meaning. ``docs/reference/findings.md`` is this catalogue as a page (``reference_page``), and a test
keeps the two equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen

from freightlib.models import Finding, Severity

ERROR: Final = Severity.ERROR
WARNING: Final = Severity.WARNING
NOTE: Final = Severity.NOTE


@frozen
class Check:
    """One kind of finding.

    Its stable ``code``, how much it weighs, what it is called, where it comes from (``cause``) and what to do
    (``cure``, the hint of a finding that has no better one).
    """

    code: str
    severity: Severity
    title: str
    cause: str
    cure: str


_RESTORE = "restore it from the commit that published it: git checkout <commit> -- <path>, and commit that"
_MIRROR = "copy the release over it: rm -rf current && cp -a git-<id> current && git add -fA current, and commit that"
_LITERAL = "restore the snapshot from the commit that published it, and find out who changed it: git log -- <path>"
_SOURCE = "correct it in the source repository and publish that commit"

_GROUPS: Final[Mapping[str, tuple[Check, ...]]] = {
    "The warehouse": (
        Check(
            "warehouse-not-directory",
            ERROR,
            "the warehouse is not a directory",
            "A file, symbolic link or submodule stands where the project file says the warehouse is.",
            "move it away, or correct warehouse in freightlib.yaml",
        ),
        Check(
            "warehouse-entry",
            WARNING,
            "something else lies in the warehouse",
            "Only git-<full commit id> directories and current/ belong there.",
            "move it out of the warehouse",
        ),
        Check(
            "tag-short",
            ERROR,
            "a snapshot is not named by a full commit id",
            "A directory is called git-<something> that is not 40 (or 64) lower-case hex digits, so it is ambiguous.",
            "remove it, and publish the release by its full commit id",
        ),
        Check(
            "snapshot-missing",
            ERROR,
            "the snapshot is not there",
            "The release that was asked for is not in the warehouse at this commit.",
            "publish it first: freight publish",
        ),
        Check(
            "snapshot-not-directory",
            ERROR,
            "a snapshot is not a directory",
            "A file, symbolic link or submodule stands where a snapshot (or current/) belongs.",
            _RESTORE,
        ),
        Check(
            "current-missing",
            ERROR,
            "there is no current/",
            "Snapshots are published, but the directory that promotion reads is gone.",
            "copy the release that it was over: cp -a git-<id> current && git add -fA current, and commit that",
        ),
    ),
    "The record": (
        Check(
            "record-missing",
            ERROR,
            "the snapshot has no record",
            "freight.yaml is absent, or is not a regular file.",
            _RESTORE,
        ),
        Check(
            "record-invalid",
            ERROR,
            "the record cannot be read",
            "freight.yaml is not YAML, lacks a key, a value is of the wrong form, or tag and revision disagree.",
            "records are written by freight publish, never by hand: " + _RESTORE,
        ),
        Check(
            "record-tag",
            ERROR,
            "the directory and its record name different releases",
            "The directory's name is not the tag that its record has: it was renamed, or the record is another's.",
            _RESTORE,
        ),
        Check(
            "record-unknown-key",
            NOTE,
            "the record has a key that this version does not know",
            "A newer freightlib, or another tool, wrote it. It is kept as it is.",
            "update freightlib, or remove the key where the record is written",
        ),
        Check(
            "record-source-tree",
            ERROR,
            "the payload is not what the record says was frozen",
            "source.tree in the record and the payload's own tree id differ: one of the two was changed later.",
            _LITERAL,
        ),
    ),
    "The mirror": (
        Check(
            "current-unknown",
            ERROR,
            "current/ names a release that is not in the warehouse",
            "The record in current/ names a release whose git-<id>/ directory does not exist.",
            "restore that directory from the commit that published it, or copy another release over current/",
        ),
        Check(
            "mirror-added",
            ERROR,
            "current/ has a file that its release has not",
            "Somebody wrote into current/ by hand, or a merge mixed two releases.",
            _MIRROR,
        ),
        Check(
            "mirror-missing",
            ERROR,
            "current/ lacks a file of its release",
            "Somebody deleted from current/ by hand, or an ignore rule kept the file out.",
            _MIRROR,
        ),
        Check(
            "mirror-content",
            ERROR,
            "a file in current/ differs from its release",
            "Somebody edited current/ by hand, or line endings were converted.",
            _MIRROR,
        ),
        Check(
            "mirror-mode",
            ERROR,
            "a file in current/ has another mode than in its release",
            "The executable bit was set or lost, as copying through a file system without modes does.",
            _MIRROR,
        ),
        Check(
            "mirror-type",
            ERROR,
            "an entry of current/ is of another type than in its release",
            "A symbolic link became a file (or the other way round), or a directory a file.",
            _MIRROR,
        ),
    ),
    "The payload's place": (
        Check(
            "payload-missing",
            ERROR,
            "the payload is not where the package type says",
            "packageType helm keeps its payload in helm/, kustomize in kustomize/, plain in manifests/.",
            _RESTORE,
        ),
        Check(
            "payload-empty",
            ERROR,
            "the payload holds no file",
            "The package's directory was empty in the source, or holds empty directories only.",
            "correct package.path in freightlib.yaml and publish a commit that has the package there",
        ),
        Check(
            "payload-too-large",
            ERROR,
            "the payload is larger than a deploy package can be",
            "More files, links or nested directories than any tool would take; a tree can be built so on purpose.",
            "correct package.path in freightlib.yaml: it must name the deploy package, not the repository",
        ),
        Check(
            "snapshot-extra",
            ERROR,
            "something else lies in the snapshot",
            "A snapshot holds freight.yaml and one payload directory, nothing else.",
            "remove it; policy belongs beside the warehouse, not in it",
        ),
    ),
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
            _SOURCE,
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
            "a Git LFS pointer stands in place of a file",
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
    ),
    "The literal copy (with --source)": (
        Check(
            "literal-added",
            ERROR,
            "the snapshot has a file that the source has not",
            "The payload was changed after it was frozen, or was not frozen from that commit.",
            _LITERAL,
        ),
        Check(
            "literal-missing",
            ERROR,
            "the snapshot lacks a file of the source",
            "The payload was changed after it was frozen, or was copied through an ignore rule.",
            _LITERAL,
        ),
        Check(
            "literal-content",
            ERROR,
            "a file of the snapshot differs from the source",
            "The payload was changed after it was frozen, or was copied through a filter such as autocrlf.",
            _LITERAL,
        ),
        Check(
            "literal-mode",
            ERROR,
            "a file of the snapshot has another mode than in the source",
            "The executable bit was set or lost in copying.",
            _LITERAL,
        ),
        Check(
            "literal-type",
            ERROR,
            "an entry of the snapshot is of another type than in the source",
            "A symbolic link was followed in copying, or a directory became a file.",
            _LITERAL,
        ),
        Check(
            "source-path-missing",
            ERROR,
            "the source commit has no such package",
            "The directory that the record (or the project file) names does not exist in that commit.",
            "check that --source is the right repository; else the record is wrong: " + _RESTORE,
        ),
        Check(
            "source-commit-gone",
            WARNING,
            "the copy cannot be proved",
            "The source repository no longer has the commit (rewritten, pruned, or a shallow or other clone).",
            "give a --source that has it, such as a full clone, and tag released commits so that they stay",
        ),
    ),
    "Reading": (
        Check(
            "unreadable",
            ERROR,
            "it cannot be read",
            "A git object is damaged or absent, or a file's permissions forbid reading it.",
            "run git fsck --full there and fetch the objects again, or correct the permissions",
        ),
        Check(
            "special-file",
            ERROR,
            "it is neither file, directory nor symbolic link",
            "A fifo, socket or device lies in a checked-out snapshot; git cannot hold one.",
            "remove it",
        ),
        Check(
            "plugin-failed",
            ERROR,
            "a plugin's check failed",
            "A plugin's freightlib_check_snapshot raised, or gave something else than findings: nothing is known of "
            "what it would have found.",
            "update or uninstall the plugin, and tell its authors",
        ),
    ),
    "Renderings": (
        Check(
            "plaintext-secrets",
            WARNING,
            "a rendering holds a Secret in the clear",
            "A rendered manifest is a Secret with values in data or stringData (base64 hides nothing), and rendered "
            "branches keep them for ever. `render.checks: {plaintextSecrets: off | warn | refuse}` says what happens.",
            "keep it out of package and policy (an external secrets operator, sealed secrets, SOPS), or set "
            "render.checks: {plaintextSecrets: off}",
        ),
    ),
}

#: Every code -> its check.
CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {check.code: check for checks in _GROUPS.values() for check in checks}
)


def finding(code: str, path: str, message: str, /, *, hint: str = "", **data: Any) -> Finding:
    """A finding of the catalogued kind ``code``; without a ``hint`` of its own it carries the catalogue's cure."""
    check = CHECKS[code]
    return Finding(code, check.severity, path, message, hint or check.cure, data)


def reference_page() -> str:
    """The catalogue as a Markdown page: what ``docs/reference/findings.md`` holds."""
    return "\n".join(_page())


def _page() -> Iterable[str]:
    yield "# Findings"
    yield ""
    yield "What `freight verify`, and every verb that verifies first, can find. Each finding has a stable code, a"
    yield "severity, the path it is about, a message and a hint. Only an error makes a report fail. Plugins may add"
    yield "findings of their own."
    for group, checks in _GROUPS.items():
        yield f"\n## {group}"
        for check in checks:
            yield f"\n### `{check.code}`\n"
            yield f"**{check.severity.value}**: {check.title}.\n"
            yield f"Cause: {check.cause}\n"
            yield f"Cure: {check.cure}."
    yield ""
