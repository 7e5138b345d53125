"""Turns a verb's result into the step's outputs, and into its summary in Markdown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from freightlib.cli.output import count
from freightlib.models.text import visible

_Document = Mapping[str, Any]
#: How many rows a summary shows: GitHub allows 1 MiB, and this many rows of the longest paths stay far below.
_MOST: Final = 100
_LONGEST: Final = 500


def outputs(verb: str, document: _Document) -> dict[str, str]:
    """Return the step's outputs for a verb's JSON document; a missing value becomes an empty text."""
    values: dict[str, Any]
    if verb == "publish":
        values = {name: document[name] for name in ("app", "tag", "created", "commit")}
    elif verb == "verify":
        levels = Counter(one["severity"] for one in document["findings"])
        values = {"ok": document["ok"], "errors": levels["error"], "warnings": levels["warning"]}
    else:
        made = _promotions(document)
        names = ("outcome", "tag", "commit", "branch", "base")
        values = {name: ",".join(dict.fromkeys(str(one[name] or "") for one in made)) for name in names}
    return {name: _output(value) for name, value in values.items()}


def _output(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else visible(str("" if value is None else value))


def summary(kind: str, document: _Document) -> str:
    """Return a verb's JSON document as Markdown; the kind ``error`` takes an error document."""
    return "\n".join(_PARTS[kind](document)) + "\n\n"


def _error(document: _Document) -> Iterator[str]:
    yield f"### freight failed: {_md(document['code'])}\n"
    yield f"{_md(document['message'])}\n"
    yield _md(document["hint"])


def _publish(document: _Document) -> Iterator[str]:
    word = "Published" if document["created"] else "Was published already:"
    yield f"### {word} {_md(document['tag'])} of {_md(document['app'])}\n"
    freight = document["snapshot"]["freight"]
    rows = [("image", freight["image"]["ref"]), ("digest", freight["image"]["digest"])]
    rows += [("package", freight["packageType"]), ("commit", document["commit"])]
    yield from _table(("", ""), rows)


def _verify(document: _Document) -> Iterator[str]:
    findings = document["findings"]
    looked = ", ".join(count(number, name.removesuffix("s")) for name, number in document["checked"].items() if number)
    yield f"### {'Verified' if document['ok'] else 'Failed'}: {_md(looked or 'nothing is published yet')}\n"
    order = ("error", "warning", "note")
    worst = sorted(findings, key=lambda one: order.index(one["severity"]))
    names = ("severity", "code", "path", "message", "hint")
    if worst:
        yield from _table(names, [[one[name] for name in names] for one in worst[:_MOST]])
    if len(worst) > _MOST:
        yield f"\nand {len(worst) - _MOST} more"


def _promote(document: _Document) -> Iterator[str]:
    yield f"### {'Would promote' if document['dryRun'] else 'Promotion'}\n"
    made = _promotions(document)
    rows = [
        (
            one["stage"],
            one["outcome"],
            one["previousTag"],
            one["tag"],
            one["branch"],
            one["commit"],
            len(one["changes"]),
        )
        for one in made
    ]
    yield from _table(("stage", "outcome", "before", "release", "branch", "commit", "files changed"), rows)
    for one in made:
        if one["outcome"] == "proposed":
            yield f"\nOpen a pull request from {_md(one['branch'])} into {_md(one['base'])}."
        if one["edited"]:
            yield f"\n{_md(one['base'])} was changed by hand; this undoes that."
        yield from (f"\n{_md(one['stage'])}: --force set aside: {_md(each)}" for each in one["overrides"])
        yield from (f"\n{_md(one['stage'])}: {_md(each)}" for each in one["notes"])
    for step in document.get("steps", ()):
        if not step["promotion"]:
            yield f"\n{_md(step['stage'])} {_md(step['result'])}: {_md(step['why'])}"


def _promotions(document: _Document) -> list[Any]:
    """Return the promotions in the document, also those in the steps of ``--auto``."""
    steps = document.get("steps")
    return document["promotions"] if steps is None else [one["promotion"] for one in steps if one["promotion"]]


_PARTS: Final[Mapping[str, Callable[[_Document], Iterator[str]]]] = {
    "error": _error,
    "publish": _publish,
    "verify": _verify,
    "promote": _promote,
}


def _table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(names)} |"
    yield f"|{' --- |' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(_md(cell) for cell in row)} |"


def _md(value: object) -> str:
    """Escape text for Markdown: on one line, without markup, links or HTML."""
    text = " ".join(visible("" if value is None else str(value)).split())
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return re.sub(r"([\\`*_{}\[\]()#+!|~<>&@:$^])", r"\\\1", cut)
