"""A chart and the policy of four stages, as a team would have them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from freightlib.testing import ProjectBuilder

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


def policy_files(project: str = PROJECT) -> dict[str, str]:
    """Policy in the shape of a real GitOps repository: env types, deployments, and things that are not ours."""
    files = {"freightlib.yaml": project, "README.md": "policy\n", "apps/other/application.yaml": "kind: Application\n"}
    for name in ("staging", "test", "levelbuilder", "production"):
        files[f"apps/codeai/envTypes/{name}.values.yaml"] = f"RAILS_ENV: {name}\nautoscaling: {{enabled: true}}\n"
        files[f"apps/codeai/deployments/{name}/deployment.yaml"] = (
            f"name: {name}\nsourceMode: rendered\nenvType: {name}\nnamespace: {name}\nrenderedBranch: stage/{name}\n"
        )
        files[f"apps/codeai/deployments/{name}/values.yaml"] = f"replicas: {len(name)}\n"
    files["apps/codeai/deployments/adhoc/deployment.yaml.disabled"] = "name: adhoc\n"
    return files


class World(ProjectBuilder):
    """A source repository with the chart at ``k8s/helm``, and a GitOps repository in the real layout of four stages.

    Nothing is published yet; ``revision`` is the first release.
    """

    image_template = IMAGE

    def __init__(
        self,
        directory: Path,
        chart: Mapping[str, str | bytes] = CHART,
        policy: Mapping[str, str | bytes] | None = None,
    ) -> None:
        package = {f"k8s/helm/{path}": data for path, data in chart.items()}
        super().__init__(directory, policy or policy_files(), {"src/main.py": "print('shop')\n", **package})
