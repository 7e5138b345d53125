"""Kustomize's own messages, and our refusals, as typed errors: which file, and what to do."""

from __future__ import annotations

import re
from typing import Any, Final

from freightlib.plugins import RenderError

_HINTS: Final = (
    ("is not in or below", "move the file below that kustomization, or set loadRestrictor: none under render"),
    ("unknown field", "correct the field's name; `kustomize edit fix` helps with old ones"),
    ("must build at directory", "refer to a directory with a kustomization.yaml, or to a file that is there"),
    ("no matches for", "a patch or replacement names a resource that is not there: correct its target"),
    ("already registered", "two resources have the same kind, name and namespace: rename one, or remove one"),
    ("may not add resource with an already registered id", "two resources are the same one: rename or remove one"),
    ("unable to find one of", "the directory needs a kustomization.yaml"),
    ("cycle detected", "two kustomizations refer to each other: remove one of the references"),
)
_FILE: Final = re.compile(r"[\w./@-]+\.(?:yaml|yml|json)|[\w./@-]*Kustomization\b")
_LONGEST: Final = 4000


def failure(said: str, *, stage: str) -> RenderError:
    """The error for what kustomize ``said``."""
    message = " ".join(line for line in said.splitlines() if not line.startswith("# Warning")).strip()
    message = message.removeprefix("Error: ").removeprefix("error: ")
    hint = next(
        (hint for sign, hint in _HINTS if sign in message), "correct the package or the policy it is built with"
    )
    if len(message) > _LONGEST:
        message = f"{message[: _LONGEST // 2]} ... {message[-_LONGEST // 2 :]}"
    where = _FILE.search(message)
    return RenderError(
        f"kustomize cannot build stage {stage}: {message}",
        hint=hint,
        stage=stage,
        renderer="kustomize",
        template=where[0] if where else None,
        line=None,
    )


def refused(path: str, message: str, hint: str, **more: Any) -> RenderError:
    """The error for something that is not given to kustomize at all; ``path`` is its place in the workspace."""
    return RenderError(message, hint=hint, renderer="kustomize", template=path, **more)
