"""Shell completion of stages, apps and releases, from the repository that the command line names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import click

from freightlib.errors import FreightError

if TYPE_CHECKING:
    from freightlib.models import App, Project
    from freightlib.warehouse.gitops_tree import GitopsTree


def apps(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """Return the apps of the project."""
    return _completed(context, incomplete, lambda _, project: project.apps)


def stages(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """Return the stages of the chosen app, without those on the command line already."""
    given = set(context.params.get("stages") or ())
    return _completed(
        context,
        incomplete,
        lambda _, project: (name for app in _meant(context, project) for name in app.stages if name not in given),
    )


def tags(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """Return the releases of the chosen app."""
    from freightlib.warehouse import snapshots

    return _completed(
        context,
        incomplete,
        lambda tree, project: (tag for app in _meant(context, project) for tag in snapshots.tags(tree, app)),
    )


def _meant(context: click.Context, project: Project) -> Iterable[App]:
    name = _option(context, "app")
    return [app for app in project.apps.values() if name in (None, app.name)]


def _option(context: click.Context, name: str) -> Any:
    here = context.params.get(name)
    return here or context.find_root().params.get(name)


def _completed(
    context: click.Context, incomplete: str, names: Callable[[GitopsTree, Project], Iterable[str]]
) -> list[str]:
    from freightlib.plugins.repositories import open_repository
    from freightlib.warehouse.gitops_tree import gitops_tip, project_at

    try:
        repository = open_repository(_option(context, "repo") or ".", backend=_option(context, "backend"))
        _, tree = gitops_tip(repository, _option(context, "branch"))
        found = dict.fromkeys(names(tree, project_at(tree)))
    except FreightError:
        return []  # completion cannot show errors; the command itself reports them
    return [name for name in found if name.startswith(incomplete)]
