"""Checks everything a build would read before it runs: nothing remote, nothing outside, no code, no YAML bombs.

>>> from freightlib.plugins import PackageFile
>>> from freightlib_kustomize.references import check
>>> from freightlib_kustomize.workspace import Workspace
>>> space = Workspace()
>>> text = b"resources: [https://a.example/x.yaml]"
>>> space.add("base/kustomization.yaml", PackageFile("kustomization.yaml", 0o100644, text))
>>> check(space, "base", {"allowRemote": False, "allowHelm": False, "allowPlugins": False})
Traceback (most recent call last):
freightlib.errors.RenderError: base/kustomization.yaml: resources[0] refers to https://a.example/x.yaml, which is remote
copy it into the package or the policy, or set allowRemote: true under render (the result then depends on the network)

Kustomize itself fetches, follows and expands without asking; it is cut off from the network besides.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any, Final

from freightlib.plugins import DocumentError, RenderError, kubeyaml
from freightlib_kustomize.failures import refused
from freightlib_kustomize.fields import Reference, Use, folded, plugin_references, references
from freightlib_kustomize.workspace import Workspace

# whatever kustomize could take as an address: a scheme or host before a colon, user@host, GitHub's short form
_REMOTE: Final = re.compile(
    r"\s*(?:[a-z][\w+.-]*:|[\w.-]+@[\w.-]+[:/]|(?:www\.)?github\.com/)|.*(?:://|\?ref=)", re.IGNORECASE | re.DOTALL
)
_YAML_LIKE: Final = re.compile(r"\n|: |^\s*\{")
_FUNCTIONS: Final = ("config.kubernetes.io/function", "config.k8s.io/function")
_CONFIGURATION_FIELDS: Final = frozenset(
    ("apiversion", "kind", "metadata", "resources", "bases", "components", "nameprefix", "namesuffix", "namespace")
)
_HELM_KIND: Final = "HelmChartInflationGenerator"
_COPY: Final = "copy it into the package or the policy"


def is_remote(text: str) -> bool:
    """Whether kustomize could take a reference for an address (kustomize: git.NewRepoSpecFromURL, loader.IsRemoteFile).

    >>> is_remote("github.com/kubernetes-sigs/kustomize/examples"), is_remote("../base")
    (True, False)
    """
    return _REMOTE.match(text) is not None


def check(space: Workspace, directory: str, options: Mapping[str, Any], *, programs: bool = True) -> tuple[str, ...]:
    """Follow every reference from the kustomization in ``directory``. Notes name what settings allowed.

    ``programs``: whether the program that builds can run other programs (kubectl passes over them in silence).

    Raises RenderError naming file and field (``template``, ``field``) of what is refused.
    """
    found = _Check(space, options, programs)
    found.directory(directory, plugin=False)
    return tuple(found.notes)


class _Check:
    def __init__(self, space: Workspace, options: Mapping[str, Any], programs: bool) -> None:
        self.space = space
        self.programs = programs
        self.remote, self.helm = bool(options["allowRemote"]), bool(options["allowHelm"])
        self.plugins = bool(options["allowPlugins"])
        self.notes: list[str] = []
        self.seen: set[tuple[str, bool]] = set()

    # --- directories and files ------------------------------------------------------------------------

    def directory(self, path: str, *, plugin: bool) -> None:
        pending = [(path, plugin)]
        while pending:  # not by recursion: a chain of bases may be as long as its author likes
            here, inside = pending.pop()
            if (here, inside) in self.seen:
                continue
            self.seen.add((here, inside))
            for name in self.space.kustomizations(here):
                for document in self.read(name, text=True):
                    if inside and not self.plugins:
                        _check_configurations(name, document)
                    for reference in references(document):
                        pending += self.follow(name, here, reference, inside)

    def follow(self, file: str, directory: str, reference: Reference, plugin: bool) -> list[tuple[str, bool]]:
        """Check one reference; the directories it adds."""
        if reference.use is Use.HELM:
            self.chart(file, reference)
            return []
        if reference.use is Use.INLINE_YAML or self.inline(file, directory, reference):
            _documents(f"{file}: {reference.field}", reference.text.encode("utf-8", "replace"))
            return []
        real = self.place(file, directory, reference)
        if real is None:
            return []
        inside = plugin or reference.use is Use.EITHER_PLUGIN
        if self.space.is_directory(real):
            return [(real, inside)]
        configures = inside and reference.use in (Use.EITHER_PLUGIN, Use.RESOURCE)
        if (real, configures) not in self.seen and reference.use is not Use.RAW:
            self.seen.add((real, configures))
            self.file(real, directory, configures)
        return []

    def file(self, path: str, directory: str, configures: bool) -> None:
        """Check a file that kustomize reads as YAML."""
        if configures:
            self.configurations(path, directory, self.read(path))
        elif b"&" in self.space.files[path].data:
            # only anchors make a little YAML a lot; whatever else is wrong, kustomize says itself
            self.read(path)

    def place(self, file: str, directory: str, reference: Reference) -> str | None:
        """What a reference leads to in the workspace; ``None`` for something remote that is allowed."""
        text = reference.text
        if is_remote(text):
            if not self.remote:
                hint = f"{_COPY}, or set allowRemote: true under render (the result then depends on the network)"
                raise _refused(file, reference, "which is remote", hint)
            self.notes.append(f"{file}: {reference.field} depends on the network: {text}")
            return None
        if text.startswith("/"):
            raise _refused(file, reference, "which is an absolute path", "write it relative to that file's directory")
        # kustomize joins and cleans the path as text before it follows symlinks
        path = posixpath.normpath(posixpath.join(directory, text))
        if path == ".." or path.startswith("../"):
            raise _refused(file, reference, "which leaves the workspace", f"{_COPY} that is built")
        real = self.space.resolve("" if path == "." else path)
        if real is None and reference.use is not Use.PLACE:
            raise _refused(file, reference, "which is not there", "correct the reference, or add what it names")
        return real

    def read(self, path: str, *, text: bool = False) -> list[Any]:
        """The documents of a file in the workspace, read with limits. ``text``: keys that stand twice are refused."""
        real = self.space.resolve(path)
        file = self.space.files.get(real or path)
        return [] if file is None else _documents(path, file.data, text=text)

    # --- code ---------------------------------------------------------------------------------------

    def inline(self, file: str, directory: str, reference: Reference) -> bool:
        """Whether a text that may be YAML or a path is YAML to kustomize: resources, and nothing else."""
        if reference.use not in (Use.EITHER, Use.EITHER_PLUGIN) or not _YAML_LIKE.search(reference.text):
            return False
        documents = _documents(f"{file}: {reference.field}", reference.text.encode("utf-8", "replace"))
        if not documents or not all(isinstance(one, Mapping) and one.get("kind") for one in documents):
            return False
        if reference.use is Use.EITHER_PLUGIN:
            self.configurations(f"{file}: {reference.field}", directory, documents)
        return True

    def configurations(self, file: str, directory: str, documents: list[Any]) -> None:
        for document in documents:
            if not isinstance(document, Mapping):
                continue
            if _is_code(document):
                self.code(file, document)
            if document.get("kind") == _HELM_KIND:
                self.chart(file, Reference("kind", _HELM_KIND, Use.HELM))
            for reference in plugin_references(document):
                self.follow(file, directory, reference, plugin=False)

    def code(self, file: str, document: Mapping[str, Any]) -> None:
        what = f"{file}: {document.get('kind')} is a plugin that runs a program or a container"
        if not self.plugins:
            hint = "use one of kustomize's own transformers, or set allowPlugins: true under render"
            raise refused(file, what, hint, field="kind")
        if not self.programs:
            hint = "install the kustomize program, and name it with program under render"
            raise refused(file, f"{what}, which kubectl does not run", hint, field="kind")

    def chart(self, file: str, reference: Reference) -> None:
        if not self.helm:
            hint = "render the chart into the package, or set allowHelm: true under render"
            raise _refused(file, reference, "a Helm chart to inflate", hint)
        if reference.field.casefold().endswith(".repo") and is_remote(reference.text):
            self.place(file, "", reference)


def _check_configurations(file: str, kustomization: Any) -> None:
    # what patches make of a configuration cannot be known before kustomize runs
    for key, written, _ in folded(kustomization):
        if key not in _CONFIGURATION_FIELDS:
            raise refused(
                file,
                f"{file}: {written} changes configurations of plugins, which are then no longer what was checked",
                "write out what the plugin would generate, or set allowPlugins: true under render",
                field=written,
            )


def _documents(path: str, data: bytes, *, text: bool = False) -> list[Any]:
    try:
        return kubeyaml.load_all(data, document=path, text=text)
    except DocumentError as error:
        raise refused(path, error.message, error.hint, line=error.data.get("line")) from error


def _is_code(document: Mapping[str, Any]) -> bool:
    metadata = document.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    functions = isinstance(annotations, Mapping) and any(name in annotations for name in _FUNCTIONS)
    return functions or document.get("apiVersion") != "builtin"


def _refused(file: str, reference: Reference, why: str, hint: str) -> RenderError:
    shown = " ".join(reference.text.split())[:200]
    return refused(
        file,
        f"{file}: {reference.field} refers to {shown}, {why}",
        hint,
        field=reference.field,
        reference=reference.text,
    )
