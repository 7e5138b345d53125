r"""A chart's templates as a graph: which calls stand behind what a template gives, through every include.

>>> from freightlib_helm.again.sources import Sources
>>> sources = Sources("shop", [("templates/_p.tpl", b'{{ define "pw" }}{{ randAlpha 8 }}{{ end }}'),
...                            ("templates/db.yaml", b'kind: Secret\nstringData: {pw: {{ include "pw" . }}}\n')])
>>> [(call.function, call.template, call.line) for call in sources.behind(["shop/templates/db.yaml"])]
[('randAlpha', 'shop/templates/_p.tpl', 1)]
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from threading import Lock
from typing import Final

from attrs import evolve, field, frozen, mutable

from freightlib_helm.again.lexer import Action, actions
from freightlib_helm.again.volatile import DATES, FAMILY, ORDER

_OPENING: Final = frozenset(("if", "range", "with", "define", "block"))
_INCLUDING: Final = frozenset(("include", "template", "block"))
#: What turns something into a time or a number, or a variable that may hold one: no text stands for the present there.
_TIMES: Final = ("now", "toDate", "mustToDate", "dateModify", "date_modify", "unixEpoch", "int", "int64", "atoi", "ago")
#: What makes the order of keys sure, or keeps it out of what is rendered.
_SORTING: Final = ("sortAlpha", "has", "len", "fail")
_ANY_CALL: Final = re.compile(rf"\b(?:{'|'.join(FAMILY)})\b".encode())
_TELLING: Final = re.compile(rf"\b(?:{'|'.join((*FAMILY, *_INCLUDING, 'define', 'tpl'))})\b")
_SETTLING: Final = re.compile(rf"\b(?:{'|'.join(_SORTING)})\b")
_CHARTS: Final = re.compile(r"(?:charts/[^/]+/)+")
#: The node of all text that ``tpl`` may be given: values, and files that are not templates.
_EVALUATED: Final = "tpl:"
_LONGEST: Final = 200
_VARIABLE: Final = re.compile(r"\$\w")


@frozen
class Call:
    """One call in ``line`` of ``template``: the ``text`` before it in that line, the ``argument`` after it.

    ``hidden`` is that renderings may agree nonetheless, ``looks`` that the file asks the cluster with ``lookup``.
    """

    function: str
    template: str
    line: int
    text: str = ""
    argument: str = ""
    hidden: bool = False
    looks: bool = False


@mutable
class _Node:
    calls: dict[Call, None] = field(factory=dict)
    leads: dict[str, None] = field(factory=dict)

    def take(self, other: _Node) -> None:
        self.calls |= other.calls
        self.leads |= other.leads


class Sources:
    """The templates of the chart called ``name``; ``files`` with the archives in charts/ unpacked."""

    def __init__(self, name: str, files: Iterable[tuple[str, bytes]]) -> None:
        self._name, self._files = name, list(files)
        self._nodes: dict[str, _Node] = {}
        self._lock = Lock()
        self._quiet = not any(_ANY_CALL.search(data) for _, data in self._files)

    def behind(self, templates: Iterable[str], values: Sequence[tuple[str, bytes]] = ()) -> tuple[Call, ...]:
        """Every call behind what these templates give, nearest first; ``values`` are more texts for ``tpl``."""
        extra = Sources("", ())
        for path, data in values:
            if b"{{" in data and _ANY_CALL.search(data):
                extra._read_evaluated(path, data.decode("utf-8", "replace"))
        if self._quiet and not extra._nodes:
            return ()
        self._read_all()
        found: dict[Call, None] = {}
        pending = deque(node for path in dict.fromkeys(templates) for node in self._of_file(path))
        seen = set(pending)
        while pending:
            name = pending.popleft()
            for nodes in (self._nodes, extra._nodes):
                node = nodes.get(name, _NONE)
                found |= node.calls
                new = dict.fromkeys(lead for one in node.leads for lead in self._resolved(one) if lead not in seen)
                seen.update(new)
                pending.extend(new)
        return tuple(found)

    def _of_file(self, path: str) -> list[str]:
        if path in self._nodes:
            return [path]
        # a subchart may go by another name than its directory's
        tail = _tail(path)
        return [each for each in self._nodes if _tail(each) == tail]

    def _resolved(self, lead: str) -> list[str]:
        if lead == "define:*":
            return [each for each in self._nodes if each.startswith("define:")]
        if lead.startswith("path:"):
            return [each for each in self._nodes if each.endswith(lead[5:])]
        return [lead]

    def _read_all(self) -> None:
        # read once, also when two threads come here at the same time
        with self._lock:
            files, self._files = self._files, []
            for path, data in files:
                text = data.decode("utf-8", "replace")
                if is_template(path):
                    self._read(f"{self._name}/{path}", text)
                elif "{{" in text:
                    self._read_evaluated(f"{self._name}/{path}", text)

    def _read(self, path: str, text: str) -> None:
        for name, node in _Reader(path, text).read().items():
            self._nodes.setdefault(name, _Node()).take(node)

    def _read_evaluated(self, path: str, text: str) -> None:
        # inside YAML a quote may be escaped
        reader = _Reader(path, text.replace('\\"', ' "'), evaluated=True)
        kept = self._nodes.setdefault(_EVALUATED, _Node())
        for node in reader.read().values():
            kept.take(node)


_NONE: Final = _Node()


def _inner(path: str) -> str:
    """A file's path in the chart that it belongs to."""
    charts = _CHARTS.match(path)
    return path[charts.end() :] if charts else path


