"""Charts that render otherwise each time: the resource, the field, the function and the template are named."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from freightlib_helm import HelmTemplate
from freightlib_helm.again.causes import cause
from freightlib_helm.again.clock import LATER, later_text
from freightlib_helm.again.lexer import actions
from freightlib_helm.again.sources import Call as Called
from freightlib_helm.again.sources import Sources
from helmcharts import CHARTS, DEP, SUB, Case, below, chart, hook, meta, show, tgz
from hypothesis import given
from hypothesis import strategies as st

from freightlib.errors import RenderingRefusedError
from freightlib.models import Finding
from freightlib.plugins.contracts import Difference, Explaining
from freightlib.plugins.registry import registry
from freightlib.rendering.twice import render_twice

pytestmark = pytest.mark.slow

Call = Callable[..., Any]
Look = Callable[..., list[Finding]]

#: Called alone in one field: the expression, and the function that is to blame.
ALONE: dict[str, str] = {
    "randAlphaNum 12": "randAlphaNum",
    "randAlpha 12": "randAlpha",
    "randNumeric 12": "randNumeric",
    "randAscii 12": "randAscii",
    "randBytes 12": "randBytes",
    "randInt 0 1000000000": "randInt",
    "uuidv4": "uuidv4",
    "now": "now",
    "now | unixEpoch": "now",
    'now | date "2006-01-02"': "now",
    "now | htmlDate": "now",
    "now.Year": "now",
    'dateInZone "15:04" (now) "UTC"': "now",
    'genPrivateKey "ed25519"': "genPrivateKey",
    '(genCA "ca" 9).Cert': "genCA",
    '(genCA "ca" 9).Key | b64enc': "genCA",
    '(genSelfSignedCert "ca" nil nil 9).Cert': "genSelfSignedCert",
    '(genSelfSignedCert "ca" nil nil 9).Key': "genSelfSignedCert",
    'htpasswd "user" "password"': "htpasswd",
    'bcrypt "password"': "bcrypt",
    'encryptAES "key" "text"': "encryptAES",
    'shuffle "abcdefghijklmnopqrst"': "shuffle",
    'keys (dict "a" 1 "b" 2 "c" 3 "d" 4 "e" 5 "f" 6) | join ","': "keys",
    'values (dict "a" 1 "b" 2 "c" 3 "d" 4 "e" 5 "f" 6) | join ","': "values",
    "uuidv4 | sha256sum": "uuidv4",
    'printf "%s-%s" .Release.Name (randAlphaNum 5 | lower)': "randAlphaNum",
    'lookup "v1" "Secret" "a" "b" | default (randAlphaNum 9)': "randAlphaNum",
}
#: What looks alike and is the same each time.
STEADY = [
    'toDate "2006-01-02" "2020-01-02" | date "2006"',
    'lookup "v1" "Secret" "a" "b" | toJson',
    'derivePassword 1 "long" "password" "user" "example.org"',
    'getHostByName "localhost"',
    'keys (dict "a" 1 "b" 2) | sortAlpha | join ","',
    'keys (dict "a" 1 "b" 2) | len',
    '"now" | quote',
    'dict "a" 1 "b" 2 | toYaml',
    'int64 0 | date "2006"',
]


@pytest.fixture(scope="module")
def look(helm: HelmTemplate, request_for: Call, helm4: Path) -> Look:
    """The findings about a chart, rendered by one engine and then again."""

    def call(files: Mapping[str, Any] | Case, engine: str = "sdk", mode: str = "always", **options: Any) -> Any:
        case = files if isinstance(files, Case) else Case(files)
        more = {"engine": engine} | ({"helmPath": str(helm4)} if engine == "program" else {})
        request = request_for(case, **more, **options)
        made = helm.render(request)
        return list(render_twice(helm, request, made, mode, made.manifests, lambda each: each))

    return call


def told(findings: list[Finding]) -> list[tuple[Any, ...]]:
    return [
        (each.data["resource"], *each.data["fields"], each.data["function"], each.data["template"], each.data["line"])
        for each in findings
        if each.code == "nondeterministic"
    ]


X = "shop/templates/x.yaml"


@pytest.mark.parametrize("engine", ["sdk", "program"])
@pytest.mark.parametrize("expression", ALONE)
def test_each_function_is_named(expression: str, engine: str, look: Look) -> None:
    found = look(chart({"x.yaml": show("1", expression, '"a"')}), engine)
    assert told(found) == [("ConfigMap x", "data.k1", ALONE[expression], X, 7)]
    assert [each.path for each in found] == [X]
    assert found[0].hint


@pytest.mark.parametrize("engine", ["sdk", "program"])
def test_what_is_the_same_each_time_gives_nothing(engine: str, look: Look) -> None:
    assert look(chart({"x.yaml": show(*STEADY)}), engine) == []


@pytest.mark.parametrize("name", CHARTS)
def test_ordinary_charts_give_nothing(name: str, look: Look) -> None:
    assert [each for each in look(CHARTS[name]) if each.code == "nondeterministic"] == []


def test_the_clock_is_moved_not_waited_for(look: Look) -> None:
    """Two renderings in a row agree on the day; the finding does not depend on when the test runs."""
    assert told(look(chart({"x.yaml": show('now | date "2006"', 'now | date "Jan"', "now | date `Mon`")}))) == [
        ("ConfigMap x", "data.k0", "now", X, 6),
        ("ConfigMap x", "data.k1", "now", X, 7),
        ("ConfigMap x", "data.k2", "now", X, 8),
    ]


def test_a_chart_that_breaks_with_time_is_still_compared(look: Look) -> None:
    ends = '{{ if gt (now | date "2006" | int) 2026 }}{{ fail "expired" }}{{ end }}'
    steady = chart({"x.yaml": show("1") + ends})
    if time.gmtime().tm_year > 2026:
        pytest.skip("written for its own year")
    assert told(look(steady)) == []
    assert told(look(chart({"x.yaml": show("uuidv4") + ends}))) == [("ConfigMap x", "data.k0", "uuidv4", X, 6)]


SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: tls, namespace: shop}
data:
  {{- $ca := genCA "shop" 365 }}
  {{- $cert := genSignedCert "shop" nil nil 365 $ca }}
  ca.crt: {{ $ca.Cert | b64enc }}
  tls.key: {{ $cert.Key | b64enc }}
  user: YQ==
  password: {{ randAlphaNum 16 | b64enc }}
  pin: {{ randNumeric 6 | b64enc | quote }}
"""


