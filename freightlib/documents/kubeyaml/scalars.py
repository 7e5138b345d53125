"""Resolves YAML scalars by Go's rules (gopkg.in/yaml.v2 as sigs.k8s.io/yaml uses it), or keeps their text.

>>> from freightlib.documents.kubeyaml.scalars import go_scalar
>>> [go_scalar(text) for text in ("y", "0777", "0o17", "08", "12:30", "=", "1e6", "~")]
[True, 511, 15, 8.0, '12:30', '=', 1000000.0, None]
"""

from __future__ import annotations

import math
import re
import struct
from typing import Final, TypeAlias

Scalar: TypeAlias = str | int | float | bool | None

#: The words that have another meaning than their text, from the table in yaml.v2's resolve.go.
WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"], True),
    **dict.fromkeys(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"], False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_FIRST: Final = frozenset("0123456789+-.")
_BASES: Final = ((re.compile(r"[-+]?0[xX]([0-9a-fA-F]+)"), 16), (re.compile(r"[-+]?0[bB]([01]+)"), 2))
_OCTAL: Final = re.compile(r"[-+]?0[oO]?([0-7]+)")
_DECIMAL: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_POINT_FLOAT: Final = re.compile(r"\.[0-9](_?[0-9])*([eE][-+]?[0-9](_?[0-9])*)?")
_MAX_SINGLE: Final = 3.4028235677973362e38  # larger values are infinite in single precision
_MAX_DIGITS: Final = 4000  # Python does not parse longer integers; in Go they are out of range too


class Text(str):
    """The text of a scalar as written. ``plain`` is true if it has no quotes. ``line`` counts from 1."""

    __slots__ = ("line", "plain")
    plain: bool
    line: int

    def __new__(cls, text: str, plain: bool = True, line: int = 0) -> Text:
        """Create a text with its line."""
        made = super().__new__(cls, text)
        made.plain = plain
        made.line = line
        return made

    def __reduce__(self) -> tuple[type[Text], tuple[str, bool, int]]:
        return Text, (str(self), self.plain, self.line)


def is_null(value: object) -> bool:
    """Return whether ``value`` is null: ``None``, or a plain scalar such as ``null`` or ``~``."""
    return value is None or (isinstance(value, Text) and value.plain and value in WORDS and WORDS[value] is None)


def go_scalar(text: str) -> Scalar:
    """Return the value of a plain (unquoted, untagged) scalar in Go. Whole numbers beyond 64 bits become floats."""
    if text in WORDS:
        return WORDS[text]
    first = text[0]
    if first not in _FIRST or len(text) > _MAX_DIGITS:
        return text
    if first == ".":
        return _float(text) if _POINT_FLOAT.fullmatch(text) else text
    digits = text.replace("_", "")
    number = _integer(digits)
    if number is not None and -(1 << 63) <= number < 1 << 64:
        return number
    return _float(digits, text) if _FLOAT.fullmatch(digits) else text


def _integer(digits: str) -> int | None:
    # strconv.ParseInt with base 0: the prefix decides, a leading zero is octal
    if _DECIMAL.fullmatch(digits):
        return int(digits)
    sign = -1 if digits[0] == "-" else 1
    if match := _OCTAL.fullmatch(digits):
        return sign * int(match[1], 8)
    for pattern, base in _BASES:
        if match := pattern.fullmatch(digits):
            return sign * int(match[1], base)
    return None


def _float(digits: str, text: str | None = None) -> float | str:
    value = float(digits)
    # an overflow is an error in strconv.ParseFloat, so the scalar stays text
    return (text or digits) if math.isinf(value) else value


def go_key(value: object) -> str | None:
    """Return the text that sigs.k8s.io/yaml makes of a mapping's key, or ``None`` if ``value`` cannot be a key."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value < 1 << 63 else None
    return _float_key(value) if isinstance(value, float) else None


def _float_key(value: float) -> str:
    # strconv.FormatFloat(value, 'g', -1, 32), single precision as in sigs.k8s.io/yaml
    if math.isnan(value) or math.isinf(value) or abs(value) > _MAX_SINGLE:
        return ".nan" if math.isnan(value) else (".inf" if value > 0 else "-.inf")
    single = struct.unpack("f", struct.pack("f", value))[0]
    shortest = next(
        f"{single:.{n}e}" for n in range(17) if struct.pack("f", float(f"{single:.{n}e}")) == struct.pack("f", single)
    )
    mantissa, _, exponent = shortest.partition("e")
    sign, digits = ("-", mantissa[1:]) if mantissa[0] == "-" else ("", mantissa)
    whole, _, fraction = digits.partition(".")
    significant = (whole + fraction).lstrip("0")
    if not significant:
        return f"{sign}0"
    power = int(exponent or 0) + (len(whole) if whole.strip("0") else -(len(fraction) - len(fraction.lstrip("0")))) - 1
    significant = significant.rstrip("0")
    if power < -4 or power >= 6:
        tail = f".{significant[1:]}" if len(significant) > 1 else ""
        return f"{sign}{significant[0]}{tail}e{'-' if power < 0 else '+'}{abs(power):02d}"
    if power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{significant}"
    padded = significant.ljust(power + 1, "0")
    tail = f".{padded[power + 1 :]}" if len(padded) > power + 1 else ""
    return f"{sign}{padded[: power + 1]}{tail}"
