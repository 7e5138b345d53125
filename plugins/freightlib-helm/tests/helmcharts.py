"""Charts as people write them, small: each shows one thing that renderers get wrong."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

CM = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n{data}"


@frozen
class Case:
    """A chart's ``files`` (text or bytes; ``-> target`` is a symlink), values files by name, and render options."""

    files: Mapping[str, str | bytes]
    values: Mapping[str, str] = field(factory=dict)
    options: Mapping[str, Any] = field(factory=dict)


def meta(name: str = "shop", **more: Any) -> str:
    lines = ["apiVersion: v2", f"name: {name}", "version: 0.1.0"]
    return "\n".join([*lines, *(f"{key}: {value}" for key, value in more.items())]) + "\n"


def show(*expressions: str, name: str = "x") -> str:
    """A ConfigMap that shows each expression as a quoted text."""
    data = "".join(f"  k{number}: {{{{ {each} | quote }}}}\n" for number, each in enumerate(expressions))
    return CM.format(name=name, data=data)


def chart(templates: Mapping[str, str | bytes], values: str = "", **more: Any) -> dict[str, str | bytes]:
    head = {key: value for key, value in more.items() if key != "name"}
    files: dict[str, str | bytes] = {"Chart.yaml": meta(more.get("name", "shop"), **head)}
    if values:
        files["values.yaml"] = values
    return files | {f"templates/{path}": text for path, text in templates.items()}


def below(directory: str, files: Mapping[str, str | bytes]) -> dict[str, str | bytes]:
    return {f"{directory}/{path}": data for path, data in files.items()}


def tgz(files: Mapping[str, str | bytes], top: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path, data in files.items():
            content = data.encode() if isinstance(data, str) else data
            member = tarfile.TarInfo(f"{top}/{path}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(stream.getvalue(), mtime=0)


def hook(name: str, events: str, kind: str = "Job", **annotations: str) -> str:
    more = "".join(f"    helm.sh/hook-{key}: {value}\n" for key, value in annotations.items())
    return f"apiVersion: batch/v1\nkind: {kind}\nmetadata:\n  name: {name}\n  annotations:\n    helm.sh/hook: {events}\n{more}"


NUMBERS = """\
million: 1000000
exp: 1e6
bigger: 123456789
octal: 0644
new: 0o17
version: 1.10
big: 9007199254740993
neg: -0.0
hex: 0x1F
small: 0.00001
exact: 3
under: 1_000
"""
SHOWN = [f".Values.{line.split(':')[0]}" for line in NUMBERS.splitlines()]
SHOWN_JSON = [".Values | toJson", ".Values | toYaml"]

WORDS = (
    "y: n\nyes: no\non: off\nt: True\nnul: ~\nempty:\ndate: 2001-01-02\nsexa: 1:30\nequals: '='\ntwice: 1\ntwice: 2\n"
)

SUB = chart(
    {"sub.yaml": show(".Values.size", ".Values.global.zone", ".Release.Name", ".Chart.Name", name="{{ .Chart.Name }}")},
    "size: 1\n",
    name="sub",
)
DEP = "[{name: sub, version: 0.1.0, repository: ''}]"
LIB = {
    "Chart.yaml": meta("common", type="library"),
    "templates/_lib.yaml": '{{- define "common.labels" -}}\napp: {{ .Chart.Name }}\nrelease: {{ .Release.Name }}\n{{- end -}}\n',
}
CRD = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: {0}.example.org\n"
KINDS = ["Ingress", "Service", "Deployment", "Namespace", "Widget", "ConfigMap", "Secret", "ServiceAccount", "Role", "RoleBinding", "Gadget", "Job", "CronJob", "CustomResourceDefinition", "PersistentVolumeClaim", "StatefulSet", "NetworkPolicy", "PriorityClass", "HorizontalPodAutoscaler", "ValidatingWebhookConfiguration", "Service", "ConfigMap", "Widget", "APIService", "IngressClass", "PodDisruptionBudget"]


def many_kinds() -> str:
    return "".join(f"---\napiVersion: v1\nkind: {kind}\nmetadata:\n  name: n{i}\n" for i, kind in enumerate(KINDS))


WEB = chart(
    {
        "_helpers.tpl": '{{- define "shop.name" -}}{{ .Release.Name }}-{{ .Chart.Name }}{{- end }}\n'
        '{{- define "shop.labels" -}}\napp.kubernetes.io/name: {{ include "shop.name" . }}\n'
        "app.kubernetes.io/instance: {{ .Release.Name }}\n{{- end }}\n",
        "deployment.yaml": 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ include "shop.name" . }}\n'
        '  labels:\n    {{- include "shop.labels" . | nindent 4 }}\nspec:\n  replicas: {{ .Values.replicas }}\n'
        "  template:\n    spec:\n      containers:\n        - name: web\n          image: {{ .Values.image | quote }}\n"
        "          {{- with .Values.resources }}\n          resources:\n            {{- toYaml . | nindent 12 }}\n          {{- end }}\n",
        "service.yaml": 'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ include "shop.name" . }}\nspec:\n'
        "  ports:\n    {{- range .Values.ports }}\n    - port: {{ . }}\n    {{- end }}\n",
        "NOTES.txt": "Visit {{ .Release.Name }}\n",
    },
    "replicas: 2\nimage: shop:dev\nports: [80, 443]\nresources:\n  limits: {cpu: 500m, memory: 128Mi}\n",
)

