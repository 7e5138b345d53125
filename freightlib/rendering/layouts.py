r"""Writes manifests as files, in one of the layouts ``helm``, ``flat`` and ``file``.

>>> from freightlib.rendering.layouts import lay_out
>>> from freightlib.models import Manifest
>>> web = Manifest("shop/templates/web.yaml", b"kind: Service\nmetadata: {name: Web}\n")
>>> {layout: list(lay_out([web], layout, stage="test")) for layout in ("helm", "flat", "file")}
{'helm': ['shop/templates/web.yaml'], 'flat': ['service-web.yaml'], 'file': ['manifests.yaml']}

No layout loses a resource: it is an error if a resource gets no file name, or if two get the same one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from freightlib.documents.resources import Resource, _values, resource_of
from freightlib.errors import ManifestError, UnsafePathError
from freightlib.git.safe_names import path_problem
from freightlib.models import LOCK, Manifest

#: The one file of the layout ``file``.
MANIFESTS_FILE: Final = "manifests.yaml"
_SAFE: Final = re.compile(r"[a-z0-9._-]")
_MAX_NAME: Final = 240  # file systems stop at 255 bytes


def lay_out(manifests: Sequence[Manifest], layout: str, *, stage: str) -> Mapping[str, bytes]:
    """Return the files for ``manifests``, path -> contents, in the order in which each path first appears.

    ``helm``: one file per template, as ``helm template --output-dir`` writes them. ``flat``: one file per resource,
    ``[group-]kind[-namespace]-name.yaml`` in lower case, with underscores for the dots of the group (the names that
    Kargo uses); documents without a name are numbered, ``kind-unnamed-1.yaml``. ``file``: one ``manifests.yaml``.
    Errors name ``stage``. Raises ManifestError for a manifest that cannot be read or named, for two with the same file,
    and for a reserved or too long name; UnsafePathError for an unsafe one.
    """
    if layout not in _LAYOUTS:
        raise ManifestError(
            f"there is no layout {layout!r}",
            hint=f"use one of: {', '.join(_LAYOUTS)}",
            path="render.layout",
            stage=stage,
        )
    files = _LAYOUTS[layout](manifests, stage)
    _check_names(files, stage)
    return files


# --- the three layouts ----------------------------------------------------------------------------


def _helm(manifests: Sequence[Manifest], _: str) -> dict[str, bytes]:
    files: dict[str, list[Manifest]] = {}
    for manifest in manifests:
        files.setdefault(manifest.path, []).append(manifest)
    return {path: _joined(together) for path, together in files.items()}


def _file(manifests: Sequence[Manifest], _: str) -> dict[str, bytes]:
    return {MANIFESTS_FILE: _joined(manifests)}


def _joined(manifests: Sequence[Manifest]) -> bytes:
    """Join the documents, with a separator between them."""
    parts: list[bytes] = []
    for manifest in manifests:
        separator = manifest.separator
        if parts and not parts[-1].endswith((b"\n", b"\r")):
            _check_ending(manifests[0].path, parts[-1])
            parts.append(b"\n")
        if parts and not separator:
            separator = b"---\n"
        parts += (part for part in (separator, manifest.data) if part)
    return b"".join(parts)


def _check_ending(path: str, data: bytes) -> None:
    # adding a line end would change the text of a block scalar that has none
    if _values(path, data) != _values(path, data + b"\n"):
        raise ManifestError(
            f"{path}: a document ends in a block scalar without a line end, and another document follows",
            hint="end the block scalar with a line end, or use the layout flat",
            document=path,
        )


def _flat(manifests: Sequence[Manifest], stage: str) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    origins: dict[str, str] = {}
    unnamed: dict[str, int] = {}
    for manifest in manifests:
        resource = resource_of(manifest)
        if resource is None:
            continue
        name = _flat_name(resource, unnamed)
        if name in files:
            raise ManifestError(
                f"stage {stage}: {origins[name]} and {manifest.path} both give {name}",
                hint="rename one of the two resources, or use the layout helm",
                path=name,
                stage=stage,
                origins=(origins[name], manifest.path),
            )
        files[name], origins[name] = manifest.data, manifest.path
    return files


def _flat_name(resource: Resource, unnamed: dict[str, int]) -> str:
    parts = [resource.group.replace(".", "_"), resource.kind or "resource", resource.namespace]
    start = "-".join(_encoded(part) for part in parts if part)
    name = _encoded(resource.name)
    if not resource.name or resource.generated:
        start = f"{start}-{name.rstrip('-')}" if name else f"{start}-unnamed"
        unnamed[start] = unnamed.get(start, 0) + 1
        name = str(unnamed[start])
    return f"{start}-{name}.yaml"


def _encoded(text: str) -> str:
    # RBAC names may contain ':' and more: percent-encode unsafe characters, so that two names never become one
    return "".join(
        char if _SAFE.fullmatch(char) else "".join(f"%{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))
        for char in text.lower()
    )


def _check_names(files: Mapping[str, bytes], stage: str) -> None:
    owners: dict[str, tuple[str, bool, str]] = {}
    for path in files:
        _check_name(path, stage)
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            # check directories too: on some systems two names that differ only in case are one
            shown, is_file = "/".join(parts[:depth]), depth == len(parts)
            spelling, _, other = owner = owners.setdefault(shown.casefold(), (shown, is_file, path))
            if other != path and (spelling != shown or owner[1] or is_file):
                raise _clash(other, path, stage)


def _check_name(path: str, stage: str) -> None:
    problem = path_problem(path)
    if problem is not None:
        raise UnsafePathError(
            f"stage {stage}: {path[:80]!r} is not a safe file name: it {problem}", hint="rename it", path=path
        )
    reserved = path.casefold() == LOCK
    if reserved or any(len(part.encode("utf-8", "surrogatepass")) > _MAX_NAME for part in path.split("/")):
        problem = "is reserved for the lock" if reserved else "is too long for a file name"
        raise ManifestError(f"stage {stage}: {path[:80]!r} {problem}", hint="rename it", path=path, stage=stage)


def _clash(other: str, path: str, stage: str) -> ManifestError:
    return ManifestError(
        f"stage {stage}: {other} and {path} cannot both be files: one is a directory, or they differ only in case",
        hint="rename one of the two",
        path=path,
        stage=stage,
        origins=(other, path),
    )


_LAYOUTS: Final[Mapping[str, Callable[[Sequence[Manifest], str], dict[str, bytes]]]] = {
    "helm": _helm,
    "flat": _flat,
    "file": _file,
}
