import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from freightlib import documents
from freightlib.documents import read_deployment, read_project, schema, write_project
from freightlib.documents.schemas import generate, text
from freightlib.errors import FreightError, ProjectError, UsageError
from freightlib.models import App, Deployment, Output, Package, Project, RenderSpec, Stage
from tests.examples import examples

PROJECT = """schemaVersion: v1
apps:
  codeai:
    package: {type: helm, path: k8s/helm}
    warehouse: warehouses/codeai/freight
    policy: apps/codeai
    render:
      renderer: helm-template
      releaseName: "{deployment}"
      valuesFiles:
        - "{policy}/envTypes/{envType}.values.yaml"
        - "{policy}/deployments/{deployment}/values.yaml"
      setValues: {image: "{image.ref}", version: 1.10, port: 0777, on: yes}
      includeCRDs: true
      layout: helm
    output:
      branch: "stage/{stage}"
      path: "{policy}/deployments/{deployment}/deploy"
    stages:
      staging: {from: warehouse}
      test: {from: [staging]}
      levelbuilder: {from: [test], output: {path: .}}
      production: {from: levelbuilder, review: pull-request, render: {layout: file}}
"""


def test_the_project_of_the_design():
    app = read_project(PROJECT.encode()).apps["codeai"]
    assert (app.package, app.warehouse) == (Package("helm", "k8s/helm"), "warehouses/codeai/freight")
    assert app.render.options["setValues"] == {"image": "{image.ref}", "version": "1.10", "port": "0777", "on": "yes"}
    assert app.render.options["includeCRDs"] is True
    assert [stage.upstream for stage in app.stages.values()] == [(), ("staging",), ("test",), ("levelbuilder",)]
    assert app.stages["levelbuilder"].output == Output("stage/{stage}", ".")
    production = app.stages["production"]
    assert (production.review, production.render, production.deployment) == (
        "pull-request",
        RenderSpec(None, "file"),
        "production",
    )


def test_anchors_may_share_what_stages_have_in_common():
    shared = PROJECT.replace("{from: [staging]}", "&t {from: [staging]}").replace(
        "{from: [test], output: {path: .}}", "*t"
    )
    assert read_project(shared.encode()).apps["codeai"].stages["levelbuilder"].upstream == ("staging",)


