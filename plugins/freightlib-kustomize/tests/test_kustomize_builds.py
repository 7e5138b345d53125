"""Builds without a wrapper, images, wrappers of other shapes, file names, and the program that builds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from freightlib_kustomize import Kustomize
from freightlib_kustomize.output import parse

from freightlib.errors import RenderError, ToolError
from freightlib.models import RenderResult
from freightlib.plugins.contracts import RenderRequest
from freightlib.rendering.layouts import lay_out
from freightlib.rendering.twice import render_twice

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [%s]}\n"
CONTAINERS = "{name: a, image: shop}, {name: b, image: 'proxy:1'}, {name: c, image: ghcr.io/example/tool:2}"
FILES = {
    "base/kustomization.yaml": "resources: [pod.yaml]\n",
    "base/pod.yaml": POD % CONTAINERS,
    "overlays/live/kustomization.yaml": "resources: [../../base]\nnamespace: live\nnameSuffix: -live\n",
    "README.md": "not read\n",
}
WRAPPER = "apps/shop/kargo/templates/deploy/kustomization.yaml"
DIGEST = "sha256:" + "c" * 64

Render = Callable[..., RenderResult]


def joined(made: RenderResult) -> bytes:
    return b"---\n".join(manifest.data for manifest in made.manifests)


# --- without a wrapper ----------------------------------------------------------------------------


@pytest.mark.parametrize("directory", ["base", "overlays/live"])
def test_a_direct_build_is_kubectls(render: Render, by_hand: Callable[..., bytes], directory: str) -> None:
    made = render(FILES, direct=True, base=directory, namespace="ignored")
    assert joined(made) == by_hand(FILES, directory)
    assert joined(render(FILES, wrapper=None, base=directory)) == joined(made)


def test_a_direct_build_takes_the_packages_root(render: Render) -> None:
    files = {"kustomization.yaml": "resources: [pod.yaml]", "pod.yaml": POD % CONTAINERS}
    assert [manifest.path for manifest in render(files, direct=True).manifests] == ["v1_pod_web.yaml"]


def test_the_directory_to_build_must_be_there(render: Render) -> None:
    with pytest.raises(RenderError, match=r"the package of stage test has no overlays/dead/ with a kustomization"):
        render(FILES, direct=True, base="overlays/dead")


def test_nothing_to_build_gives_no_manifests(render: Render) -> None:
    assert render({"kustomization.yaml": "resources: []\n"}, direct=True).manifests == ()


# --- wrappers and images ----------------------------------------------------------------------------


def wrapped(render: Render, wrapper: str, **options: object) -> bytes:
    policy = {WRAPPER: wrapper}
    return joined(render(FILES, policy, **{"policy": "apps/shop", "components": [], "namespace": "test", **options}))


def edited(*images: str, wrapper: str = "") -> dict[str, str]:
    text = f"namespace: test\nresources: [../source/base]\nimages:\n{''.join(images)}{wrapper}"
    return {**{f"source/{path}": text for path, text in FILES.items()}, "deploy/kustomization.yaml": text}


@pytest.mark.parametrize(
    ("images", "by_hand_images"),
    [
        ([{"name": "shop", "newTag": "1.10"}], ["- {name: shop, newTag: '1.10'}\n"]),
        (
            [{"name": "shop", "newName": "ghcr.io/example/shop", "digest": DIGEST}],
            [f"- {{name: shop, newName: ghcr.io/example/shop, digest: '{DIGEST}'}}\n"],
        ),
        (
            [
                {"name": "proxy", "newTag": "off"},
                {"name": "shop", "newName": "other", "newTag": "0777"},
                {"name": "ghcr.io/example/tool", "digest": DIGEST},
            ],
            [
                f"- {{name: ghcr.io/example/tool, digest: '{DIGEST}'}}\n",
                "- {name: proxy, newTag: 'off'}\n- {name: shop, newName: other, newTag: '0777'}\n",
            ],
        ),
    ],
)
def test_images_are_set(
    render: Render, by_hand: Callable[..., bytes], images: list[dict[str, str]], by_hand_images: list[str]
) -> None:
    wanted = by_hand(edited(*by_hand_images), "deploy")
    assert wrapped(render, "images: []\n", images=images) == wanted
    template = "images:\n- {name: shop, newName: replaced, newTag: replaced, digest: 'sha256:replaced'}\n"
    assert wrapped(render, template, images=images) == wanted


def test_images_of_the_wrapper_that_are_not_named_stay(render: Render, by_hand: Callable[..., bytes]) -> None:
    wanted = by_hand(edited("- {name: proxy, newTag: '9'}\n- {name: shop, newTag: v2}\n"), "deploy")
    template = "images:\n- {name: proxy, newTag: '9'}\n"
    assert wrapped(render, template, images=[{"name": "shop", "newTag": "v2"}]) == wanted


def test_a_wrapper_may_lie_deeper_and_bring_files_of_its_own(render: Render) -> None:
    policy = {
        "team/deploy/kustomization.yml": "patches: [{path: own/extra.yaml}]\n",
        "team/deploy/own/extra.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: web, annotations: {own: 'true'}}\n",
        "team/parts/big/kustomization.yaml": (
            "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\ncomponents: [../shared/limits]\n"
        ),
        "common/limits/kustomization.yaml": (
            "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nnamePrefix: limited-\n"
        ),
    }
    made = render(
        FILES,
        policy,
        wrapper="team/deploy",
        components=["team/parts/big"],
        policyDirectories=[{"path": "common/limits", "at": "parts/shared/limits"}],
        envTypes="parts",
        source="package",
        deploy="deploy/main",
    )
    assert [manifest.path for manifest in made.manifests] == ["v1_pod_limited-web.yaml"]
    assert b'own: "true"' in joined(made)


def test_what_of_the_wrapper_is_replaced_is_noted(render: Render) -> None:
    policy = {WRAPPER: "resources: [lost.yaml]\ncomponents: [also]\n"}
    assert render(FILES, policy, policy="apps/shop", components=[]).notes == (
        "deploy/kustomization.yaml: resources of the wrapper is replaced by ../source/base",
        "deploy/kustomization.yaml: components of the wrapper is replaced by nothing",
    )


@pytest.mark.parametrize(
    ("wrapper", "said"),
    [
        ("- a\n", "is not a mapping"),
        ("resources: {}\n", "resources is not a list"),
        ("Resources: []\n", "the field 'Resources' is not written as it should be"),
        ("images: [shop]\n", "images is not a list of mappings with names"),
        ("a: 1\na: 2\n", "appears twice"),
        ("a: *b\n", "no anchor named 'b'"),
    ],
)
def test_a_wrapper_that_cannot_be_edited(render: Render, wrapper: str, said: str) -> None:
    with pytest.raises(RenderError) as caught:
        wrapped(render, wrapper, images=[{"name": "shop", "newTag": "v2"}])
    assert said in caught.value.message
    assert caught.value.data["template"] == "deploy/kustomization.yaml"


def test_a_missing_wrapper_says_what_to_do(render: Render) -> None:
    with pytest.raises(RenderError, match=r"the wrapper .* apps/shop/kargo/templates/deploy is not there") as caught:
        render(FILES, {}, policy="apps/shop", components=[])
    assert "direct: true builds the package without one" in caught.value.hint


def test_two_policy_directories_cannot_be_one(render: Render) -> None:
    policy = {WRAPPER: "{}", "a/x/kustomization.yaml": "a: 1", "b/x/kustomization.yaml": "b: 1"}
    with pytest.raises(RenderError, match=r"two things would both be envTypes/x/kustomization.yaml"):
        render(FILES, policy, policy="apps/shop", components=["a/x"], policyDirectories=["b/x"])


# --- what comes out -----------------------------------------------------------------------------


def test_a_build_gives_the_same_bytes_alone_and_among_others(request_for: Callable[..., RenderRequest]) -> None:
    renderer = Kustomize()
    requests = [
        request_for({**FILES, "base/pod.yaml": POD % f"{{name: n{number % 3}, image: i}}"}, direct=True, base="base")
        for number in range(9)
    ]
    alone = [renderer.render(request) for request in requests[:3]] * 3
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(renderer.render, requests)) == alone


RESOURCES = b"""\
apiVersion: v1
kind: Event
metadata:
  name: same
