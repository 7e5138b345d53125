"""Reports a broken rule of a suite: the rule, where it is documented, and what was found.

>>> from freightlib.testing.rules import Rules
>>> rules = Rules("Renderer.render", "freightlib.plugins.contracts")
>>> rules.hold(False, "it must be deterministic", "two renders of one request differ")
Traceback (most recent call last):
AssertionError: it must be deterministic
  rule of: Renderer.render (freightlib.plugins.contracts)
  found: two renders of one request differ
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from attrs import frozen


@frozen
class Rules:
    """The rules of one member (``of``) of a contract; ``source`` is the module that documents it."""

    of: str
    source: str = "freightlib.plugins.contracts"

    def broken(self, rule: str, found: str) -> NoReturn:
        """Fail the check: ``rule`` is broken, ``found`` says how."""
        __tracebackhide__ = True
        raise AssertionError(f"{rule}\n  rule of: {self.of} ({self.source})\n  found: {found}")

    def hold(self, kept: bool, rule: str, found: str) -> None:
        """Fail the check if the rule is not ``kept``."""
        __tracebackhide__ = True
        if not kept:
            self.broken(rule, found)

    def equal(self, found: Any, expected: Any, rule: str) -> None:
        """Fail the check if the two are not equal."""
        __tracebackhide__ = True
        if found != expected:
            self.broken(rule, f"{_short(found)}, expected {_short(expected)}")

    @contextmanager
    def raises(self, kind: type[BaseException], rule: str) -> Iterator[Raised]:
        """Fail the check if the block raises another exception than ``kind``, or none."""
        __tracebackhide__ = True
        raised = Raised()
        try:
            yield raised
        except kind as error:
            raised.error = error
            return
        except Exception as error:  # noqa: BLE001 (report any other exception)
            self.broken(rule, f"{type(error).__name__}: {error}, expected {kind.__name__}")
        self.broken(rule, f"nothing was raised, expected {kind.__name__}")


class Raised:
    """The exception of a ``Rules.raises`` block, available after the block."""

    error: Any = None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 600 else f"{text[:400]} ... {text[-180:]}"
