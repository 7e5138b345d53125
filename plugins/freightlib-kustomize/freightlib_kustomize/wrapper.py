r"""Edits a wrapper's kustomization as ``kustomize edit`` would, but keeps its comments and the order of its keys.

>>> from freightlib_kustomize.wrapper import edit
>>> text = b"# ours\nresources: []\nnamePrefix: x-  # why\n"
>>> print(edit(text, document="k.yaml", namespace=None, resources=["../source/base"]).data.decode(), end="")
# ours
resources: ["../source/base"]
namePrefix: x-  # why

This module is the only user of ruamel.yaml here.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from freightlib.plugins import DocumentError, kubeyaml
from freightlib_kustomize.failures import refused

_INDENTED: Final = re.compile(rb"^\w+:[^\n]*\n(?:[ \t]*#[^\n]*\n)*  +- ", re.MULTILINE)
_EDITED: Final = ("namespace", "resources", "components", "images")
_IMAGE_KEYS: Final = ("newName", "newTag", "digest", "tagSuffix")


@frozen
class Edited:
    """The new text, and what the user should hear of."""

    data: bytes
    notes: tuple[str, ...] = ()


def edit(
    data: bytes,
    *,
    document: str,
    namespace: str | None,
    resources: Sequence[str],
    components: Sequence[str] = (),
    images: Sequence[Mapping[str, str]] = (),
) -> Edited:
    """Set ``namespace`` (``None``: leave it), ``resources`` and ``components``, and merge ``images`` by name, sorted.

    ``document`` names the file in errors. Raises RenderError when it is not one plain YAML mapping.
    """
    from ruamel.yaml.comments import CommentedMap

    yaml = _yaml(data)
    top = _load(yaml, data, document)
    if top is None:
        top = CommentedMap()
    if not isinstance(top, CommentedMap):
        raise refused(document, f"{document} is not a mapping", "write a kustomization there")
    _check_fields(top, document)
    notes = [
        f"{document}: {key} of the wrapper is replaced by {', '.join(new) or 'nothing'}"
        for key, new in (("resources", resources), ("components", components))
        if top.get(key) and [str(item) for item in top[key]] != [*new]
    ]
    if namespace is not None:
        top["namespace"] = _quoted(namespace)
    _replace(top, "resources", resources)
    _replace(top, "components", components)
    if images:
        _set_images(top, images, document)
    stream = io.BytesIO()
    yaml.dump(top, stream)
    return Edited(stream.getvalue(), tuple(notes))


def _check_fields(top: Any, document: str) -> None:
    for key in top:
        # to kustomize Resources is resources (encoding/json ignores case): there would be two of them
        if key not in _EDITED and str(key).casefold() in _EDITED:
            raise refused(
                document, f"{document}: the field {key!r} is not written as it should be", "use small letters"
            )
    for key in ("resources", "components"):
        if top.get(key) is not None and not isinstance(top[key], list):
            raise refused(document, f"{document}: {key} is not a list", f"write {key}: []")


def _yaml(data: bytes) -> Any:
    from ruamel.yaml import YAML, compat

    if getattr(compat, "_debug", 0) is None:
        compat._debug = 0  # else each write looks at YAMLDEBUG in the environment, and fails when it is no number
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 1 << 16
    if _INDENTED.search(data):
        yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _load(yaml: Any, data: bytes, document: str) -> Any:
    from ruamel.yaml.error import YAMLError

    try:
        # first with limits: ruamel.yaml has none against alias bombs and depth
        kubeyaml.load_all(data, document=document, text=True)
        return yaml.load(data.decode("utf-8-sig"))
    except DocumentError as error:
        raise refused(document, error.message, error.hint, line=error.data.get("line")) from error
    except YAMLError as error:
        said = " ".join(str(error).split())[:500]
        raise refused(document, f"{document}: {said}", "correct the wrapper's YAML") from error


def _quoted(text: str) -> Any:
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    return DoubleQuotedScalarString(text)  # "on" and "1_0" are no text to Go unless quoted


def _replace(top: Any, key: str, new: Sequence[str]) -> None:
    """Put a list in place; what stood after the old one (comments, blank lines) stays after the new one."""
    from ruamel.yaml.comments import CommentedSeq

    if not new and not top.get(key):
        return
    values = CommentedSeq([_quoted(item) for item in new])
    old = top.get(key)
    if not new or not old or old.fa.flow_style():
        values.fa.set_flow_style()
    else:
        after = old.ca.items.get(len(old) - 1)
        if after is not None:
            values.ca.items[len(new) - 1] = after
        values.ca.comment = old.ca.comment
    top[key] = values


def _set_images(top: Any, images: Sequence[Mapping[str, str]], document: str) -> None:
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    old = top.get("images")
    if old is None or (isinstance(old, CommentedSeq) and not old):
        old = CommentedSeq()
    if not isinstance(old, CommentedSeq) or not all(
        isinstance(item, CommentedMap) and item.get("name") for item in old
    ):
        raise refused(document, f"{document}: images is not a list of mappings with names", "correct the wrapper")
    known = {str(item["name"]): item for item in old}
    for image in images:
        item = known.setdefault(image["name"], CommentedMap(name=_quoted(image["name"])))
        for key in _IMAGE_KEYS:
            if key in image:
                item[key] = _quoted(image[key])
            else:
                item.pop(key, None)
    ordered = sorted(known.values(), key=lambda item: str(item["name"]))
    if [id(item) for item in ordered] != [id(item) for item in old]:
        values = CommentedSeq(ordered)
        values.ca.comment = old.ca.comment
        old = values
    top["images"] = old
