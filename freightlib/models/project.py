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
#: The value of ``from`` for a stage that takes releases directly from the warehouse.
FROM_WAREHOUSE: Final = "warehouse"
LAYOUTS: Final = ("helm", "flat", "file")
#: The levels of ``render.checks``: ignore a finding, report it, or stop the promotion.
CHECK_LEVELS: Final = ("off", "warn", "refuse")
#: When to render a stage twice and compare. The default does so only if the renderer suspects a difference.
TWICE: Final = ("never", "suspected", "new", "always")
TWICE_DEFAULT: Final = "suspected"
#: The value of a stage's ``review`` that turns its promotions into proposals (pull requests).
REVIEW_PULL_REQUEST: Final = "pull-request"


@frozen
class Package:
    """The deploy package to freeze: its ``type`` and its directory ``path`` in the source repository."""

    type: str
    path: str


@frozen
class RenderSpec:
    """How stages are rendered: the renderer's name, the layout, and the renderer's options (placeholders unexpanded).

    ``transforms`` are applied to the manifests in order; each is a mapping of its ``name`` and its options. ``checks``
    sets the level of findings about the rendering: finding code -> ``off``, ``warn`` or ``refuse``. ``twice`` is one of
    ``TWICE``. ``None`` means that the key is not set here.
    """

    renderer: str | None = None
    layout: str | None = None
    options: Mapping[str, Any] = field(factory=dict, hash=False)
    transforms: tuple[Mapping[str, Any], ...] | None = field(default=None, hash=False)
    checks: Mapping[str, str] | None = field(default=None, hash=False)
    twice: str | None = None

    def overridden(self, other: RenderSpec) -> RenderSpec:
        """Return this spec with every key that ``other`` sets replaced (whole keys, no deep merge)."""
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
    """The place of a stage's manifests: ``branch`` and ``path`` in it (``.`` is its root); both may hold placeholders.

    If ``branch`` is ``None``, the deployment's ``renderedBranch`` is used, else ``stage/{stage}``.
    """

    branch: str | None = None
    path: str = "."


@frozen
class ForgeSpec:
    """The forge for pull requests: its ``name``, the ``repository`` there (``owner/name``), and the server's ``url`` if
    it is not the forge's public one. With the name ``none``, freightlib opens no pull requests.
    """

    name: str = "none"
    repository: str | None = None
    url: str | None = None


@frozen
class Stage:
    """A stage to which releases are promoted, such as test or production.

    ``upstream`` are the stages that must hold a release before this one takes it; empty means that it takes releases
    directly from the warehouse. ``review`` is ``"pull-request"`` or ``None``. ``render`` and ``output`` override the
    app's, key by key. ``gates`` are the gates that a release must pass, each a mapping of its ``name`` and its options;
    ``None`` means the app's gates. ``required_soak_time`` adds the gate ``soak``. ``auto`` is true if ``promote
    --auto`` moves the stage.
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


def _default_marks(app: App) -> str:
    """Return the default directory of marks, next to the snapshots."""
    above, _, last = app.warehouse.rpartition("/")
    return f"{above}/marks" if above and last == "freight" else f"{app.warehouse}-marks"


@frozen
class App:
    """One application: its package, where snapshots and policy are, how it is rendered, its stages in file order.

    ``marks`` is the directory of the files that ``freight mark`` writes. ``gates`` apply to the stages that set none.
    """

    name: str
    package: Package
    warehouse: str = Factory(lambda self: f"warehouses/{self.name}/freight", takes_self=True)
    policy: str = Factory(lambda self: f"apps/{self.name}", takes_self=True)
    render: RenderSpec = Factory(RenderSpec)
    output: Output = Factory(Output)
    forge: ForgeSpec = Factory(ForgeSpec)
    stages: Mapping[str, Stage] = field(factory=dict, hash=False)
    marks: str = Factory(_default_marks, takes_self=True)
    gates: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)

    def stage(self, name: str) -> Stage:
        """Return the stage called ``name``. Raises UsageError, which lists the known stages."""
        if name not in self.stages:
            raise UsageError(f"{self.name} has no stage {name!r}", hint=_known(name, self.stages, "stages"), stage=name)
        return self.stages[name]

    def ordered(self, names: str | Iterable[str]) -> list[Stage]:
        """Return the named stages, each once. A stage follows its upstream stages; else the file order is kept.

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
        """Return the path of the stage's ``deployment.yaml`` on the GitOps branch."""
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
        """Return the app called ``name``, or for ``None`` the only one. Raises UsageError, which lists the apps."""
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
    """Return the names as a tuple. A string is one name, not a sequence of letters."""
    return (names,) if isinstance(names, str) else tuple(names)


def _known(name: str, known: Iterable[str], what: str) -> str:
    close = closest(name, known)
    return f"did you mean {close!r}?" if close else f"its {what}: {', '.join(known)}"


@frozen
class Deployment:
    """The facts about a stage in ``<policy>/deployments/<deployment>/deployment.yaml``. Other keys are ignored."""

    name: str
    env_type: str
    namespace: str = "default"
    rendered_branch: str | None = None