@pytest.mark.parametrize("engine", ["sdk", "program"])
def test_a_secret_as_charts_make_them(engine: str, look: Look) -> None:
    found = look(chart({"tls.yaml": SECRET}), engine)
    named = {field: (each.data["function"], each.data["line"]) for each in found for field in each.data["fields"]}
    assert named == {
        'data["ca.crt"]': ("genCA", 5),
        'data["tls.key"]': ("genCA", 5),
        "data.password": ("randAlphaNum", 10),
        "data.pin": ("randNumeric", 11),
    }


@pytest.mark.parametrize("engine", ["sdk", "program"])
def test_through_helpers_and_the_checksum_of_another_template(engine: str, look: Look) -> None:
    files = chart(
        {
            "_lib.tpl": '{{ define "pw" }}{{ randAlphaNum 20 }}{{ end }}\n{{ define "other" }}{{ uuidv4 }}{{ end }}',
            "_more.tpl": '{{ define "secret.pw" -}}\n{{ include "pw" . }}\n{{- end }}',
            "secret.yaml": 'kind: Secret\nmetadata: {name: s}\nstringData:\n  pw: {{ template "secret.pw" . }}\n',
            "web.yaml": "kind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    metadata:\n      annotations:\n"
            '        checksum/pw: {{ include (print $.Template.BasePath "/secret.yaml") . | sha256sum }}\n',
        }
    )
    lib = ("randAlphaNum", "shop/templates/_lib.tpl", 1)
    assert told(look(files, engine)) == [
        ("Secret s", "stringData.pw", *lib),
        ("Deployment web", 'spec.template.metadata.annotations["checksum/pw"]', *lib),
    ]


WHERE: dict[str, tuple[dict[str, Any], str]] = {
    "directory": (below("charts/sub", {**SUB, "templates/sub.yaml": show("uuidv4", name="sub")}), "shop/charts/sub/templates/sub.yaml"),
    "archive": (
        {"charts/sub-0.1.0.tgz": tgz({**SUB, "templates/sub.yaml": show("uuidv4", name="sub")}, "sub")},
        "shop/charts/sub/templates/sub.yaml",
    ),
    "another name": (below("charts/elsewhere", {**SUB, "templates/sub.yaml": show("uuidv4", name="sub")}), "shop/charts/elsewhere/templates/sub.yaml"),
}  # fmt: skip


