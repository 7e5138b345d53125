"""The renderer ``copy``: a package of plain manifests, taken as it is.

>>> from freightlib.rendering.builtin.copy import CopyRenderer
>>> CopyRenderer().effective_options({})
{}

In the layout ``helm`` each YAML or JSON file of the package comes out byte for byte.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from freightlib.documents import kubeyaml
from freightlib.errors import DocumentError, ProjectError, RenderError
from freightlib.models import Manifest, RenderResult
from freightlib.plugins.contracts import Fingerprint, PolicyPath, Renderer, RenderRequest
from freightlib.plugins.hooks import hookimpl

SUFFIXES: Final = (".yaml", ".yml", ".json")
#: Raised whenever the same package would give other manifests than before: it stands in every lock.
VERSION: Final = "1"


class CopyRenderer:
    """Takes packages of the type ``plain``; has no options and reads no policy."""

    name = "copy"
    package_types = frozenset({"plain"})
    default_options: frozenset[str] = frozenset()

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """None. Raises ProjectError naming an option that was given."""
        for option in options:
            raise ProjectError(
                f"the renderer copy has no option {option!r}",
                hint="remove it from render (copy takes none)",
                path=f"render.{option}",
            )
        return {}

    def fingerprint(self, _: Mapping[str, Any], /) -> Fingerprint:
        """Freightlib itself, by the version of what ``copy`` gives out."""
        return Fingerprint("freightlib", VERSION)

    def policy_paths(self, _: Mapping[str, Any], /) -> Sequence[PolicyPath]:
        """None: policy does not shape a plain package."""
        return ()

    def prepare(self, _: int, /) -> None:
        """Nothing to start."""

    def render(self, request: RenderRequest, /) -> RenderResult:
        """Every document of every YAML and JSON file, in path order; other files are named in the notes.

        Raises RenderError naming file and line of what is not UTF-8 or not YAML.
        """
        manifests: list[Manifest] = []
        notes: list[str] = []
        for file in sorted(request.package, key=lambda file: file.path):
            if not file.path.endswith(SUFFIXES):
                notes.append(f"{file.path} is not YAML or JSON: not copied")
            elif stat.S_IFMT(file.mode) != stat.S_IFREG:
                notes.append(f"{file.path} is not a regular file: not copied")
            else:
                manifests += _documents(file.path, file.data, request.stage)
        return RenderResult(tuple(manifests), tuple(notes))

    def close(self) -> None:
        """Nothing to release."""


def _documents(path: str, data: bytes, stage: str) -> Iterable[Manifest]:
    try:
        # read too, not only split: what splits may still hold what no deployer can read
        kubeyaml.load_all(data, document=path)
        return [Manifest(path, body, separator) for separator, body in kubeyaml.split(data, document=path)]
    except DocumentError as error:
        raise RenderError(
            f"stage {stage}: {error.message}",
            hint=error.hint,
            stage=stage,
            renderer=CopyRenderer.name,
            template=path,
            line=error.data.get("line"),
        ) from error


@hookimpl
def freightlib_renderers() -> Iterable[Renderer]:
    """The built-in renderer."""
    return [CopyRenderer()]
