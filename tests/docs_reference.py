"""Writes the parts of the docs that follow from the code. ``python -m tests.docs_reference`` puts them in place.

A page carries ``<!-- generated: NAME -->`` and ``<!-- end -->``; what stands between is written by ``NAME``'s function.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
import tomllib
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import attrs
import click

import freightlib
from freightlib import documents
from freightlib.cli.root import VERBS, freight
from freightlib.errors import FreightError
from freightlib.models.findings import catalogue
from freightlib.rendering.plan import PLACEHOLDERS

DOCS = Path(__file__).parents[1] / "docs"
FINDINGS = DOCS / "reference/findings.md"
PACKAGE = Path(freightlib.__file__).parent
WIDTH = 120


def filled(text: str) -> str:
    """A page's text with its generated parts as they should be now."""
    return re.sub(
        r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)",
        lambda match: f"{match[1]}\n{PARTS[match[2]]()}\n{match[3]}",
        text,
        flags=re.DOTALL,
    )


# --- the command line -----------------------------------------------------------------------------


def command_line() -> str:
    """Every verb with its arguments and own options; the shared ones once."""
    context = click.Context(freight, info_name="freight")
    shared = {name for option in freight.params for name in option.opts}
    parts = ["## Options of every verb", "They may stand before or after the verb.", _options(freight.params)]
    for name in VERBS:
        command = freight.get_command(context, name)
        assert command is not None
        own = [option for option in command.params if not {*option.opts} & shared]
        arguments = [str(one.metavar) for one in own if isinstance(one, click.Argument)]
        usage = " ".join(["freight", name, *arguments, "[OPTIONS]"])
        left = [option for option in own if isinstance(option, click.Option)]
        parts += [f"## freight {name}", f"`{usage}`", _help(command.help or ""), _options(left)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _help(text: str) -> str:
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(_prose(paragraph) for paragraph in paragraphs)


def _prose(paragraph: str) -> str:
    if paragraph.lstrip().startswith("\b"):
        body = textwrap.dedent(paragraph.lstrip().removeprefix("\b").strip("\n"))
        return f"```text\n{body}\n```"
    return re.sub(r"([<>])", r"\\\1", textwrap.fill(" ".join(paragraph.split()), WIDTH))


def _options(options: list[click.Option] | list[click.Parameter]) -> str:
    rows = [(_option(option), _meaning(option)) for option in options if isinstance(option, click.Option)]
    return table(("option", "meaning"), rows) if rows else ""


def _option(option: click.Option) -> str:
    value = "" if option.is_flag else f" {_metavar(option)}"
    return f"`{', '.join((*option.opts, *option.secondary_opts))}{value}`".replace("|", "\\|")


def _metavar(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return "|".join(str(choice) for choice in option.type.choices)
    return option.metavar or option.type.name.replace("integer range", "N").upper()


def _meaning(option: click.Option) -> str:
    text = " ".join((option.help or "").split())
    if option.required:
        text += " Required."
    if option.show_default and option.default is not None:
        text += f" [default: {option.default}]"
    return re.sub(r"([<>|])", r"\\\1", text)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


# --- errors ---------------------------------------------------------------------------------------


def errors() -> str:
    """Every error: its code, class, exit status and meaning."""
    rows = [
        (f"`{kind.code}`", f"`{kind.__name__}`", str(kind.exit_status), _line(kind)) for kind in _kinds(FreightError)
    ]
    return table(("code", "class", "exit status", "meaning"), rows) + "\n"


def _kinds(kind: type[FreightError]) -> Iterator[type[FreightError]]:
    yield kind
    for below in kind.__subclasses__():
        if below.__module__ == "freightlib.errors":
            yield from _kinds(below)


def _line(thing: object) -> str:
    first = (inspect.getdoc(thing) or "").partition("\n\n")[0]
    return re.sub(r"``(.+?)``", r"`\1`", " ".join(first.split()))


# --- the Python API -------------------------------------------------------------------------------


def python_api() -> str:
    """Every public name with its signature and what it says of itself."""
    every = {name: getattr(freightlib, name) for name in freightlib.__all__}
    functions = {name: thing for name, thing in every.items() if inspect.isroutine(thing) or name == "registry"}
    values = {name: thing for name, thing in every.items() if inspect.isclass(thing)}
    rest = {name: thing for name, thing in every.items() if name not in functions | values}
    held = {name: values.pop(name) for name in _HELD}
    parts = ["## One object to hold", *(f"### {name}\n\n{_object(kind)}" for name, kind in held.items())]
    parts += ["## Functions"]
    parts += [f"### {name}\n\n```text\n{signature(thing)}\n```\n\n{_text(thing)}" for name, thing in functions.items()]
    parts += ["## Classes"]
    parts += [f"### {name}\n\n{_class(thing)}" for name, thing in values.items()]
    parts += ["## For plugins", *(f"### {name}\n\n{_OTHER[name]}" for name in rest)]
    return "\n\n".join(parts) + "\n"


#: The classes that stand before the functions, as their methods are what most callers use.
_HELD = ("GitOps", "GitOpsStage", "GitOpsRelease")


def _object(kind: type) -> str:
    """A class with all its methods, each with what it says in full."""
    parts = [_text(kind)]
    for name, each in vars(kind).items():
        if _own(name, each):
            function = each.__func__ if isinstance(each, classmethod) else each
            parts.append(f"```text\n{_wrapped(_stripped(function))}\n```\n\n{_text(function)}")
    return "\n\n".join(parts)


_OTHER = {"hookimpl": "The mark of a hook implementation in a plugin: see [writing a plugin](../plugins/index.md)."}


def _text(thing: object) -> str:
    return _escaped((inspect.getdoc(thing) or "").replace("``", "`"))


def _escaped(text: str) -> str:
    """``text`` with what Markdown would take for HTML escaped, but not inside code."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(piece if piece[:1] == "`" else re.sub(r"([<>])", r"\\\1", piece) for piece in pieces)


def signature(function: Callable[..., Any]) -> str:
    """As the source has it: other Pythons show annotations in other ways."""
    return _wrapped(_stripped(inspect.unwrap(function)))


def _wrapped(line: str) -> str:
    """A signature, an argument on each line where it is long."""
    if len(line) <= 110:
        return line
    name, _, rest = line.partition("(")
    arguments, _, returns = rest.rpartition(")")
    listed = ",\n    ".join(_arguments(arguments))
    return f"{name}(\n    {listed},\n){returns}"


def _arguments(text: str) -> list[str]:
    """Split at commas that are in no bracket."""
    found, depth = [""], 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        if char == "," and not depth:
            found.append("")
        else:
            found[-1] += char
    return [one.strip() for one in found]


def _class(kind: type) -> str:
    parts = [_text(kind)]
    if issubclass(kind, Enum):
        parts.append(", ".join(f"`{item.value}`" for item in kind) + ".")
    elif attrs.has(kind):
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
        assert isinstance(tree, ast.ClassDef)
        fields = [
            f"{node.target.id}: {ast.unparse(node.annotation)}"
            for node in tree.body
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id[0] != "_"
        ]
        parts.append("```text\n" + "\n".join(fields) + "\n```" if fields else "")
    methods = [(name, each) for name, each in vars(kind).items() if _own(name, each)]
    parts.append("\n".join(_method(name, each) for name, each in methods))
    return "\n\n".join(part for part in parts if part)


def _own(name: str, thing: object) -> bool:
    return (not name.startswith("_") and isinstance(thing, property | classmethod)) or (
        inspect.isfunction(thing) and not name.startswith("_") and bool(thing.__doc__)
    )


def _method(name: str, thing: Any) -> str:
    if isinstance(thing, property):
        return f"- `.{name}`: {_line(thing)}"
    function = thing.__func__ if isinstance(thing, classmethod) else thing
    return f"- `.{' '.join(_stripped(function).split())}`: {_line(function)}"


def _stripped(function: Callable[..., Any]) -> str:
    source = textwrap.dedent(inspect.getsource(function))
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef)
    arguments = re.sub(r"^(self|cls)(, (/$|/, )?|$)", "", re.sub("=", " = ", ast.unparse(node.args)))
    return f"{node.name}({arguments}){f' -> {ast.unparse(node.returns)}' if node.returns else ''}"


# --- documents ------------------------------------------------------------------------------------


def project_keys() -> str:
    """Every key of freightlib.yaml, from its JSON Schema."""
    return _keys("freightlib")


def record_keys() -> str:
    """Every key of freight.yaml, from its JSON Schema."""
    return _keys("freight")


def _keys(name: str) -> str:
    return table(("key", "", "meaning"), list(_rows(documents.schema(name), ""))) + "\n"


def _rows(schema: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, ...]]:
    for name, below in schema.get("properties", {}).items():
        where = f"{prefix}{name}"
        need = "required" if name in schema.get("required", ()) else ""
        yield f"`{where}`", need, _explained(below)
        for choice in (below, *below.get("anyOf", ()), *below.get("oneOf", ())):
            yield from _rows(choice, f"{where}.")
        item = below.get("additionalProperties")
        if isinstance(item, Mapping) and "properties" in item:
            yield from _rows(item, f"{where}.<{'app' if name == 'apps' else 'stage'}>.")


def _explained(schema: Mapping[str, Any]) -> str:
    text = str(schema.get("description", ""))
    if "enum" in schema:
        text += f" One of: {', '.join(f'`{one}`' for one in schema['enum'] if one is not None)}."
    if "default" in schema and schema["default"] is not None:
        text += f" Default: `{schema['default']}`."
    return re.sub(r"([<>|])", r"\\\1", text)


def placeholders() -> str:
    """Every placeholder of the project file."""
    return (
        table(("placeholder", "stands for"), [(f"`{{{k}}}`", v.replace("<", "\\<")) for k, v in PLACEHOLDERS.items()])
        + "\n"
    )


# --- the architecture -----------------------------------------------------------------------------


def rooms_in_order() -> list[str]:
    """The rooms and ``errors``, each before those that may import it: the import contract, read from the bottom."""
    contract = tomllib.loads((DOCS.parent / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contract if each["type"] == "layers")
    return [layer.removeprefix("freightlib.") for layer in reversed(layers)]


def room_imports(package: Path = PACKAGE) -> dict[str, set[str]]:
    """Room -> the other rooms that its files import, also inside functions and for type checkers only."""
    found: dict[str, set[str]] = {}
    for file in sorted(package.rglob("*.py")):
        room = file.relative_to(package).parts[0].removesuffix(".py")
        if room not in ("__init__", "__main__"):  # the two doors of the package
            found.setdefault(room, set()).update(_imported(file) - {room})
    return found


def _imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    parts = (name.split(".") for name in names)
    return {each[1] for each in parts if each[0] == "freightlib" and len(each) > 1}


def room_table() -> str:
    """Which room imports which, from the code."""
    order, imports = rooms_in_order(), room_imports()
    rows = [(f"`{room}`", ", ".join(f"`{one}`" for one in order if one in imports[room]) or "none") for room in order]
    return table(("room", "imports"), rows) + "\n"


PARTS: Mapping[str, Callable[[], str]] = {
    "command-line": command_line,
    "errors": errors,
    "python-api": python_api,
    "project-keys": project_keys,
    "record-keys": record_keys,
    "placeholders": placeholders,
    "room-imports": room_table,
}

if __name__ == "__main__":
    importlib.import_module("freightlib")
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text()
        new = catalogue.reference_page() if page == FINDINGS else filled(text)
        if new != text:
            page.write_text(new)
            print("written:", page.relative_to(DOCS))  # noqa: T201
