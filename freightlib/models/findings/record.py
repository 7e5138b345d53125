"""Findings: the record."""

from __future__ import annotations

from typing import Final

from freightlib.models.findings.check import ERROR, LITERAL, NOTE, RESTORE, Check

TITLE: Final = "The record"
CHECKS: Final = (
    Check(
        "record-missing",
        ERROR,
        "the snapshot has no record",
        "freight.yaml is absent, or is not a regular file.",
        RESTORE,
    ),
    Check(
        "record-invalid",
        ERROR,
        "the record cannot be read",
        "freight.yaml is not YAML, lacks a key, a value is of the wrong form, or tag and revision disagree.",
        "records are written by freight publish, never by hand: " + RESTORE,
    ),
    Check(
        "record-tag",
        ERROR,
        "the directory and its record name different releases",
        "The directory's name is not the tag that its record has: it was renamed, or the record is another's.",
        RESTORE,
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
        LITERAL,
    ),
)
