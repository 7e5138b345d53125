"""Findings about renderings, rendered branches, and where they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from freightlib.models.findings.check import ERROR, NOTE, REPLACE, RESTORE, WARNING, Check

_RENDER: Final = (
    "promote the stage again, and find out who changed manifests and lock together: git log -p <branch> -- <path>"
)
#: Title of a group -> its checks.
GROUPS: Final[Mapping[str, tuple[Check, ...]]] = {
    "Renderings": (
        Check(
            "plaintext-secrets",
            WARNING,
            "a rendering holds a Secret in the clear",
            "A rendered manifest is a Secret with values in data or stringData (base64 hides nothing), and rendered "
            "branches keep them for ever. `render.checks: {plaintextSecrets: off | warn | refuse}` sets what happens.",
            "keep it out of package and policy (an external secrets operator, sealed secrets, SOPS), or set "
            "render.checks: {plaintextSecrets: off}",
        ),
        Check(
            "nondeterministic",
            WARNING,
            "two renderings of the same inputs differ",
            "The package generates a new value each time it is rendered (a password, a key, a date), or iterates over "
            "a map in random order. So every promotion of it is a change. `render.renderTwice` sets when to render "
            "twice, `render.checks: {nondeterministic: off | warn | refuse}` what a difference does.",
            "give the value in policy instead of generating it (a Secret that the cluster holds, an external secrets "
            "operator), or set render.checks: {nondeterministic: off}",
        ),
        Check(
            "may-differ",
            NOTE,
            "a package calls something that may give another result next time",
            "Two renderings are equal, but the package iterates over a map in random order or uses the current date, "
            "so the next one may differ. freightlib looks for this with `--check-deterministic`, and with "
            "`render.renderTwice: new` or `always`.",
            "sort the values of a map, and take dates from policy; or set render.checks: {mayDiffer: off}",
        ),
    ),
    "Rendered branches (freight audit)": (
        Check(
            "stage-empty",
            NOTE,
            "the stage holds no release",
            "This repository has no rendered branch for the stage, or nothing was promoted to it yet.",
            "promote to it, or fetch the branch into this repository",
        ),
        Check(
            "stage-place",
            ERROR,
            "the rendered branch and path of the stage are unknown",
            "The project file or the stage's deployment.yaml on the GitOps branch is wrong.",
            "correct it there, and audit again",
        ),
        Check(
            "audit-unseen",
            WARNING,
            "something could not be audited",
            "The clone is shallow or partial, or the branch was not fetched. What is missing here is not audited.",
            "audit a full clone: git fetch --unshallow, and fetch the rendered branches",
        ),
        Check(
            "branch-rewritten",
            WARNING,
            "a rendered branch no longer holds a commit that was audited",
            "The branch was reset, deleted or force-pushed since the last audit. The commits that are left may be "
            "correct, but the branch's past has changed.",
            "ask who did it, and forbid force pushes on rendered branches",
        ),
        Check(
            "rendered-added",
            ERROR,
            "a rendered branch has a file that nobody rendered",
            "Somebody added it by hand at the stage's output path.",
            REPLACE,
        ),
        Check(
            "rendered-missing",
            ERROR,
            "a rendered branch lacks a manifest",
            "Somebody removed it by hand.",
            REPLACE,
        ),
        Check(
            "rendered-content",
            ERROR,
            "a manifest was edited",
            "Somebody edited it on the rendered branch.",
            REPLACE,
        ),
        Check(
            "rendered-mode",
            ERROR,
            "a manifest has another mode",
            "Somebody set its executable bit on the rendered branch; manifests are ordinary files.",
            REPLACE,
        ),
        Check(
            "rendered-type",
            ERROR,
            "a manifest is of another type",
            "Somebody put a symbolic link, a directory or a submodule in its place.",
            REPLACE,
        ),
        Check(
            "rendered-edited",
            ERROR,
            "the manifests are not the ones that the lock names",
            "Manifests or lock were edited. The tree that the lock names is not in this repository, and no earlier "
            "commit of the branch holds it, so the changed files are unknown.",
            "find the changed files by rendering again: freight audit --rerender",
        ),
        Check(
            "rerender-added",
            ERROR,
            "a manifest does not come from the locked inputs",
            "Rendering again from the locked inputs does not give this file: manifests and lock were changed together.",
            _RENDER,
        ),
        Check(
            "rerender-missing",
            ERROR,
            "a manifest that the locked inputs give is missing",
            "Rendering again from the locked inputs gives this file: manifests and lock were changed together.",
            _RENDER,
        ),
        Check(
            "rerender-content",
            ERROR,
            "a manifest differs from what the locked inputs give",
            "Rendering again from the locked inputs gives other contents: manifests and lock were changed together, or "
            "the chart is not deterministic.",
            _RENDER,
        ),
        Check(
            "rerender-mode",
            ERROR,
            "a manifest has another mode than rendering gives",
            "Manifests are ordinary files. Mode and lock were changed together.",
            _RENDER,
        ),
        Check(
            "rerender-type",
            ERROR,
            "a manifest is of another type than rendering gives",
            "It is a symbolic link, a directory or a submodule. Manifests and lock were changed together.",
            _RENDER,
        ),
        Check(
            "rerender-failed",
            ERROR,
            "the locked inputs do not render",
            "The snapshot fails verification, or the renderer stops with an error on the inputs that the lock names.",
            "see the error with freight render --freight <tag> --policy <commit>",
        ),
        Check(
            "not-comparable",
            WARNING,
            "a rendering cannot be compared",
            "The renderer, engine, version or transform that the lock names is not the one installed here. The "
            "rendered bytes may differ for that reason, so they are not compared.",
            "install the locked version, or choose the engine: freight audit --rerender --engine NAME",
        ),
    ),
    "The payload's place": (
        Check(
            "payload-missing",
            ERROR,
            "the payload is not where the package type says",
            "packageType helm keeps its payload in helm/, kustomize in kustomize/, plain in manifests/.",
            RESTORE,
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
            "It has more files, links or nested directories than freightlib accepts. An attacker can build such a "
            "tree.",
            "correct package.path in freightlib.yaml: it must name the deploy package, not the repository",
        ),
        Check(
            "snapshot-extra",
            ERROR,
            "the snapshot has an unexpected entry",
            "A snapshot holds freight.yaml and one payload directory, nothing else.",
            "remove it; policy belongs next to the warehouse, not in it",
        ),
    ),
}
