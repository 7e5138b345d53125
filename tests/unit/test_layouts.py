from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freightlib.documents import kubeyaml
from freightlib.documents.resources import Resource, resource_of
from freightlib.errors import FreightError, ManifestError, UnsafePathError
from freightlib.models import Manifest
from freightlib.rendering.layouts import lay_out


def manifest(text: str, path: str = "shop/templates/a.yaml", separator: bytes = b"---\n") -> Manifest:
    return Manifest(path, text.encode(), separator)


def resource(kind: str, name: str, **extra: str) -> str:
    namespace = f", namespace: {extra['namespace']}" if "namespace" in extra else ""
    return f"apiVersion: {extra.get('api', 'v1')}\nkind: {kind}\nmetadata: {{name: {name}{namespace}}}\n"


FLAT = {
    resource("Service", "web"): "service-web.yaml",
    resource("Deployment", "web", api="apps/v1", namespace="shop"): "apps-deployment-shop-web.yaml",
    resource("Ingress", "w.x", api="networking.k8s.io/v1"): "networking_k8s_io-ingress-w.x.yaml",
    resource("ClusterRole", "'system:Auth/x'"): "clusterrole-system%3aauth%2fx.yaml",
    resource("ClusterRole", "'../../etc'"): "clusterrole-..%2f..%2fetc.yaml",
    resource("Role", "ü%"): "role-%c3%bc%25.yaml",
    "kind: Job\nmetadata: {generateName: load-}\n": "job-load-1.yaml",
    "kind: List\nitems: []\n": "list-unnamed-1.yaml",
    "a: 1\n": "resource-unnamed-1.yaml",
    resource("Service", "123"): "service-123.yaml",
    '{"kind": "Service", "metadata": {"name": "j"}}': "service-j.yaml",
}


@pytest.mark.parametrize("text", FLAT)
def test_flat_names(text):
    assert lay_out([manifest(text)], "flat", stage="test") == {FLAT[text]: text.encode()}


def test_flat_numbers_what_has_no_name_and_drops_only_what_holds_nothing():
    texts = ["kind: List\nitems: [1]\n", "# note\n", "", "kind: List\nitems: [2]\n", "a: 1\n", "null\n", "# c\n...\n"]
    files = lay_out([manifest(text) for text in texts], "flat", stage="test")
    assert list(files) == ["list-unnamed-1.yaml", "list-unnamed-2.yaml", "resource-unnamed-1.yaml"]


@pytest.mark.parametrize(
    "pair",
    [
        (resource("Service", "a"), resource("Service", "a")),
        (resource("Service", "a"), resource("service", "A")),
        (resource("Service", "b", namespace="a"), resource("Service", "a-b")),
        ("kind: List\n", resource("List", "unnamed-1")),
    ],
)
def test_two_resources_of_one_file_name_are_an_error_naming_both(pair):
    with pytest.raises(ManifestError) as caught:
        lay_out([manifest(pair[0], "x/a.yaml"), manifest(pair[1], "x/b.yaml")], "flat", stage="test")
    assert "x/a.yaml and x/b.yaml both give" in caught.value.message
    assert caught.value.data["origins"] == ("x/a.yaml", "x/b.yaml")


@pytest.mark.parametrize(
    "text", ["- 1\n", "text\n", "a: 1\n---\nb: 1\n", "a: {", "a: \x00", "a: !<tag:yaml.org,2002:int> x"]
)
def test_what_is_not_one_resource_is_an_error(text):
    with pytest.raises(ManifestError):
        lay_out([manifest(text)], "flat", stage="test")


@pytest.mark.parametrize("path", ["../a", "/a", "a//b", "", "a/./b", "a\\b", "a\nb", ".git/config", "x/.GIT/a"])
def test_unsafe_file_names_are_refused(path):
    with pytest.raises(UnsafePathError):
        lay_out([manifest("a: 1\n", path)], "helm", stage="test")


@pytest.mark.parametrize("path", ["freight.lock", "Freight.lock", "x" * 250])
def test_reserved_and_overlong_file_names_are_refused(path):
    with pytest.raises(ManifestError):
        lay_out([manifest("a: 1\n", path)], "helm", stage="test")


@pytest.mark.parametrize("paths", [("a/x.yaml", "A/x.yaml"), ("a/b", "a"), ("a/b.yaml", "A")])
def test_files_that_clash_on_a_file_system_are_refused(paths):
    with pytest.raises(ManifestError) as caught:
        lay_out([manifest("a: 1\n", path) for path in paths], "helm", stage="test")
    assert set(caught.value.data["origins"]) == set(paths)


def test_unknown_layout():
    with pytest.raises(ManifestError, match="there is no layout 'flatt'"):
        lay_out([], "flatt", stage="test")


def test_documents_stay_apart_where_separators_or_line_ends_are_missing():
    both = [manifest("a: 1", "a.yaml", b""), manifest("b: 2", "b.yaml", b"")]
    assert lay_out(both, "file", stage="test") == {"manifests.yaml": b"a: 1\n---\nb: 2"}


def test_a_block_that_would_change_is_an_error():
    both = [manifest("a: |\n  x", separator=b""), manifest("b: 2\n")]
    with pytest.raises(ManifestError, match="without a line end"):
        lay_out(both, "file", stage="test")


def test_resource_of():
    found = resource_of(manifest(resource("Deployment", "web", api="apps/v1", namespace="shop")))
    assert found == Resource("apps", "v1", "Deployment", "shop", "web")
    assert resource_of(manifest("# nothing\n")) is None


NAMES = st.sampled_from(["a", "b", "a-b", "A", "x:y", "1", "..", "ü"])
DOCUMENTS = st.one_of(
    st.builds(
        lambda kind, name, namespace, api: (
            f"apiVersion: {api}\nkind: {kind}\nmetadata:\n  name: '{name}'\n"
            + (f"  namespace: '{namespace}'\n" if namespace else "")
        ),
        st.sampled_from(["Service", "Deployment", "List"]),
        NAMES,
        st.one_of(st.none(), NAMES),
        st.sampled_from(["v1", "apps/v1", "a.b/v1"]),
    ),
    st.sampled_from(
        [
            "kind: List\nitems: [1]\n",
            "a: 1\n",
            "# note\n",
            "",
            "a: |\n  x\n",
            "{}",
            "a: 1\n...\n",
            "b: |\n  x",
            "metadata: {generateName: g-}\n",
        ]
    ),
)
MANIFESTS = st.lists(
    st.builds(
        Manifest,
        st.sampled_from(["a/x.yaml", "a/y.yaml", "b.yaml"]),
        DOCUMENTS.map(str.encode),
        st.sampled_from([b"---\n", b"--- # c\n", b"", b"# c\n---\n"]),
    ),
    max_size=6,
)


def _documents(data: bytes) -> Counter:
    return Counter(repr(value) for value in kubeyaml.load_all(data, document="x") if value is not None)


@pytest.mark.parametrize("layout", ["helm", "flat", "file"])
@given(manifests=MANIFESTS)
def test_no_layout_loses_a_document(layout, manifests):
    expected = sum((_documents(each.data) for each in manifests), Counter())
    try:
        files = lay_out(manifests, layout, stage="test")
    except FreightError as caught:
        error = str(caught)
    else:
        assert sum((_documents(data) for data in files.values()), Counter()) == expected
        return
    # only in flat can two share a name; nowhere else may a block's last line change
    assert layout == "flat" or "without a line end" in error
