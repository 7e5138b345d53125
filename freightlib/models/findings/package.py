"""Findings: the package."""

from __future__ import annotations

from typing import Final

from freightlib.models.findings.check import ERROR, SOURCE, Check

TITLE: Final = "The package"
CHECKS: Final = (
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
        "a Git LFS pointer stands in place of a file",
        "The file is kept in Git LFS; the commit, and so the snapshot, holds only the pointer to it. "
        'Helm fails on a chart archive that is one with "gzip: invalid header".',
        "commit the file itself: git lfs untrack <file>, git add --renormalize <file>, and publish that commit",
    ),
)
