"""What is refused before kustomize runs, by file and field; and what each setting allows."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from freightlib_kustomize import Kustomize, program, workspace

from freightlib.errors import IsolationError, RenderError
from freightlib.models import RenderResult
from freightlib.plugins.contracts import Limits, RenderRequest
from freightlib.plugins.isolation.program import network_isolation

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata: {a: '1'}\n"
BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefg", "bcdefgh", strict=True)
)
REMOTE = [
    "https://example.com/map.yaml",
    "http://example.com/map.yaml",
    "HTTPS://example.com/map.yaml",
    "https://github.com/example/shop//base?ref=main",
    "git@github.com:example/shop.git//base",
    "github.com/example/shop/base?ref=v1",
    "github.com/example/shop",
    "ssh://git@example.com/shop.git",
    "git::https://example.com/shop.git",
    "file:///etc",
    "gh:example/shop",
    "org-12345@github.com:example/shop",
    "example.com/shop.git?ref=main",
]
# field, its value with %s for a reference
FIELDS = {
    "resources[1]": "resources: [map.yaml, '%s']",
    "resources[0]": "resources: ['%s']",
    "bases[0]": "bases: ['%s']",
    "components[0]": "components: ['%s']",
    "crds[0]": "crds: ['%s']",
    "configurations[0]": "configurations: ['%s']",
    "patches[0].path": "patches: [{path: '%s'}]",
    "patches[0]": "patches: ['%s']",
    "patchesStrategicMerge[0]": "patchesStrategicMerge: ['%s']",
    "patchesJson6902[0].path": "patchesJson6902: [{target: {kind: A, name: b, version: v1}, path: '%s'}]",
    "replacements[0].path": "replacements: [{path: '%s'}]",
    "openapi.path": "openapi: {path: '%s'}",
    "configMapGenerator[0].files[0]": "configMapGenerator: [{name: g, files: ['%s']}]",
    "configMapGenerator[0].files[1]": "configMapGenerator: [{name: g, files: [map.yaml, 'key=%s']}]",
    "configMapGenerator[0].envs[0]": "configMapGenerator: [{name: g, envs: ['%s']}]",
    "configMapGenerator[0].env": "configMapGenerator: [{name: g, env: '%s'}]",
    "secretGenerator[0].files[0]": "secretGenerator: [{name: g, files: ['%s']}]",
    "generators[0]": "generators: ['%s']",
    "transformers[0]": "transformers: ['%s']",
    "validators[0]": "validators: ['%s']",
    # Go's encoding/json takes these for the same fields
    "Resources[0]": "Resources: ['%s']",
    "re\u017fource\u017f[0]": "re\u017fource\u017f: ['%s']",
    "patches[0].Path": "patches: [{Path: '%s'}]",
    "CONFIGMAPGENERATOR[0].FILES[0]": "CONFIGMAPGENERATOR: [{name: g, FILES: ['%s']}]",
}

Render = Callable[..., RenderResult]


@pytest.fixture
def refuse(render: Render) -> Callable[..., RenderError]:
    """The refusal of a direct build. The program cannot run, so that nothing but the check can have spoken."""

    def call(kustomization: str, more: dict[str, str] | None = None, **options: object) -> RenderError:
        files = {"base/kustomization.yaml": kustomization, "base/map.yaml": MAP, **(more or {})}
        with pytest.raises(RenderError) as caught:
            render(files, **{"direct": True, "base": "base", "program": "/nonexistent/kustomize", **options})
        error = caught.value
        assert len(str(error).splitlines()) == 2, str(error)
        assert error.data["renderer"] == "kustomize"
        assert error.data["stage"] == "test"
        return error

    return call


@pytest.mark.parametrize("reference", REMOTE)
def test_every_form_of_remote_reference_is_refused(refuse: Callable[..., RenderError], reference: str) -> None:
    error = refuse(f"resources: [map.yaml, '{reference}']")
    assert error.message == f"source/base/kustomization.yaml: resources[1] refers to {reference}, which is remote"
    assert "allowRemote: true" in error.hint
    assert error.data["template"] == "source/base/kustomization.yaml"
    assert (error.data["field"], error.data["reference"]) == ("resources[1]", reference)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("https://example.com/x.yaml", "which is remote"),
        ("/etc/passwd", "which is an absolute path"),
        ("../../../etc/passwd", "which leaves the workspace"),
        ("./nothing.yaml", "which is not there"),
    ],
)
def test_every_field_is_read(refuse: Callable[..., RenderError], field: str, reference: str, why: str) -> None:
    error = refuse(FIELDS[field] % reference)
    assert error.message.endswith(f"refers to {reference}, {why}"), error.message
    assert error.data["field"] == field


@pytest.mark.parametrize(
    ("kustomization", "more"),
    [
        ("resources: [../other]", {"other/kustomization.yml": "resources: [../third]"}),
        ("components: [../other/]", {"other/Kustomization": "components: [./../third]"}),
        ("resources: [link]", {"base/link": "-> ../third"}),
        ("transformers: [../other]", {"other/kustomization.yaml": "resources: [../third]"}),
        ("resources: [../base/map.yaml, '.././third/']", {}),
    ],
)
def test_references_are_followed(refuse: Callable[..., RenderError], kustomization: str, more: dict[str, str]) -> None:
    third = {"third/kustomization.yaml": "# far away\nresources: [https://example.com/x.yaml]\n"}
    error = refuse(kustomization, more | third)
    assert error.message == (
        "source/third/kustomization.yaml: resources[0] refers to https://example.com/x.yaml, which is remote"
    )


def test_what_is_not_reached_is_not_judged(render: Render) -> None:
    files = {"base/kustomization.yaml": "resources: [map.yaml]", "base/map.yaml": MAP}
    dead = {"overlays/dev/kustomization.yaml": "resources: [https://example.com/x.yaml]\nhelmCharts: [{name: x}]\n"}
    assert render({**files, **dead}, direct=True, base="base").manifests


def test_a_ring_of_kustomizations_ends(render: Render) -> None:
    files = {"a/kustomization.yaml": "resources: [../b]", "b/kustomization.yaml": "resources: [../a]"}
    with pytest.raises(RenderError, match="cycle detected"):
        render(files, direct=True, base="a")


PLUGIN = "apiVersion: {api}\nkind: Thing\nmetadata:\n  name: t\n  annotations:\n    {note}\n"


@pytest.mark.parametrize("field", ["generators", "transformers", "validators"])
@pytest.mark.parametrize(
    ("api", "note"),
    [
        ("example.com/v1", "config.kubernetes.io/function: '{exec: {path: ./run.sh}}'"),
        ("example.com/v1", "config.k8s.io/function: '{container: {image: evil}}'"),
        ("builtin", "config.kubernetes.io/function: '{exec: {path: ./run.sh}}'"),
        ("example.com/v1", "a: b"),
    ],
)
@pytest.mark.parametrize("form", ["file", "inline", "directory"])
def test_plugins_that_run_code_are_refused(
    refuse: Callable[..., RenderError], field: str, api: str, note: str, form: str
) -> None:
    text = PLUGIN.format(api=api, note=note)
    inline = "".join(f"    {line}\n" for line in text.splitlines())
    kustomization = {"file": f"{field}: [p.yaml]", "directory": f"{field}: [d]", "inline": f"{field}:\n  - |\n{inline}"}
    more = {"base/p.yaml": text, "base/d/kustomization.yaml": "resources: [p.yaml]", "base/d/p.yaml": text}
    error = refuse(kustomization[form], more)
    assert "Thing is a plugin that runs a program or a container" in error.message
    assert "allowPlugins: true" in error.hint


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ("kind: PatchTransformer\npath: https://example.com/p.yaml", "path refers to https://example.com/p.yaml"),
        ("kind: PatchStrategicMergeTransformer\npaths: [../../../p.yaml]", "which leaves the workspace"),
        ("kind: ConfigMapGenerator\nFiles: ['k=/etc/passwd']", "which is an absolute path"),
        ("kind: ReplacementTransformer\nreplacements: [{path: 'http://x/y'}]", "which is remote"),
        ("kind: HelmChartInflationGenerator\nname: redis", "a Helm chart to inflate"),
    ],
)
def test_kustomizes_own_plugins_are_read_too(refuse: Callable[..., RenderError], config: str, why: str) -> None:
    text = f"apiVersion: builtin\nmetadata: {{name: t}}\n{config}\n"
    assert why in refuse("transformers: [p.yaml]", {"base/p.yaml": text}).message


@pytest.mark.parametrize(
    "change",
    [
        "patches: [{target: {kind: ConfigMapGenerator}, patch: '[{op: add, path: /files, value: [/etc/passwd]}]'}]",
        "commonAnnotations: {config.kubernetes.io/function: '{exec: {path: ./run.sh}}'}",
        "Replacements: []",
    ],
)
def test_configurations_of_plugins_cannot_be_made_on_the_way(refuse: Callable[..., RenderError], change: str) -> None:
    more = {
        "base/d/kustomization.yaml": f"resources: [p.yaml]\n{change}\n",
        "base/d/p.yaml": "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: g}\nliterals: [a=b]\n",
    }
    error = refuse("generators: [d]", more, loadRestrictor="none")
    assert error.message.startswith("source/base/d/kustomization.yaml: ")
    assert "no longer what was checked" in error.message
    assert error.data["field"] == change.partition(":")[0]


def test_kustomizes_own_plugins_are_run(render: Render, by_hand: Callable[..., bytes]) -> None:
    files = {
        "kustomization.yaml": "resources: [map.yaml]\ngenerators: [d]\ntransformers: [p.yaml]\n",
        "map.yaml": MAP,
        "d/kustomization.yaml": "resources: [g.yaml]\n",
        "d/g.yaml": "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: g}\nliterals: [a=b]\n",
        "p.yaml": "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: p}\nprefix: x-\n"
        "fieldSpecs: [{path: metadata/name}]\n",
    }
    made = render(files, direct=True)
    assert b"---\n".join(manifest.data for manifest in made.manifests) == by_hand(files, ".")


def test_kubectl_would_pass_over_an_exec_plugin_in_silence(render: Render) -> None:
    text = PLUGIN.format(api="example.com/v1", note="config.kubernetes.io/function: '{exec: {path: ./run.sh}}'")
    files = {"kustomization.yaml": "resources: [map.yaml]\ntransformers: [p.yaml]", "map.yaml": MAP, "p.yaml": text}
    with pytest.raises(RenderError, match="which kubectl does not run"):
        render(files, direct=True, allowPlugins=True)


@pytest.mark.parametrize(
    "text",
    [
        "helmCharts: [{name: redis, repo: https://charts.example.com}]",
        "helmCharts: [{name: redis}]",
        "HelmCharts: [{name: redis}]",
        "helmChartInflationGenerator: [{chartName: redis}]",
    ],
)
def test_helm_charts_are_refused(refuse: Callable[..., RenderError], text: str) -> None:
    error = refuse(text)
    assert error.message.endswith("refers to redis, a Helm chart to inflate")
    assert "allowHelm: true" in error.hint


def test_a_chart_from_a_repository_needs_allow_remote_too(refuse: Callable[..., RenderError]) -> None:
    error = refuse("helmCharts: [{name: redis, repo: 'https://charts.example.com'}]", allowHelm=True)
    assert error.message.endswith("helmCharts[0].repo refers to https://charts.example.com, which is remote")


def test_a_chart_in_the_package_is_inflated_where_allowed(
    request_for: Callable[..., RenderRequest], helm3: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(helm3.parent), prepend=":")
    files = {
        "kustomization.yaml": "helmGlobals: {chartHome: charts}\nhelmCharts: [{name: own, releaseName: r}]\n",
        "charts/own/Chart.yaml": "apiVersion: v2\nname: own\nversion: 1.0.0\n",
        "charts/own/values.yaml": "{}\n",
        "charts/own/templates/map.yaml": MAP.replace("name: map", "name: '{{ .Release.Name }}-map'"),
    }
    request = request_for(files, direct=True, allowHelm=True)
    assert [manifest.path for manifest in Kustomize().render(request).manifests] == ["v1_configmap_r-map.yaml"]
    assert Kustomize().fingerprint(request.options).version.endswith("(kustomize 5.8.1), helm 3.18.0")


@pytest.mark.parametrize(
    ("name", "kustomization"),
    [
        ("base/kustomization.yaml", BOMB + "resources: [map.yaml]"),
        ("base/bomb.yaml", "resources: [bomb.yaml]"),
        ("base/bomb.yaml", "patches: [{path: bomb.yaml}]"),
        ("base/bomb.yaml", "transformers: [bomb.yaml]"),
        ("base/bomb.yaml", "openapi: {path: bomb.yaml}"),
    ],
)
def test_alias_bombs_are_refused(refuse: Callable[..., RenderError], name: str, kustomization: str) -> None:
    error = refuse(kustomization, {"base/bomb.yaml": f"{BOMB}{MAP}"})
    assert error.data["template"] == f"source/{name}"
    assert "aliases expand to far more than what is written" in error.message


@pytest.mark.parametrize("field", ["generators", "transformers", "validators", "patchesStrategicMerge"])
@pytest.mark.parametrize("text", ["https://example.com/a: b", "{https://example.com/a: b", "https://example.com/a\nb"])
def test_an_address_that_is_yaml_too_is_an_address(refuse: Callable[..., RenderError], field: str, text: str) -> None:
    error = refuse(f"{field}: [{json.dumps(text)}]")
    not_yaml = error.message.startswith(f"source/base/kustomization.yaml: {field}[0]:2: did not find expected")
    assert "which is remote" in error.message or not_yaml


@pytest.mark.parametrize(
    "text", ["crds: null\nbases: ~\ncomponents:", "configMapGenerator: [{name: g, env: ~, literals: [a=b]}]"]
)
def test_nothing_refers_to_nothing(render: Render, text: str) -> None:
    files = {"kustomization.yaml": f"{text}\nresources: [map.yaml]\n", "map.yaml": MAP}
    assert "v1_configmap_map.yaml" in [manifest.path for manifest in render(files, direct=True).manifests]


def test_an_alias_bomb_in_an_inline_patch(refuse: Callable[..., RenderError]) -> None:
    inline = "".join(f"      {line}\n" for line in BOMB.splitlines())
    error = refuse(f"resources: [map.yaml]\npatches:\n  - patch: |\n{inline}")
    assert "patches[0].patch" in error.message
    assert "aliases expand" in error.message


@pytest.mark.parametrize("text", ["resources: [map.yaml]\nresources: []", "resources: [", "a: \t- b", "\xff: !!x y"])
def test_a_kustomization_that_cannot_be_read_names_its_line(refuse: Callable[..., RenderError], text: str) -> None:
    error = refuse(text)
    assert error.message.startswith("source/base/kustomization.yaml:")
    assert error.data["line"] in (1, 2)


@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside", "gone", "../..", "loop"])
def test_symlinks_that_leave_the_package_are_refused(refuse: Callable[..., RenderError], target: str) -> None:
    error = refuse("resources: [map.yaml]", {"base/loop": f"-> {target}"})
    assert error.message == f"the symlink 'base/loop' -> {target!r} leaves the package or leads to nothing"


def test_symlinks_that_name_each_other_twice_end(refuse: Callable[..., RenderError]) -> None:
    links = {f"l{number}": f"-> l{number - 1}/../l{number - 1}" for number in range(1, 40)}
    error = refuse("resources: [map.yaml]", {**links, "l0": "-> base"})
    assert "leaves the package or leads to nothing" in error.message


def test_symlinks_inside_are_what_kustomize_sees(render: Render, by_hand: Callable[..., bytes]) -> None:
    files = {
        "deep/down/base/kustomization.yaml": "resources: [../shared/map.yaml, ../shared]\n",
        "deep/down/shared/kustomization.yaml": "resources: [other.yaml]\n",
        "deep/down/shared/map.yaml": MAP,
        "deep/down/shared/other.yaml": "-> ../map-two.yaml",
        "deep/down/map-two.yaml": MAP.replace("name: map", "name: two"),
        "top": "-> deep/./down",
        "kustomization.yaml": "resources: [top/base]\n",
    }
    made = render(files, direct=True, loadRestrictor="none")
    printed = by_hand(files, ".", "--load-restrictor=LoadRestrictionsNone")
    assert b"---\n".join(manifest.data for manifest in made.manifests) == printed
    with pytest.raises(RenderError, match="is not in or below") as caught:
        render(files, direct=True)
    assert "loadRestrictor: none" in caught.value.hint
    assert "/tmp" not in caught.value.message


@pytest.mark.parametrize("path", ["../up.yaml", "a/../../up.yaml", "/abs.yaml", "a//b.yaml"])
def test_a_hand_made_payload_cannot_write_outside(refuse: Callable[..., RenderError], path: str) -> None:
    assert "is not a safe path" in refuse("resources: [map.yaml]", {path: MAP}).message


# --- the network ----------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """An http server on this machine that serves a manifest, and what it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(MAP.encode())

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}/map.yaml", asked
        listening.shutdown()
        thread.join()