WRONG = {
    ("[staging]", "[stagin]"): "21: apps.codeai.stages.test.from[0]: no stage named 'stagin'; did you mean 'staging'?",
    ("[staging]", "[staging, staging]"): "21: apps.codeai.stages.test.from[1]: 'staging' is listed twice",
    ("[staging]", "[warehouse, staging]"): (
        "21: apps.codeai.stages.test.from[0]: warehouse cannot be listed together with stages"
    ),
    ("[staging]", "[test]"): "21: apps.codeai.stages.test.from[0]: a stage cannot take freight from itself",
    ("{from: [staging]}", "{from: staging, auto: yes}"): "21: apps.codeai.stages.test.auto: expected true or false",
    ("{from: [staging]}", "{from: staging, auto: 'true'}"): "21: apps.codeai.stages.test.auto: expected true or false",
    ("{from: [staging]}", "{from: staging, gates: {name: soak}}"): "21: apps.codeai.stages.test.gates: expected a list",
    ("{from: [staging]}", "{from: staging, gates: [soak]}"): "21: apps.codeai.stages.test.gates",
    ("{from: [staging]}", "{from: staging, gates: [{time: 1h}]}"): "gates[0]: expected a mapping with a name",
    (
        "{from: [staging]}",
        "{from: staging, requiredSoakTime: soon}",
    ): "requiredSoakTime: 'soon' is not of the right form",
    ("{from: [staging]}", "{from: staging, requiredSoakTime: ''}"): "requiredSoakTime: '' is not a duration",
    (
        "{from: [staging]}",
        "{from: staging, requiredSoakTime: 1h, gates: [{name: soak, time: 1h}]}",
    ): "the stage has a gate soak too",
    ("{from: [staging]}", "{from: staging, gate: []}"): "gate: unknown key; did you mean 'gates'?",
    ("[staging]", "[[staging]]"): "21: apps.codeai.stages.test.from[0]: expected text, not a list",
    ("[staging]", "[]"): "21: apps.codeai.stages.test.from: is an empty list",
    ("[staging]", "{a: b}"): "21: apps.codeai.stages.test.from: expected text, not a mapping",
    ("{from: [staging]}", "{}"): "21: apps.codeai.stages.test.from: is missing",
    (
        "{from: warehouse}",
        "{from: production}",
    ): "a cycle: staging from production from levelbuilder from test from staging",
    ("      test:", "      Test:"): "21: apps.codeai.stages.Test: 'Test' cannot be a name",
    ("      test:", "      a..b:"): "21: apps.codeai.stages['a..b']: 'a..b' cannot be a name",
    ("      test:", "      warehouse:"): "a stage cannot be named 'warehouse'",
    ("  codeai:", "  ../x:"): "3: apps['../x']: '../x' cannot be a name",
    ("  codeai:", "  a.lock:"): "3: apps['a.lock']: 'a.lock' cannot be a name",
    ("type: helm", "type: halm"): "4: apps.codeai.package.type: 'halm' is not known; did you mean 'helm'?",
    ("path: k8s/helm", "path: ../helm"): "4: apps.codeai.package.path: '../helm' is not a safe path",
    ("path: k8s/helm", "path: /k8s"): "4: apps.codeai.package.path: '/k8s' is not a safe path",
    ("path: k8s/helm", "pth: k8s"): "4: apps.codeai.package.pth: unknown key; did you mean 'path'?",
    ("policy: apps/codeai", "policy: apps/.git"): "6: apps.codeai.policy: 'apps/.git' is not a safe path",
    ("policy: apps/codeai", 'policy: "a\\\\b"'): "6: apps.codeai.policy: 'a\\\\b' is not a safe path",
    ("policy: apps/codeai", 'policy: "a\\nb"'): "6: apps.codeai.policy: 'a\\nb' is not a safe path",
    ("policy: apps/codeai", "policy: warehouses"): "and the policy 'warehouses' overlap",
    ("warehouse: warehouses/", "warehouse: apps/codeai/"): "5: apps.codeai.warehouse: the warehouse",
    ("review: pull-request", "review: pullrequest"): "'pullrequest' is not known; did you mean 'pull-request'?",
    ("layout: helm", "layout: hlem"): "15: apps.codeai.render.layout: no layout named 'hlem'; did you mean 'helm'?",
    ("renderer: helm-template", "renderer: [a]"): "8: apps.codeai.render.renderer: expected text",
    ('path: "{policy}/deployments', 'path: "../{policy}'): "18: apps.codeai.output.path: ",
    ('path: "{policy}/deployments', 'path: ".git/{policy}'): "18: apps.codeai.output.path: ",
    ("schemaVersion: v1", "schemaVersion: v2"): "1: schemaVersion: 'v2' is not known",
    ("schemaVersion: v1", "schemaversion: v1"): "1: schemaversion: unknown key; did you mean 'schemaVersion'?",
    ("    stages:\n", "    stages: 3\n    x:\n"): "19: apps.codeai.stages: expected a mapping, not the text '3'",
    ("apps:\n", "apps: 3\nx:\n"): "2: apps: expected a mapping, not the text '3'",
    ("    policy: apps/codeai\n", "\tpolicy: x\n"): "a tab is used where only spaces are allowed",
}


@pytest.mark.parametrize("change", WRONG)
def test_what_is_wrong_is_named_with_its_place(change):
    assert change[0] in PROJECT
    with pytest.raises(ProjectError) as caught:
        read_project(PROJECT.replace(*change).encode())
    assert WRONG[change] in caught.value.message
    assert caught.value.message.startswith("freightlib.yaml:")
    assert caught.value.hint
    assert "\n" not in caught.value.message


def test_all_problems_are_listed():
    text = PROJECT.replace("[staging]", "[stagin]").replace("layout: helm", "layout: x").replace("[test]", "[tset]")
    with pytest.raises(ProjectError) as caught:
        read_project(text.encode())
    assert len(caught.value.data["problems"]) == 2
    assert caught.value.data["path"] == "apps.codeai.stages.test.from[0]"
    assert "2 more: " in caught.value.hint


