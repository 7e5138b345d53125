"""A gate: judges whether a stage may take a release, before anything is rendered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from attrs import field, frozen

from freightlib.git.contract import Repository
from freightlib.git.trees import Entry
from freightlib.models import App, Snapshot, Stage
from freightlib.plugins.contracts.options import EffectiveOptions


class PolicyFiles(Protocol):
    """The files of the GitOps branch at one commit: at its tip of now, wherever the freight was read from."""

    @property
    def commit(self) -> str:
        """The commit's id."""
        ...

    def entry(self, path: str, /) -> Entry | None:
        """The entry at ``path`` (a file, a symlink, a directory), or ``None``."""
        ...

    def read(self, path: str, /) -> bytes | None:
        """The contents of the file ``path``, or ``None`` when it is absent or a directory."""
        ...


@frozen
class Upstream:
    """What an upstream stage holds: the release ``tag``, and why that is not the one in question (``problem``)."""

    stage: str
    tag: str | None = None
    problem: str | None = None
    _since: Callable[[], datetime | None] = field(default=lambda: None, repr=False, eq=False)

    @property
    def since(self) -> datetime | None:
        """Since when it holds the release in question without a break, by the commit that brought it to the stage's
        branch; ``None`` when it does not hold it.
        """
        return None if self.problem else self._since()


@frozen
class GateRequest:
    """May ``stage`` take the release in ``snapshot``? Everything a gate may ask to tell.

    ``policy`` are the files of the GitOps branch at its tip of now, never of the commit that freight was read from.
    ``upstream`` are the stages of the stage's ``from``; ``held`` is the tag that the stage itself holds. ``now`` is an
    aware time, ``options`` the gate's own, effective ones.
    """

    app: App
    stage: Stage
    snapshot: Snapshot
    policy: PolicyFiles = field(repr=False)
    repository: Repository = field(repr=False)
    upstream: tuple[Upstream, ...]
    held: str | None
    now: datetime
    options: Mapping[str, Any] = field(hash=False)


@frozen
class GateResult:
    """A gate's answer: ``message`` says why, for people, in one line; ``hint`` what to do about it.

    ``until`` is when it will pass by itself, where that is known. ``final``: not even ``force`` sets this answer aside.
    """

    passed: bool
    message: str
    until: datetime | None = None
    hint: str = ""
    final: bool = False
    data: Mapping[str, Any] = field(factory=dict, hash=False)


@runtime_checkable
class Gate(Protocol):
    """Judges whether a stage may take a release now, before anything is rendered. Reads only; quick; thread-safe.

    ``for_policy``: whether it also judges changes of policy alone, for the release that the stage holds already (a
    time window does; what a release has to go through before it comes to the stage does not).
    """

    name: str
    for_policy: bool

    def effective_options(self, options: Mapping[str, Any], /) -> EffectiveOptions:
        """Every option with its default filled in, checked, as plain YAML values.

        ``options`` are the keys beside ``name`` in the project file, placeholders expanded. Raises ProjectError naming
        the option (``path``) that is unknown or wrong.
        """
        ...

    def evaluate(self, request: GateRequest, /) -> GateResult:
        """Return the answer. If this raises, the gate does not pass, and the message names the plugin."""
