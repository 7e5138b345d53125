"""One rendered YAML document with its origin, and the result of a renderer."""

from __future__ import annotations

from attrs import field, frozen


@frozen
class Manifest:
    """One YAML document, as bytes.

    ``path`` is the relative path of the template or file that it comes from, with ``/`` between names; several
    documents may share one. ``data`` is the document without its separator. It ends in a newline if the renderer's own
    output does. ``separator`` is the text before it in a file of several documents; it may be empty for the first
    document of a file that is copied unchanged.
    """

    path: str
    data: bytes
    separator: bytes = b"---\n"


@frozen
class RenderResult:
    """The result of rendering one package for one stage: manifests, in the order in which they apply.

    ``notes`` are messages for the user (not errors), one line each.
    """

    manifests: tuple[Manifest, ...] = field(converter=tuple[Manifest, ...])
    notes: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