def test_two_apps_cannot_share_a_warehouse():
    second = (
        PROJECT.replace("schemaVersion: v1\napps:\n", "")
        .replace("  codeai:", "  blog:")
        .replace("apps/codeai", "apps/blog")
    )
    for warehouse in ("warehouses/codeai/freight", "warehouses/codeai/freight/x", "warehouses"):
        with pytest.raises(ProjectError, match=r"apps.blog.warehouse: .* overlaps with the warehouse of 'codeai'"):
            read_project((PROJECT + second.replace("warehouses/codeai/freight", warehouse)).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a",
        b"[]",
        b"apps:",
        b"apps: {}",
        b"apps: {a: }",
        b"apps: {a: {package: {type: helm, path: x}, stages: {}}}",
    ],
)
def test_what_is_no_project_at_all(data):
    with pytest.raises(ProjectError):
        read_project(data)


NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,5}", fullmatch=True).filter(lambda name: name != "warehouse")
OPTIONS = st.dictionaries(
    st.sampled_from(["releaseName", "a b", "on", "1"]),
    st.recursive(
        st.one_of(
            st.sampled_from(
                ["1.10", "yes", "0777", "12:30", "true", "null", "", "1e6", "=", "ü", "a: b", "x\ny", "- z"]
            ),
            st.booleans(),
            st.integers(-9, 10**9),
            st.none(),
        ),
        lambda below: (
            st.lists(below, max_size=2) | st.dictionaries(st.sampled_from(["k", "off", "1"]), below, max_size=2)
        ),
        max_leaves=4,
    ),
    max_size=3,
)
RENDERS = st.builds(RenderSpec, st.sampled_from([None, "copy", "on"]), st.sampled_from([None, "flat"]), OPTIONS)


# without soak: requiredSoakTime says the same, and both are refused
GATES = st.lists(st.builds(lambda name, options: {"name": name, **options}, NAMES, OPTIONS), max_size=2).map(tuple)


@st.composite
def projects(draw):
    apps = {}
    for name in draw(st.lists(NAMES, min_size=1, max_size=2, unique=True)):
        stages: dict[str, Stage] = {}
        for stage in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)):
            upstream = draw(st.lists(st.sampled_from(list(stages)), unique=True, max_size=2)) if stages else []
            output = draw(st.sampled_from([None, Output("b/{stage}", "out")]))
            stages[stage] = Stage(
                stage,
                upstream,
                draw(st.sampled_from([None, "pull-request"])),
                draw(NAMES),
                draw(RENDERS),
                output,
                draw(st.none() | GATES),
                draw(st.sampled_from([None, "24h"])),
                draw(st.booleans()),
            )
        apps[name] = App(
            name,
            Package(draw(st.sampled_from(["helm", "plain"])), "k8s"),
            render=draw(RENDERS),
            stages=stages,
            gates=draw(GATES),
        )
    return Project(apps)


# long enough that a writer that folds lines would cut the key in two
FOLDED = Stage(
    "a000",
    upstream=("a",),
    review="pull-request",
    deployment="a00000",
    render=RenderSpec("copy", None, {"releaseName": [], "on": [], "a b": []}),
)
WIDE = Project({"a": App("a", Package("helm", "k8s"), stages={"a": Stage("a"), "a000": FOLDED})})


@settings(max_examples=examples(30))  # ruamel's writer takes its time
@given(projects())
@example(WIDE)
def test_projects_round_trip_and_fit_their_schema(project):
    data = write_project(project)
    assert read_project(data) == project
    jsonschema.validate(YAML(typ="safe", pure=True).load(data), schema("freightlib"))


def test_a_written_project_is_for_people():
    written = write_project(read_project(PROJECT.encode())).decode()
    assert "    package: {type: helm, path: k8s/helm}\n" in written
    assert "      test: {from: [staging]}\n" in written
    assert "warehouse: warehouses" not in written  # the default need not be said


# --- deployments ----------------------------------------------------------------------------------


