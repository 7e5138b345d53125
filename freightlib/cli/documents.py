"""Converts results to the JSON documents that ``--json`` prints: see docs/reference/json.md and cli.v1.schema.json."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from freightlib.cli.output import plain

if TYPE_CHECKING:
    from freightlib.errors import ForgeError
    from freightlib.models import Finding, Freight, Report, Snapshot
    from freightlib.plugins.contracts import PullRequest
    from freightlib.promotion.result import Promotion
    from freightlib.rendering.changes import FileChange
    from freightlib.rendering.run import StageRendering


def freight_document(freight: Freight) -> dict[str, Any]:
    """Convert a release record, with the keys of ``freight.yaml``."""
    document: dict[str, Any] = {
        "schemaVersion": freight.schema_version,
        "revision": freight.revision,
        "tag": freight.tag,
        "image": plain(freight.image),
        "packageType": freight.package_type,
        "createdAt": plain(freight.created_at),
    }
    if freight.source is not None:
        document["source"] = plain(freight.source)
    return document


def snapshot_document(snapshot: Snapshot) -> dict[str, Any]:
    """Convert a snapshot: its path, tree ids and record."""
    return {
        "path": snapshot.path,
        "tree": snapshot.tree,
        "payload": snapshot.payload,
        "commit": snapshot.commit,
        "freight": freight_document(snapshot.freight),
    }


def report_document(report: Report) -> dict[str, Any]:
    """Convert a report of findings."""
    return {"ok": report.ok, "checked": plain(report.checked), "findings": [_finding(one) for one in report.findings]}


def _finding(finding: Finding) -> dict[str, Any]:
    document: dict[str, Any] = plain(finding)
    return document


def changes_document(changes: Iterable[FileChange], *, text: bool) -> list[dict[str, Any]]:
    """Convert changed manifest files, with their unified diff if ``text`` is set."""
    return [
        {"path": change.path, "change": change.kind.value} | ({"diff": change.text} if text else {})
        for change in changes
    ]


def rendering_document(rendering: StageRendering, *, contents: bool) -> dict[str, Any]:
    """Convert a rendering: branch, path, lock, findings and files, with file contents if ``contents`` is set."""
    return {
        "app": rendering.app,
        "stage": rendering.stage,
        "branch": rendering.branch,
        "path": rendering.path,
        "lock": plain(rendering.lock),
        "notes": list(rendering.notes),
        "findings": [_finding(one) for one in rendering.findings],
        "files": [
            {"path": path, "size": len(data)} | ({"content": plain(data)} if contents else {})
            for path, data in rendering.output.items()
        ],
    }


def promotion_document(promotion: Promotion, *, text: bool) -> dict[str, Any]:
    """Convert the promotion of one stage."""
    return {
        "app": promotion.app,
        "stage": promotion.stage,
        "outcome": promotion.outcome.value,
        "branch": promotion.branch,
        "base": promotion.base,
        "path": promotion.path,
        "tag": promotion.tag,
        "previousTag": promotion.previous_tag,
        "commit": promotion.commit,
        "edited": promotion.edited,
        "moved": list(promotion.moved),
        "overrides": list(promotion.overrides),
        "notes": list(promotion.notes),
        "changes": changes_document(promotion.changes, text=text),
        "lock": plain(promotion.lock),
        "pullRequest": _pull_request(promotion.pull_request),
        "problem": _problem(promotion.problem),
    }


def _pull_request(found: PullRequest | None) -> dict[str, Any] | None:
    """Convert a pull request, without title and body."""
    if found is None:
        return None
    document: dict[str, Any] = plain(found)
    return {key: value for key, value in document.items() if key not in {"title", "body"}}


def _problem(error: ForgeError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {"code": error.code, "message": error.message, "hint": error.hint, "data": plain(error.data)}
