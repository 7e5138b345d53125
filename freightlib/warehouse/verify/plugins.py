"""Calls the hook ``freightlib_check_snapshot`` of plugins, and collects their findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

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
    implementations = registry().hook.freightlib_check_snapshot.get_hookimpls()
    if not implementations:
        return
    request = SnapshotCheck(snapshot, _files(objects, snapshot.payload))
    for implementation in implementations:
        yield from _asked(implementation, request)


def _files(objects: Objects, payload: str) -> tuple[PackageFile, ...]:
    return tuple(
        PackageFile(path, entry.mode, objects.read_blob(entry.id)) for path, entry in walk(objects.read_tree, payload)
    )


def _asked(implementation: Any, request: SnapshotCheck) -> Sequence[Finding]:
    try:
        found = tuple(implementation.function(request=request) or ())
        wrong = next((one for one in found if not isinstance(one, Finding)), None)
        if wrong is not None:
            raise TypeError(f"{type(wrong).__name__} is not a Finding")
    except Exception as error:  # noqa: BLE001 (whatever a plugin raises is reported as its fault)
        problem = " ".join(f"{type(error).__name__}: {error}".split())
        owner = _owner(implementation)
        return (
            finding(
                "plugin-failed",
                request.snapshot.path,
                f"the check of the plugin {owner} failed: {problem}",
                plugin=owner,
            ),
        )
    return found


def _owner(implementation: Any) -> str:
    name = str(implementation.plugin_name)
    known = next((plugin for plugin in registry().plugins if plugin.name == name), None)
    return f"{name!r} of {known.distribution}" if known is not None else repr(name)
