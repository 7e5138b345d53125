"""One installed plugin, and what keeps it from being loaded.

>>> from freightlib.plugins.plugin import Plugin
>>> Plugin("acme", "freightlib-acme", "1.2").label
'freightlib-acme 1.2'
"""

from __future__ import annotations

import inspect
import re
from typing import Final

from attrs import frozen

from freightlib.models.text import closest
from freightlib.plugins.hooks import API_VERSION, GROUP, Specs

HOOKS: Final = tuple(name for name in vars(Specs) if name.startswith(GROUP))


@frozen
class Plugin:
    """One plugin: its entry-point ``name``, ``distribution`` and ``version``, why it is not loaded (or ``None``).

    ``built_in``: it is part of freightlib itself.
    """

    name: str
    distribution: str
    version: str
    problem: str | None = None
    built_in: bool = False

    @property
    def label(self) -> str:
        """The distribution and its version: how messages name the plugin."""
        return f"{self.distribution} {self.version}".strip()

    @property
    def project(self) -> str:
        """The distribution's name in the one spelling that is compared: ``freightlib-acme``."""
        return spelled(self.distribution)


def spelled(distribution: str) -> str:
    """The name of a distribution as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def problem_of(module: object) -> str | None:
    """What in a plugin's module keeps it from being registered, as far as that can be seen before trying."""
    try:
        return _problem(module)
    except (Exception, SystemExit) as error:  # noqa: BLE001 (looking at an object runs its properties)
        return f"{type(error).__name__}: {error}"


def _problem(module: object) -> str | None:
    declared = getattr(module, "freightlib_api", API_VERSION)
    if not isinstance(declared, int) or declared > API_VERSION:
        versions = f"it is written for version {declared!r} of the hooks, and this freightlib has {API_VERSION}"
        return f"{versions}: upgrade freightlib"
    for name in dir(module):
        function = getattr(module, name, None)
        marks = getattr(function, f"{GROUP}_impl", None)
        if marks is None and not (name.startswith(f"{GROUP}_") and inspect.isroutine(function)):
            continue
        if name not in HOOKS:
            close = closest(name, HOOKS)
            return f"there is no hook {name!r}" + (f"; did you mean {close!r}?" if close else "")
        if marks is None:
            return f"{name!r} is not marked with @hookimpl, so it would never be called"
        if isinstance(marks, dict) and (marks.get("wrapper") or marks.get("hookwrapper")):
            return f"{name!r} is a hook wrapper: each plugin is asked by itself, so there is nothing to wrap"
        if inspect.iscoroutinefunction(function):
            return f"{name!r} is async: it must be an ordinary function"
    return None


def warn(message: str) -> None:
    """Log a warning. Nothing is printed unless the program that uses freightlib configures logging."""
    import logging  # not before there is something to say: every verb loads this module

    logger = logging.getLogger(GROUP)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.warning("%s", message)
