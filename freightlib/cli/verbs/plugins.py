"""``freight plugins``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from freightlib.cli.options import Call, shared
from freightlib.cli.output import dump
from freightlib.cli.style import Style

if TYPE_CHECKING:
    from freightlib.plugins.registry import Plugin, Registry


_OFFERS = (
    "freightlib_renderers",
    "freightlib_git_backends",
    "freightlib_transforms",
    "freightlib_gates",
    "freightlib_forges",
)


@click.group("plugins", invoke_without_command=True, subcommand_metavar="[check NAME | new NAME]")
@shared(repository=False)
@click.pass_context
def command(context: click.Context, call: Call) -> int:
    """List the plugins, what they offer, and what is wrong with them. Exit status 1 when anything is wrong.

    ``check NAME`` runs the conformance suite against an installed renderer, git backend or gate. ``new NAME`` writes
    the skeleton of a new plugin.
    """
    return _listed(call) if context.invoked_subcommand is None else 0


@command.command("check")
@click.argument("name")
@click.option("--suite", metavar="MODULE:CLASS", help="Your own suite.  [default: the plugin's, or the samples]")
@shared(repository=False)
def check(call: Call, name: str, suite: str | None) -> int:
    """Run the conformance suite against an installed renderer, git backend or gate; exit status 1 when it fails."""
    from freightlib.cli.run_suite import run_suite

    passed, output = run_suite(name, suite, shown=not call.as_json)
    if call.as_json:
        dump({"name": name, "passed": passed, "output": output})
    return 0 if passed else 1


@command.command("new")
@click.argument("name")
@click.argument("directory", required=False)
@shared(repository=False)
def new(call: Call, name: str, directory: str | None) -> int:
    """Write the skeleton of a plugin with the renderer NAME to DIRECTORY (default: freightlib-NAME)."""
    from freightlib.cli.scaffold.plugin import write_skeleton

    written = write_skeleton(name, directory or f"freightlib-{name}")
    if call.as_json:
        dump({"directory": str(written[0]), "files": [str(path) for path in written[1:]]})
    else:
        call.out.line(f"{written[0]}: {', '.join(str(path) for path in written[1:])}")
        call.out.remark(f"try it: cd {written[0]} && python -m pip install -e '.[test]' && python -m pytest")
    return 0


def _listed(call: Call) -> int:
    from freightlib.plugins.registry import registry

    found = registry()
    flaws = _flaws(found)
    found.reported = True
    rows = [_document(found, plugin) for plugin in found.plugins]
    if call.as_json:
        dump({"plugins": rows, "problems": flaws})
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
        for problem in flaws:
            call.out.warn(problem)
    return 1 if flaws or any(row["problem"] for row in rows) else 0


def _flaws(found: Registry) -> list[str]:
    """What is wrong with what plugins offer. Asks for everything there is, so that it comes to light."""
    for look in (found.renderers, found.backends, found.transforms, found.gates, found.forges, found.checks):
        look()
    return [f"{error.message}; {error.hint}" for error, _ in found.flaws]


def _offers(row: dict[str, Any]) -> str:
    kinds = {
        "renderer": "renderers",
        "git backend": "backends",
        "transform": "transforms",
        "gate": "gates",
        "forge": "forges",
    }
    offered = [f"{kind} {name}" for kind, key in kinds.items() for name in row[key]]
    return ", ".join(offered + row["hooks"]) or "-"


def _document(found: Registry, plugin: Plugin) -> dict[str, Any]:
    offered = {} if plugin.problem else found.offered(plugin.name)
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "problem": plugin.problem,
        "renderers": offered.get("freightlib_renderers", []),
        "backends": offered.get("freightlib_git_backends", []),
        "transforms": offered.get("freightlib_transforms", []),
        "gates": offered.get("freightlib_gates", []),
        "forges": offered.get("freightlib_forges", []),
        "hooks": [hook for hook in offered if hook not in _OFFERS],
    }
