"""Reads libyaml's event stream. Defines the limits for untrusted input, and turns YAML errors into one line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from attrs import frozen

from freightlib.errors import DocumentError

BOM: Final = b"\xef\xbb\xbf"


@frozen
class Limits:
    """The limits for a YAML stream.

    ``size`` is in bytes. ``depth`` is the nesting, ``documents`` the number of documents. ``expansion`` is the number
    of nodes that aliases may add; every 32 characters of text count as one more node.
    """

    size: int
    depth: int = 100
    documents: int = 1000
    expansion: int = 100_000


#: For freightlib's own documents: records, project files, locks, deployments.
DOCUMENT_LIMITS: Final = Limits(size=1 << 20)
#: For rendered manifests and the YAML files of a package.
MANIFEST_LIMITS: Final = Limits(size=16 << 20, depth=200, documents=50_000, expansion=400_000)


def decode(data: bytes, document: str, limits: Limits, error: type[DocumentError]) -> str:
    """Return ``data`` as text, without a byte order mark. Raises ``error`` if it is too large or not UTF-8."""
    if len(data) > limits.size:
        raise error(
            f"{document}: {len(data):,} bytes are more than the limit of {limits.size:,}",
            hint="such files are usually far smaller: check its contents, and split it if they are correct",
            document=document,
            line=1,
        )
    try:
        return data.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise error(
            f"{document}:{line}: byte {data[problem.start]:#04x} is not UTF-8",
            hint="save the file as UTF-8",
            document=document,
            line=line,
        ) from problem


def events(text: str, document: str, error: type[DocumentError]) -> Iterator[Any]:
    """Yield the parse events of ``text``. Raises ``error`` with the line if it is not YAML."""
    import yaml

    parser: Any
    try:
        from yaml._yaml import CParser
    except ImportError:  # PyYAML built without libyaml: the same events, slower
        parser = yaml.Loader(text)
    else:
        # libyaml fails on text that UTF-8 cannot encode; this text was decoded from UTF-8, so encoding it is safe
        parser = CParser(text.encode("utf-8"))
    get = parser.get_event
    end = yaml.StreamEndEvent
    try:
        while True:
            event = get()
            yield event
            if event.__class__ is end:
                return
    except yaml.YAMLError as problem:
        raise syntax_error(problem, text, document, error) from problem
    except RecursionError as problem:
        raise error(f"{document}: nested too deeply", hint="flatten it", document=document, line=1) from problem


def syntax_error(problem: Any, text: str, document: str, error: type[DocumentError]) -> DocumentError:
    """Return the DocumentError for a YAML error: one line with the place, and a hint."""
    mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
    position = getattr(problem, "position", 0) or 0
    line = text.count("\n", 0, max(position, 0)) + 1 if mark is None else mark.line + 1
    what = getattr(problem, "problem", None) or getattr(problem, "reason", None) or "is not YAML"
    hint = "correct the YAML at or just before this line"
    if "tab character" in what or ("cannot start any token" in what and _has_tab(text, line)):
        what, hint = "a tab is used where only spaces are allowed", "indent with spaces"
    elif "control characters" in what or "special characters" in what:
        hint = "remove the control characters"
    return error(f"{document}:{line}: {' '.join(str(what).split())}", hint=hint, document=document, line=line)


def _has_tab(text: str, line: int) -> bool:
    lines = text.splitlines()
    return line <= len(lines) and "\t" in lines[line - 1]
