"""The render lock: every input of a rendering, by id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import evolve, field, frozen

#: The lock's file name at the output path. It does not end in ``.yaml``, so that deployers do not apply it.
LOCK: Final = "freight.lock"


@frozen
class LockedFreight:
    """The release that was rendered: its ``tag``, the GitOps ``commit`` it was read from, its ``snapshot`` tree id."""

    tag: str
    commit: str
    snapshot: str


@frozen
class LockedFile:
    """A policy file that was read: its ``path`` and ``blob`` id (``None``: it is optional and was missing)."""

    path: str
    blob: str | None


@frozen
class LockedPolicy:
    """The policy: the GitOps ``commit`` it was read from, and each file that the rendering read of it."""

    commit: str
    files: tuple[LockedFile, ...] = field(default=(), converter=tuple[LockedFile, ...])


@frozen
class LockedTransform:
    """A transform that was applied: its ``name``, ``version`` and every effective option."""

    name: str
    version: str
    options: Mapping[str, Any] = field(factory=dict, hash=False)


@frozen
class LockedRender:
    """How the stage was rendered: renderer, engine and its version, layout, every effective option, and the transforms
    applied afterwards, in order.
    """

    renderer: str
    engine: str
    version: str
    layout: str
    options: Mapping[str, Any] = field(factory=dict, hash=False)
    transforms: tuple[LockedTransform, ...] = field(default=(), converter=tuple[LockedTransform, ...])


#: The kinds of rollback. ``exact`` restores the bytes that were deployed; ``current-policy`` renders the old release
#: with today's policy.
ROLLBACK_EXACT: Final = "exact"
ROLLBACK_CURRENT_POLICY: Final = "current-policy"


@frozen
class LockedRollback:
    """A rollback of a stage: its ``kind``, the release that was ``left``, and the ``commit`` of the rendered branch
    that held the restored release before. An exact rollback takes its bytes from this commit.
    """

    kind: str
    left: str
    commit: str


@frozen
class RenderLock:
    """Every input of a rendering, and the tree id of the ``manifests`` it gave.

    ``overrides`` lists in words the rules that ``--force`` overrode. ``rollback`` is set if the stage was rolled back
    to this release, and ``None`` if it was promoted.
    """

    app: str
    stage: str
    freight: LockedFreight
    policy: LockedPolicy
    render: LockedRender
    manifests: str
    overrides: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    schema_version: str = "v1"
    rollback: LockedRollback | None = None

    def same_inputs(self, other: RenderLock) -> bool:
        """Return whether both were rendered from equal inputs.

        The commits that freight and policy were read from are ignored: they change with every unrelated commit. The
        overrides, and whether it was a promotion or a rollback, are ignored too.
        """
        return _essence(self) == _essence(other)


def _essence(lock: RenderLock) -> RenderLock:
    return evolve(
        lock,
        freight=evolve(lock.freight, commit=""),
        policy=evolve(lock.policy, commit=""),
        manifests="",
        overrides=(),
        rollback=None,
    )
