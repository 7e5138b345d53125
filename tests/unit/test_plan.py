from datetime import UTC, datetime

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from freightlib.documents import read_project
from freightlib.errors import ProjectError, UnsafePathError, UsageError
from freightlib.models import App, Deployment, Freight, Image, Output, Package, Project, RenderSpec, Stage
from freightlib.rendering import plan

FREIGHT = Freight(
    revision="a" * 40,
    image=Image.parse("ghcr.io/example/shop:v1@sha256:" + "b" * 64),
    package_type="plain",
    created_at=datetime(2026, 3, 22, tzinfo=UTC),
)
DEPLOYMENT = Deployment("shop-test", "qa", "shop")


def app(**options: object) -> App:
    return App(
        "shop", Package("plain", "k8s"), render=RenderSpec("copy", None, options), stages={"test": Stage("test")}
    )


def planned(one: App, deployment: Deployment = DEPLOYMENT):
    return plan.plan_stage(one, one.stages["test"], deployment, FREIGHT)


def test_every_placeholder_is_expanded_everywhere_but_in_keys():
    text = " ".join(f"{{{name}}}" for name in plan.PLACEHOLDERS)
    found = planned(app(a=[{"{tag}": text}], n=1, b=True)).options
    revision, ref, digest = "a" * 40, "ghcr.io/example/shop:v1", "sha256:" + "b" * 64
    assert found["a"][0]["{tag}"].split() == [
        "shop", "test", "test", "qa", "shop", "apps/shop", "warehouses/shop/freight", "warehouses/shop/marks", f"git-{revision}", revision, "stage/test",  # noqa: E501
        ref, digest, f"{ref}@{digest}", "ghcr.io/example/shop", "v1",
    ]  # fmt: skip
    assert (found["n"], found["b"]) == (1, True)


@given(st.text(alphabet="a{}. stageimgrf", max_size=20))
def test_braces_are_kept_or_refused(text):
    escaped = text.replace("{", "{{").replace("}", "}}")
    assert planned(app(a=escaped)).options["a"] == text


@pytest.mark.parametrize("text", ["{stagee}", "{", "}", "{}", "{ stage }", "{{stage}", "{stage.name}", "{image}"])
def test_an_unknown_placeholder_names_its_place_and_the_known_ones(text):
    with pytest.raises(ProjectError) as caught:
        planned(app(list=["x", {"k": text}]))
    assert "apps.shop.render.list[1].k: " in caught.value.message
    assert "{image.pinned}" in caught.value.hint


def test_values_are_not_expanded_again():
    assert planned(app(a="{namespace}"), evolve(DEPLOYMENT, namespace="{tag}")).options["a"] == "{tag}"


def test_defaults_and_overrides():
    one = planned(app(releaseName="x"))
    assert (one.branch, one.path, one.renderer, one.layout) == ("stage/test", ".", "copy", "helm")
    facts = {"releaseName": "shop-test", "namespace": "shop", "policy": "apps/shop", "envType": "qa"}
    assert (one.options, one.defaults) == ({"releaseName": "x"}, facts)
    own = Stage(
        "test", render=RenderSpec(None, "flat", {"a": "{stage}"}), output=Output("env/{envType}", "out/{stage}/")
    )
    two = planned(evolve(app(a="x", b="y"), stages={"test": own}))
    assert (two.branch, two.path, two.layout, two.options) == ("env/qa", "out/test", "flat", {"a": "test", "b": "y"})


def test_the_rendered_branch():
    named = evolve(DEPLOYMENT, rendered_branch="stage/other")
    assert planned(app(), named).branch == "stage/other"
    assert planned(evolve(app(), output=Output("{renderedBranch}")), named).branch == "stage/other"
    with pytest.raises(ProjectError) as caught:
        planned(evolve(app(), output=Output("stage/{stage}")), named)
    assert "freightlib.yaml (apps.shop.output.branch) says the rendered branch is 'stage/test'" in caught.value.message
    assert "apps/shop/deployments/test/deployment.yaml says 'stage/other'" in caught.value.message


BAD_REFS = [
    "",
    "a..b",
    "/a",
    "a/",
    "-a",
    "a b",
    "a~1",
    "a.lock",
    "a.lock/b",
    "a//b",
    "a/.b",
    "@",
    "a@{b",
    "a\nb",
    "HEAD",
    "refs/heads/a",
    "a.",
]


@pytest.mark.parametrize("branch", BAD_REFS)
def test_a_branch_git_would_refuse(branch):
    with pytest.raises(UnsafePathError):
        planned(evolve(app(), output=Output(branch.replace("{", "{{"))))
    if branch:
        with pytest.raises(UnsafePathError):
            planned(app(), evolve(DEPLOYMENT, rendered_branch=branch))


@pytest.mark.parametrize("value", ["../x", "..", "/etc", "a/../../b", ".git", "a\\b", "a\x00b", "", "a//b"])
def test_a_placeholder_cannot_lead_out_of_the_repository(value):
    with pytest.raises(UnsafePathError):
        planned(evolve(app(), output=Output(None, "{envType}")), evolve(DEPLOYMENT, env_type=value))


def test_the_only_renderer_for_a_package_type_is_taken():
    bare = evolve(app(), render=RenderSpec())
    assert planned(bare).renderer == "copy"
    with pytest.raises(ProjectError, match="no renderers can render tar packages"):
        planned(evolve(bare, package=Package("tar", "k")))


def test_apps_and_stages_by_name():
    one = Project({"shop": app()})
    two = Project({"shop": app(), "blog": evolve(app(), name="blog")})
    assert one.app(None).name == two.app("shop").name == "shop"
    for project, name, words in [
        (two, None, "shop, blog"),
        (one, "shp", "did you mean 'shop'"),
        (one, "zzz", "its apps: shop"),
    ]:
        with pytest.raises(UsageError) as caught:
            project.app(name)
        assert words in caught.value.hint
    with pytest.raises(UsageError, match="shop has no stage 'tst'\ndid you mean 'test'"):
        app().stage("tst")


def test_upstreams_come_first():
    project = read_project(b"""
apps:
  shop:
    package: {type: plain, path: k8s}
    stages:
      production: {from: [left, right]}
      left: {from: test}
      right: {from: test}
      other: {from: warehouse}
      test: {from: warehouse}
""")
    one = project.apps["shop"]
    assert [each.name for each in one.ordered(one.stages)] == [
        "test",
        "left",
        "right",
        "production",
        "other",
    ]
    assert [each.name for each in one.ordered(["production", "test", "test"])] == ["test", "production"]
    with pytest.raises(UsageError):
        one.ordered(["prod"])
