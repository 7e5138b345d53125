"""Which call made a difference: among those behind the template, the one that fits the value, the place and its length.

>>> from freightlib.plugins import Difference
>>> from freightlib_helm.again.causes import cause
>>> from freightlib_helm.again.sources import Call
>>> calls = [Call("now", "shop/templates/a.yaml", 3), Call("uuidv4", "shop/templates/a.yaml", 9)]
>>> ids = "50b752f7-c513-4c6b-b4f0-4902ca261a1c", "0b1f8d4e-3f4a-4c7a-9d53-0d5f9a4b7c11"
>>> cause(Difference("shop/templates/a.yaml", "ConfigMap a", "data.id", "value", *ids), calls).line
9
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from freightlib.plugins import Cause, Difference
from freightlib_helm.again import shapes
from freightlib_helm.again.sources import Call
from freightlib_helm.again.volatile import FAMILY, HINTS, LOOKUP, ORDER

_KEY: Final = re.compile(r'(?:\["([^"]*)"\]|([A-Za-z_][\w-]*))(?:\[\d+\])*$')


def told(call: Call) -> Cause:
    """The call as the core knows it."""
    family = FAMILY[call.function]
    hint = HINTS["order" if call.function in ORDER else family]
    looked = call.looks and not call.hidden
    return Cause(call.function, call.template, call.line, hint + LOOKUP if looked else hint, call.hidden)


def cause(difference: Difference, calls: Sequence[Call]) -> Cause | None:
    """Return the likeliest of ``calls`` (nearest first), or ``None`` if there are no calls."""
    if not calls:
        return None
    fitting = shapes.families(difference.first, difference.second)
    if difference.kind == "order":
        fitting = ["order", *(family for family in fitting if family != "order")]
    length = str(shapes.length(difference.first, difference.second))
    found = _KEY.search(difference.place)
    key = (found[1] or found[2]) if found else ""

    def unlikely(numbered: tuple[int, Call]) -> tuple[bool, bool, bool, int, int]:
        number, call = numbered
        family = FAMILY[call.function]
        rank = fitting.index(family) if family in fitting else len(fitting)
        beside = bool(key) and re.search(rf"(?<![\w-]){re.escape(key)}\b", call.text) is not None
        other_length = call.argument.isdigit() and call.argument != length
        return (rank == len(fitting), not beside, other_length, rank, number)

    return told(min(enumerate(calls), key=unlikely)[1])
