"""A frozen payload as the chart Helm would load from its directory: ignored files left out, symlinks resolved inside.

Helm follows symlinks wherever they lead; here a link that leaves the package is refused.
"""

from __future__ import annotations

import gzip
import io
import posixpath
import tarfile
from collections.abc import Iterable, Iterator
from typing import Any, Final

from attrs import field, frozen

from freightlib.plugins import Mode, PackageFile, RenderError
from freightlib_helm import ignore
from freightlib_helm.schemas import check_schemas

#: Helm's limits (pkg/chart/loader/archive): one file, all files.
MAX_FILE: Final = 5 << 20
MAX_CHART: Final = 100 << 20
_MAX_LINKS: Final = 40
_LFS: Final = b"version https://git-lfs.github.com/spec/"


@frozen
class Chart:
    """What an engine needs of a chart: its ``name``, ``files`` (path -> contents, in Helm's order), ``archive`` of them
    (a gzipped tar whose end is open, for more to follow), ``notes`` for the user, and git-lfs ``pointers`` in charts/.
    """

    name: str
    files: tuple[tuple[str, bytes], ...] = field(repr=False)
    archive: bytes = field(repr=False)
    hooks: bool = True
    pointers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def load(package: Iterable[PackageFile]) -> Chart:
    """The chart of a payload. Raises RenderError for links that leave it, files above Helm's limits, bad ignore rules,
    and schemas that would read from outside.
    """
    files = tuple(_visible(_Payload(package)))
    check_schemas(files)
    chart_yaml = dict(files).get("Chart.yaml")
    if chart_yaml is None:
        raise RenderError(
            "Chart.yaml file is missing in the package",
            hint="the package's path must be the directory that holds Chart.yaml, and .helmignore must leave it in",
            renderer="helm-template",
        )
    head = _head(chart_yaml)
    name = head.get("name")
    return Chart(
        name=name if isinstance(name, str) else "",
        files=files,
        archive=pack(files),
        hooks=any(path.endswith(".tgz") or may_say_hook(data) for path, data in files),
        pointers=tuple(path for path, data in files if path.startswith("charts/") and data.startswith(_LFS)),
        notes=("the chart is deprecated",) if head.get("deprecated") is True else (),
    )


def may_say_hook(data: bytes) -> bool:
    """Whether a file's contents can become a hook's annotation, ``helm.sh/hook``."""
    return b"hook" in data.lower()


def pack(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A gzipped tar of ``files`` below one directory, not compressed: it only goes through a pipe. Deterministic."""
    stream = io.BytesIO()
    for path, data in files:
        member = tarfile.TarInfo(f"chart/{path}")
        member.size = len(data)
        stream.write(member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
        stream.write(data)
        stream.write(bytes(-len(data) % tarfile.BLOCKSIZE))
    return gzip.compress(stream.getvalue(), 0, mtime=0)


class _Payload:
    """The payload as directories to walk."""

    def __init__(self, package: Iterable[PackageFile]) -> None:
        self.directories: dict[str, dict[str, PackageFile | None]] = {"": {}}
        for file in package:
            directory, name = posixpath.split(file.path)
            self._directory(directory)[name] = file

    def _directory(self, path: str) -> dict[str, PackageFile | None]:
        if path not in self.directories:
            self.directories[path] = {}
            parent, name = posixpath.split(path)
            self._directory(parent)[name] = None
        return self.directories[path]

    def resolve(self, path: str, file: PackageFile, links: int = 0) -> tuple[str, PackageFile | None]:
        """Where ``file`` at ``path`` really is, and what is there (``None``: a directory)."""
        if file.mode != Mode.SYMLINK:
            return path, file
        target = file.data.decode("utf-8", "surrogateescape")
        if target.startswith("/") or links > _MAX_LINKS:
            raise _bad_link(path, target, "leaves the package" if links <= _MAX_LINKS else "never ends")
        return self._follow(path, posixpath.dirname(path), target, links)

    def _follow(self, link: str, start: str, target: str, links: int) -> tuple[str, PackageFile | None]:
        at, found = start, None
        parts = [part for part in target.split("/") if part not in ("", ".")]
        for number, part in enumerate(parts):
            if part == "..":
                if not at:
                    raise _bad_link(link, target, "leaves the package")
                at = posixpath.dirname(at)
                continue
            if part not in self.directories[at]:
                raise _bad_link(link, target, "leads to nothing")
            step = self.directories[at][part]
            at = posixpath.join(at, part)
            if step is not None:
                at, found = self.resolve(at, step, links + 1)
                if found is not None and number < len(parts) - 1:
                    raise _bad_link(link, target, "goes through a file")
        return at, found if at not in self.directories else None


def _visible(payload: _Payload) -> Iterator[tuple[str, bytes]]:
    rules = _rules(payload)
    total = 0
    for path, data in _walk(payload, rules, "", "", 0):
        content = data.removeprefix(b"\xef\xbb\xbf")
        if len(data) > MAX_FILE:
            raise _too_large(f"the chart's file {path!r} is larger than {MAX_FILE >> 20} MB")
        total += len(content)
        if total > MAX_CHART:
            raise _too_large(f"the chart is larger than {MAX_CHART >> 20} MB")
        yield path, content


def _rules(payload: _Payload) -> ignore.Rules:
    file = payload.directories[""].get(ignore.NAME)
    if file is None:
        return ignore.Rules("")
    _, real = payload.resolve(ignore.NAME, file)
    return ignore.Rules(real.data.decode("utf-8", "replace") if real else "")


def _walk(payload: _Payload, rules: ignore.Rules, real: str, shown: str, links: int) -> Iterator[tuple[str, bytes]]:
    """Files below the directory ``real``, under the name ``shown``, names in byte order as Helm walks."""
    children = payload.directories[real]
    for name in sorted(children, key=lambda name: name.encode("utf-8", "surrogateescape")):
        path = posixpath.join(shown, name)
        at, file = posixpath.join(real, name), children[name]
        linked = links
        if file is not None and file.mode == Mode.SYMLINK:
            linked += 1
            if linked > _MAX_LINKS:
                raise _bad_link(path, file.data.decode("utf-8", "replace"), "never ends")
            at, file = payload.resolve(at, file)
        if rules.ignores(path, is_dir=file is None):
            continue
        if file is None:
            yield from _walk(payload, rules, at, path, linked)
        elif file.mode == Mode.SUBMODULE:
            continue  # an empty directory, as in a clone without its submodules
        else:
            yield path, file.data


def _bad_link(path: str, target: str, why: str) -> RenderError:
    return RenderError(
        f"the chart's symlink {path!r} -> {target!r} {why}",
        hint="replace it by the file itself in the source, and publish again",
        renderer="helm-template",
        template=path,
    )


def _too_large(message: str) -> RenderError:
    return RenderError(
        message, hint="list it in .helmignore, or keep it out of the chart directory", renderer="helm-template"
    )


def _head(data: bytes) -> dict[str, Any]:
    """What Chart.yaml says, as far as it can be read: Helm itself judges it."""
    import yaml

    try:
        found = yaml.load(data, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