@pytest.mark.parametrize("where", WHERE)
def test_in_subcharts(where: str, look: Look) -> None:
    files, template = WHERE[where]
    found = look({**chart({}, dependencies=DEP), **files})
    assert told(found) == [("ConfigMap sub", "data.k0", "uuidv4", template, 6)]


def test_the_clock_of_a_subchart_in_an_archive(look: Look) -> None:
    sub = {**SUB, "templates/sub.yaml": show('now | date "2006"', name="sub")}
    files = {**chart({}, dependencies=DEP), "charts/sub-0.1.0.tgz": tgz(sub, "sub")}
    assert told(look(files)) == [("ConfigMap sub", "data.k0", "now", "shop/charts/sub/templates/sub.yaml", 6)]


# as the charts do that most people use: look in the cluster, take what is given, else make it up
MANAGED = """\
{{/* {{ include "common.password" (dict "secret" "name" "length" 10) }} */}}
{{- define "common.password" -}}
{{- $password := "" }}
{{- $length := default 10 .length }}
{{- $held := (lookup "v1" "Secret" .context.Release.Namespace .secret).data }}
{{- if $held }}{{ $password = index $held .key }}
{{- else if .given }}{{ $password = .given | b64enc }}
{{- else if .strong }}{{ $password = printf "%s_%s" (randAlpha 1) (randAscii $length) | shuffle | b64enc }}
{{- else }}
  {{- $password = randAlphaNum $length | b64enc | quote }}
{{- end }}
{{- $known := dict "small" 1 "large" 2 }}
{{- if not (hasKey $known "small") }}{{ printf "use one of %s" (join "," (keys $known)) | fail }}{{ end }}
{{- $password }}
{{- end -}}
"""


@pytest.mark.parametrize("given", ["", "hunter2"])
def test_the_idiom_of_a_library_chart(given: str, look: Look) -> None:
    common = {"Chart.yaml": meta("common", type="library"), "templates/_secrets.tpl": MANAGED}
    secret = (
        "kind: Secret\nmetadata: {name: db}\ndata:\n"
        '  password: {{ include "common.password" (dict "secret" "db" "key" "k" "given" .Values.given "context" $) }}\n'
    )
    needs = "[{name: common, version: 0.1.0}]"
    archive = {"charts/common-0.1.0.tgz": tgz(common, "common")}
    files = {**chart({"db.yaml": secret}, f"given: {given!r}\n", dependencies=needs), **archive}
    found = look(files)
    template = "shop/charts/common/templates/_secrets.tpl"
    assert told(found) == ([] if given else [("Secret db", "data.password", "randAlphaNum", template, 10)])
    assert len(found) == (0 if given else 1)
    assert "lookup finds nothing here" in "".join(each.hint for each in found) or given


def test_two_versions_of_a_subchart_stay_apart(look: Look) -> None:
    def sub(version: str) -> bytes:
        text = show(f'now | date "2006" | printf "{version} %s"', name="sub-{{ .Values.size }}")
        head = meta("sub").replace("0.1.0", version)
        return tgz(
            {**SUB, "Chart.yaml": head, "values.yaml": f"size: {version[0]}\n", "templates/sub.yaml": text}, "sub"
        )

    needs = "[{name: sub, version: 1.0.0, alias: one}, {name: sub, version: 2.0.0, alias: two}]"
    archives = {f"charts/sub-{version}.tgz": sub(version) for version in ("1.0.0", "2.0.0")}
    found = look({**chart({}, dependencies=needs), **archives})
    assert [(each.data["resource"], each.data["difference"], each.data["fields"]) for each in found] == [
        ("ConfigMap sub-1", "value", ["data.k0"]),
        ("ConfigMap sub-2", "value", ["data.k0"]),
    ]


def test_in_hooks_names_and_comments(look: Look) -> None:
    (found,) = look(chart({"job.yaml": hook("job-{{ randAlphaNum 5 | lower }}", "pre-upgrade")}))
    assert found.data["resource"].startswith("Job job-")
    assert told([found])[0][1:] == ("metadata.name", "randAlphaNum", "shop/templates/job.yaml", 4)
    (found,) = look(chart({"x.yaml": show("1") + "# made {{ now }}\n"}))
    assert (found.data["difference"], found.data["fields"], found.data["function"]) == ("text", [], "now")


