"""The shapes of freightlib's documents. cattrs reads documents into them, and the JSON Schemas are made from them.

>>> from freightlib.documents.shapes import wire_name
>>> wire_name("package_type"), wire_name("from_")
('packageType', 'from')

A shape defines names, types and simple patterns of keys. Rules about several keys are checked where the model is made.
"""

# ruff: noqa: RUF009  (key() makes attrs fields, not values)
from __future__ import annotations

from typing import Any, Final, TypeAlias

from attrs import NOTHING, field, frozen

from freightlib.documents.durations import DURATION
from freightlib.models import PACKAGE_DIRECTORIES
from freightlib.models.freight import DIGEST, FULL_ID
from freightlib.models.project import LAYOUTS

NAME: Final = r"[a-z0-9][a-z0-9._-]{0,62}"
TIME: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.0+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
REVIEWS: Final = ("pull-request",)


def wire_name(name: str) -> str:
    """Return an attribute's name as written in the document."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


def key(description: str, *, default: Any = NOTHING, **rules: Any) -> Any:
    """Return the attrs field of a key, with a description and JSON Schema rules (unanchored ``pattern``, ``enum``)."""
    return field(default=default, metadata={"description": description, "rules": rules})


@frozen
class ImageShape:
    """The container image of the release."""

    ref: str = key("The image reference, registry/name:tag, without a digest.")
    digest: str = key("The digest that the tag named when the release was published.", pattern=DIGEST)


@frozen
class SourceShape:
    """The source of the package copy. With it, the copy can be compared with the source."""

    repository: str = key("The source repository's address, without credentials.")
    path: str = key("The package's directory in the source repository.")
    tree: str = key("The git tree id of that directory at the record's revision.", pattern=FULL_ID)


@frozen
class RecordShape:
    """The record of one release: freight.yaml in a snapshot."""

    revision: str = key("The full id of the source commit that was released.", pattern=FULL_ID)
    tag: str = key(
        "git- and the revision: the release's name and its directory in the warehouse.", pattern=f"git-{FULL_ID}"
    )
    image: ImageShape = key("The container image of the release.")
    package_type: str = key("The type of the deploy package in the snapshot.", enum=tuple(PACKAGE_DIRECTORIES))
    created_at: str = key("When the release was published: RFC 3339 with a time zone, whole seconds.", pattern=TIME)
    source: SourceShape | None = key("The source of the package copy.", default=None)
    schema_version: str = key("The version of this document's form.", default="v1", enum=("v1",))


@frozen
class PackageShape:
    """The deploy package to freeze from the source repository."""

    type: str = key("The type of the deploy package.", enum=tuple(PACKAGE_DIRECTORIES))
    path: str = key("The package's directory in the source repository.")


@frozen
class OutputShape:
    """The place of a stage's manifests. Placeholders are expanded."""

    branch: str | None = key(
        "The rendered branch; default: the deployment's renderedBranch, else stage/{stage}.", default=None
    )
    path: str | None = key("The directory on that branch; . is its root.", default=None)


#: A list of mappings, each with a ``name`` and the options of what it names.
Named: TypeAlias = list[dict[str, Any]]


@frozen
class ForgeShape:
    """The forge on which pull requests are opened."""

    name: str = key("The forge's name: none (the default), or one that a plugin offers.")
    repository: str | None = key("The GitOps repository there: owner/name, including all groups.", default=None)
    url: str | None = key("The server's address, if it is not the forge's public one: https://…", default=None)


@frozen
class StageShape:
    """A stage to which releases are promoted, such as test or production."""

    from_: str | list[str] = key(
        "warehouse, or the stage (or list of stages) that must hold a release before this one."
    )
    review: str | None = key(
        "pull-request: a promotion opens a pull request, and takes effect when that is merged.",
        default=None,
        enum=REVIEWS,
    )
    deployment: str | None = key("The deployment's name in the policy; default: the stage's name.", default=None)
    render: dict[str, Any] | None = key("Render keys that differ from the app's.", default=None)
    output: OutputShape | None = key("Output keys that differ from the app's.", default=None)
    gates: Named | None = key(
        "The gates that a release must pass before this stage takes it; default: the app's gates.", default=None
    )
    required_soak_time: str | None = key(
        "How long the upstream stages must have held a release: the gate soak, with the key name of Kargo.",
        default=None,
        pattern=DURATION,
    )
    auto: bool = key("Whether freight promote --auto moves this stage.", default=False)


@frozen
class AppShape:
    """One application: its package, warehouse, policy, rendering and stages."""

    package: PackageShape = key("The deploy package to freeze from the source repository.")
    stages: dict[str, StageShape] = key("The stages by name.")
    warehouse: str | None = key("The directory of snapshots; default: warehouses/<app>/freight.", default=None)
    policy: str | None = key("The directory of environment policy; default: apps/<app>.", default=None)
    render: dict[str, Any] | None = key(
        "The renderer, layout, transforms, checks, and the renderer's own options. Placeholders are expanded in texts.",
        default=None,
    )
    output: OutputShape | None = key("The place of the manifests.", default=None)
    marks: str | None = key(
        "The directory of the files that freight mark writes; default: next to the snapshots, warehouses/<app>/marks.",
        default=None,
    )
    gates: Named | None = key("The gates of every stage that sets none.", default=None)
    forge: ForgeShape | None = key("The forge for pull requests; default: that of the project.", default=None)


@frozen
class RequiresShape:
    """What must be installed to work with the project."""

    freightlib: str | None = key("The versions of freightlib, as PEP 440 writes them: >=0.1.", default=None)
    plugins: dict[str, str] | None = key(
        "Plugins, each with its versions: by distribution, or by the name that freight plugins lists.",
        default=None,
    )


@frozen
class ProjectShape:
    """The project file freightlib.yaml at the root of the GitOps branch."""

    apps: dict[str, AppShape] = key("The applications by name.")
    forge: ForgeShape | None = key("The forge for pull requests of reviewed stages.", default=None)
    requires: RequiresShape | None = key("What must be installed: versions of freightlib and of plugins.", default=None)
    schema_version: str = key("The version of this document's form.", default="v1", enum=("v1",))


LAYOUT_NAMES: Final = LAYOUTS
