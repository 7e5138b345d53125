"""The published layout: four stages built as by hand with kubectl, through the whole loop of the library."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import freightlib
from freightlib.errors import FreightError
from freightlib.promotion.result import Outcome
from freightlib.testing import ProjectBuilder, RepositoryBuilder, git
from tests.worlds import IMAGE

pytestmark = pytest.mark.slow

STAGES = ("staging", "test", "levelbuilder", "production")
NAMESPACES = {"production": "live"}

PROJECT = """\
schemaVersion: v1
apps:
  shop:
    package: {type: kustomize, path: k8s/kustomize}
    render:
      images:
        - {name: shop, newName: "{image.name}", newTag: "{image.tag}"}
    output: {branch: "stage/{stage}", path: "{policy}/deployments/{deployment}/deploy"}
    stages:
      staging: {from: warehouse}
      test: {from: [staging]}
      levelbuilder: {from: [test]}
      production: {from: [levelbuilder]}
"""

PACKAGE = {
    "base/kustomization.yaml": """\
resources: [web.yaml, jobs/]
configMapGenerator:
  - name: settings
    files: [settings.yml, key=../base/settings.yml]
    envs: [plain.env]
secretGenerator:
  - {name: token, literals: [token=not-a-secret], options: {disableNameSuffixHash: true}}
""",
    "base/settings.yml": "workers: 1\n",
    "base/plain.env": "MODE=plain\n",
    "base/web.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: web, image: shop, envFrom: [{configMapRef: {name: settings}}]}
        - {name: side, image: "redis:7"}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "shop:reader"}
rules: []
""",
    "base/jobs/kustomization.yml": "resources:\n- migrate.yaml\n",
    "base/jobs/migrate.yaml": """\
apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: migrate, image: shop}]}}}
""",
    "overlays/dev/kustomization.yaml": "resources: [../../base, https://example.com/never-read.yaml]\n",
    "bin/build": "#!/bin/sh\nkustomize build\n",
}

WRAPPER = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: []
components: []
images:
  - name: shop
    newName: shop
    newTag: latest
  - name: redis
    newTag: "7.2"
"""


def component(stage: str) -> dict[str, str]:
    autoscaling = "components:\n  - ../components/autoscaling\n" if stage == "production" else ""
    return {
        f"envTypes/{stage}/kustomization.yaml": f"""\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
{autoscaling}namePrefix: {stage}-
labels:
  - pairs: {{app.kubernetes.io/instance: {stage}}}
    includeSelectors: true
    includeTemplates: true
patches:
  - path: web.patch.yaml
  # - path: later.patch.yaml
""",
        f"envTypes/{stage}/web.patch.yaml": f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec: {{template: {{spec: {{containers: [{{name: web, env: [{{name: ENV, value: {stage}}}]}}]}}}}}}
""",
    }


SHARED = {
    "envTypes/components/autoscaling/kustomization.yaml": """\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources:
  - hpa.yaml
""",
    "envTypes/components/autoscaling/hpa.yaml": """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, maxReplicas: 9}
""",
}


def policy() -> dict[str, str]:
    files = {"freightlib.yaml": PROJECT, "apps/shop/kargo/templates/deploy/kustomization.yaml": WRAPPER}
    for stage in STAGES:
        files |= {f"apps/shop/{path}": text for path, text in component(stage).items()}
        files[f"apps/shop/deployments/{stage}/deployment.yaml"] = (
            f"name: {stage}\nenvType: {stage}\nnamespace: {NAMESPACES.get(stage, stage)}\n"
            f"renderedBranch: stage/{stage}\n"
        )
    return files | {f"apps/shop/{path}": text for path, text in SHARED.items()}


