"""The hooks through which everything pluggable comes in, built-ins included.

A plugin is a module (or object) with functions marked ``@hookimpl``, named in the entry-point group ``freightlib``:

>>> from freightlib.plugins.hooks import hookimpl
>>> class Plugin:
...     @hookimpl
...     def freightlib_renderers(self):
...         return []
>>> Plugin().freightlib_renderers()
[]

Each hook returns what it offers and never changes a registry. Hooks that are asked about something take one frozen
request, so that its fields can grow without breaking a plugin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import pluggy
from attrs import field, frozen

from freightlib.git.contract import GitBackend
from freightlib.models import Finding, Manifest, RenderLock, Snapshot
from freightlib.plugins.contracts import Forge, Gate, PackageFile, Renderer, Transform

#: The entry-point group, and pluggy's project name.
GROUP: Final = "freightlib"

#: The version of the hooks' contract. It is raised when a change would break plugins written for the one before; new
#: hooks and new fields of requests do not raise it. A plugin says what it was written for: ``freightlib_api = 1``.
API_VERSION: Final = 1

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@frozen
class SnapshotCheck:
    """A snapshot under verification: itself, and its payload's files."""

    snapshot: Snapshot
    files: tuple[PackageFile, ...] = field(repr=False)


@frozen
class RenderingCheck:
    """A rendering before it is committed: for which app and stage, its manifests, and its lock.

    ``levels`` are the settings of ``render.checks``, finding code -> ``off``, ``warn`` or ``refuse``: the caller
    applies them to what comes back, so that a check needs them only to spare itself work.
    """

    app: str
    stage: str
    manifests: tuple[Manifest, ...] = field(repr=False)
    lock: RenderLock
    levels: Mapping[str, str] = field(factory=dict, hash=False)


@frozen
class PromotedEvent:
    """A promotion that happened: the lock committed as ``commit`` on ``branch`` (``previous``: its tip before)."""

    app: str
    stage: str
    branch: str
    commit: str
    previous: str | None
    lock: RenderLock


class Specs:
    """Every hook freightlib calls."""

    @hookspec
    def freightlib_renderers(self) -> Iterable[Renderer]:  # type: ignore[empty-body]
        """Renderers this plugin offers. Called once; names must be unique over all plugins."""

    @hookspec
    def freightlib_git_backends(self) -> Iterable[GitBackend]:  # type: ignore[empty-body]
        """Git backends this plugin offers. Called once; the first that accepts a location opens it."""

    @hookspec
    def freightlib_forges(self) -> Iterable[Forge]:  # type: ignore[empty-body]
        """Forges this plugin offers. Called once; the project file names the one of each app."""

    @hookspec
    def freightlib_check_snapshot(self, request: SnapshotCheck) -> Sequence[Finding] | None:
        """Findings about a snapshot, beside the built-in ones. Called by every verification."""

    @hookspec
    def freightlib_check_rendering(self, request: RenderingCheck) -> Sequence[Finding] | None:
        """Findings about a rendering; an error stops the promotion before anything is written."""

    @hookspec
    def freightlib_checks(self) -> Iterable[str]:  # type: ignore[empty-body]
        """The codes of findings about renderings that the project file may set under ``render.checks``. Called once."""

    @hookspec
    def freightlib_transforms(self) -> Iterable[Transform]:  # type: ignore[empty-body]
        """Transforms this plugin offers. Called once; the project file names those it wants, in order."""

    @hookspec
    def freightlib_gates(self) -> Iterable[Gate]:  # type: ignore[empty-body]
        """Gates this plugin offers. Called once; the project file names those that a stage has."""

    @hookspec
    def freightlib_promoted(self, event: PromotedEvent) -> None:
        """Told after a promotion's refs have moved. What it raises is reported and undoes nothing."""
