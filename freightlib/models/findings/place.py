"""Findings: the payload's place."""

from __future__ import annotations

from typing import Final

from freightlib.models.findings.check import ERROR, RESTORE, Check

TITLE: Final = "The payload's place"
CHECKS: Final = (
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
)
