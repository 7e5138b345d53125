"""The repositories that are measured: sources with a chart, and GitOps repositories with its stages."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from freightlib.testing import RepositoryBuilder, import_stream
from freightlib.testing.program import author_variables

SMALL_STAGES = ("staging", "test", "levelbuilder", "production")
MANY_STAGES = tuple(f"cell-{number:03d}" for number in range(100))
CHART = "k8s/helm"
#: Nobody's configuration, for what the bench runs and for what it measures.
GIT_ENV = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **author_variables()}


def repository(path: Path, parts: Iterable[bytes]) -> str:
    """A bare repository at ``path`` made of a stream for git fast-import; the commit of its ``main``."""
    return import_stream(RepositoryBuilder(path, bare=True).path, parts)


def source(chart: dict[str, str], beside: int) -> Iterator[tuple[str, bytes]]:
    """A source repository's files: the chart, and ``beside`` files of other code (400 bytes each)."""
    for name, text in chart.items():
        yield f"{CHART}/{name}", text.encode()
    for number in range(beside):
        body = f"# module {number}\n" + "".join(f"value_{line} = {number * 31 + line}\n" for line in range(20))
        yield f"src/area{number // 10_000}/part{number // 100 % 100}/module{number}.py", body.encode()


def gitops(stages: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """A GitOps repository's files: the project file, env types, and a deployment for each stage."""
    listed = "".join(f"      {stage}: {{from: warehouse}}\n" for stage in stages)
    yield "freightlib.yaml", (PROJECT + listed).encode()
    for kind, replicas in (("integration", 1), ("production", 6)):
        text = f"replicas: {replicas}\nautoscaling: {{enabled: true, max: {replicas * 4}}}\nlogLevel: info\n"
        yield f"apps/shop/envTypes/{kind}.values.yaml", text.encode()
    for number, stage in enumerate(stages):
        kind = "production" if number % 2 else "integration"
        at = f"apps/shop/deployments/{stage}"
        yield f"{at}/deployment.yaml", f"name: {stage}\nenvType: {kind}\nnamespace: shop-{stage}\n".encode()
        yield f"{at}/values.yaml", f"host: {stage}.shop.example.com\nenv: {{STAGE: {stage}}}\n".encode()


PROJECT = """\
schemaVersion: v1
apps:
  shop:
    package: {type: helm, path: k8s/helm}
    render:
      renderer: helm-template
      releaseName: "{deployment}"
      valuesFiles:
        - "{policy}/envTypes/{envType}.values.yaml"
        - "{policy}/deployments/{deployment}/values.yaml"
      setValues: {image: "{image.ref}"}
      layout: file
    output: {branch: "stage/{stage}", path: "."}
    stages:
"""


def chart(components: int) -> dict[str, str]:
    """A chart of one shop: four templates a component (deployment, service, config, autoscaler), file name -> text."""
    names = ["web", "worker", *(f"service{number}" for number in range(components - 2))]
    files = {"Chart.yaml": METADATA, "values.yaml": VALUES, "templates/_helpers.tpl": HELPERS}
    for name in names:
        for kind, text in TEMPLATES.items():
            files[f"templates/{name}-{kind}.yaml"] = text.replace("@", name)
    return files


METADATA = "apiVersion: v2\nname: shop\nversion: 1.4.2\nappVersion: '1.4'\ndescription: An online shop\n"
VALUES = """\
image: ghcr.io/example/shop:latest
replicas: 2
host: shop.example.com
logLevel: debug
env: {}
autoscaling: {enabled: false, max: 4}
resources:
  requests: {cpu: 100m, memory: 256Mi}
  limits: {memory: 512Mi}
"""
HELPERS = """\
{{- define "shop.name" -}}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{- end }}
{{- define "shop.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
"""
TEMPLATES = {
    "deployment": """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "shop.name" . }}-@
  namespace: {{ .Release.Namespace }}
  labels: {{- include "shop.labels" . | nindent 4 }}
    app.kubernetes.io/component: @
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.replicas }}
  {{- end }}
  selector:
    matchLabels: {app.kubernetes.io/instance: {{ .Release.Name }}, app.kubernetes.io/component: @}
  template:
    metadata:
      annotations:
        checksum/config: {{ include (print $.Template.BasePath "/@-config.yaml") . | sha256sum }}
      labels: {{- include "shop.labels" . | nindent 8 }}
        app.kubernetes.io/component: @
    spec:
      containers:
        - name: @
          image: {{ .Values.image | quote }}
          args: ["@"]
          env:
            {{- range $name, $value := .Values.env }}
            - {name: {{ $name }}, value: {{ tpl (toString $value) $ | quote }}}
            {{- end }}
          envFrom:
            - configMapRef: {name: {{ include "shop.name" . }}-@}
          resources: {{- toYaml .Values.resources | nindent 12 }}
""",
    "service": """\
apiVersion: v1
kind: Service
metadata:
  name: {{ include "shop.name" . }}-@
  namespace: {{ .Release.Namespace }}
  labels: {{- include "shop.labels" . | nindent 4 }}
spec:
  selector: {app.kubernetes.io/instance: {{ .Release.Name }}, app.kubernetes.io/component: @}
  ports:
    - {name: http, port: 80, targetPort: 8080}
""",
    "config": """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "shop.name" . }}-@
  namespace: {{ .Release.Namespace }}
  labels: {{- include "shop.labels" . | nindent 4 }}
data:
  LOG_LEVEL: {{ .Values.logLevel | upper | quote }}
  HOST: {{ .Values.host | default "localhost" | quote }}
  settings.json: |
    {{ dict "component" "@" "host" .Values.host "replicas" .Values.replicas | toPrettyJson | nindent 4 | trim }}
""",
    "autoscaler": """\
{{- if .Values.autoscaling.enabled }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "shop.name" . }}-@
  namespace: {{ .Release.Namespace }}
  labels: {{- include "shop.labels" . | nindent 4 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ include "shop.name" . }}-@}
  minReplicas: {{ .Values.replicas }}
  maxReplicas: {{ .Values.autoscaling.max }}
  metrics:
    - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}
{{- end }}
""",
}
