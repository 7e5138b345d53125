"""What kind of value differs, judged by how it looks: which families of functions could have made it.

>>> from freightlib_helm.again.shapes import families
>>> families("id: 50b752f7-c513-4c6b-b4f0-4902ca261a1c", "id: 0b1f8d4e-3f4a-4c7a-9d53-0d5f9a4b7c11")[0]
'uuid'
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any, Final

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_HASH: Final = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")
_DATE: Final = re.compile(
    r"\b\d{4}-\d\d-\d\d|\b\d\d:\d\d(?::\d\d)?\b|\b(?:19|20)\d{6,12}\b|\b(?:19|20)\d\d\b|\b1\d{9}\b"
)
_WORD: Final = re.compile(r"[A-Za-z0-9]+")
_LONGEST: Final = 1 << 16


def families(first: Any, second: Any) -> list[str]:
    """Families of ``volatile.FAMILIES`` that could have made both values, the likeliest first."""
    found: dict[str, None] = {}
    for one, other in _readings(first, second):
        found |= dict.fromkeys(_of_texts(one, other))
    return list(found)


def length(first: Any, second: Any) -> int:
    """How long the word is that differs, when it is as long in both; else 0."""
    for one, other in _readings(first, second):
        words = _differing(one, other)
        if len(words[0]) == len(words[1]):
            return len(words[0])
    return 0


def _readings(first: Any, second: Any) -> Iterator[tuple[str, str]]:
    """The values as texts; what base64 hides stands first."""
    one, other = _text(first)[:_LONGEST], _text(second)[:_LONGEST]
    hidden = _decoded(one), _decoded(other)
    if hidden[0] and hidden[1]:
        yield hidden[0], hidden[1]
    yield one, other


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, default=str)


def _decoded(text: str) -> str | None:
    if len(text) < 4 or len(text) % 4:
        return None
    try:
        found = base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return found if found.isprintable() or "\n" in found else None


def _of_texts(one: str, other: str) -> Iterator[str]:
    either = one or other
    if "PRIVATE KEY-----" in either:
        yield from ("key", "certificate")
    if "BEGIN CERTIFICATE-----" in either:
        yield "certificate"
    for family, pattern in (("uuid", _UUID), ("password hash", _HASH), ("clock", _DATE)):
        before, after = pattern.findall(one), pattern.findall(other)
        if before != after and (before or after) and len(before) == len(after):
            yield family
    if one != other and sorted(one) == sorted(other):
        yield "order"
    yield from _of_words(*_differing(one, other))


def _of_words(one: str, other: str) -> Iterator[str]:
    both = one + other
    if not both:
        return
    if both.isdigit():
        yield "digits"
    if both.isascii() and both.isalpha():
        yield "letters"
    if both.isascii() and both.isalnum():
        yield "letters and digits"
    if re.fullmatch(r"[A-Za-z0-9+/=]+", both):
        yield "bytes"
    yield "characters"


def _differing(one: str, other: str) -> tuple[str, str]:
    """What differs, from the first to the last character, and the words that it stands in."""
    start = 0
    shorter = min(len(one), len(other))
    while start < shorter and one[start] == other[start]:
        start += 1
    end = 0
    while end < shorter - start and one[-1 - end] == other[-1 - end]:
        end += 1
    while start and _WORD.fullmatch(one[start - 1]):
        start -= 1
    while end and _WORD.fullmatch(one[len(one) - end]):
        end -= 1
    return one[start : len(one) - end], other[start : len(other) - end]
