"""Options of helm-template: checked, filled in, in one order."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from freightlib_helm import HelmTemplate
from helmcharts import CHARTS, Case, chart, show

from freightlib.errors import ProjectError, RenderError, ToolError
from freightlib.plugins.contracts import Fingerprint, Renderer
from freightlib.plugins.registry import Registry, registry

Call = Callable[..., Any]
REGISTRY: Registry = registry()


def test_the_renderer_is_found_through_its_entry_point() -> None:
    found = REGISTRY.renderer("helm-template")
    assert isinstance(found, HelmTemplate)
    assert isinstance(found, Renderer)


def test_every_option_has_its_default_in_one_order(helm: HelmTemplate) -> None:
    assert list(helm.effective_options({"setValues": {"a": 1}, "releaseName": "shop"}).items()) == [
        ("releaseName", "shop"),
        ("namespace", "default"),
        ("valuesFiles", []),
        ("ignoreMissingValueFiles", False),
        ("setValues", [{"key": "a", "value": "1", "literal": False}]),
        ("includeCRDs", False),
        ("disableHooks", False),
        ("skipTests", False),
        ("kubeVersion", None),
        ("apiVersions", []),
        ("engine", "auto"),
        ("helmPath", None),
    ]


def test_effective_options_are_a_fixed_point(helm: HelmTemplate) -> None:
    once = helm.effective_options({"releaseName": "a", "setValues": {"a": None, "b": True, "c": 1.5, "d": "x"}})
    assert helm.effective_options(once) == once


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown": ({"valueFiles": []}, "render.valueFiles", "valuesFiles"),
    "far-off": ({"zzz": 1}, "render.zzz", "releaseName"),
    "no-release": ({"releaseName": None}, "render.releaseName", "deployment"),
    "release-number": ({"releaseName": 5}, "render.releaseName", "text"),
    "flag": ({"includeCRDs": "yes"}, "render.includeCRDs", "true"),
    "files": ({"valuesFiles": "a.yaml"}, "render.valuesFiles", "list"),
    "absolute": ({"valuesFiles": ["a", "/etc/passwd"]}, "render.valuesFiles[1]", "root"),
    "upwards": ({"valuesFiles": ["a/../../b"]}, "render.valuesFiles[0]", "root"),
    "set": ({"setValues": "a=1"}, "render.setValues", "key"),
    "set-item": ({"setValues": [{"key": "a"}]}, "render.setValues[0]", "value"),
    "set-extra": ({"setValues": [{"key": "a", "value": 1, "x": 1}]}, "render.setValues[0]", "value"),
    "set-map": ({"setValues": {"a": {"b": 1}}}, "render.setValues[0].value", "single"),
    "set-literal": ({"setValues": [{"key": "a", "value": "1", "literal": 1}]}, "render.setValues[0].literal", "true"),
    "api": ({"apiVersions": ["a,b"]}, "render.apiVersions[0]", "group/version"),
    "engine": ({"engine": "go"}, "render.engine", "auto"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_option_is_named(name: str, helm: HelmTemplate) -> None:
    options, path, hint = WRONG[name]
    with pytest.raises(ProjectError) as caught:
        helm.effective_options({"releaseName": "shop", **options})
    assert caught.value.data["path"] == path
    assert hint in caught.value.hint + caught.value.message


def test_the_fingerprint_names_engine_and_version(helm: HelmTemplate, helm4: Path, helm3: Path) -> None:
    def fingerprint(**options: Any) -> Fingerprint:
        return helm.fingerprint(helm.effective_options({"releaseName": "a", **options}))

    assert fingerprint() == Fingerprint("helm-sdk", "4.2.3")
    assert fingerprint(engine="program", helmPath=str(helm4)) == Fingerprint("helm", "4.3.1")
    assert fingerprint(helmPath=str(helm3)) == Fingerprint("helm", "3.18.0")


def test_a_missing_or_wrong_program_says_how_to_get_one(helm: HelmTemplate, request_for: Call, tmp_path: Path) -> None:
    for path in (tmp_path / "helm", Path("/bin/true")):
        with pytest.raises(ToolError, match="helm") as caught:
            helm.fingerprint(helm.effective_options({"releaseName": "a", "helmPath": str(path)}))
        assert "freightlib-helm[sdk]" in caught.value.hint
    request = request_for(CHARTS["web"], engine="program")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        with pytest.raises(ToolError) as missing:
            helm.render(request)
    assert "freightlib-helm[sdk]" in missing.value.hint


def test_policy_paths_are_the_values_files_in_order(helm: HelmTemplate) -> None:
    options = helm.effective_options(
        {"releaseName": "a", "valuesFiles": ["b.yaml", "a.yaml"], "ignoreMissingValueFiles": True}
    )
    assert [(path.path, path.optional) for path in helm.policy_paths(options)] == [("b.yaml", True), ("a.yaml", True)]


def test_a_missing_values_file_is_named(helm: HelmTemplate, request_for: Call) -> None:
    case = Case(chart({"x.yaml": show("1")}), {}, {"valuesFiles": ["apps/shop/gone.yaml"]})
    with pytest.raises(RenderError, match=r"apps/shop/gone\.yaml") as caught:
        helm.render(request_for(case))
    assert caught.value.data["path"] == "apps/shop/gone.yaml"


@pytest.mark.parametrize("text", ["-rel", "--post-renderer=x", "a b", "a/b", "x" * 54])
def test_a_hostile_release_name_is_refused_by_both_engines(
    text: str, helm: HelmTemplate, request_for: Call, helm4: Path
) -> None:
    for more in ({"engine": "sdk"}, {"engine": "program", "helmPath": str(helm4)}):
        with pytest.raises(RenderError, match="release name"):
            helm.render(request_for(CHARTS["web"], releaseName=text, **more))


def test_a_lfs_pointer_is_called_one(helm: HelmTemplate, request_for: Call) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    with pytest.raises(RenderError, match="gzip: invalid header") as caught:
        helm.render(request_for(Case({**chart({"x.yaml": show("1")}), "charts/sub-0.1.0.tgz": pointer})))
    assert "git-lfs pointer" in caught.value.hint
    assert "charts/sub-0.1.0.tgz" in caught.value.hint


def test_an_error_names_template_and_line(helm: HelmTemplate, request_for: Call) -> None:
    with pytest.raises(RenderError) as caught:
        helm.render(request_for(Case(chart({"x.yaml": 'kind: A\n\nx: {{ fail "no" }}\n'}))))
    assert (caught.value.data["template"], caught.value.data["line"]) == ("shop/templates/x.yaml", 3)


def test_the_deprecated_chart_is_noted(helm: HelmTemplate, request_for: Call) -> None:
    assert helm.render(request_for(CHARTS["deprecated"])).notes == ("the chart is deprecated",)


def test_the_environment_of_the_caller_is_not_seen(helm: HelmTemplate, request_for: Call, helm4: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("KUBECONFIG", "HELM_NAMESPACE", "HELM_PLUGINS", "TZ"):
            patch.setenv(name, f"/nonexistent/{os.getpid()}")
        asked = request_for(CHARTS["namespace"], engine="program", helmPath=str(helm4))
        assert b"prod" in helm.render(asked).manifests[0].data