---
apiVersion: events.k8s.io/v1
kind: Event
metadata:
  name: same
---
apiVersion: v1
kind: Event
metadata:
  name: same
  namespace: other
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: system:Reader/../x
  namespace: home
spec: |
  not a separator:
  ---
"""


def test_no_resource_is_lost_for_its_name() -> None:
    manifests = parse(RESOURCES, "home")
    assert b"---\n".join(manifest.data for manifest in manifests) == RESOURCES
    assert lay_out(manifests, "file", stage="test") == {"manifests.yaml": RESOURCES}
    names = [
        "v1_event_same.yaml",
        "events.k8s.io_v1_event_same.yaml",
        "other_v1_event_same.yaml",
        "rbac.authorization.k8s.io_v1_role_system:reader%2f..%2fx.yaml",
    ]
    assert list(lay_out(manifests, "helm", stage="test")) == names
    assert len(lay_out(manifests, "flat", stage="test")) == 4
    assert parse(b"", None) == ()


# --- the program --------------------------------------------------------------------------------


@pytest.fixture
def kustomize(kubectl: Path, tmp_path: Path) -> Path:
    """The command line of the kustomize program, over the real kubectl."""
    path = tmp_path / "bin" / "kustomize"
    path.parent.mkdir()
    path.write_text(
        f'#!/bin/sh\ncase "$1" in version) echo v5.8.1;; build) shift; exec "{kubectl}" kustomize "$@";; esac\n'
    )
    path.chmod(0o755)
    return path


def test_kustomize_comes_before_kubectl(
    render: Render, kubectl: Path, kustomize: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kustomize.parent / "kubectl").symlink_to(kubectl)
    monkeypatch.setenv("PATH", str(kustomize.parent), prepend=":")
    options = Kustomize().effective_options({"direct": True})
    fingerprint = Kustomize().fingerprint(options)
    assert (fingerprint.engine, fingerprint.version) == ("kustomize", "5.8.1")
    assert joined(render(FILES, direct=True, base="base", program=None)) == joined(
        render(FILES, direct=True, base="base", program=str(kubectl))
    )
    kustomize.unlink()
    assert Kustomize().fingerprint(options).engine == "kubectl"


@pytest.mark.parametrize("name", ["kustomize", "kubectl"])
@pytest.mark.parametrize(
    "script", ["exit 1", "echo hello", "echo v4.5.7", 'echo \'{"clientVersion": {"gitVersion": "v1.20.0"}}\'']
)
def test_a_program_that_is_none_or_too_old_is_named(tmp_path: Path, name: str, script: str) -> None:
    path = tmp_path / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    options = Kustomize().effective_options({"direct": True, "program": str(path)})
    with pytest.raises(ToolError, match=f"/{name} is (not|kustomize 4.5.7, which is too old)") as caught:
        Kustomize().fingerprint(options)
    assert "install kustomize 5" in caught.value.hint


def test_without_a_program_there_is_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="'kustomize' is not there") as caught:
        Kustomize().fingerprint(Kustomize().effective_options({"direct": True}))
    assert "kubectl 1.27 or later" in caught.value.hint


def test_kustomizes_own_message_names_the_file(render: Render) -> None:
    files = {"kustomization.yaml": "resources: [pod.yaml]\nbogus: 1\n", "pod.yaml": POD % CONTAINERS}
    with pytest.raises(RenderError) as caught:
        render(files, direct=True)
    assert "unknown field" in caught.value.message
    assert len(str(caught.value).splitlines()) == 2
    warned = render({**files, "kustomization.yaml": "resources: [pod.yaml]\ncommonLabels: {a: b}\n"}, direct=True)
    assert "'commonLabels' is deprecated" in warned.notes[0]


def test_a_build_is_the_same_each_time(request_for: Callable[..., RenderRequest]) -> None:
    request = request_for(FILES, direct=True, base="overlays/live")
    kustomize = Kustomize()
    made = kustomize.render(request)
    assert made.manifests
    assert render_twice(kustomize, request, made, "always", made.manifests, lambda each: each) == ()