def test_deployments():
    real = b"name: staging\nsourceMode: rendered\nenvType: staging\nnamespace: codeai\nrenderedBranch: stage/staging\nreplicas: [1]\n"  # noqa: E501
    assert read_deployment(real, name="x", document="d") == Deployment("staging", "staging", "codeai", "stage/staging")
    for empty in (b"", b"# later\n", b"name:\n", b"other: 1\n"):
        assert read_deployment(empty, name="x", document="d") == Deployment("x", "x")
    assert read_deployment(b"namespace: 0777\n", name="x", document="d").namespace == "0777"


@pytest.mark.parametrize(
    "data", [b"name: [a]\n", b"- a\n", b"a: 1\n---\nb: 1\n", b"envType: {a: b}\n", b"name: ''\n", b"a: }"]
)
def test_wrong_deployments(data):
    with pytest.raises(ProjectError, match=r"^apps/x/deployment.yaml:1: "):
        read_deployment(data, name="x", document="apps/x/deployment.yaml")


# --- schemas --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["freight", "freightlib"])
def test_the_shipped_schemas_are_what_the_shapes_generate(name):
    shipped = Path(documents.__file__).parent / "schemas" / f"{name}.v1.schema.json"
    assert shipped.read_text("utf-8") == text(name), "run: python -m freightlib.documents.schemas"
    assert schema(name) == generate(name)
    jsonschema.Draft202012Validator.check_schema(schema(name))


def test_an_unknown_schema():
    with pytest.raises(UsageError):
        schema("lock")


def _paths(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield from _paths(below, (*path, key))


GOOD = YAML(typ="safe", pure=True).load(PROJECT)
GOOD["apps"]["codeai"]["render"]["setValues"] = {}


@given(
    st.sampled_from([path for path in _paths(GOOD) if path]),
    st.sampled_from(["drop", [], {}, "x", ["x"], {"x": "y"}, None, 3, "helm", "warehouse"]),
)
def test_what_the_schema_rejects_the_codec_rejects(path, change):
    changed = json.loads(json.dumps(GOOD))
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    if change == "drop":
        del holder[path[-1]]
    else:
        holder[path[-1]] = change
    if jsonschema.Draft202012Validator(schema("freightlib")).is_valid(changed):
        return
    if change == 3:  # a plain number is its text to freightlib, which only the schema cannot say
        return
    with pytest.raises(FreightError):
        read_project(json.dumps(changed).encode())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("marks: warehouses/a/freight/marks", ""),
        ("marks: warehouses/a", ""),
        ("marks: same", "marks: same"),
        ("marks: warehouses/b/freight", ""),
        ("", "warehouse: warehouses/a/marks/deep"),
    ],
)
def test_marks_and_snapshots_lie_apart(one, other):
    head = "package: {type: plain, path: k}, stages: {s: {from: warehouse}}"
    apps = [f"  {name}: {{{', '.join(filter(None, (head, more)))}}}\n" for name, more in (("a", one), ("b", other))]
    with pytest.raises(ProjectError, match="marks and snapshots need separate directories"):
        read_project(f"apps:\n{''.join(apps)}".encode())


def test_marks_lie_beside_the_snapshots():
    project = read_project(b"""
apps:
  a: {package: {type: plain, path: k}, stages: {s: {from: warehouse}}}
  b: {package: {type: plain, path: k}, warehouse: releases/b, stages: {s: {from: warehouse}}}
  c: {package: {type: plain, path: k}, warehouse: x/freight, marks: m/c/, stages: {s: {from: warehouse}}}
""")
    assert [app.marks for app in project.apps.values()] == ["warehouses/a/marks", "releases/b-marks", "m/c"]


@pytest.mark.parametrize("null", ["", "~", "null", "Null", "NULL"])
def test_null_is_what_go_calls_null_in_every_document(null):
    """Five readers had their own list, without Null and NULL: a namespace of Null was deployed as a name."""
    from freightlib.documents import read_deployment

    assert read_deployment(f"namespace: {null}\n".encode(), name="a", document="d").namespace == "default"
    text = (
        f"apps: {{shop: {{package: {{type: plain, path: k}}, warehouse: {null}, stages: {{a: {{from: warehouse}}}}}}}}"
    )
    assert read_project(text.encode()).apps["shop"].warehouse == "warehouses/shop/freight"
