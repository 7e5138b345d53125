"""Options: defaults for the published layout, and what is refused, by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from freightlib_kustomize import Kustomize
from freightlib_kustomize.options import NAMES
from freightlib_kustomize.wrapper import edit

from freightlib.errors import ProjectError

FACTS = {"policy": "apps/shop", "envType": "qa", "namespace": "shop"}


def effective(**options: Any) -> dict[str, Any]:
    return dict(Kustomize().effective_options({**FACTS, **options}))


def test_the_defaults_are_those_of_the_published_layout() -> None:
    assert effective() == {
        "policy": "apps/shop",
        "envType": "qa",
        "wrapper": "apps/shop/kargo/templates/deploy",
        "direct": False,
        "base": "base",
        "namespace": "shop",
        "components": [{"path": "apps/shop/envTypes/qa", "at": "envTypes/qa"}],
        "policyDirectories": [{"path": "apps/shop/envTypes/components", "at": "envTypes/components"}],
        "images": [],
        "source": "source",
        "envTypes": "envTypes",
        "deploy": "deploy",
        "loadRestrictor": "rootOnly",
        "allowRemote": False,
        "allowHelm": False,
        "allowPlugins": False,
        "program": None,
    }


@pytest.mark.parametrize(
    "options",
    [{}, {"direct": True}, {"wrapper": None}, {"images": [{"name": "a", "newTag": "b"}]}, {"components": ["x/y"]}],
)
def test_effective_options_are_plain_in_one_order_and_their_own_effective_options(options: dict[str, Any]) -> None:
    found = effective(**options)
    assert tuple(found) == NAMES
    assert json.loads(json.dumps(found)) == found
    assert Kustomize().effective_options(found) == found


def test_policy_paths_are_what_is_read() -> None:
    paths = Kustomize().policy_paths(effective(components=["a", {"path": "b", "at": "c"}], policyDirectories=[]))
    assert [path.path for path in paths] == ["apps/shop/kargo/templates/deploy", "a", "b"]
    assert Kustomize().policy_paths(effective(direct=True)) == []


DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("options", "path", "message", "hint"),
    [
        ({"componnents": []}, "componnents", "kustomize has no option 'componnents'", "did you mean 'components'?"),
        ({"zzz": 1}, "zzz", "no option 'zzz'", "it has: policy, envType, wrapper, direct"),
        ({"direct": "yes"}, "direct", "not true or false", "direct: true"),
        ({"base": "../up"}, "base", "not a plain path", "without . or .."),
        ({"base": "/abs"}, "base", "not a plain path", "without . or .."),
        ({"source": "a", "deploy": "a/b"}, "deploy", "lie in one another", "a directory of its own"),
        ({"source": "same", "envTypes": "same"}, "envTypes", "lie in one another", "a directory of its own"),
        ({"wrapper": "a/../b"}, "wrapper", "not a plain path", "without . or .."),
        ({"namespace": "Not_One"}, "namespace", "cannot be a namespace", "small letters"),
        ({"namespace": 7}, "namespace", "not a text", "in quotes"),
        ({"components": "a"}, "components", "not a list", "as a list"),
        ({"components": ["a/x", "b/x"]}, "components[1]", "would both be envTypes/x", "{path, at}"),
        ({"components": [{"pth": "a"}]}, "components[0].pth", "has no key 'pth'", "did you mean 'path'?"),
        ({"components": [{"path": "a", "at": "../b"}]}, "components[0].at", "not a plain path", ". or .."),
        ({"direct": True, "components": ["a"]}, "components", "takes the package as it is", "remove direct"),
        ({"direct": True, "images": [{"name": "a", "newTag": "b"}]}, "images", "as it is", "remove direct"),
        ({"images": {"a": "b"}}, "images", "not a list", "as a list"),
        ({"images": ["a"]}, "images[0]", "not a mapping", "{name, newName, digest}"),
        ({"images": [{"newTag": "b"}]}, "images[0].name", "has no name", "manifests"),
        ({"images": [{"name": "a"}]}, "images[0]", "neither newTag nor digest", "exactly one"),
        ({"images": [{"name": "a", "newTag": "b", "digest": DIGEST}]}, "images[0]", "both newTag and digest", "one of"),
        ({"images": [{"name": "a", "tag": "b"}]}, "images[0].tag", "has no key 'tag'", "newTag"),
        ({"images": [{"name": "a", "newTag": 1.1}]}, "images[0].newTag", "not a text", "in quotes"),
        ({"images": [{"name": "a", "newTag": "a b"}]}, "images[0].newTag", "not an image's newTag", "{image.tag}"),
        ({"images": [{"name": "a", "digest": "x"}]}, "images[0].digest", "not an image's digest", "{image.digest}"),
        ({"images": [{"name": "a", "newTag": "b"}] * 2}, "images[1].name", "stands twice", "keep one"),
        ({"loadRestrictor": "off"}, "loadRestrictor", "not a loadRestrictor", "rootOnly, none"),
        ({"program": ""}, "program", "not a text", "in quotes"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, Any], path: str, message: str, hint: str) -> None:
    with pytest.raises(ProjectError) as caught:
        effective(**options)
    assert caught.value.data["path"] == f"render.{path}"
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_without_the_stages_facts_a_wrapper_must_be_named() -> None:
    with pytest.raises(ProjectError, match="needs a wrapper"):
        Kustomize().effective_options({})


TEMPLATE = """\
# The wrapper of every stage
apiVersion: kustomize.config.k8s.io/v1beta1  # fixed
kind: Kustomization

resources: []  # filled in
# the env type
components: []

images:
  # the application
  - name: shop  # as in the base
    newName: shop
    newTag: latest
nameSuffix: -x  # short
# the end
"""


def test_editing_keeps_comments_and_order() -> None:
    images = [{"name": "shop", "newName": "ghcr.io/example/shop", "newTag": "1.10"}]
    made = edit(TEMPLATE.encode(), document="k", namespace="on", resources=["../s"], components=["../c"], images=images)
    wanted = TEMPLATE.replace("resources: [] ", 'resources: ["../s"]').replace("components: []", 'components: ["../c"]')
    wanted = wanted.replace("newName: shop", 'newName: "ghcr.io/example/shop"').replace("latest", '"1.10"')
    assert made.data.decode() == wanted + 'namespace: "on"\n'
    assert made.notes == ()


def test_editing_reads_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YAMLDEBUG", "verbose")
    assert edit(b"", document="k", namespace="a", resources=["b"]).data == b'namespace: "a"\nresources: ["b"]\n'


def test_editing_block_lists_keeps_what_follows_them() -> None:
    text = b"resources:\n# old\n- a.yaml # first\n- b.yaml # second\n# about the prefix\nnamePrefix: x\n"
    made = edit(text, document="k", namespace=None, resources=["../s"]).data.decode()
    assert made == 'resources:\n# old\n- "../s" # second\n# about the prefix\nnamePrefix: x\n'


def test_added_images_are_sorted_and_every_comment_stays() -> None:
    images = [{"name": "alpha", "digest": DIGEST}, {"name": "zeta", "newTag": "1"}]
    made = edit(TEMPLATE.encode(), document="k", namespace=None, resources=[], images=images).data.decode()
    places = [made.index(f"name: {name}") for name in ('"alpha"', "shop  #", '"zeta"')]
    assert places == sorted(places)
    assert [line.partition("#")[2] for line in made.splitlines() if "#" in line and "about" not in line]
    assert {line.partition("# ")[2] for line in TEMPLATE.splitlines() if "#" in line} <= {
        line.partition("# ")[2] for line in made.splitlines()
    }
