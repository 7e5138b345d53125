"""The options of ``kustomize``: checked, defaults filled in, as plain YAML values in one order.

>>> from freightlib_kustomize.options import effective
>>> effective({"policy": "apps/shop", "envType": "test"})["components"]
[{'path': 'apps/shop/envTypes/test', 'at': 'envTypes/test'}]

``policy`` and ``envType`` are facts of the stage that freightlib fills in; defaults of other options are made of them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from freightlib.plugins import ProjectError, closest, path_problem

NAMES: Final = (
    "policy",
    "envType",
    "wrapper",
    "direct",
    "base",
    "namespace",
    "components",
    "policyDirectories",
    "images",
    "source",
    "envTypes",
    "deploy",
    "loadRestrictor",
    "allowRemote",
    "allowHelm",
    "allowPlugins",
    "program",
)
RESTRICTORS: Final = ("rootOnly", "none")
_IMAGE: Final = ("name", "newName", "newTag", "digest")
_TAG: Final = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_DIGEST: Final = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-zA-Z=_-]{32,}")
_NAMESPACE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def effective(options: Mapping[str, Any]) -> dict[str, Any]:
    """Every option by name, in a fixed order. Raises ProjectError naming the option that is unknown or wrong."""
    _known("", options, NAMES, "kustomize has no option")
    given = _Given(options)
    direct = given.flag("direct") or ("wrapper" in options and options["wrapper"] is None)
    mounts = {name: given.directory(name, name) for name in ("source", "envTypes", "deploy")}
    _check_mounts(mounts)
    found = {
        "policy": given.text("policy", None),
        "envType": given.text("envType", None),
        "wrapper": None if direct else _wrapper(given),
        "direct": direct,
        "base": given.directory("base", "." if direct else "base", root=True),
        "namespace": None if direct else _namespace(given),
        "components": _components(given, direct, mounts["envTypes"]),
        "policyDirectories": _policy_directories(given, direct, mounts["envTypes"]),
        "images": _images(given, direct),
        **mounts,
        "loadRestrictor": given.one_of("loadRestrictor", RESTRICTORS),
        "allowRemote": given.flag("allowRemote"),
        "allowHelm": given.flag("allowHelm"),
        "allowPlugins": given.flag("allowPlugins"),
        "program": given.text("program", None),
    }
    return {name: found[name] for name in NAMES}


def wrong(name: str, message: str, hint: str) -> ProjectError:
    """The error for an option: ``name`` is its path below ``render``."""
    return ProjectError(message, hint=hint, path=f"render.{name}")


def _known(where: str, given: Mapping[str, Any], names: Sequence[str], what: str) -> None:
    for name in given:
        if name not in names:
            close = closest(str(name), names)
            hint = f"did you mean {close!r}?" if close else f"it has: {', '.join(names)}"
            raise wrong(f"{where}.{name}" if where else str(name), f"{what} {name!r}", hint)


class _Given:
    """The options as they were given, read by type."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = options

    def text(self, name: str, default: str | None) -> str | None:
        value = self.options.get(name)
        return default if value is None else text(name, value)

    def flag(self, name: str) -> bool:
        value = self.options.get(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise wrong(name, f"{name} is {value!r:.80}, not true or false", f"write {name}: true, or leave it out")
        return value

    def one_of(self, name: str, names: Sequence[str]) -> str:
        value = self.options.get(name)
        if value is None:
            return names[0]
        if value not in names:
            raise wrong(name, f"{value!r:.80} is not a {name}", f"use one of: {', '.join(names)}")
        return str(value)

    def directory(self, name: str, default: str, *, root: bool = False) -> str:
        value = self.text(name, default)
        return plain_path(name, value or default, root=root)

    def items(self, name: str, default: Callable[[], list[Any]]) -> list[Any]:
        value = self.options.get(name)
        if value is None:
            return default()
        if not isinstance(value, list | tuple):
            raise wrong(name, f"{name} is {value!r:.80}, not a list", f"write {name}: as a list")
        return list(value)


def text(name: str, value: Any) -> str:
    """``value`` when it is a text that is not empty. Raises ProjectError."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise wrong(name, f"{name} is {value!r:.80}, not a text", f"write {name}: as a text, in quotes")
    return str(value)


def plain_path(name: str, path: str, *, root: bool = False) -> str:
    """``path`` when it is a plain relative one (``.`` only with ``root``). Raises ProjectError."""
    path = path.rstrip("/") or path
    if path_problem(path, root=root):
        raise wrong(name, f"{name} is {path!r:.80}, not a plain path", "write it relative, without . or ..")
    return path


def _wrapper(given: _Given) -> str:
    path = given.text("wrapper", None)
    if path is None:
        policy = given.text("policy", None)
        if policy is None:
            hint = 'write wrapper: "{policy}/kargo/templates/deploy" under render, or direct: true'
            raise wrong("wrapper", "kustomize needs a wrapper to put the package and the policy together", hint)
        path = f"{policy}/kargo/templates/deploy"
    return plain_path("wrapper", path)


def _namespace(given: _Given) -> str | None:
    namespace = given.text("namespace", None)
    if namespace is not None and not _NAMESPACE.fullmatch(namespace):
        hint = "use at most 63 small letters, digits and dashes"
        raise wrong("namespace", f"{namespace!r:.80} cannot be a namespace of Kubernetes", hint)
    return namespace


def _check_mounts(mounts: Mapping[str, str]) -> None:
    for name, place in mounts.items():
        for other, there in mounts.items():
            if name != other and f"{there}/".startswith(f"{place}/"):
                hint = "give each a directory of its own in the workspace"
                raise wrong(other, f"{name} ({place}) and {other} ({there}) lie in one another", hint)


def _components(given: _Given, direct: bool, mount: str) -> list[dict[str, str]]:
    def default() -> list[Any]:
        policy, kind = given.text("policy", None), given.text("envType", None)
        return [] if direct or policy is None or kind is None else [f"{policy}/envTypes/{kind}"]

    return _placed(given, "components", default, direct, mount)


def _policy_directories(given: _Given, direct: bool, mount: str) -> list[dict[str, str]]:
    def default() -> list[Any]:
        policy = given.text("policy", None)
        return [] if direct or policy is None else [f"{policy}/envTypes/components"]

    return _placed(given, "policyDirectories", default, direct, mount)


def _placed(
    given: _Given, name: str, default: Callable[[], list[Any]], direct: bool, mount: str
) -> list[dict[str, str]]:
    items = given.items(name, default)
    if items and direct:
        raise _needs_wrapper(name)
    found = [_place(f"{name}[{index}]", item, mount) for index, item in enumerate(items)]
    places = [item["at"] for item in found]
    for index, place in enumerate(places):
        if place in places[:index]:
            hint = "give each {path, at} with a directory of its own"
            raise wrong(f"{name}[{index}]", f"two of {name} would both be {place} in the workspace", hint)
    return found


def _place(name: str, item: Any, mount: str) -> dict[str, str]:
    if isinstance(item, Mapping):
        _known(name, item, ("path", "at"), f"{name} has no key")
        path = plain_path(f"{name}.path", text(f"{name}.path", item.get("path")))
        at = item.get("at")
        place = f"{mount}/{posixpath.basename(path)}" if at is None else text(f"{name}.at", at)
        return {"path": path, "at": plain_path(f"{name}.at", place)}
    path = plain_path(name, text(name, item))
    return {"path": path, "at": f"{mount}/{posixpath.basename(path)}"}


def _needs_wrapper(name: str) -> ProjectError:
    hint = f"remove {name}, or remove direct and name the wrapper's directory in the policy"
    return wrong(name, f"a direct build takes the package as it is, so {name} cannot be set", hint)


def _images(given: _Given, direct: bool) -> list[dict[str, str]]:
    items = given.items("images", list)
    if items and direct:
        raise _needs_wrapper("images")
    images = [_image(f"images[{index}]", item) for index, item in enumerate(items)]
    names = [image["name"] for image in images]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise wrong(f"images[{index}].name", f"the image {name!r} stands twice", "keep one of the two")
    return sorted(images, key=lambda image: image["name"])


def _image(where: str, item: Any) -> dict[str, str]:
    if not isinstance(item, Mapping):
        hint = "write each as {name, newName, newTag} or {name, newName, digest}"
        raise wrong(where, f"{where} is {item!r:.80}, not a mapping", hint)
    _known(where, item, _IMAGE, f"{where} has no key")
    image = {key: text(f"{where}.{key}", item[key]) for key in _IMAGE if item.get(key) is not None}
    if "name" not in image:
        raise wrong(
            f"{where}.name", f"{where} has no name", "write the image's name as the package's manifests have it"
        )
    if ("newTag" in image) == ("digest" in image):
        both = "both newTag and digest" if "digest" in image else "neither newTag nor digest"
        raise wrong(where, f"{where} ({image['name']}) has {both}", "give exactly one of newTag and digest")
    for key, pattern in (("newTag", _TAG), ("digest", _DIGEST)):
        if key in image and not pattern.fullmatch(image[key]):
            raise wrong(
                f"{where}.{key}", f"{image[key]!r:.80} is not an image's {key}", "see {image.tag}, {image.digest}"
            )
    return image