def test_text_that_tpl_is_given(look: Look) -> None:
    values = 'pw: "{{ randAlphaNum 7 }}"\nday: \'{{ now | date "2006" }}\'\nunused: "{{ uuidv4 }}"\n'
    case = Case(chart({"x.yaml": show("tpl .Values.pw .", "tpl .Values.day .")}), {"v.yaml": values})
    found = look(case)
    assert told(found) == [("ConfigMap x", "data.k0", "randAlphaNum", "apps/shop/v.yaml", 1)]
    assert [(each.code, each.path, each.data["line"]) for each in found[1:]] == [("may-differ", "apps/shop/v.yaml", 2)]


@pytest.mark.parametrize(
    ("expression", "function"),
    [
        ('date "2006" .Values.day', "date"),
        (".Values.day | htmlDate", "htmlDate"),
        ('$.Values.day | date "2006"', "date"),
        ("keys .Values.one | first", "keys"),
    ],
)
def test_what_two_renderings_cannot_show_is_a_remark(expression: str, function: str, look: Look) -> None:
    files = chart({"x.yaml": show(expression)}, 'day: "2020-02-02"\none: {a: 1}\n')
    (found,) = look(files)
    assert (found.code, found.severity, found.path) == ("may-differ", "note", X)
    assert (found.data["function"], found.data["line"]) == (function, 6)
    assert look(files, mode="suspected") == []


QUIET = {
    "not called": '{{ define "unused" }}{{ randAlphaNum 5 }}{{ end }}' + show("1"),
    "a comment": "{{/* now */}}" + show("1"),
    "a field": show(".Values.now", "$.Values.uuidv4"),
    "text": "# now uuidv4 randAlphaNum\n" + show("1"),
    "a literal": show('"{{ now }}"', "`{{ now }}`"),
}


@pytest.mark.parametrize("case", QUIET)
def test_what_is_not_called_is_not_suspected(case: str, helm: HelmTemplate, request_for: Call) -> None:
    request = request_for(Case(chart({"x.yaml": QUIET[case]})), engine="sdk")
    assert helm.suspects(request, helm.render(request).manifests) == []


def test_what_is_guarded_is_suspected_and_not_found(look: Look, helm: HelmTemplate, request_for: Call) -> None:
    files = chart({"x.yaml": show(".Values.pw | default (randAlphaNum 9)")}, "pw: given\n")
    request = request_for(Case(files), engine="sdk")
    assert [cause.function for cause in helm.suspects(request, helm.render(request).manifests)] == ["randAlphaNum"]
    assert look(files) == []


def test_lookup_is_said_to_find_nothing(look: Look) -> None:
    (found,) = look(chart({"x.yaml": show('lookup "v1" "Secret" "a" "b" | default (randAlphaNum 9)')}))
    assert "lookup finds nothing here" in found.hint


def test_it_is_rendered_by_other_processes(request_for: Call) -> None:
    helm = HelmTemplate()
    request = request_for(Case(chart({"x.yaml": show("uuidv4")})), engine="sdk")
    made = helm.render(request)
    list(helm.repetitions(request, made.manifests))
    assert helm._again is not None
    first, second = {*helm._sdk.pool().processes}, {*helm._again._sdk.pool().processes}
    assert first
    assert second
    assert not first & second
    helm.close()


def test_it_is_an_explaining_renderer(helm: HelmTemplate) -> None:
    assert isinstance(helm, Explaining)


# --- in promotions --------------------------------------------------------------------------------


def test_a_promotion_is_refused_or_warned_of(freight_app: Call) -> None:
    package = chart({"x.yaml": show("uuidv4")})
    checks = {"nondeterministic": "refuse"}
    app = freight_app(package, package_type="helm", render={"renderer": "helm-template", "checks": checks})
    before = app.gitops.git("for-each-ref")
    with pytest.raises(
        RenderingRefusedError, match=r"ConfigMap x: data\.k0 differs when rendered again: likely uuidv4"
    ):
        app.promote()
    assert app.gitops.git("for-each-ref") == before
    app = freight_app(package, package_type="helm", render={"renderer": "helm-template"})
    (made,) = app.promote()
    assert (made.outcome, len(made.notes)) == ("promoted", 1)
    (made,) = app.promote()
    assert (made.outcome, made.notes) == ("unchanged", ())


