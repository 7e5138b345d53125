"""A value that has another type than a contract says, and how messages put it.

>>> from collections.abc import Sequence
>>> from freightlib.plugins.mismatches import mismatch
>>> mismatch("all is well", Sequence[int]).of("all is well")
'it answered str, not a list of int'
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

#: Types in the contracts that any ordered iterable may have.
ITERABLES: Final = (Iterable, Sequence)


class MismatchError(TypeError):
    """A value has another type than the contract says: ``why``, ``where`` in the value, and the type that is
    ``wanted`` there.
    """

    def __init__(self, why: str, where: str = "", wanted: str = "") -> None:
        super().__init__(f"{where.removeprefix('.')}: {why}" if where else why)
        self.why = why
        self.where = where
        self.wanted = wanted

    def below(self, name: str) -> MismatchError:
        """The same one step further out: ``name`` is an attribute (``.data``) or an item (``[3]``)."""
        return MismatchError(self.why, name + self.where, self.wanted)

    def of(self, value: object) -> str:
        """The mismatch in words, where ``value`` is a whole answer."""
        if self.wanted and not self.where:
            return f"it answered {shown(value)}, not {self.wanted}"
        return f"it answered {shown(value)}: {self}"


def mismatch(value: object, hint: Any) -> MismatchError:
    """The error for a value that has not the type ``hint``."""
    wanted = described(hint)
    wanted = f"{'an' if wanted[:1] in 'aeiouAEIO' else 'a'} {wanted}"
    return MismatchError(f"{type(value).__name__} is not {wanted}", wanted=wanted)


def described(hint: Any) -> str:
    """A type in words: ``list of Finding``, ``PullRequest or None``."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in (None, type(None)):
        return "None"
    if origin in (typing.Union, types.UnionType):
        return " or ".join(described(one) for one in arguments)
    if origin in (*ITERABLES, Iterator):
        return f"{'generator' if origin is Iterator else 'list'} of {described(arguments[0])}"
    if origin is Mapping:
        return "mapping"
    if origin in (tuple, frozenset):
        return f"{origin.__name__} of {described(arguments[0])}"
    return getattr(hint, "__name__", str(hint))


def shown(value: object) -> str:
    """A value in a message. Only what cannot be a secret is shown as it is; of everything else its type."""
    return repr(value) if value is None or isinstance(value, (bool, int)) else type(value).__name__


def with_article(kind: type) -> str:
    """The name of a type with its article."""
    return "None" if kind is type(None) else f"{'an' if kind.__name__[:1] in 'aeiouAEIOU' else 'a'} {kind.__name__}"
