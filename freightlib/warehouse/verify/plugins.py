"""Calls the hook ``freightlib_check_snapshot`` of plugins, and collects their findings."""

from __future__ import annotations

from collections.abc import Iterator

from freightlib.git.payload.memo import Objects
from freightlib.git.trees import walk
from freightlib.models import Finding, Snapshot
from freightlib.models.findings.catalogue import finding
from freightlib.plugins.contracts import PackageFile
from freightlib.plugins.hooks import SnapshotCheck
from freightlib.plugins.registry import registry


def plugin_findings(objects: Objects, snapshot: Snapshot) -> Iterator[Finding]:
    """Yield the findings of plugins about the snapshot. For a plugin that fails, yield a finding that names it.

    The payload is read only if a plugin implements the hook. Raises CorruptObjectError.
    """
    asked = registry()
    if not asked.hook.freightlib_check_snapshot.get_hookimpls():
        return
    request = SnapshotCheck(snapshot, _files(objects, snapshot.payload))
    for answer in asked.answers("freightlib_check_snapshot", request):
        if answer.error is None:
            yield from answer.value or ()
            continue
        owner = f"{answer.plugin.name!r} of {answer.plugin.distribution}"
        problem = " ".join(answer.problem.split())
        yield finding(
            "plugin-failed",
            snapshot.path,
            f"the check of the plugin {owner} failed (freightlib_check_snapshot): {problem}",
            plugin=owner,
        )


def _files(objects: Objects, payload: str) -> tuple[PackageFile, ...]:
    return tuple(
        PackageFile(path, entry.mode, objects.read_blob(entry.id)) for path, entry in walk(objects.read_tree, payload)
    )
