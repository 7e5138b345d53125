r"""Makes untrusted text safe to print: escapes it, or puts it on one line.

>>> print(visible("a\x1b[2Jb\u202ec\udcff"))
a\x1b[2Jb\u202ec\xff
>>> one_line("two\nlines  \x00 of text")
'two lines of text'
"""

from __future__ import annotations

from collections.abc import Iterable


def visible(text: str) -> str:
    """Return ``text`` with every unprintable character escaped, except line ends and tabs.

    Unprintable are control characters, which terminals obey; bidirectional overrides and zero-width characters, which
    hide parts of a text; line separators; unusual spaces. A byte of a file name that is not UTF-8 (a surrogate, as
    ``os.fsdecode`` makes it) is shown as that byte.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in "\n\t" else _escaped(ord(char)) for char in text)


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that ``word`` is probably a misspelling of, or ``None``."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, list(known), n=1)), None)


def _escaped(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def one_line(text: str, limit: int | None = None) -> str:
    """Return ``text`` on one line, without unprintable characters, white space folded; cut at ``limit`` characters.

    Otherwise a line break in a plugin's version could forge a trailer of a commit message.
    """
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if limit is None or len(line) <= limit else f"{line[: limit - 1]}…"
