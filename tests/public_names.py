"""Writes the lists in ``freightlib/__init__.py`` that follow from its table. ``python -m tests.public_names`` does it.

``_PUBLIC`` says which module defines each public name. The lines between ``# <generated>`` and ``# </generated>`` say
the same again for type checkers (imports) and for ``from freightlib import *`` (``__all__``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import freightlib

FILE = Path(freightlib.__file__)
_PLACE = re.compile(r"(?<=# <generated>\n).*?(?=# </generated>\n)", re.DOTALL)


def filled(text: str, table: Mapping[str, str]) -> str:
    """The module's text with its generated part as it should be now."""
    return _PLACE.sub(lambda _: generated(table), text)


def generated(table: Mapping[str, str]) -> str:
    """The imports and ``__all__`` for a table: module -> names, as ruff sorts and formats them."""
    lines = ["if TYPE_CHECKING:"]
    for module, names in sorted(table.items()):
        listed = sorted(names.split(), key=lambda name: (name[0].islower(), name.lower()))
        line = f"    from {module} import {', '.join(listed)}"
        lines += [line] if len(line) <= 120 else [f"    from {module} import (", *_each(listed, "        "), "    )"]
    lines += ["", "    __version__: str", "", "__all__ = ["]
    lines += [*_each(sorted(name for names in table.values() for name in names.split()), '    "', '"'), "]"]
    return "\n".join(lines) + "\n"


def _each(names: list[str], before: str, after: str = "") -> list[str]:
    return [f"{before}{name}{after}," for name in names]


if __name__ == "__main__":
    FILE.write_text(filled(FILE.read_text(), freightlib._PUBLIC))
