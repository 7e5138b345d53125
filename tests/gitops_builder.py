"""Three apps, one of each package type, with releases, in repositories that are written object by object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from freightlib.git.trees import Entry, Mode
from freightlib.models import CURRENT, Freight, Image, Source
from freightlib.testing import ObjectBuilder
from freightlib.testing.objects import File

WHEN = datetime(2026, 3, 22, 12, 34, 56, tzinfo=UTC)

CHART: Mapping[str, File] = {
    "Chart.yaml": b"apiVersion: v2\nname: codeai\nversion: 0.1.0\n",
    "values.yaml": b"image: code-dot-org\nreplicas: 1\n",
    "README.md": b"# codeai\r\nWindows line ends stay.\r\n",
    ".helmignore": b"*.bak\n",
    ".gitignore": b"charts/\n",
    "bin/setup": (Mode.EXECUTABLE, b"#!/bin/sh\nexec true\n"),
    "charts/redis-1.2.3.tgz": b"\x1f\x8b\x08\x00 not really an archive",
    "files/caf\u00e9.txt": "na\u00efve\n".encode(),
    "files/link": (Mode.SYMLINK, b"../values.yaml"),
    "templates/_helpers.tpl": b'{{ define "name" }}codeai{{ end }}\n',
    "templates/web.yaml": b"kind: Deployment\nmetadata: {name: web}\n",
    "templates/tests/ping.yaml": b"kind: Pod\nmetadata: {name: ping}\n",
}
KUSTOMIZE: Mapping[str, File] = {
    "base/kustomization.yaml": b"resources: [web.yaml]\n",
    "base/web.yaml": b"kind: Deployment\nmetadata: {name: web}\n",
    "overlays/test/kustomization.yml": b"resources: [../../base]\n",
    "overlays/same": (Mode.SYMLINK, b"test"),
    "bin/build": (Mode.EXECUTABLE, b"#!/bin/sh\nkustomize build\n"),
}
PLAIN: Mapping[str, File] = {"web.yaml": b"kind: Service\nmetadata: {name: web}\n", "NOTES": b"read me\n"}
PACKAGES = {"codeai": ("helm", "k8s/helm", CHART), "shop": ("kustomize", "k8s/kustomize", KUSTOMIZE),
            "static": ("plain", "deploy", PLAIN)}  # fmt: skip
PROJECT = b"""\
schemaVersion: v1
apps:
  codeai:
    package: {type: helm, path: k8s/helm}
    render: {renderer: helm-template}
    stages: {staging: {from: warehouse}}
  shop:
    package: {type: kustomize, path: k8s/kustomize}
    warehouse: releases/shop
    stages: {test: {from: warehouse}}
  static:
    package: {type: plain, path: deploy}
    render: {renderer: copy}
    stages: {test: {from: warehouse}}
"""
#: What lies beside the warehouses in the real layout, and oddities that are nobody's business there.
POLICY: Mapping[str, File] = {
    "freightlib.yaml": PROJECT,
    "README.md": b"The GitOps repository\n",
    "apps/codeai/envTypes/test.values.yaml": b"replicas: 2\n",
    "apps/codeai/deployments/test/deployment.yaml": b"name: test\nenvType: test\nrenderedBranch: stage/test\n",
    "apps/codeai/deployments/test/values.yaml": b"{}\n",
    "apps/codeai/deployments/levelbuilder/deployment.yaml.disabled": b"name: levelbuilder\n",
    "apps/codeai/kargo/passwd": (Mode.SYMLINK, b"/etc/passwd"),
    "apps/codeai/kargo/gone": (Mode.SYMLINK, b"../../../../gone"),
    "apps/codeai/kargo/image.tgz": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    "apps/codeai/kargo/Image.TGZ": b"collides, outside every warehouse\n",
    "warehouses/codeai/legacy-gitflow/test/current.yaml": b"revision: none\n",
    "warehouses/README.md": b"Not an app's\n",
}


def warehouse(app: str) -> str:
    return "releases/shop" if app == "shop" else f"warehouses/{app}/freight"


@dataclass
class World:
    """A source repository with releases, and the GitOps repository in which they are published."""

    gitops: ObjectBuilder
    source: ObjectBuilder
    root: str
    tags: dict[str, list[str]] = field(default_factory=dict)

    @property
    def freight(self) -> str:
        """The warehouse of codeai."""
        return warehouse("codeai")

    @property
    def old(self) -> str:
        return f"{self.freight}/{self.tags['codeai'][0]}"

    @property
    def new(self) -> str:
        """The snapshot that current/ mirrors."""
        return f"{self.freight}/{self.tags['codeai'][-1]}"

    @property
    def current(self) -> str:
        return f"{self.freight}/{CURRENT}"

    def at(self, path: str, root: str | None = None) -> Entry:
        return self.gitops.at(root or self.root, path)

    def put(self, path: str, file: File | None, root: str | None = None) -> str:
        """The root with one path replaced, or removed."""
        return self.gitops.put(root or self.root, path, file)

    def both(self, path: str, file: File | None) -> str:
        """The root with one path of the newest snapshot replaced, in the snapshot and in its mirror."""
        return self.put(f"{self.current}/{path}", file, self.put(f"{self.new}/{path}", file))

    def raw(self, path: str, *entries: Entry) -> str:
        """The root with a directory of exactly these entries, in this order, at ``path``."""
        return self.put(path, self.gitops.literal_tree(*entries))

    def commit(self, root: str) -> str:
        return self.gitops.commit(root, moves=None)


def record(app: str, revision: str, payload: str, **changes: object) -> Freight:
    kind, path, _ = PACKAGES[app]
    facts = {
        "revision": revision,
        "image": Image(f"ghcr.io/example/{app}:git-{revision}", "sha256:" + "ab" * 32),
        "package_type": kind,
        "created_at": WHEN,
        "source": Source("https://github.com/example/app.git", path, payload),
    }
    return Freight(**{**facts, **changes})  # type: ignore[arg-type]


def world(path: Path, *, releases: int = 3) -> World:
    """Three apps, of one package type each; codeai has several releases, in each of which one file changed."""
    gitops, source = ObjectBuilder(path / "gitops.git"), ObjectBuilder(path / "source.git")
    built = World(gitops, source, gitops.tree(POLICY))
    parent: tuple[str, ...] = ()
    for number in range(releases):
        files = {f"{place}/{name}": file for _, place, package in PACKAGES.values() for name, file in package.items()}
        files["k8s/helm/values.yaml"] = b"image: code-dot-org\nreplicas: %d\n" % number
        files["src/main.rb"] = b"puts %d\n" % number
        revision = source.commit(source.tree(files), *parent, message=f"Release {number}\n")
        parent = (revision,)
        for app in PACKAGES if number == 0 else ("codeai",):
            publish(built, app, revision)
    gitops.commit(built.root)
    return built


def publish(built: World, app: str, revision: str) -> None:
    """Publish the package of one source commit, as ``freightlib.publish`` does."""
    payload = built.source.at(built.source.tree_of(revision), PACKAGES[app][1])
    built.gitops.copy(built.source, payload)
    freight = record(app, revision, payload.id)
    entry = built.gitops.snapshot(freight, payload.id)
    for name in (freight.tag, CURRENT):
        built.root = built.put(f"{warehouse(app)}/{name}", entry)
    built.tags.setdefault(app, []).append(freight.tag)