def _tail(template: str) -> str:
    return _inner(template.partition("/")[2])


def is_template(path: str) -> bool:
    """Whether Helm renders this file of a chart."""
    return _inner(path).startswith("templates/")


class _Reader:
    """One file's actions, each put into the node that it belongs to: the file's, or that of a named template.

    ``evaluated`` is text that only ``tpl`` renders, where the clock is not moved.
    """

    def __init__(self, path: str, text: str, *, evaluated: bool = False) -> None:
        self.path, self.text, self.evaluated = path, text, evaluated
        self.actions = list(actions(text))
        self.looks = "lookup" in text and any(action.has("lookup") for action in self.actions)
        self.ends = [match.start() for match in re.finditer("\n", text)]
        self.sorted = {
            word.text
            for action in self.actions
            if action.may_have(_SETTLING) and action.has(*_SORTING)
            for word in action.words
            if word.kind == "field"
        }

    def read(self) -> dict[str, _Node]:
        nodes: dict[str, _Node] = {self.path: _Node()}
        stack: list[str] = []
        for action in self.actions:
            if action.may_have(_TELLING):
                into = next((name for name in reversed(stack) if name), self.path)
                node = nodes.setdefault(into, _Node())
                node.calls |= dict.fromkeys(self._calls(action))
                node.leads |= dict.fromkeys(_leads(action))
            if action.first in _OPENING:
                stack.append(_named(action))
            elif action.first == "end" and stack:
                stack.pop()
        return nodes

    def _calls(self, action: Action) -> Iterator[Call]:
        for index, word in enumerate(action.words):
            if word.kind != "name" or word.text not in FAMILY or self._settled(action, word.text):
                continue
            line = bisect_left(self.ends, word.start)
            start = self.ends[line - 1] + 1 if line else 0
            yield Call(
                word.text,
                self.path,
                line + 1,
                self.text[start : min(word.start, start + _LONGEST)],
                action.words[index + 1].text[:_LONGEST] if index + 1 < len(action.words) else "",
                word.text in ORDER or word.text in DATES or (self.evaluated and word.text == "now"),
                self.looks,
            )
        if action.has("tpl"):
            for word in action.words:
                if word.kind == "literal" and "{{" in word.value:
                    yield from self._within(word.value, word.start)

    def _within(self, text: str, start: int) -> Iterator[Call]:
        line = bisect_left(self.ends, start)
        inner = _Reader(self.path, text.replace('\\"', ' "'), evaluated=True)
        for action in inner.actions:
            for call in inner._calls(action):
                yield evolve(call, line=line + call.line, looks=self.looks)

    def _settled(self, action: Action, name: str) -> bool:
        """Whether the action makes the call's result sure after all."""
        if name in DATES and name != "ago":
            return action.has(*_TIMES) or any(_VARIABLE.match(word.text) for word in action.words)
        if name not in ORDER:
            return False
        if action.has(*_SORTING):
            return True
        variable = action.words[0].text
        return variable.startswith("$") and variable in self.sorted


def _named(action: Action) -> str:
    """The node that an action opens, or nothing."""
    literal = action.words[1] if action.first in ("define", "block") and len(action.words) > 1 else None
    return f"define:{literal.value}" if literal is not None and literal.kind == "literal" else ""


def _leads(action: Action) -> Iterator[str]:
    """What an action leads to: named templates, template files by the end of their path, evaluated text."""
    if action.has("tpl"):
        yield _EVALUATED
    for index, word in enumerate(action.words):
        if word.kind != "name" or word.text not in _INCLUDING:
            continue
        after = action.words[index + 1] if index + 1 < len(action.words) else None
        if after is not None and after.kind == "literal":
            yield f"define:{after.value}"
            continue
        paths = [each.value for each in action.words[index:] if each.kind == "literal" and each.value.startswith("/")]
        yield from (f"path:{path}" for path in paths) if paths else ("define:*",)
