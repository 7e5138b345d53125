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
    """Where the package was copied from; what makes the copy provable."""

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
    package_type: str = key("What kind of deploy package the snapshot holds.", enum=tuple(PACKAGE_DIRECTORIES))
    created_at: str = key("When the release was published: RFC 3339 with a time zone, whole seconds.", pattern=TIME)
    source: SourceShape | None = key("Where the package was copied from.", default=None)
    schema_version: str = key("The version of this document's form.", default="v1", enum=("v1",))


@frozen
class PackageShape:
    """What is frozen out of the source repository."""

    type: str = key("What kind of deploy package it is.", enum=tuple(PACKAGE_DIRECTORIES))
    path: str = key("The package's directory in the source repository.")


@frozen
class OutputShape:
    """Where a stage's manifests go. Placeholders are expanded."""

    branch: str | None = key(
        "The rendered branch; else the deployment's renderedBranch, else stage/{stage}.", default=None
    )
    path: str | None = key("The directory on that branch; . is its root.", default=None)


#: A list of mappings, each with a ``name`` and the options of what it names.
Named: TypeAlias = list[dict[str, Any]]


@frozen
class ForgeShape:
    """Where pull requests are opened."""

    name: str = key("The forge's name: none (the default), or what a plugin offers.")
    repository: str | None = key("The GitOps repository there: owner/name, with every group it is in.", default=None)
    url: str | None = key("The server's address where it is not the forge's own: https://…", default=None)


@frozen
class StageShape:
    """A place a release is deployed to."""

    from_: str | list[str] = key(
        "warehouse, or the stage (or list of stages) that must hold a release before this one."
    )
    review: str | None = key("pull-request: the promotion is reviewed before it counts.", default=None, enum=REVIEWS)
    deployment: str | None = key(
        "The deployment's name in the policy; the stage's own name unless given.", default=None
    )
    render: dict[str, Any] | None = key("Render keys that differ from the app's.", default=None)
    output: OutputShape | None = key("Output keys that differ from the app's.", default=None)
    gates: Named | None = key(
        "What a release has to pass before this stage takes it; the app's gates unless given.", default=None
    )
    required_soak_time: str | None = key(
        "How long the stages upstream must have held a release: the gate soak, in Kargo's words.",
        default=None,
        pattern=DURATION,
    )
    auto: bool = key("Whether freight promote --auto moves this stage.", default=False)


@frozen
class AppShape:
    """One application: its package, warehouse, policy, rendering and stages."""

    package: PackageShape = key("What is frozen out of the source repository.")
    stages: dict[str, StageShape] = key("The stages by name.")
    warehouse: str | None = key("The directory of snapshots; warehouses/<app>/freight unless given.", default=None)
    policy: str | None = key("The directory of environment policy; apps/<app> unless given.", default=None)
    render: dict[str, Any] | None = key(
        "The renderer, layout, transforms, checks, and the renderer's own options. Placeholders are expanded in texts.",
        default=None,
    )
    output: OutputShape | None = key("Where manifests go.", default=None)
    marks: str | None = key(
        "The directory of what freight mark writes; beside the snapshots unless given: warehouses/<app>/marks.",
        default=None,
    )
    gates: Named | None = key("The gates of every stage that names none itself.", default=None)
    forge: ForgeShape | None = key("Where pull requests are opened; that of the project unless given.", default=None)


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
    forge: ForgeShape | None = key("Where pull requests of reviewed stages are opened.", default=None)
    requires: RequiresShape | None = key("What must be installed: versions of freightlib and of plugins.", default=None)
    schema_version: str = key("The version of this document's form.", default="v1", enum=("v1",))


LAYOUT_NAMES: Final = LAYOUTS
