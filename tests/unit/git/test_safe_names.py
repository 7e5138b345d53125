"""One rule for paths and one for branches: what it accepts git accepts, wherever the path or the branch comes from."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st

from freightlib.errors import FreightError, ProjectError, UnsafePathError
from freightlib.git.safe_names import branch_problem, name_problem, path_problem
from freightlib.models import App, Deployment, Freight, Image, Manifest, Output, Package, Stage
from freightlib.promotion.gates.marker import MarkerFile
from freightlib.rendering.layouts import lay_out
from freightlib.rendering.plan import plan_stage
from tests.examples import examples

PIECES = ["a", "B", "-", ".", "..", "/", "~", "^", ":", "@{", "@", "\\", " ", "git~1", ".git", ".lock", "\u200c", "é",
          "\u202e", "\n", "\x7f", "\0", "*", "[", "?", "HEAD", "refs/heads/", "\udcff", "x" * 100]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join)
FREIGHT = Freight(
    revision="a" * 40,
    image=Image("ghcr.io/example/shop:v1", "sha256:" + "b" * 64),
    package_type="plain",
    created_at=datetime(2026, 3, 22, tzinfo=UTC),
)


def planned(output: Output) -> tuple[str, str]:
    """Branch and path of a stage with this output."""
    app = App("shop", Package("plain", "k8s"), stages={"test": Stage("test")})
    plan = plan_stage(evolve(app, output=output), app.stages["test"], Deployment("test", "test"), FREIGHT)
    return plan.branch, plan.path


def braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


@settings(max_examples=examples(400))
@given(TEXTS)
@example("deploy/git~1")  # was planned, and refused at the commit with a hint about the source
@example("a/.git ")
def test_a_path_that_is_accepted_can_be_written_wherever_it_comes_from(path: str) -> None:
    fine = path_problem(path) is None
    if fine:
        assert all(name_problem(part) is None for part in path.split("/"))
    gate = accepts(lambda: MarkerFile().effective_options({"path": path}))
    layout = accepts(lambda: lay_out([Manifest(path, b"kind: A\n")], "helm", stage="test"))
    assert gate is fine
    assert (
        layout is fine
        or path.casefold() == "freight.lock"
        or any(len(part.encode("utf-8", "replace")) > 240 for part in path.split("/"))
    )
    if not path.endswith("/"):
        assert accepts(lambda: planned(Output("stage/test", braced(path)))) is (fine or path == ".")


def accepts(call: object) -> bool:
    try:
        call()  # type: ignore[operator]
    except FreightError:
        return False
    return True


@settings(max_examples=examples(300))
@given(TEXTS)
@example("a./b")  # was planned, and refused by git
@example("a/b.lock/c")
def test_a_branch_that_is_accepted_is_one_for_git(branch: str) -> None:
    fine = branch_problem(branch) is None
    assert accepts(lambda: planned(Output(braced(branch)))) is fine
    if fine:
        done = subprocess.run(["git", "check-ref-format", "--branch", branch], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("key", "output"),
    [
        ("output.path", Output("stage/test", "deploy/git~1")),
        ("output.branch", Output("a./b")),
        ("output.branch", Output("x\u200cy")),
    ],
)
def test_a_bad_output_is_refused_when_the_plan_is_made_and_names_its_key(key: str, output: Output) -> None:
    with pytest.raises(UnsafePathError) as caught:
        planned(output)
    assert f"apps.shop.{key}" in f"{caught.value.message} {caught.value.hint}"
    assert "source" not in caught.value.hint


def test_the_project_file_names_the_key_too(tmp_path: Path) -> None:
    from freightlib.documents import read_project

    text = """
apps:
  shop:
    package: {type: plain, path: k8s}
    output: {path: deploy/git~1}
    stages: {test: {from: warehouse}}
"""
    with pytest.raises(ProjectError, match=r"apps\.shop\.output\.path: .*git's own directory in disguise"):
        read_project(text.encode())
