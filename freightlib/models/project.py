"""The project file's model: apps, their packages, stages, and how they are rendered.

>>> from freightlib.models.project import App, Package
>>> app = App(name="shop", package=Package(type="helm", path="deploy/chart"))
>>> app.warehouse, app.policy
('warehouses/shop/freight', 'apps/shop')
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from attrs import Factory, field, frozen

from freightlib.errors import UsageError
from freightlib.models.text import closest

#: The project file's name at the root of the GitOps branch.
PROJECT_FILE: Final = "freightlib.yaml"
#: What ``from`` says of a stage that takes freight straight from the warehouse.
FROM_WAREHOUSE: Final = "warehouse"
LAYOUTS: Final = ("helm", "flat", "file")
#: What a check's finding may do, by ``render.checks``: be passed over, be told, or stop the promotion.
CHECK_LEVELS: Final = ("off", "warn", "refuse")
#: When a stage is rendered twice to see that nothing differs: where the renderer suspects something, unless it is said.
TWICE: Final = ("never", "suspected", "new", "always")
TWICE_DEFAULT: Final = "suspected"
#: The value of a stage's ``review`` that makes promotions proposals.
REVIEW_PULL_REQUEST: Final = "pull-request"


@frozen
class Package:
    """What is frozen: the package ``type`` and its directory ``path`` in the source repository."""

    type: str
    path: str


@frozen
class RenderSpec:
    """How stages are rendered: the renderer's name, the layout, and the renderer's options (placeholders unexpanded).

    ``transforms`` are applied to the manifests in order: each a mapping of its ``name`` and its options. ``checks``
    sets what findings about the rendering do: finding code -> ``off``, ``warn`` or ``refuse``. ``twice`` is one of
    ``TWICE``. ``None`` for any of the five means: not said here.
    """

    renderer: str | None = None
    layout: str | None = None
    options: Mapping[str, Any] = field(factory=dict, hash=False)
    transforms: tuple[Mapping[str, Any], ...] | None = field(default=None, hash=False)
    checks: Mapping[str, str] | None = field(default=None, hash=False)
    twice: str | None = None

    def overridden(self, other: RenderSpec) -> RenderSpec:
        """The spec with every key that ``other`` sets replaced (whole keys, no deep merge)."""
        return RenderSpec(
            other.renderer or self.renderer,
            other.layout or self.layout,
            {**self.options, **other.options},
            self.transforms if other.transforms is None else other.transforms,
            self.checks if other.checks is None else other.checks,
            other.twice or self.twice,
        )


@frozen
class Output:
    """Where a stage's manifests go: ``branch`` and ``path`` in it (``.`` is its root); both may hold placeholders.

    ``branch`` of ``None`` means the deployment's ``renderedBranch``, else ``stage/{stage}``.
    """

    branch: str | None = None
    path: str = "."


@frozen
class ForgeSpec:
    """Where pull requests are opened: the forge's ``name``, the ``repository`` there (``owner/name``), and its server's
    ``url`` where that is not the forge's own. ``none`` opens none.
    """

    name: str = "none"
    repository: str | None = None
    url: str | None = None


@frozen
class Stage:
    """A place a release is deployed to.

    ``upstream`` are the stages that must hold a release before this one takes it; empty means straight from the
    warehouse. ``review`` is ``"pull-request"`` or ``None``. ``render`` and ``output`` override the app's, key by key.
    ``gates`` are what a release has to pass: each a mapping of its ``name`` and its options; ``None`` means the app's.
    ``required_soak_time`` is one more of them, ``soak``. ``auto``: ``promote --auto`` moves the stage.
    """

    name: str
    upstream: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    review: str | None = None
    deployment: str = Factory(lambda self: self.name, takes_self=True)
    render: RenderSpec = Factory(RenderSpec)
    output: Output | None = None
    gates: tuple[Mapping[str, Any], ...] | None = field(default=None, hash=False)
    required_soak_time: str | None = None
    auto: bool = False


def _beside(app: App) -> str:
    """Where marks are unless the project file says: beside the snapshots."""
    above, _, last = app.warehouse.rpartition("/")
    return f"{above}/marks" if above and last == "freight" else f"{app.warehouse}-marks"


@frozen
class App:
    """One application: its package, where snapshots and policy are, how it is rendered, its stages in file order.

    ``marks`` is the directory of what ``freight mark`` writes, ``gates`` those of the stages that name none themselves.
    """

    name: str
    package: Package
    warehouse: str = Factory(lambda self: f"warehouses/{self.name}/freight", takes_self=True)
    policy: str = Factory(lambda self: f"apps/{self.name}", takes_self=True)
    render: RenderSpec = Factory(RenderSpec)
    output: Output = Factory(Output)
    forge: ForgeSpec = Factory(ForgeSpec)
    stages: Mapping[str, Stage] = field(factory=dict, hash=False)
    marks: str = Factory(_beside, takes_self=True)
    gates: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)

    def stage(self, name: str) -> Stage:
        """The stage called ``name``. Raises UsageError naming the stages there are."""
        if name not in self.stages:
            raise UsageError(f"{self.name} has no stage {name!r}", hint=_known(name, self.stages, "stages"), stage=name)
        return self.stages[name]

    def ordered(self, names: str | Iterable[str]) -> list[Stage]:
        """The named stages, each once, upstreams before those that take from them, else in file order.

        Raises UsageError for an unknown stage.
        """
        wanted = {self.stage(name).name for name in names_of(names)}
        order: dict[str, Stage] = {}
        for start in self.stages:
            pending = [start]
            while pending:
                name = pending[-1]
                waiting = [up for up in self.stages[name].upstream if up not in order]
                if waiting and len(pending) <= len(self.stages):
                    pending.append(waiting[0])
                else:
                    order.setdefault(name, self.stages[name])
                    pending.pop()
        return [stage for name, stage in order.items() if name in wanted]

    def deployment_path(self, stage: Stage) -> str:
        """Where the stage's ``deployment.yaml`` is on the GitOps branch."""
        return f"{self.policy}/deployments/{stage.deployment}/deployment.yaml"