def test_a_chart_that_calls_nothing_of_the_kind_is_rendered_once(freight_app: Call) -> None:
    app = freight_app(chart({"x.yaml": show("1")}), package_type="helm", render={"renderer": "helm-template"})
    helm = registry().renderer("helm-template")
    assert isinstance(helm, HelmTemplate)
    helm.close()
    app.promote()
    assert helm._sdk.pool().processes
    assert not helm._repeating()._sdk.pool().processes
    app.promote(check_deterministic=True)
    assert helm._repeating()._sdk.pool().processes


# --- reading templates ----------------------------------------------------------------------------

WORDS = {
    "{{ a \"}}\" b }}": [["a", '"}}"', "b"]],
    "{{- a -}} x {{b}}": [["a"], ["b"]],
    "{{ `{{ now }}` }}": [["`{{ now }}`"]],
    "{{/* }} */}}{{ x }}": [[], ["x"]],
    "{{ $a.b := c.D 0x1f }}": [["$a.b", ":=", "c", ".D", "0x1f"]],
    "{{ a } }}": [["a"]],
    "{{ open": [],
    '{{ a }} {{ "open }} {{ b }}': [["a"]],
    "{{ 'c' }}": [["'c'"]],
}  # fmt: skip


@pytest.mark.parametrize("text", WORDS)
def test_words(text: str) -> None:
    assert [[word.text for word in action.words] for action in actions(text)] == WORDS[text]


@pytest.mark.parametrize("text", ["{{ /*" * 200_000, '{{ "\\"' * 200_000, "{{ '" * 200_000, "{{ now }}" * 100_000])
def test_hostile_templates_are_read_in_proportion(text: str) -> None:
    Sources("shop", [("templates/x.yaml", text.encode()), ("values.yaml", text.encode())])
    later_text(text)


def test_templates_that_include_each_other() -> None:
    text = '{{ define "a" }}{{ include "b" . }}{{ now }}{{ end }}{{ define "b" }}{{ include "a" . }}{{ end }}{{ include "b" . }}'
    found = Sources("shop", [("templates/x.yaml", text.encode())]).behind(["shop/templates/x.yaml"])
    assert [call.function for call in found] == ["now"]


def test_a_chart_without_a_name_or_templates() -> None:
    assert Sources("", [("Chart.yaml", meta().encode())]).behind(["nowhere", ""]) == ()


PIECES = st.sampled_from(
    ["{{", "}}", "{{-", "-}}", "now", " ", '"', "`", "'", "/*", "*/", "\\", "$x", ".now", "(", "|", "}", "{", "\n", "define",
     'define "a"', 'include "a"', "end", "if", "tpl", "keys", "date", "é"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join))
def test_any_text_is_read_and_only_calls_of_now_are_moved(text: str) -> None:
    found = Sources("shop", [("templates/x.yaml", text.encode()), ("values.yaml", text.encode())])
    for call in found.behind(["shop/templates/x.yaml"]):
        assert call.function in text.split("\n")[call.line - 1]
    moved = later_text(text)
    assert moved.replace(LATER, "now") == text
    calls = [word for action in actions(text) for word in action.words if (word.kind, word.text) == ("name", "now")]
    assert moved.count(LATER) == len(calls)


CALLS = [
    Called("randAlpha", X, 1, "", "1"),
    Called("randAlphaNum", X, 2, "", "$length"),
    Called("randAlphaNum", X, 3, "  user: ", "8"),
    Called("randNumeric", X, 4, "", "6"),
    Called("keys", X, 5, "", ".Values.a", hidden=True),
    Called("genCA", X, 6),
]


@pytest.mark.parametrize(
    ("first", "second", "place", "line"),
    [
        ("abcdefghij", "klmnopqrst", "data.pw", 2),  # all letters, by chance
        ("a", "b", "data.pw", 1),
        ("a1b2c3d4", "d4c3b2a2", "data.user", 3),
        ("YTFiMmMzZDQ=", "ZDRjM2IyYTI=", "data.user", 3),
        ("pin=123456\n", "pin=654322\n", 'data["a.env"]', 4),
        ("a,b", "b,a", "x", 5),
        ("-----BEGIN CERTIFICATE-----\nA", "-----BEGIN CERTIFICATE-----\nB", 'data["ca.crt"]', 6),
    ],
)
def test_the_call_that_fits_best_is_blamed(first: str, second: str, place: str, line: int) -> None:
    found = cause(Difference(X, "Secret a", place, "order" if line == 5 else "value", first, second), CALLS)
    assert found is not None
    assert found.line == line