@pytest.fixture(scope="module")
def program(kubectl: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Only kubectl on PATH: the default finds it."""
    bin_ = tmp_path_factory.mktemp("bin")
    (bin_ / "kubectl").symlink_to(kubectl)
    kept = [place for place in os.environ["PATH"].split(os.pathsep) if not (Path(place) / "kustomize").exists()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.pathsep.join([str(bin_), *kept]))
        yield


@pytest.fixture(scope="module")
def gitops(program: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two repositories of the published layout, with one release published."""
    home = tmp_path_factory.mktemp("layout")
    made = ProjectBuilder(home, policy(), {f"k8s/kustomize/{path}": text for path, text in PACKAGE.items()})
    made.publish(image=IMAGE.format(revision=made.revision))
    return made.gitops.path


def assembled(gitops: Path, home: Path, stage: str) -> Path:
    """The workspace as the published design makes it: cp, then a text editor."""
    shutil.copytree(gitops / "warehouses/shop/freight/current/kustomize", home / "source")
    apps = gitops / "apps/shop"
    shutil.copytree(apps / "envTypes" / stage, home / "envTypes" / stage)
    shutil.copytree(apps / "envTypes/components", home / "envTypes/components")
    shutil.copytree(apps / "kargo/templates/deploy", home / "deploy")
    file = home / "deploy/kustomization.yaml"
    text = file.read_text().replace("resources: []", "resources: [../source/base]")
    text = text.replace("components: []", f"components: [../envTypes/{stage}]")
    record = (gitops / "warehouses/shop/freight/current/freight.yaml").read_text()
    tag = re.search(r"^tag: (.*)$", record, re.MULTILINE)[1]
    text = text.replace("newName: shop", "newName: ghcr.io/example/shop").replace("latest", tag)
    file.write_text(f"{text}namespace: {NAMESPACES.get(stage, stage)}\n")
    return home / "deploy"


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_is_what_kubectl_makes_of_the_same_assembly(
    gitops: Path, tmp_path: Path, kubectl: Path, stage: str
) -> None:
    directory = assembled(gitops, tmp_path / "work", stage)
    printed = subprocess.run([kubectl, "kustomize", directory], capture_output=True, check=True).stdout
    out = tmp_path / "out"
    out.mkdir()
    subprocess.run([kubectl, "kustomize", directory, "-o", out], check=True)
    rendering = freightlib.render(gitops, stage)
    assert b"---\n".join(manifest.data for manifest in rendering.manifests) == printed
    assert rendering.files == {path.name: path.read_bytes() for path in sorted(out.iterdir())}
    kinds = [line for line in printed.decode().splitlines() if line.startswith("kind: ")]
    assert len(kinds) == len(rendering.files) == (7 if stage == "production" else 6)
    assert ("kind: HorizontalPodAutoscaler" in kinds) == (stage == "production")


def test_the_lock_says_which_program_built_and_what_policy_it_read(gitops: Path) -> None:
    lock = freightlib.render(gitops, "production").lock
    assert (lock.render.engine, lock.render.renderer) == ("kubectl", "kustomize")
    assert re.fullmatch(r"1\.\d+\.\d+ \(kustomize 5\.\d+\.\d+\)", lock.render.version)
    read = [file.path for file in lock.policy.files if file.path.startswith("apps/shop/")]
    assert sorted(read) == sorted(
        path
        for path in policy()
        if path.startswith(("apps/shop/kargo", "apps/shop/envTypes/production", "apps/shop/envTypes/components"))
        or path == "apps/shop/deployments/production/deployment.yaml"
    )
    assert lock.render.options["components"] == (
        [{"path": "apps/shop/envTypes/production", "at": "envTypes/production"}]
    )


def test_promoting_all_stages_and_again(gitops: Path) -> None:
    done = freightlib.promote(gitops, STAGES)
    assert [one.outcome for one in done] == [Outcome.PROMOTED] * 4
    for stage in STAGES:
        path = f"stage/{stage}:apps/shop/deployments/{stage}/deploy"
        names = git(gitops, "ls-tree", "--name-only", path).splitlines()
        assert f"apps_v1_deployment_{stage}-web.yaml" in names
        assert "freight.lock" in names
    git(gitops, "fsck", "--strict")
    again = freightlib.promote(gitops, STAGES)
    assert {one.outcome for one in again} == {Outcome.UNCHANGED}
    report = freightlib.audit(gitops, STAGES, rerender=True)
    assert report.findings == ()
    assert report.checked["renderings"] == 4


def test_many_stages_at_once_are_each_what_they_are_alone(gitops: Path) -> None:
    together = freightlib.render_stages(gitops, STAGES * 3)
    alone = {stage: freightlib.render(gitops, stage).output for stage in STAGES}
    assert [one.output for one in together] == [alone[stage] for stage in STAGES * 3]


@pytest.mark.parametrize("layout", ["flat", "file"])
def test_other_layouts(gitops: Path, tmp_path: Path, kubectl: Path, layout: str) -> None:
    RepositoryBuilder(gitops).commit(
        {"freightlib.yaml": PROJECT.replace("render:", f"render:\n      layout: {layout}")}
    )
    directory = assembled(gitops, tmp_path / "work", "production")
    printed = subprocess.run([kubectl, "kustomize", directory], capture_output=True, check=True).stdout
    files = freightlib.render(gitops, "production").files
    if layout == "file":
        assert files == {"manifests.yaml": printed}
    else:
        assert sorted(files.values()) == sorted(printed.split(b"---\n"))
        assert "apps-deployment-live-production-web.yaml" in files
        assert "rbac_authorization_k8s_io-clusterrole-production-shop%3areader.yaml" in files


def test_a_missing_component_says_what_to_do(gitops: Path) -> None:
    files = {"apps/shop/deployments/qa/deployment.yaml": "name: qa\nenvType: qa\nnamespace: qa\n"}
    RepositoryBuilder(gitops).commit({**files, "freightlib.yaml": f"{PROJECT}      qa: {{from: warehouse}}\n"})
    with pytest.raises(FreightError, match="the component apps/shop/envTypes/qa is not there") as caught:
        freightlib.render(gitops, "qa")
    assert caught.value.hint == "commit it to the policy, or correct components under render"
    assert caught.value.data["stage"] == "qa"
