"""The command line's own behaviour: help, options before and after the verb, colours, usage errors, completion."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from freightlib.cli.root import VERBS, freight
from freightlib.plugins.repositories import init_repository
from tests.cli import call, document
from tests.worlds import World


def test_help_lists_every_verb_without_importing_one(capsys: pytest.CaptureFixture[str]) -> None:
    code = (
        "import sys; from freightlib.cli import main; main(['--help']); main(['--version']);"
        "print(*[n for n in sys.modules if n.split('.')[0] in ('pygit2', 'rich', 'ruamel', 'yaml', 'cattrs')"
        " or n.startswith('freightlib.cli.verbs')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *shown, loaded = done.stdout.splitlines()
    assert loaded == ""
    for verb in VERBS:
        assert any(line.strip().startswith(verb) for line in shown), verb


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_verb_helps(verb: str, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(capsys, verb, option)
    assert (status, err) == (0, "")
    assert out.startswith("Usage: freight " + verb)


def test_without_a_verb_it_helps(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys)[1] == call(capsys, "--help")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["publsh"], "there is no verb 'publsh'"),
        (["status", "--rep", "x"], "there is no option '--rep'"),
        (["publish"], "missing option '--source'"),
        (["promote"], "missing argument 'STAGE...'"),
        (["log", "staging", "-n", "many"], "'many' is not a valid integer"),
        (["completion", "tcsh"], "'tcsh' is not one of"),
        (["status", "--repo"], "requires an argument"),
        (["verify", ".", "--rev", "main"], "a directory has no revisions"),
    ],
)
def test_wrong_usage_is_two_lines_and_two(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = call(capsys, *arguments)
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 2
    assert message in err
    status, out, err = call(capsys, *arguments, "--json")
    if "--repo" not in arguments:  # there it takes --json for the repository
        assert (status, err) == (2, "")
        assert document("error", out)["error"]["code"] == "usage"


def test_a_close_verb_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean 'publish'?" in call(capsys, "publsh")[2]


def test_options_may_stand_before_the_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init_repository(tmp_path / "g", bare=True)
    after = call(capsys, "status", "--repo", tmp_path / "g", "--json")
    before = call(capsys, "--repo", tmp_path / "g", "--json", "status")
    assert after == before
    assert json.loads(after[1])["error"]["code"] == "revision"


def test_colours_only_where_they_are_wanted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b" not in call(capsys, "plugins")[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1m" in call(capsys, "plugins")[1]
    assert "\x1b[1;31m" in call(capsys, "status", "--repo", tmp_path)[2]
    assert "\x1b" not in call(capsys, "plugins", "--json")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in call(capsys, "plugins")[1]


def test_a_bug_is_two_lines_and_seventy(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError("far too small")

    monkeypatch.setattr(sys.modules["freightlib.plugins.registry"], "registry", broken)
    status, out, err = call(capsys, "plugins")
    assert (status, out) == (70, "")
    assert err.splitlines()[0].startswith("error: a bug in freightlib ")
    assert "--debug" in err.splitlines()[1]
    assert document("error", call(capsys, "plugins", "--json")[1])["error"]["code"] == "bug"


def test_an_interruption_is_quiet(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["freightlib.plugins.registry"], "registry", interrupted)
    status, out, err = call(capsys, "plugins")
    assert (status, out, err.strip()) == (130, "", "")


def test_without_click_it_says_how_to_get_it() -> None:
    code = "import sys; sys.modules['click'] = None; from freightlib.cli import main; sys.exit(main(['--version']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'freightlib[cli]'" in done.stderr
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_completion_scripts(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "completion", shell)
    assert status == 0
    assert "_FREIGHT_COMPLETE" in out


def test_stages_and_apps_complete_from_the_repository(tmp_path: Path) -> None:
    world = World(tmp_path)

    def completed(words: str) -> list[str]:
        environment = {"_FREIGHT_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        done = CliRunner().invoke(freight, [], env=environment, prog_name="freight")
        return [line.partition(",")[2] for line in done.output.splitlines() if line]

    assert completed(f"freight promote --repo {world.gitops.path} st") == ["staging"]
    assert completed(f"freight promote --repo {world.gitops.path} staging ") == ["test", "levelbuilder", "production"]
    assert completed(f"freight --repo {world.gitops.path} status --app ") == ["codeai"]
    assert completed(f"freight promote --repo {tmp_path}/nothing ") == []
