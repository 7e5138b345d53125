r"""Reads and writes ``freight.lock``: every input of a rendering.

>>> from freightlib.documents.lock import read_lock
>>> read_lock(b"schemaVersion: v1\napp: [shop]", document="freight.lock")
Traceback (most recent call last):
...
freightlib.errors.LockError: freight.lock:1: freight: is missing
render the stage again: the lock is written by freightlib

This module does not use cattrs, because it must be fast: a promotion of a hundred stages reads and writes a hundred
locks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from freightlib.documents import kubeyaml
from freightlib.documents.emit import emit
from freightlib.documents.kubeyaml import Text
from freightlib.documents.problems import Path, Problems
from freightlib.documents.structure import kind_of
from freightlib.errors import LockError
from freightlib.models import (
    LOCK,
    ROLLBACK_CURRENT_POLICY,
    ROLLBACK_EXACT,
    LockedFile,
    LockedFreight,
    LockedPolicy,
    LockedRender,
    LockedRollback,
    LockedTransform,
    RenderLock,
)
from freightlib.models.freight import is_full_id, revision_of

_HINT = "render the stage again: the lock is written by freightlib"


def read_lock(data: bytes, *, document: str = LOCK) -> RenderLock:
    """Parse a lock. Raises LockError, which names the missing, unknown or wrong key with its line."""
    tree = kubeyaml.load(data, document=document, text=True, error=LockError)
    root = _Node(Problems(document, tree, LockError), tree, ())
    version = root.text("schemaVersion")
    if version != "v1":
        root.fail(("schemaVersion",), f"{version!r} is not known", "upgrade freightlib: it reads v1")
    freight, policy, render = root.below("freight"), root.below("policy"), root.below("render")
    lock = RenderLock(
        app=root.text("app"),
        stage=root.text("stage"),
        freight=LockedFreight(freight.text("tag"), freight.text("commit"), freight.text("snapshot")),
        policy=LockedPolicy(
            policy.text("commit"),
            tuple(LockedFile(file.text("path"), file.optional("blob")) for file in policy.each("files")),
        ),
        render=LockedRender(
            renderer=render.text("renderer"),
            engine=render.text("engine"),
            version=render.text("version"),
            layout=render.text("layout"),
            options=_options(render),
            transforms=tuple(
                LockedTransform(each.text("name"), each.text("version"), _options(each))
                for each in render.each("transforms")
            ),
        ),
        manifests=root.text("manifests"),
        overrides=root.texts("overrides"),
        rollback=_rollback(root.below("rollback")) if "rollback" in root.values else None,
    )
    known = {"schemaVersion", "app", "stage", "freight", "policy", "render", "manifests", "overrides", "rollback"}
    for key in root.values:
        if key not in known:
            root.fail((key,), "unknown key", _HINT)
    return lock


def write_lock(lock: RenderLock) -> bytes:
    """Return the lock in its canonical form: equal locks give equal bytes. Options are sorted by name."""
    render = lock.render
    rendered: dict[str, Any] = {
        "renderer": render.renderer,
        "engine": render.engine,
        "version": render.version,
        "layout": render.layout,
        "options": _ordered(render.options),
    }
    if render.transforms:
        rendered["transforms"] = [
            {"name": each.name, "version": each.version, "options": _ordered(each.options)}
            for each in render.transforms
        ]
    values: dict[str, Any] = {
        "schemaVersion": lock.schema_version,
        "app": lock.app,
        "stage": lock.stage,
        "freight": {"tag": lock.freight.tag, "commit": lock.freight.commit, "snapshot": lock.freight.snapshot},
        "policy": {
            "commit": lock.policy.commit,
            "files": [{"path": file.path, "blob": file.blob} for file in lock.policy.files],
        },
        "render": rendered,
        "manifests": lock.manifests,
    }
    if lock.overrides:
        values["overrides"] = lock.overrides
    if lock.rollback is not None:
        values["rollback"] = {
            "kind": lock.rollback.kind,
            "left": lock.rollback.left,
            "commit": lock.rollback.commit,
        }
    return emit(values).encode("utf-8")


def _ordered(value: Any) -> Any:
    # equal options must give equal bytes, so nested keys are sorted too; no renderer option depends on their order
    if isinstance(value, Mapping):
        return {name: _ordered(value[name]) for name in sorted(value)}
    return [_ordered(item) for item in value] if isinstance(value, (list, tuple)) else value


def _rollback(node: _Node) -> LockedRollback:
    found = LockedRollback(node.text("kind"), node.text("left"), node.text("commit"))
    if found.kind not in (ROLLBACK_EXACT, ROLLBACK_CURRENT_POLICY):
        node.fail(("kind",), f"{found.kind[:80]!r} is not {ROLLBACK_EXACT} or {ROLLBACK_CURRENT_POLICY}", _HINT)
    if revision_of(found.left) is None:
        node.fail(("left",), f"{found.left[:80]!r} is not git-<full commit id>", _HINT)
    if not is_full_id(found.commit):
        node.fail(("commit",), f"{found.commit[:80]!r} is not a full commit id", _HINT)
    for key in node.values:
        if key not in ("kind", "left", "commit"):
            node.fail((key,), "unknown key", _HINT)
    return found


def _options(node: _Node) -> Any:
    return _values(node.below("options").values) if "options" in node.values else {}


def _values(tree: Any) -> Any:
    if tree.__class__ is Text:
        return kubeyaml.go_scalar(tree) if tree.plain else str(tree)
    if isinstance(tree, dict):
        return {str(key): _values(value) for key, value in tree.items()}
    return [_values(value) for value in tree]


class _Node:
    """One mapping of the lock, with its path."""

    __slots__ = ("path", "problems", "values")

    def __init__(self, problems: Problems, values: Any, path: Path) -> None:
        self.problems = problems
        self.path = path
        self.values = values
        if not isinstance(values, dict):
            self.fail((), f"expected a mapping, not {kind_of(values)}", _HINT)

    def fail(self, path: Path, message: str, hint: str) -> None:
        self.problems.add((*self.path, *path), message, hint)
        self.problems.throw()

    def text(self, key: str) -> str:
        value = self.values.get(key)
        if value.__class__ is not Text:
            what = "is missing" if value is None else f"expected text, not {kind_of(value)}"
            self.fail((key,), what, _HINT)
        return str(value)

    def optional(self, key: str) -> str | None:
        value = self.values.get(key)
        return None if value is None or (value == "null" and value.plain) else self.text(key)

    def below(self, key: str) -> _Node:
        if key not in self.values:
            self.fail((key,), "is missing", _HINT)
        return _Node(self.problems, self.values[key], (*self.path, key))

    def each(self, key: str) -> list[_Node]:
        return [_Node(self.problems, value, (*self.path, key, i)) for i, value in enumerate(self.listed(key))]

    def listed(self, key: str) -> list[Any]:
        values: Any = self.values.get(key, [])
        if not isinstance(values, list):
            self.fail((key,), f"expected a list, not {kind_of(values)}", _HINT)
        return list(values)

    def texts(self, key: str) -> tuple[str, ...]:
        values = self.listed(key)
        for index, value in enumerate(values):
            if value.__class__ is not Text:
                self.fail((key, index), f"expected text, not {kind_of(value)}", _HINT)
        return tuple(map(str, values))
