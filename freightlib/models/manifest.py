r"""One rendered YAML document with its origin, and what a renderer hands back.

>>> from freightlib.models.manifest import Manifest
>>> Manifest(path="shop/templates/web.yaml", data=b"kind: Service\n").separator
b'---\n'
"""

from __future__ import annotations

from attrs import field, frozen


@frozen
class Manifest:
    """One YAML document, as bytes.

    ``path`` is where the renderer took it from (a template's or file's path, ``/``-separated, relative); several
    documents may share one. ``data`` is the document without its separator and ends in a newline unless the renderer's
    own output does not. ``separator`` is what precedes it in a file of several documents; it may be empty
    for the first document of a file that is copied as it is.
    """

    path: str
    data: bytes
    separator: bytes = b"---\n"


@frozen
class RenderResult:
    """What a renderer made of one package for one stage: manifests in the order in which they apply.

    ``notes`` are things the user should hear of (not errors), a line each.
    """

    manifests: tuple[Manifest, ...] = field(converter=tuple[Manifest, ...])
    notes: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
