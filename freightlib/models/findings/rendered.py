"""Findings: rendered branches (``freight audit``)."""

from __future__ import annotations

from typing import Final

from freightlib.models.findings.check import ERROR, NOTE, WARNING, Check

TITLE: Final = "Rendered branches (freight audit)"
_RENDER: Final = (
    "promote the stage again, and find out who changed manifests and lock together: git log -p <branch> -- <path>"
)
_REPLACE: Final = "find out who changed it (git log -p <branch> -- <path>), and revert that or freight promote --force"

CHECKS: Final = (
    Check(
        "stage-empty",
        NOTE,
        "the stage holds no release",
        "There is no rendered branch for the stage here, or nothing was promoted to it yet.",
        "promote to it, or fetch the branch into this repository",
    ),
    Check(
        "stage-place",
        ERROR,
        "it cannot be told where the stage is rendered",
        "The project file or the stage's deployment.yaml on the GitOps branch is wrong.",
        "correct it there, and audit again",
    ),
    Check(
        "audit-unseen",
        WARNING,
        "something could not be seen",
        "The clone is shallow or partial, or the branch was not fetched: what is not here is not judged.",
        "audit a full clone: git fetch --unshallow, and fetch the rendered branches",
    ),
    Check(
        "branch-rewritten",
        WARNING,
        "a rendered branch no longer holds a commit that was swept",
        "The branch was reset, deleted or force-pushed since the last sweep. Each commit that is left may be true, but "
        "the branch's past is not what it was.",
        "ask who did it, and forbid force pushes on rendered branches",
    ),
    Check(
        "rendered-added",
        ERROR,
        "a rendered branch has a file that nobody rendered",
        "Somebody added it by hand at the stage's output path.",
        _REPLACE,
    ),
    Check(
        "rendered-missing",
        ERROR,
        "a rendered branch lacks a manifest",
        "Somebody removed it by hand.",
        _REPLACE,
    ),
    Check(
        "rendered-content",
        ERROR,
        "a manifest was edited",
        "Somebody edited it on the rendered branch.",
        _REPLACE,
    ),
    Check(
        "rendered-mode",
        ERROR,
        "a manifest has another mode",
        "Somebody set its executable bit on the rendered branch; manifests are ordinary files.",
        _REPLACE,
    ),
    Check(
        "rendered-type",
        ERROR,
        "a manifest is of another type",
        "Somebody put a symbolic link, a directory or a submodule in its place.",
        _REPLACE,
    ),
    Check(
        "rendered-edited",
        ERROR,
        "the manifests are not the ones that the lock names",
        "Manifests or lock were edited. The tree that the lock names is not in this repository and no earlier commit "
        "of the branch holds it, so the files cannot be named.",
        "name them by rendering again: freight audit --rerender",
    ),
    Check(
        "rerender-added",
        ERROR,
        "a manifest is there that its inputs do not give",
        "Rendering again from the locked inputs does not give this file: manifests and lock were changed together.",
        _RENDER,
    ),
    Check(
        "rerender-missing",
        ERROR,
        "a manifest is missing that its inputs give",
        "Rendering again from the locked inputs gives this file: manifests and lock were changed together.",
        _RENDER,
    ),
    Check(
        "rerender-content",
        ERROR,
        "a manifest differs from what its inputs give",
        "Rendering again from the locked inputs gives other contents: manifests and lock were changed together, or "
        "the chart is not deterministic.",
        _RENDER,
    ),
    Check(
        "rerender-mode",
        ERROR,
        "a manifest has another mode than rendering gives",
        "Manifests are ordinary files: mode and lock were changed together.",
        _RENDER,
    ),
    Check(
        "rerender-type",
        ERROR,
        "a manifest is of another type than rendering gives",
        "A symbolic link, a directory or a submodule stands in its place: manifests and lock were changed together.",
        _RENDER,
    ),
    Check(
        "rerender-failed",
        ERROR,
        "the locked inputs do not render",
        "The snapshot fails verification, or the renderer stops with an error on the inputs that the lock names.",
        "see it with freight render --freight <tag> --policy <commit>",
    ),
    Check(
        "not-comparable",
        WARNING,
        "a rendering cannot be compared",
        "The renderer, engine, version or transform that the lock names is not the one installed here, so equal bytes "
        "are not to be expected, and nothing is said about them.",
        "install the locked version, or choose the engine: freight audit --rerender --engine NAME",
    ),
)