CHARTS: dict[str, Case] = {
    "web": Case(
        WEB,
        {"a.yaml": "replicas: 3\n", "b.yaml": "resources:\n  limits:\n    cpu: 1\n"},
        {"setValues": {"image": "ghcr.io/x/shop:v1"}},
    ),
    "numbers": Case(chart({"x.yaml": show(*SHOWN, *SHOWN_JSON)}, NUMBERS)),
    "numbers-in-values-file": Case(chart({"x.yaml": show(*SHOWN, *SHOWN_JSON)}), {"v.yaml": NUMBERS}),
    "set-types": Case(
        chart(
            {
                "x.yaml": show(
                    "kindOf .Values.a",
                    ".Values.a",
                    "eq .Values.b 3",
                    ".Values.c",
                    "kindOf .Values.c",
                    ".Values.d",
                    ".Values.e | toJson",
                    ".Values.l | toJson",
                    "kindOf (index .Values.l 1)",
                    ".Values.m.n.o",
                    "kindOf .Values.m.n.p",
                    ".Values.f",
                    "kindOf .Values.f",
                    "kindOf .Values.g",
                    "kindOf (index .Values.h 0).q",
                    ".Values.h | toJson",
                    ".Values.i | toJson",
                )
            },
            "f: 5\nm: {n: {p: 2}}\nh: [{r: 1}]\n",
        ),
        {"v.yaml": "h:\n- {r: 7, q: 1}\n- s\n"},
        {
            "setValues": [
                {"key": "a", "value": 1000000},
                {"key": "b", "value": "3"},
                {"key": "c", "value": "007"},
                {"key": "d", "value": True},
                {"key": "e", "value": None},
                {"key": "l", "value": "{a,5,true}"},
                {"key": "m.n.o", "value": "9007199254740993"},
                {"key": "g", "value": "1.5"},
                {"key": "h[0].q", "value": 4},
                {"key": "i[1]", "value": 6},
                {"key": "x\\.y", "value": "-7"},
            ]
        },
    ),
    "set-literal": Case(
        chart({"x.yaml": show(".Values.a", ".Values.b.c", "kindOf .Values.d")}),
        {},
        {
            "setValues": [
                {"key": "a", "value": "x,y={z}\\,", "literal": True},
                {"key": "b.c", "value": "true", "literal": True},
                {"key": "d", "value": "5", "literal": True},
            ]
        },
    ),
    "set-before-literal": Case(
        chart({"x.yaml": show(".Values.a")}),
        {},
        {"setValues": [{"key": "a", "value": "1", "literal": True}, {"key": "a", "value": "2"}]},
    ),
    "set-global-integer": Case(
        {
            **chart(
                {"x.yaml": show("kindOf .Values.global.zone", "kindOf .Values.sub.size", ".Values.global.zone")},
                dependencies=DEP,
            ),
            **below(
                "charts/sub",
                {
                    **SUB,
                    "templates/kind.yaml": show(
                        "kindOf .Values.size", "kindOf .Values.global.zone", "eq .Values.size 5", name="kinds"
                    ),
                },
            ),
        },
        {},
        {"setValues": {"global.zone": 1234567, "sub.size": 5}},
    ),
    "null-deletes": Case(
        chart({"x.yaml": show(".Values | toJson")}, "a: 1\nb: {c: 1, d: 2}\ne: [1]\n"),
        {"v.yaml": "a: null\nb:\n  c: ~\n"},
        {"setValues": {"e": None}},
    ),
    "yaml-words": Case(chart({"x.yaml": show(".Values | toJson")}, WORDS), {"v.yaml": WORDS}),
    "several-documents-in-values": Case(
        chart({"x.yaml": show(".Values | toJson")}),
        {
            "v.yaml": "---\na: 1\n---\nb: 2\n--- \nc: 3\n",
            "w.yaml": "---\n",
            "x.yaml": "\n---\t\ne: |\n  ---\n  f\n",
            "y.yaml": "g: 1\n...\nh: 1\n",
        },
    ),
    "values-comment": Case(chart({"x.yaml": show(".Values | toJson")}), {"v.yaml": "k: 1\n---#x\nl: 1"}),
    "values-crlf-bom": Case(
        chart({"x.yaml": show(".Values | toJson")}), {"v.yaml": "a: |\r\n  one\r\n  two\r\nb: 'ü'\r\n"}
    ),
    "anchors": Case(
        chart({"x.yaml": show(".Values | toJson")}), {"v.yaml": "a: &a {x: 1}\nb:\n  <<: *a\n  y: 2\nc: *a\n"}
    ),
    "kinds": Case(chart({"all.yaml": many_kinds(), "a.yaml": many_kinds()})),
    "multi-document": Case(
        chart(
            {
                "x.yaml": "---\n\n---\nkind: A\n---   \nkind: B\n\n\n---\n# only a comment\n---\nkind: C # ---\n",
                "y.yaml": "kind: D\n---",
            }
        )
    ),
    "empty": Case(chart({"x.yaml": "{{ if .Values.on }}kind: A{{ end }}\n"})),
    "no-templates": Case(chart({})),
    "whitespace": Case(chart({"x.yaml": "\n\n   \n\t\n", "y.yaml": "\n\n\nkind: A\n\n\n\n", "z.yaml": "kind: Z\n"})),
    "comment-only": Case(chart({"x.yaml": "# nothing here\n", "y.yaml": "kind: A\n"})),
    "crlf": Case(
        chart(
            {"x.yaml": show(".Values.a").replace("\n", "\r\n"), "y.yaml": "kind: A\r\n---\r\nkind: B\r\n"}, "a: 1\r\n"
        )
    ),
    "bom": Case(
        {
            "Chart.yaml": "\ufeff" + meta(),
            "values.yaml": "\ufeffa: ä\n",
            "templates/x.yaml": "\ufeff" + show(".Values.a"),
        }
    ),
    "non-ascii": Case(
        chart({"ü-名.yaml": show(".Values.a", name="x") + "  emoji: \U0001f600\u2028\n"}, "a: 'naïve ✓ \U0001f600'\n"),
        {},
        {"setValues": {"b": "ß€"}},
    ),
    "html-characters": Case(chart({"x.yaml": show(".Values.a | toJson", ".Values.a")}, "a: '<b>&amp;</b>'\n")),
    "hooks": Case(
        chart(
            {
                "main.yaml": show("1"),
                "b-hook.yaml": hook(
                    "b", "pre-install,pre-upgrade", weight='"5"', **{"delete-policy": "before-hook-creation"}
                ),
                "a-hook.yaml": hook("a", "post-install", weight='"-5"')
                + "---\n"
                + hook("cm", "pre-install", "ConfigMap"),
                "mixed.yaml": "kind: Plain\n---\n" + hook("m", "post-delete", "Pod") + "---\nkind: Other\n",
                "test.yaml": hook("t", "test", "Pod"),
                "old-test.yaml": hook("t2", "test-success", "Pod"),
                "unknown.yaml": hook("u", "no-such-hook"),
                "escaped.yaml": 'kind: Job\nmetadata:\n  name: e\n  annotations:\n    "helm\\u002esh/hook": pre-install\n',
                "flow.yaml": '{"kind": "Job", "metadata": {"name": "f", "annotations": {"helm.sh/hook": " Pre-Install , test"}}}\n',
            }
        )
    ),
    "hooks-only": Case(chart({"a.yaml": hook("a", "pre-install")})),
    "hooks-disabled": Case(
        chart({"a.yaml": hook("a", "pre-install"), "b.yaml": "kind: B\n"}), {}, {"disableHooks": True}
    ),
    "tests-skipped": Case(
        chart({"a.yaml": hook("a", "pre-install"), "t.yaml": hook("t", "test", "Pod"), "b.yaml": "kind: B\n"}),
        {},
        {"skipTests": True},
    ),
    "hook-of-values": Case(
        chart(
            {"a.yaml": "kind: Job\nmetadata:\n  name: a\n  annotations: {{ toJson .Values.ann }}\n"},
            "ann: {helm.sh/hook: post-install}\n",
        )
    ),
    "hook-put-together": Case(
        chart(
            {
                "a.yaml": 'kind: Job\nmetadata:\n  name: a\n  annotations:\n    {{ list "helm.sh/ho" "ok" | join "" }}: pre-install\n'
            }
        )
    ),
    "notes": Case(
        {
            **chart({"NOTES.txt": "hello {{ .Release.Name }}\nkind: Not\n", "x.yaml": show("1")}, dependencies=DEP),
            **below("charts/sub", {**SUB, "templates/NOTES.txt": "sub notes\n"}),
        }
    ),
    "subchart-directory": Case(
        {
            **chart({"x.yaml": show(".Values.sub | toJson")}, "sub: {size: 2}\nglobal: {zone: z1}\n", dependencies=DEP),
            **below("charts/sub", SUB),
        }
    ),
    "subchart-archive": Case(
        {
            **chart({"x.yaml": show("1")}, "global: {zone: z1}\n", dependencies=DEP),
            "charts/sub-0.1.0.tgz": tgz(SUB, "sub"),
        }
    ),
    "subchart-undeclared": Case({**chart({"x.yaml": show("1")}), **below("charts/sub", SUB)}),
    "subchart-condition": Case(
        {
            **chart(
                {"x.yaml": show("1")},
                "sub: {enabled: false}\n",
                dependencies="[{name: sub, version: 0.1.0, condition: sub.enabled}]",
            ),
            **below("charts/sub", SUB),
        }
    ),
    "subchart-tags": Case(
        {
            **chart(
                {"x.yaml": show("1")},
                "tags: {back: true}\n",
                dependencies="[{name: sub, version: 0.1.0, tags: [front, back]}]",
            ),
            **below("charts/sub", SUB),
        },
        {"v.yaml": "tags: {back: false, front: true}\n"},
    ),
    "subchart-alias": Case(
        {
            **chart(
                {"x.yaml": show("1")},
                "one: {size: 11}\ntwo: {size: 22}\n",
                dependencies="[{name: sub, version: 0.1.0, alias: one}, {name: sub, version: 0.1.0, alias: two}]",
            ),
            **below("charts/sub", SUB),
        }
    ),
    "subchart-import-values": Case(
        {
            **chart(
                {"x.yaml": show(".Values.imported | toJson", ".Values.port")},
                dependencies="[{name: sub, version: 0.1.0, import-values: [data, {child: size, parent: nope}, {child: inner, parent: imported}]}]",
            ),
            **below("charts/sub", {**SUB, "values.yaml": "size: 1\ninner: {a: 1}\nexports:\n  data: {port: 8080}\n"}),
        }
    ),
    "subchart-deep": Case(
        {
            **chart({"x.yaml": show("1")}),
            **below("charts/mid", {**chart({"m.yaml": show("1", name="mid")}, name="mid"), **below("charts/sub", SUB)}),
        },
        {"v.yaml": "mid: {sub: {size: 9}}\nglobal: {zone: g}\n"},
    ),
    "subchart-hooks": Case(
        {
            **chart({"x.yaml": hook("root", "pre-install")}),
            **below(
                "charts/sub",
                {**SUB, "templates/h.yaml": hook("sub", "pre-install"), "templates/a.yaml": hook("sa", "test", "Pod")},
            ),
        }
    ),
    "subchart-odd-names": Case(
        {**chart({"x.yaml": show("1")}), **below("charts/_ignored", SUB), "charts/.hidden/Chart.yaml": "broken: ["}
    ),
    "library": Case(
        {
            **chart({"x.yaml": 'kind: A\nmetadata:\n  labels:\n    {{- include "common.labels" . | nindent 4 }}\n'}),
            **below("charts/common", LIB),
        }
    ),
    "library-archive": Case(
        {
            **chart({"x.yaml": 'kind: A\nmetadata:\n  labels:\n    {{- include "common.labels" . | nindent 4 }}\n'}),
            "charts/common-0.1.0.tgz": tgz(LIB, "common"),
        }
    ),
    "crds": Case(
        {
            **chart({"x.yaml": show("1"), "crd.yaml": CRD.format("tpl")}),
            "crds/b.yaml": CRD.format("b"),
            "crds/a.yml": "---\n"
            + CRD.format("a")
            + "---\n# Source: elsewhere/crds/c.yaml\n"
            + CRD.format("c")
            + "\n\n",
            "crds/x.json": '{"kind": "CustomResourceDefinition"}',
            "crds/README.md": "no",
            "crds/sub/d.yaml": CRD.format("d"),
            **below("charts/sub", {**SUB, "crds/s.yaml": CRD.format("s")}),
        },
        {},
        {"includeCRDs": True},
    ),
    "crds-left-out": Case({**chart({"x.yaml": show("1")}), "crds/b.yaml": CRD.format("b")}),
    "crds-only": Case({**chart({}), "crds/b.yaml": CRD.format("b") + "\n\n"}, {}, {"includeCRDs": True}),
    "crds-and-hooks": Case(
        {**chart({"h.yaml": hook("h", "pre-install")}), "crds/b.yaml": CRD.format("b")}, {}, {"includeCRDs": True}
    ),
    "tpl": Case(
        chart(
            {"x.yaml": show("tpl .Values.greeting .", "tpl (toYaml .Values.m) .")},
            "greeting: 'hello {{ .Release.Name }}'\nm: {a: '{{ .Chart.Version }}'}\n",
        )
    ),
    "lookup": Case(
        chart({"x.yaml": show('lookup "v1" "Secret" "default" "x" | toJson', 'len (lookup "v1" "Secret" "" "")')})
    ),
    "files": Case(
        {
            **chart(
                {
                    "x.yaml": "kind: ConfigMap\nmetadata:\n  name: f\ndata:\n"
                    '{{ (.Files.Glob "config/*").AsConfig | indent 2 }}\n  one: {{ .Files.Get "config/a.txt" | quote }}\n'
                    '  lines: {{ .Files.Lines "config/b.txt" | toJson }}\n  bin: {{ .Files.Get "bin.dat" | b64enc }}\n'
                    '  none: {{ .Files.Get "config/no" | quote }}\n'
                    '{{ (.Files.Glob "**.txt").AsSecrets | indent 2 }}\n'
                }
            ),
            "config/a.txt": "first\nsecond",
            "config/b.txt": "x\r\ny\n",
            "bin.dat": bytes(range(256)),
        }
    ),
    "helmignore": Case(
        {
            **chart(
                {
                    "x.yaml": 'kind: ConfigMap\nmetadata:\n  name: f\ndata:\n{{- range $p, $_ := .Files.Glob "**" }}\n  {{ $p | quote }}: x\n{{- end }}\n',
                    "skip.yaml": "kind: Skipped\n",
                    ".hidden.yaml": "kind: Hidden\n",
                    "sub/.dot.yaml": "kind: Dot\n",
                }
            ),
            ".helmignore": "# comment\n\n*.bak\n/root-only.txt\ndocs/\ntemplates/skip.yaml\n[ab]*.tmp\nci\n  spaced.txt  \na\\*b\n?.one\n",
            "x.bak": "1",
            "deep/y.bak": "1",
            "root-only.txt": "1",
            "deep/root-only.txt": "1",
            "docs/readme.txt": "1",
            "deep/docs/z": "1",
            "a1.tmp": "1",
            "c1.tmp": "1",
            "ci/x": "1",
            "deep/ci": "1",
            "spaced.txt": "1",
            "a*b": "1",
            "acb": "1",
            "q.one": "1",
            "qq.one": "1",
            ".git/config": "1",
            "charts/sub/.helmignore": "templates/\n",
            **below("charts/sub", SUB),
        }
    ),
    "helmignore-negation": Case({**chart({"x.yaml": show("1")}), ".helmignore": "!?*\n*.tmp\n", "other.tmp": "1"}),
    "symlinks": Case(
        {
            **chart({"x.yaml": show('.Files.Get "link.txt"', '.Files.Get "dir/a.txt"')}),
            "real/a.txt": "content",
            "link.txt": "-> real/a.txt",
            "dir": "-> ./real",
            "templates/l.yaml": "-> ../real/t.yaml",
            "real/t.yaml": "kind: Linked\n",
        }
    ),
    "schema-fits": Case(
        {
            **chart({"x.yaml": show(".Values.a")}, "a: 1\n"),
            "values.schema.json": '{"$schema": "http://json-schema.org/draft-07/schema#", "$defs": {"n": {"type": "integer"}},'
            ' "properties": {"a": {"$ref": "#/$defs/n"}}}',
        },
        {},
        {"setValues": {"a": 1000000}},
    ),
    "kube-version": Case(
        chart(
            {
                "x.yaml": show(
                    ".Capabilities.KubeVersion",
                    ".Capabilities.KubeVersion.Minor",
                    ".Capabilities.KubeVersion.GitVersion",
                )
            },
            kubeVersion='">= 1.20.0-0"',
        ),
        {},
        {"kubeVersion": "1.27.3"},
    ),
    "api-versions": Case(
        chart(
            {
                "x.yaml": show(
                    '.Capabilities.APIVersions.Has "example.org/v1"',
                    '.Capabilities.APIVersions.Has "batch/v1"',
                    '.Capabilities.APIVersions.Has "example.org/v1/Widget"',
                )
            }
        ),
        {},
        {"apiVersions": ["example.org/v1", "example.org/v1/Widget"]},
    ),
    "namespace": Case(
        chart({"x.yaml": show(".Release.Namespace", ".Release.Service", ".Release.IsInstall", ".Release.Revision")}),
        {},
        {"namespace": "prod"},
    ),
    "release-name": Case(
        chart({"x.yaml": show(".Release.Name", ".Template.Name", ".Template.BasePath")}),
        {},
        {"releaseName": "my-shop.2"},
    ),
    "deprecated": Case(chart({"x.yaml": show("1")}, deprecated="true")),
    "chart-v1": Case(
        {
            "Chart.yaml": "name: shop\nversion: 1.2.3\nappVersion: 5\n",
            "requirements.yaml": "dependencies:\n- {name: sub, version: 0.1.0}\n",
            "templates/x.yaml": show(".Chart | toJson", '.Files.Get "requirements.yaml"'),
            **below("charts/sub", SUB),
        }
    ),
    "nested-templates": Case(
        chart(
            {
                "a/b/c.yaml": show("1"),
                "a/z.yaml": "kind: Z\n",
                "b.txt": "kind: Text\n",
                "_skip/x.yaml": "kind: S\n",
                "a/_p.yaml": "not: rendered\n",
                "list.yaml": "kind: List\nitems:\n- kind: A\n- kind: B\n",
            }
        )
    ),
    "changed-values": Case(
        chart(
            {
                "a.yaml": '{{- $_ := set .Values "x" 1 }}\nkind: A\nx: {{ .Values.x }}\n',
                "b.yaml": "kind: B\nx: {{ .Values.x }}\n",
            }
        )
    ),
    "source-comment": Case(
        chart(
            {"x.yaml": "kind: A\n# Source: shop/templates/y.yaml\ntext: |\n  ---\n  # Source: shop/templates/z.yaml\n"}
        )
    ),
    "no-value": Case(chart({"x.yaml": 'kind: A\nx: {{ .Values.no }}\ny: {{ .Values.no | default "d" }}\n'})),
    "missing-values-allowed": Case(
        chart({"x.yaml": show("1")}), {}, {"valuesFiles": ["gone.yaml"], "ignoreMissingValueFiles": True}
    ),
}

