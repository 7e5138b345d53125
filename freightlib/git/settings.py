"""Reads git settings from the environment, and boolean values of settings.

``GIT_CONFIG_COUNT`` with ``GIT_CONFIG_KEY_<n>`` and ``GIT_CONFIG_VALUE_<n>`` overrides every configuration file (see
git's Documentation/git-config.txt). libgit2 ignores these variables.
"""

from __future__ import annotations

import os


def environment_setting(key: str) -> str | None:
    """Return the setting ``key`` from the environment, or ``None``. If it is given several times, the last one wins."""
    count = os.environ.get("GIT_CONFIG_COUNT") or "0"
    wanted = _normal(key)
    for number in reversed(range(int(count) if count.isascii() and count.isdigit() else 0)):
        if _normal(os.environ.get(f"GIT_CONFIG_KEY_{number}", "")) == wanted:
            return os.environ.get(f"GIT_CONFIG_VALUE_{number}")
    return None


def is_true(value: str | None) -> bool:
    """Return whether git reads the value as true: ``true``, ``yes``, ``on``, or a number that is not 0."""
    text = (value or "").strip().lower()
    return text in ("true", "yes", "on") or (text.lstrip("+-").isdigit() and int(text) != 0)


def _normal(key: str) -> str:
    # section and variable are case-insensitive, the subsection between them is not
    section, _, rest = key.partition(".")
    between, dot, variable = rest.rpartition(".")
    return f"{section.lower()}.{between}{dot}{variable.lower()}"
