from datetime import UTC, datetime

import pytest

from freightlib.errors import ProjectError, RenderError
from freightlib.models import Freight, Image
from freightlib.plugins.contracts import PackageFile, Renderer, RenderRequest
from freightlib.rendering.builtin.copy import CopyRenderer
from freightlib.rendering.layouts import lay_out

FREIGHT = Freight(
    revision="a" * 40,
    image=Image.parse("shop:v1@sha256:" + "b" * 64),
    package_type="plain",
    created_at=datetime(2026, 3, 22, tzinfo=UTC),
)


def render(files: dict[str, bytes], mode: int = 0o100644):
    package = tuple(PackageFile(path, mode, data) for path, data in files.items())
    return CopyRenderer().render(RenderRequest("shop", "test", FREIGHT, package, "c" * 40, {}, {}))


FILES = {
    "b.yaml": b"# licence\r\n---\r\nkind: A\r\n...\r\n---\r\n--- # c\r\nkind: B",
    "a/x.yml": b"\xef\xbb\xbfkind: C\nmetadata: {name: =}\n",
    "a/y.json": b'{"kind": "D", "n": 1e6}',
    "empty.yaml": b"",
    "comment.yaml": b"# nothing\n",
    "sep.yaml": b"---\n---\n",
}


def test_every_file_comes_out_byte_for_byte_in_path_order():
    rendered = render({**FILES, "README.md": b"x", "run.sh": b"y"})
    assert lay_out(rendered.manifests, "helm", stage="test") == FILES
    assert [each.path for each in rendered.manifests] == sorted(each.path for each in rendered.manifests)
    assert [note.split()[0] for note in rendered.notes] == ["README.md", "run.sh"]


def test_a_symlink_is_not_followed_and_is_named():
    rendered = render({"a.yaml": b"../../etc/passwd"}, mode=0o120000)
    assert (rendered.manifests, rendered.notes) == ((), ("a.yaml is not a regular file: not copied",))


@pytest.mark.parametrize("data", [b"a: \xff\n", b"a: {b", b"a: *x", b"a:\n\tb: 1\n", b"a: " + b"[" * 500])
def test_what_is_not_yaml_is_an_error_with_its_place(data):
    with pytest.raises(RenderError) as caught:
        render({"bad.yaml": data})
    assert caught.value.message.startswith("stage test: bad.yaml:")
    assert (caught.value.data["template"], caught.value.data["stage"]) == ("bad.yaml", "test")


def test_it_takes_no_options():
    assert CopyRenderer().effective_options({}) == {}
    with pytest.raises(ProjectError, match="the renderer copy has no option 'releaseName'"):
        CopyRenderer().effective_options({"releaseName": "x"})


def test_the_contract():
    copy = CopyRenderer()
    assert isinstance(copy, Renderer)
    assert copy.fingerprint({}).engine == "freightlib"
    assert (copy.policy_paths({}), copy.default_options) == ((), frozenset())
