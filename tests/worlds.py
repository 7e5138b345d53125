"""Small worlds for tests: a source repository and a GitOps repository, made with git as a team would have them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

IMAGE = "ghcr.io/example/shop:git-{revision}@sha256:" + "a" * 64

PROJECT = """\
schemaVersion: v1
apps:
  codeai:
    package: {type: helm, path: k8s/helm}
    render:
      renderer: helm-template
      releaseName: "{deployment}"
      valuesFiles:
        - "{policy}/envTypes/{envType}.values.yaml"
        - "{policy}/deployments/{deployment}/values.yaml"
      setValues: {image: "{image.ref}"}
      layout: helm
    output:
      branch: "stage/{stage}"
      path: "{policy}/deployments/{deployment}/deploy"
    stages:
      staging: {from: warehouse}
      test: {from: [staging]}
      levelbuilder: {from: [test]}
      production: {from: [levelbuilder], review: pull-request}
"""

CHART = {
    "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.2.3\nappVersion: 4.5.6\n",
    "values.yaml": "image: replace-me\nreplicas: 1\nRAILS_ENV: development\nautoscaling: {maxReplicas: 2}\n",
    "templates/_helpers.tpl": '{{- define "shop.name" -}}{{ .Release.Name }}-web{{- end -}}\n',
    "templates/web.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "shop.name" . }}
  namespace: {{ .Release.Namespace }}
spec:
  replicas: {{ .Values.replicas }}
  template:
    spec:
      containers:
        - name: web
          image: {{ .Values.image }}
          env: [{name: RAILS_ENV, value: {{ .Values.RAILS_ENV | quote }}}]
---
apiVersion: v1
kind: Service
metadata:
  name: {{ include "shop.name" . }}
""",
    "templates/hpa.yaml": """\
{{- if .Values.autoscaling.enabled }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: {{ include "shop.name" . }}}
spec: {maxReplicas: {{ .Values.autoscaling.maxReplicas }}}
{{- end }}
""",
    "templates/migrate.yaml": """\
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: {helm.sh/hook: pre-upgrade, helm.sh/hook-weight: "-5"}
""",
}


def git(directory: Path, *arguments: str, data: bytes | None = None) -> str:
    """The output of one git command in ``directory``; fails the test when git does."""
    environment = {
        **os.environ,
        "GIT_AUTHOR_NAME": "Tester",
        "GIT_AUTHOR_EMAIL": "tester@example.org",
        "GIT_COMMITTER_NAME": "Tester",
        "GIT_COMMITTER_EMAIL": "tester@example.org",
    }
    done = subprocess.run(
        ["git", "-C", str(directory), *arguments], input=data, capture_output=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def write_files(directory: Path, files: Mapping[str, str | bytes]) -> None:
    """Put ``files`` (path -> contents) below ``directory``."""
    for path, contents in files.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(contents.encode() if isinstance(contents, str) else contents)


def commit_files(directory: Path, files: Mapping[str, str | bytes], message: str = "Change") -> str:
    """Write and commit ``files``; the commit's id."""
    write_files(directory, files)
    git(directory, "add", "-A")
    git(directory, "commit", "-q", "--allow-empty", "-m", message)
    return git(directory, "rev-parse", "HEAD")


@frozen
class World:
    """A source repository with the chart at ``k8s/helm``, and a GitOps repository in the real layout of four stages."""

    source: Path
    gitops: Path
    revision: str

    @property
    def image(self) -> str:
        """The image of the first release, pinned."""
        return IMAGE.format(revision=self.revision)

    def release(self, files: Mapping[str, str | bytes]) -> str:
        """One more commit in the source repository; its id."""
        return commit_files(self.source, files)


def policy_files() -> dict[str, str]:
    """Policy in the shape of a real GitOps repository: env types, deployments, and things that are not ours."""
    files = {"freightlib.yaml": PROJECT, "README.md": "policy\n", "apps/other/application.yaml": "kind: Application\n"}
    for name in ("staging", "test", "levelbuilder", "production"):
        files[f"apps/codeai/envTypes/{name}.values.yaml"] = f"RAILS_ENV: {name}\nautoscaling: {{enabled: true}}\n"
        files[f"apps/codeai/deployments/{name}/deployment.yaml"] = (
            f"name: {name}\nsourceMode: rendered\nenvType: {name}\nnamespace: {name}\nrenderedBranch: stage/{name}\n"
        )
        files[f"apps/codeai/deployments/{name}/values.yaml"] = f"replicas: {len(name)}\n"
    files["apps/codeai/deployments/adhoc/deployment.yaml.disabled"] = "name: adhoc\n"
    return files


def make_world(directory: Path, chart: Mapping[str, str | bytes] = CHART) -> World:
    """Both repositories below ``directory``, on branch ``main``, work trees clean."""
    source, gitops = directory / "app", directory / "gitops"
    for path in (source, gitops):
        path.mkdir(parents=True)
        git(path, "init", "-q", "-b", "main")
    revision = commit_files(
        source, {"src/main.py": "print('shop')\n", **{f"k8s/helm/{path}": data for path, data in chart.items()}}
    )
    commit_files(gitops, policy_files())
    return World(source, gitops, revision)