FAILING: dict[str, tuple[Case, str]] = {
    "required": (
        Case(chart({"x.yaml": 'kind: A\nx: {{ required "image is needed" .Values.image }}\n'})),
        "image is needed",
    ),
    "fail": (Case(chart({"x.yaml": 'kind: A\n{{ fail "no good" }}\n'})), "no good"),
    "parse": (Case(chart({"x.yaml": "kind: A\n{{ if }}\n"})), "missing value for if"),
    "no-function": (Case(chart({"x.yaml": "{{ nosuch 1 }}"})), 'function "nosuch" not defined'),
    "env": (Case(chart({"x.yaml": '{{ env "HOME" }}'})), 'function "env" not defined'),
    "nil": (Case(chart({"x.yaml": "kind: A\nx: {{ .Values.a.b.c }}\n"})), "nil pointer evaluating"),
    "include": (Case(chart({"x.yaml": '{{ include "nope" . }}'})), 'no template "nope"'),
    "recursion": (
        Case(chart({"x.yaml": '{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}'})),
        "nested reference name",
    ),
    "yaml": (Case(chart({"x.yaml": "kind: A\n  bad: [\n"})), "YAML parse error on shop/templates/x.yaml"),
    "annotation-list": (
        Case(chart({"x.yaml": "kind: A\nmetadata:\n  annotations:\n    a: [1]\n"})),
        "cannot unmarshal array",
    ),
    "values": (Case(chart({"x.yaml": show("1")}), {"v.yaml": "a: [\n"}), "failed to parse"),
    "values-separator": (
        Case(chart({"x.yaml": show("1")}), {"v.yaml": "a: 1\n--- b: 2\n"}),
        "invalid Yaml document separator: b: 2",
    ),
    "values-list": (Case(chart({"x.yaml": show("1")}), {"v.yaml": "- a\n"}), "cannot unmarshal array"),
    "chart-values": (Case(chart({"x.yaml": show("1")}, "a: [\n")), "cannot load values.yaml"),
    "set": (Case(chart({"x.yaml": show("1")}), {}, {"setValues": {"a[x]": "1"}}), "failed parsing --set"),
    "helmignore-negation": (
        Case({**chart({"x.yaml": show("1")}), ".helmignore": "!templates\n"}),
        "Chart.yaml file is missing",
    ),
    "set-into-text": (
        Case(chart({"x.yaml": show("1")}), {"v.yaml": "a: x\n"}, {"setValues": {"a.b": 1}}),
        "interface conversion",
    ),
    "schema": (
        Case(
            {
                **chart({"x.yaml": show("1")}, "a: text\n"),
                "values.schema.json": '{"properties": {"a": {"type": "integer"}}}',
            }
        ),
        "don't meet the specifications of the schema",
    ),
    "subchart-schema": (
        Case(
            {
                **chart({"x.yaml": show("1")}),
                **below("charts/sub", {**SUB, "values.schema.json": '{"required": ["no"]}'}),
            }
        ),
        "don't meet the specifications of the schema",
    ),
    "kube-version": (
        Case(chart({"x.yaml": show("1")}, kubeVersion='"< 1.20.0"'), {}, {"kubeVersion": "1.30.0"}),
        "incompatible with Kubernetes",
    ),
    "bad-kube-version": (Case(chart({"x.yaml": show("1")}), {}, {"kubeVersion": "one"}), "kube version"),
    "dependencies": (Case(chart({"x.yaml": show("1")}, dependencies=DEP)), "helm dependency build"),
    "lfs-pointer": (
        Case(
            {
                **chart({"x.yaml": show("1")}, dependencies=DEP),
                "charts/sub-0.1.0.tgz": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
            }
        ),
        "gzip: invalid header",
    ),
    "library": (Case({**LIB}), "library charts are not installable"),
    "bad-chart-yaml": (Case({"Chart.yaml": "name: [\n", "templates/x.yaml": show("1")}), "cannot load Chart.yaml"),
    "no-version": (Case({"Chart.yaml": "apiVersion: v2\nname: shop\n"}), "chart.metadata.version is required"),
    "release-name": (Case(chart({"x.yaml": show("1")}), {}, {"releaseName": "Not_Valid"}), "invalid release name"),
    "broken-subchart": (
        Case({**chart({"x.yaml": show("1")}), "charts/sub/templates/x.yaml": "kind: A\n"}),
        "Chart.yaml file is missing",
    ),
}