def test_a_remote_resource_is_not_asked_for(refuse: Callable[..., RenderError], server: tuple[str, list[str]]) -> None:
    address, asked = server
    refuse(f"resources: ['{address}']")
    assert asked == []


def test_without_the_check_the_network_is_still_cut(
    request_for: Callable[..., RenderRequest], server: tuple[str, list[str]]
) -> None:
    address, asked = server
    request = request_for({"kustomization.yaml": f"resources: ['{address}']"}, direct=True)
    space, directory, _ = workspace.assemble(request)
    if network_isolation() == "none":
        return  # this system cannot cut a program off: then the check is all there is
    with pytest.raises(RenderError):
        program.build(space, directory, request.options, stage="test", limits=Limits())
    assert asked == []


def test_allowed_remote_resources_are_built_and_noted(render: Render, server: tuple[str, list[str]]) -> None:
    address, asked = server
    made = render({"kustomization.yaml": f"resources: ['{address}']"}, direct=True, allowRemote=True)
    assert [manifest.path for manifest in made.manifests] == ["v1_configmap_map.yaml"]
    assert asked == ["/map.yaml"]
    assert made.notes == (f"source/kustomization.yaml: resources[0] depends on the network: {address}",)


# --- limits ---------------------------------------------------------------------------------------


def test_a_build_that_takes_too_long_is_stopped_by_name(render: Render, tmp_path: Path) -> None:
    slow = tmp_path / "kustomize"
    slow.write_text('#!/bin/sh\nif [ "$1" = version ]; then echo v5.0.0; else sleep 60; fi\n')
    slow.chmod(0o755)
    files = {"kustomization.yaml": "resources: [map.yaml]", "map.yaml": MAP}
    with pytest.raises(IsolationError, match=r"building stage test: kustomize ran longer than 0.3 s") as caught:
        render(files, None, Limits(seconds=0.3), direct=True, program=str(slow))
    assert caught.value.data["reason"] == "timeout"
