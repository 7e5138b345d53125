"""What ``effective_options`` of a renderer, a transform or a gate returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias


def yaml_problem(value: Any) -> str | None:
    """What keeps ``value`` from being plain YAML: texts, numbers, true, false, null, and lists and mappings of them."""
    if value is None or isinstance(value, (str, int, float)):
        return None
    if isinstance(value, Mapping):
        wrong = next((key for key in value if not isinstance(key, str)), None)
        if wrong is not None:
            return f"the key {wrong!r:.40} is not a text"
        problems = ((f"{key}: ", yaml_problem(below)) for key, below in value.items())
    elif isinstance(value, (list, tuple)):
        problems = ((f"[{index}]: ", yaml_problem(below)) for index, below in enumerate(value))
    else:
        return f"{type(value).__name__} is not a plain YAML value"
    return next((f"{where}{problem}" for where, problem in problems if problem), None)


#: Every option with its default filled in, as plain YAML values: they are written to the lock.
EffectiveOptions: TypeAlias = Annotated[Mapping[str, Any], yaml_problem]
