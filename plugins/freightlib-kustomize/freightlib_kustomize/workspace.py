r"""The workspace of a build: package, policy and wrapper put together as the published design does, in memory first.

>>> from freightlib.plugins import PackageFile
>>> from freightlib_kustomize.workspace import Workspace
>>> space = Workspace()
>>> space.add("source/base/web.yaml", PackageFile("web.yaml", 0o100644, b"kind: Service\n"))
>>> space.resolve("source/base/web.yaml"), space.is_directory("source/base")
('source/base/web.yaml', True)
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from freightlib.plugins import Mode, PackageFile, RenderError, RenderRequest
from freightlib_kustomize import wrapper
from freightlib_kustomize.failures import refused

#: The names kustomize looks for (kustomize: konfig.RecognizedKustomizationFileNames).
KUSTOMIZATIONS: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_MOST_STEPS: Final = 4096


class Workspace:
    """Files by path (``/`` between names). Symlinks stay symlinks, so that kustomize sees what the source held."""

    def __init__(self) -> None:
        self.files: dict[str, PackageFile] = {}
        self.children: dict[str, set[str]] = {"": set()}

    def add(self, path: str, file: PackageFile) -> None:
        """Put a file at ``path``. Raises RenderError when the path is unsafe, or other contents are there."""
        parts = path.split("/")
        if any(part in ("", ".", "..") or "\0" in part for part in parts):
            raise refused(path, f"{path!r} is not a safe path", "rename it in the source, and publish again")
        there = self.files.get(path)
        taken = path in self.children or (there is not None and (there.mode, there.data) != (file.mode, file.data))
        for depth in range(1, len(parts)):
            above = "/".join(parts[:depth])
            taken = taken or above in self.files
            self.children.setdefault(above, set())
            self.children[posixpath.dirname(above)].add(parts[depth - 1])
        if taken:
            hint = "give the policy's directories places of their own: {path, at} under components or policyDirectories"
            raise refused(path, f"two things would both be {path} in the workspace", hint)
        self.files[path] = file
        self.children[posixpath.dirname(path)].add(parts[-1])

    def is_directory(self, path: str) -> bool:
        """Whether a directory is at ``path`` (symlinks are not followed)."""
        return path in self.children

    def resolve(self, path: str) -> str | None:
        """Where ``path`` (relative) leads to once symlinks are followed, or ``None`` when nothing is there."""
        here: list[str] = []
        pending = _steps(path)
        for _ in range(_MOST_STEPS):  # over all links together: a few that name each other twice never end
            if not pending:
                return "/".join(here)
            step = pending.pop()
            if step == "..":
                if not here:
                    return None
                here.pop()
                continue
            here.append(step)
            at = "/".join(here)
            file = self.files.get(at)
            if file is not None and file.mode == Mode.SYMLINK:
                target = file.data.decode("utf-8", "surrogateescape")
                if target.startswith("/"):
                    return None
                here.pop()
                pending += _steps(target)
            elif (pending and file is not None) or (file is None and at not in self.children):
                return None
        return None

    def kustomizations(self, directory: str) -> list[str]:
        """Return the kustomization files of a directory; kustomize accepts exactly one."""
        found = [posixpath.join(directory, name) for name in KUSTOMIZATIONS]
        return [path for path in found if self.resolve(path) in self.files]

    def write(self, home: Path) -> None:
        """Write everything below ``home``: directories and files, then links, so that none is written through one."""
        for directory in self.children:
            (home / directory).mkdir(parents=True, exist_ok=True)
        for path, file in self.files.items():
            if file.mode != Mode.SYMLINK:
                target = home / path
                target.write_bytes(file.data)
                target.chmod(0o755 if file.mode == Mode.EXECUTABLE else 0o644)
        for path, file in self.files.items():
            if file.mode == Mode.SYMLINK:
                (home / path).symlink_to(file.data.decode("utf-8", "surrogateescape"))


def _steps(path: str) -> list[str]:
    # in reverse order, to be popped
    return [step for step in reversed(path.split("/")) if step not in ("", ".")]


def assemble(request: RenderRequest) -> tuple[Workspace, str, tuple[str, ...]]:
    """The workspace of a request, the directory in it to build, and notes.

    Raises RenderError for a part that is missing, and for symlinks that leave the package.
    """
    options = request.options
    space = Workspace()
    package = _package(space, request)
    base = posixpath.normpath(posixpath.join(package, options["base"]))
    _check_base(space, base, options, request.stage)
    if options["direct"]:
        return space, base, ()
    for place in (*options["policyDirectories"], *options["components"]):
        _mount(space, request.policy, place["path"], place["at"])
    for place in options["components"]:
        if not space.is_directory(place["at"]):
            raise _missing(place["path"], "the component", request.stage, "components")
    return space, options["deploy"], _wrap(space, request, base)


def _package(space: Workspace, request: RenderRequest) -> str:
    mount = str(request.options["source"])
    inner = Workspace()
    for file in request.package:
        if file.mode != Mode.SUBMODULE:  # an empty directory, as in a clone without its submodules
            inner.add(file.path, file)
    for path, file in inner.files.items():
        if file.mode == Mode.SYMLINK:
            _check_link(inner, path, file)
        space.add(f"{mount}/{path}", file)
    return mount


def _check_link(package: Workspace, path: str, file: PackageFile) -> None:
    target = file.data.decode("utf-8", "surrogateescape")
    if target.startswith("/") or "\0" in target or package.resolve(path) is None:
        hint = "replace it by the file itself in the source, and publish again"
        raise refused(path, f"the symlink {path!r} -> {target!r:.80} leaves the package or leads to nothing", hint)


def _check_base(space: Workspace, base: str, options: Mapping[str, Any], stage: str) -> None:
    real = space.resolve(base)
    if real is None or not space.is_directory(real) or not space.kustomizations(real):
        raise RenderError(
            f"the package of stage {stage} has no {options['base']}/ with a {KUSTOMIZATIONS[0]}",
            hint="set base under render to the directory of the package that is built",
            stage=stage,
            renderer="kustomize",
            template=base,
        )


def _mount(space: Workspace, policy: Mapping[str, bytes | None], path: str, at: str) -> None:
    start = f"{path}/"
    for name, data in policy.items():
        if name.startswith(start) and data is not None:
            space.add(f"{at}/{name[len(start) :]}", PackageFile(name, Mode.FILE, data))


def _wrap(space: Workspace, request: RenderRequest, base: str) -> tuple[str, ...]:
    options = request.options
    deploy = options["deploy"]
    _mount(space, request.policy, options["wrapper"], deploy)
    found = space.kustomizations(deploy)
    if not found:
        raise _missing(
            options["wrapper"], f"the wrapper (a directory with a {KUSTOMIZATIONS[0]})", request.stage, "wrapper"
        )
    if len(found) > 1:
        raise refused(found[1], f"the wrapper holds {' and '.join(found)}", "keep one of them")
    edited = wrapper.edit(
        space.files[found[0]].data,
        document=found[0],
        namespace=options["namespace"],
        resources=[posixpath.relpath(base, deploy)],
        components=[posixpath.relpath(place["at"], deploy) for place in options["components"]],
        images=options["images"],
    )
    space.files[found[0]] = PackageFile(found[0], Mode.FILE, edited.data)
    return edited.notes


def _missing(path: str, what: str, stage: str, option: str) -> RenderError:
    hint = f"commit it to the policy, or correct {option} under render"
    if option == "wrapper":
        hint += " (direct: true builds the package without one)"
    return RenderError(
        f"stage {stage}: {what} {path} is not there", hint=hint, stage=stage, renderer="kustomize", path=path
    )
