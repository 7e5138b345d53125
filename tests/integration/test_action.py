"""The GitHub Action: its metadata is valid, and its steps do what they say, run as the runner's shell would."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from freightlib.cli.action.step import ACTION_VERBS, inputs_of
from tests import action, realschemas
from tests.action import Ran, commands
from tests.worlds import World

pytestmark = pytest.mark.slow

Act = Callable[..., Ran]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def act(world: World, tmp_path: Path) -> Act:
    """Runs the action in the GitOps repository, with this environment in the place of what it would install."""
    temp = tmp_path / "runner"
    temp.mkdir()

    def run(**inputs: str) -> Ran:
        named = {name.replace("_", "-"): value for name, value in inputs.items()}
        return action.run(
            named, work=world.gitops.path, temp=temp, environment=os.environ, installed=Path(sys.executable)
        )

    return run


def publishing(world: World) -> dict[str, str]:
    return {"verb": "publish", "source": str(world.source.path), "revision": world.revision, "image": world.image}


# --- the metadata ---------------------------------------------------------------------------------


def test_the_metadata_is_valid(own_environment: dict[str, str]) -> None:
    schema = json.loads(realschemas.schema("action", own_environment).read_text())
    check = jsonschema.Draft7Validator(schema)
    check.validate(action.metadata())
    wrong = {**action.metadata(), "runs": {"using": "composite", "steps": [{"run": "true"}]}}
    assert not check.is_valid(wrong)


def test_the_inputs_are_the_options_of_the_verbs() -> None:
    given = {*action.metadata()["inputs"]} - {"verb", "plugins", "python", "stages"}
    assert given == {name for verb in ACTION_VERBS for name in inputs_of(verb)}


def test_no_expression_stands_in_a_script() -> None:
    steps = action.metadata()["runs"]["steps"]
    assert all("${{" not in step["run"] for step in steps)
    reached = {text for step in steps for text in step["env"].values()}
    assert reached == {f"${{{{ inputs.{name} }}}}" for name in action.metadata()["inputs"]}
    for step in steps:
        assert {f"INPUT_{text[11:-3].upper().replace('-', '_')}": text for text in step["env"].values()} == step["env"]


# --- the verbs ------------------------------------------------------------------------------------


def test_publish_verify_promote(act: Act, world: World) -> None:
    published = act(**publishing(world))
    tag, tip = f"git-{world.revision}", world.gitops.git("rev-parse", "main")
    assert published.status == 0, published.log
    told = {name: published.outputs[name] for name in ("app", "tag", "created", "commit")}
    assert told == {"app": "codeai", "tag": tag, "created": "true", "commit": tip}
    assert json.loads(Path(published.outputs["result"]).read_text())["tag"] == tag
    assert published.summary.startswith(f"### Published {tag} of codeai\n")
    again = act(**publishing(world))
    assert (again.status, again.outputs["created"]) == (0, "false")

    verified = act(verb="verify", source=str(world.source.path), rev="HEAD")
    assert (verified.status, verified.outputs["ok"], verified.outputs["errors"]) == (0, "true", "0")
    assert verified.summary == "### Verified: 1 app, 1 snapshot\n\n\n"

    trial = act(verb="promote", stages="staging", dry_run="true")
    assert (trial.status, trial.outputs["outcome"], trial.outputs["commit"]) == (0, "promoted", "")
    promoted = act(verb="promote", stages="staging\ntest", push="false", timeout="30")
    assert (promoted.status, promoted.outputs["outcome"], promoted.outputs["tag"]) == (0, "promoted", tag)
    tips = [world.gitops.git("rev-parse", f"stage/{stage}") for stage in ("staging", "test")]
    assert promoted.outputs["commit"].split(",") == tips
    assert promoted.outputs["branch"] == "stage/staging,stage/test"
    assert f"| staging | promoted |  | {tag} | stage/staging | {tips[0]} |" in promoted.summary
    assert act(verb="promote", stages="staging").outputs["outcome"] == "unchanged"
    proposed = act(verb="promote", stages="levelbuilder production")
    assert proposed.outputs["outcome"] == "promoted,proposed"
    assert "Open a pull request from proposal/codeai/production into stage/production" in proposed.summary


def test_what_is_found_fails_the_step_and_is_annotated(act: Act, world: World) -> None:
    act(**publishing(world))
    world.gitops.commit({"warehouses/codeai/freight/current/helm/values.yaml": "image: other\n"})
    found = act(verb="verify")
    assert (found.status, found.outputs["ok"], found.outputs["errors"]) == (1, "false", "1")
    (command,) = commands(found.log)
    assert command.startswith("::error file=warehouses/codeai/freight/current/helm/values.yaml,title=mirror-content::")
    assert "| error | mirror-content | warehouses/codeai/freight/current/helm/values.yaml |" in found.summary
    report = act(verb="verify", format="sarif", output="report.sarif")
    assert (report.status, commands(report.log)) == (1, [])
    assert json.loads((world.gitops.path / "report.sarif").read_text())["version"] == "2.1.0"


def test_a_blocked_promotion_fails_the_step(act: Act, world: World) -> None:
    act(**publishing(world))
    blocked = act(verb="promote", stages="production")
    assert (blocked.status, blocked.outputs["outcome"]) == (1, "")
    assert [line.partition("::")[2].partition("::")[0] for line in commands(blocked.log)] == ["error title=blocked"]
    assert blocked.summary.startswith("### freight failed: blocked\n")


# --- what comes in --------------------------------------------------------------------------------

EVIL = ['"; touch {mark} #', "$(touch {mark})", "`touch {mark}`", "x\n::set-output name=tag::y\ntouch {mark}", "--help"]
EVIL += ["'; touch {mark}; '", "| touch {mark}", "| | |\n# [x](https://example.com) <b>", "../../..", "*", "é\u202e"]


ENTRANCES = [("publish", "image"), ("publish", "created-at"), ("verify", "rev"), ("promote", "stages")]
ENTRANCES += [("promote", "push"), ("", "verb")]
HOSTILE = [("publish", "revision", text) for text in EVIL] + [
    (verb, name, text) for verb, name in ENTRANCES for text in (EVIL[0], EVIL[3])
]


@pytest.mark.parametrize(("verb", "name", "text"), HOSTILE)
def test_a_hostile_input_does_nothing(act: Act, world: World, tmp_path: Path, verb: str, name: str, text: str) -> None:
    mark = tmp_path / "mark"
    inputs = publishing(world) if verb == "publish" else {"verb": verb}
    before = world.gitops.git("for-each-ref"), sorted(world.gitops.path.iterdir())
    ran = act(**{**inputs, "stages": "" if verb != "promote" else "staging", name: text.format(mark=mark)})
    assert ran.status in (1, 2, 3), ran.log
    assert not mark.exists()
    assert (world.gitops.git("for-each-ref"), sorted(world.gitops.path.iterdir())) == before
    assert "Traceback" not in ran.log
    (command,) = commands(ran.log)
    assert command.startswith("::error title=")
    assert {value for key, value in ran.outputs.items() if key != "result"} == {""}
    assert "](http" not in ran.summary
    assert "<b>" not in ran.summary


def test_an_input_of_another_verb_is_refused(act: Act) -> None:
    assert "title=usage" in act(verb="verify", image="x").log
    assert "title=usage" in act(verb="publish", force="true").log
    assert act(verb="promote", stages="staging", dry_run="yes").status == 2


def test_names_of_a_repository_make_no_markup_and_no_commands(act: Act, world: World) -> None:
    act(**publishing(world))
    name = "::set-output name=ok::true\n| <b>[x](mailto:a)|`"
    world.gitops.commit({f"warehouses/codeai/freight/{name}": "x"})
    found = act(verb="verify")
    assert (found.outputs["ok"], found.outputs["warnings"]) == ("true", "1")
    (command,) = commands(found.log)
    assert command.startswith("::warning file=warehouses/codeai/freight/%3A%3Aset-output name=ok")
    row = next(line for line in found.summary.splitlines() if "warehouse-entry" in line)
    assert r"\:\:set-output name=ok\:\:true \| \<b\>\[x\]\(mailto\:a\)\|\`" in row


def test_the_work_directory_is_not_imported_from(act: Act, world: World, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    for name in ("freightlib/__init__.py", "click.py", "json.py", "freight.py"):
        world.gitops.commit({name: f"open({str(mark)!r}, 'w')\n"})
    assert act(verb="verify").status == 0
    assert act(**publishing(world)).status == 0
    assert not mark.exists()


# --- installing -----------------------------------------------------------------------------------


def test_it_installs_itself(world: World, tmp_path: Path, own_environment: Mapping[str, str]) -> None:
    temp = tmp_path / "runner"
    temp.mkdir()
    # pip needs the developer's proxies and configuration, git must not see any
    environment = {**own_environment, **{name: value for name, value in os.environ.items() if name.startswith("GIT_")}}
    environment["INPUT_UNRELATED"] = "x"

    def run(**inputs: str) -> Ran:
        return action.run(
            {"python": sys.executable, **inputs}, work=world.gitops.path, temp=temp, environment=environment
        )

    refused = run(verb="verify", plugins="../../evil")
    assert (refused.status, commands(refused.log)[0][:20]) == (2, "::error title=usage:")
    assert not (temp / "freightlib-action").exists()
    published = run(plugins="gitcli", **{**publishing(world), "backend": "git"})
    assert published.status == 0, published.log
    assert published.outputs["created"] == "true"
    stamp = (temp / "freightlib-action/installed").stat().st_mtime_ns
    assert run(verb="verify", plugins="gitcli", backend="git").outputs["ok"] == "true"
    assert (temp / "freightlib-action/installed").stat().st_mtime_ns == stamp


def test_the_workflows_of_the_docs_give_inputs_that_exist() -> None:
    known = {*action.metadata()["inputs"]}
    pages = [*action.ROOT.glob("docs/**/*.md"), action.ROOT / "README.md"]
    used: list[dict[str, Any]] = []
    for page in pages:
        for block in page.read_text().split("```yaml\n")[1:]:
            for each in yaml.safe_load_all(block.partition("```")[0]):
                used += [step for step in steps_in(each) if "freightlib@" in str(step.get("uses"))]
    assert used
    assert all({*step["with"]} <= known for step in used)


def steps_in(thing: Any) -> list[dict[str, Any]]:
    if isinstance(thing, dict):
        own = [thing] if "uses" in thing else []
        return own + [step for value in thing.values() for step in steps_in(value)]
    return [step for value in thing for step in steps_in(value)] if isinstance(thing, list) else []
