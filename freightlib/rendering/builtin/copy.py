"""The renderer ``copy``: returns the manifests of a plain package unchanged.

In the layout ``helm`` each YAML or JSON file of the package is copied byte for byte.
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
#: Raise this whenever the same package gives other manifests than before: every lock records it.
VERSION: Final = "1"


class CopyRenderer:
    """Renders packages of type ``plain``; it has no options and reads no policy."""

    name = "copy"
    package_types = frozenset({"plain"})
    default_options: frozenset[str] = frozenset()

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """Return no options. Raises ProjectError for any option that is given."""
        for option in options:
            raise ProjectError(
                f"the renderer copy has no option {option!r}",
                hint="remove it from render (copy takes none)",
                path=f"render.{option}",
            )
        return {}

    def fingerprint(self, _: Mapping[str, Any], /) -> Fingerprint:
        """Name freightlib as the engine, with the version of this renderer's output."""
        return Fingerprint("freightlib", VERSION)

    def policy_paths(self, _: Mapping[str, Any], /) -> Sequence[PolicyPath]:
        """Return no paths: policy does not change a plain package."""
        return ()

    def prepare(self, _: int, /) -> None:
        """Do nothing: there is no process to start."""

    def render(self, request: RenderRequest, /) -> RenderResult:
        """Return every document of every YAML and JSON file, in path order; the notes name the other files.

        Raises RenderError with file and line for text that is not UTF-8 or not YAML.
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
        """Do nothing: there is nothing to release."""


def _documents(path: str, data: bytes, stage: str) -> Iterable[Manifest]:
    try:
        # parse as well as split: a document that splits can still be YAML that no deployer reads
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
    """Offer the built-in renderer."""
    return [CopyRenderer()]
