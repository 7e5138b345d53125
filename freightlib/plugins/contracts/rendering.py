"""A renderer, and what it gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from attrs import Factory, field, frozen

from freightlib.models import Freight, RenderResult
from freightlib.plugins.contracts.options import EffectiveOptions


@frozen
class PackageFile:
    """One file of a frozen payload: its path in it, stored mode, and contents (a symlink's contents are its target)."""

    path: str
    mode: int
    data: bytes


@frozen
class Fingerprint:
    """What renders, exactly: the ``engine`` (``helm-sdk``, ``helm``) and its ``version`` as it names itself."""

    engine: str
    version: str


@frozen
class PolicyPath:
    """A policy file a renderer reads, from the repository's root. A directory path means all files below it."""

    path: str
    optional: bool = False


@frozen
class Limits:
    """What one render may take: ``seconds`` of wall clock, ``memory`` in bytes of address space beyond the engine's
    own, ``output`` in bytes; ``isolation`` is ``"process"``, or ``"none"`` for packages the caller trusts.
    """

    seconds: float = 60.0
    memory: int = 4 << 30
    output: int = 64 << 20
    isolation: str = "process"


@frozen
class RenderRequest:
    """Everything a renderer gets; it reads nothing else and never touches git.

    ``package`` is the payload, ``package_tree`` its tree id (equal ids are equal payloads, so a renderer may keep
    what it made of one). ``policy`` holds the files of ``policy_paths`` by path, ``None`` for an optional one that is
    absent. ``options`` are the effective ones: what ``effective_options`` gave.
    """

    app: str
    stage: str
    freight: Freight
    package: tuple[PackageFile, ...] = field(repr=False)
    package_tree: str
    policy: Mapping[str, bytes | None] = field(repr=False, hash=False)
    options: Mapping[str, Any] = field(hash=False)
    limits: Limits = Factory(Limits)


@runtime_checkable
class Renderer(Protocol):
    """Turns a frozen package and a stage's policy into manifests. Must be deterministic and thread-safe.

    ``default_options`` names the facts of a stage (``releaseName``, ``namespace``; see ``stages.StagePlan.defaults``)
    that this renderer takes as options, to be filled in where the user set none.
    """

    name: str
    package_types: frozenset[str]
    default_options: frozenset[str]

    def effective_options(self, options: Mapping[str, Any], /) -> EffectiveOptions:
        """Every option with its default filled in, checked, as plain YAML values: what the lock records.

        ``options`` are the ``render:`` keys of the project file beside ``renderer`` and ``layout``, placeholders
        expanded. Raises ProjectError naming the option (``path``) that is unknown or wrong.
        """
        ...

    def fingerprint(self, options: Mapping[str, Any], /) -> Fingerprint:
        """Return the engine that would render with these effective options, cheaply.

        Raises ToolError if it is missing.
        """
        ...

    def policy_paths(self, options: Mapping[str, Any], /) -> Sequence[PolicyPath]:
        """The policy files that rendering with these effective options reads, in the order in which they count."""
        ...

    def prepare(self, renders: int, /) -> None:
        """Told early that about ``renders`` will follow, to start what takes time; may do nothing."""
        ...

    def render(self, request: RenderRequest, /) -> RenderResult:
        """Render. Raises RenderError (IsolationError when stopped), with the engine's own message."""
        ...

    def close(self) -> None:
        """Release what was started; the next render starts it again."""
        ...
