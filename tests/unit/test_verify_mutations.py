"""Any payload, any one change to its mirror: exactly that path and kind of change is reported."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from freightlib.git.trees import Entry, Mode
from freightlib.models import App, Package
from freightlib.testing import ObjectBuilder
from freightlib.testing.objects import File
from freightlib.warehouse.verify.folder import folder_report
from freightlib.warehouse.verify.snapshot import Scope
from tests.examples import examples
from tests.gitops_builder import record

NAME = st.text(st.sampled_from("abcdef.-_é 0"), min_size=1, max_size=6).filter(lambda name: name.strip(".") != "")
PATH = st.lists(NAME, min_size=1, max_size=3).map("/".join)
FILE = st.tuples(st.sampled_from([Mode.FILE, Mode.EXECUTABLE]), st.binary(max_size=20))
FILES = st.dictionaries(PATH, FILE, min_size=1, max_size=12)
APP = App("codeai", Package("helm", "k8s/helm"))
TAG = "git-" + "e" * 40


def _placed(files: dict[str, File]) -> dict[str, File]:
    """Without the paths that would have to be a file and a directory at once."""
    directories = {"/".join(path.split("/")[:end]) for path in files for end in range(1, path.count("/") + 1)}
    return {path: file for path, file in files.items() if path not in directories}


@st.composite
def mutations(draw: st.DrawFn) -> tuple[dict[str, File], str, File | None, str]:
    files = _placed({"Chart.yaml": b"name: x\nversion: 1.0.0\n", **draw(FILES)})
    path = draw(st.sampled_from(sorted(files)))
    mode, data = files[path] if isinstance(files[path], tuple) else (Mode.FILE, files[path])  # type: ignore[misc]
    assert isinstance(data, bytes)
    kind = draw(st.sampled_from(["added", "missing", "content", "mode", "type"]))
    changed: File | None
    if kind == "added":
        path, changed = draw(PATH.map(lambda name: f"new {name}")), draw(FILE)
    elif kind == "missing":
        changed = None
    elif kind == "content":
        changed = (mode, data + draw(st.binary(min_size=1, max_size=4)))
    elif kind == "mode":
        changed = (Mode.FILE if mode == Mode.EXECUTABLE else Mode.EXECUTABLE, data)
    else:
        changed = draw(st.sampled_from([(Mode.SYMLINK, data or b"x"), Entry("", Mode.SUBMODULE, "d" * 40)]))
    return files, path, changed, kind


@given(mutations())
@settings(max_examples=examples(80))
def test_exactly_the_change_is_reported(mutation: tuple[dict[str, File], str, File | None, str]) -> None:
    files, path, changed, kind = mutation
    with TemporaryDirectory() as folder:
        bare = ObjectBuilder(Path(folder) / "g.git")
        payload = bare.tree(files)
        freight = record("codeai", "e" * 40, payload)
        sound = bare.snapshot(freight, payload)
        mirror = dict(files)
        if changed is None:
            del mirror[path]
        else:
            mirror[path] = changed
        broken = bare.snapshot(freight, bare.tree(mirror))
        found = {}
        for name, current in (("sound", sound), ("broken", broken)):
            tree = bare.write_tree([sound._replace(name=TAG), current._replace(name="current")])
            report = folder_report(Scope(bare, APP, "w"), Entry("", Mode.TREE, tree))
            # names drawn at random may be unsafe or collide: that is said of the release, not of its mirror
            found[name] = [(f.code, f.path) for f in report.findings if f.path.startswith("w/current")]
    assert found["sound"] == []
    assert found["broken"] == [(f"mirror-{kind}", f"w/current/helm/{path}")]