@frozen
class Requires:
    """What must be installed to work with a project: versions of freightlib and of plugins, as PEP 440 specifiers.

    ``plugins`` names distributions (``freightlib-acme``) or plugins (``acme``), as ``freight plugins`` lists them.
    """

    freightlib: str | None = None
    plugins: Mapping[str, str] = field(factory=dict, hash=False)


@frozen
class Project:
    """The project file ``freightlib.yaml``: apps by name, in file order, and what it ``requires``."""

    apps: Mapping[str, App] = field(factory=dict, hash=False)
    schema_version: str = "v1"
    requires: Requires | None = None

    def app(self, name: str | None) -> App:
        """The app called ``name``; for ``None`` the only one. Raises UsageError naming the apps there are."""
        if name is None and len(self.apps) == 1:
            return next(iter(self.apps.values()))
        if name is None:
            raise UsageError(
                f"the project has {len(self.apps)} apps", hint=f"name one with --app: {', '.join(self.apps)}"
            )
        if name not in self.apps:
            hint = _known(name, self.apps, "apps")
            raise UsageError(f"there is no app {name!r} in {PROJECT_FILE}", hint=hint, app=name)
        return self.apps[name]


def names_of(names: str | Iterable[str]) -> tuple[str, ...]:
    """Return the names given: a text is one name, not a sequence of letters."""
    return (names,) if isinstance(names, str) else tuple(names)


def _known(name: str, known: Iterable[str], what: str) -> str:
    close = closest(name, known)
    return f"did you mean {close!r}?" if close else f"its {what}: {', '.join(known)}"


@frozen
class Deployment:
    """What ``<policy>/deployments/<deployment>/deployment.yaml`` says of a stage; its other keys are the users' own."""

    name: str
    env_type: str
    namespace: str = "default"
    rendered_branch: str | None = None
