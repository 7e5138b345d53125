"""git's settings as text: those in the environment, and what git takes for true.

``GIT_CONFIG_COUNT`` with ``GIT_CONFIG_KEY_<n>`` and ``GIT_CONFIG_VALUE_<n>`` stands above every file (git's
Documentation/git-config.txt); libgit2 does not know it.
"""

from __future__ import annotations

import os


def environment_setting(key: str) -> str | None:
    """The setting ``key`` from the environment of this process, the last one given, or ``None``."""
    count = os.environ.get("GIT_CONFIG_COUNT") or "0"
    wanted = _normal(key)
    for number in reversed(range(int(count) if count.isascii() and count.isdigit() else 0)):
        if _normal(os.environ.get(f"GIT_CONFIG_KEY_{number}", "")) == wanted:
            return os.environ.get(f"GIT_CONFIG_VALUE_{number}")
    return None


def is_true(value: str | None) -> bool:
    """Whether git takes the value for true: ``true``, ``yes``, ``on``, or a number that is not 0."""
    text = (value or "").strip().lower()
    return text in ("true", "yes", "on") or (text.lstrip("+-").isdigit() and int(text) != 0)


def _normal(key: str) -> str:
    # section and variable count in any case, what stands between them as it is
    section, _, rest = key.partition(".")
    between, dot, variable = rest.rpartition(".")
    return f"{section.lower()}.{between}{dot}{variable.lower()}"
