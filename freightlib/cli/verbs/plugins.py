"""``freight plugins``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from freightlib.cli.options import Call, shared
from freightlib.cli.output import Style, dump
from freightlib.errors import PluginError

if TYPE_CHECKING:
    from freightlib.registry import Plugin, Registry


@click.command("plugins")
@shared(repository=False)
def command(call: Call) -> int:
    """List the plugins, what they offer, and what is wrong with them. Exit status 1 when anything is."""
    from freightlib.registry import registry

    found = registry()
    clashes = _clashes(found)
    rows = [_document(found, plugin) for plugin in found.plugins]
    if call.as_json:
        dump({"plugins": rows, "problems": clashes})
    else:
        call.out.table(
            ("plugin", "distribution", "version", "offers"),
            [
                (
                    (row["name"], Style.BOLD),
                    row["distribution"],
                    row["version"],
                    (f"not loaded: {row['problem']}", Style.BAD) if row["problem"] else _offers(row),
                )
                for row in rows
            ],
        )
        for problem in clashes:
            call.out.warn(problem)
    return 1 if clashes or any(row["problem"] for row in rows) else 0


def _clashes(found: Registry) -> list[str]:
    problems: list[str] = []
    for look in (found.renderers, found.backends):
        try:
            look()
        except PluginError as error:
            problems.append(f"{error.message}; {error.hint}")
    return problems


def _offers(row: dict[str, Any]) -> str:
    offered = [f"renderer {name}" for name in row["renderers"]] + [f"git backend {name}" for name in row["backends"]]
    return ", ".join(offered + row["hooks"]) or "-"


def _document(found: Registry, plugin: Plugin) -> dict[str, Any]:
    offered = found.offered(plugin.name)
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "problem": plugin.problem,
        "renderers": offered.get("freightlib_renderers", []),
        "backends": offered.get("freightlib_git_backends", []),
        "hooks": [hook for hook in offered if hook not in ("freightlib_renderers", "freightlib_git_backends")],
    }
