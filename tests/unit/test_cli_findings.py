"""``--format`` and ``--output`` of a verb that checks."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli import call, document, freight


@pytest.fixture
def tampered(tmp_path: Path) -> Path:
    """A warehouse folder in which a name is wrong, in a way that a CI's runner would take for commands of its own."""
    folder = tmp_path / "warehouse"
    for name in ("git-0cc4cd8", "::add-mask::x\n::error::forged"):
        (folder / name).mkdir(parents=True)
        (folder / name / "file").write_text("x")
    return folder


def test_text_is_the_default_and_json_is_json(tampered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = call(capsys, "verify", tampered)
    assert text[0] == 1
    assert text == call(capsys, "verify", tampered, "--format", "text")
    as_json = call(capsys, "verify", tampered, "--json")
    assert as_json == call(capsys, "verify", tampered, "--format", "json")
    assert document("verify", as_json[1])["ok"] is False


def test_every_form_on_stdout(tampered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forms = {form: call(capsys, "verify", tampered, "--format", form) for form in ("sarif", "github", "junit")}
    assert {(status, err) for status, _, err in forms.values()} == {(1, "")}
    (run,) = json.loads(forms["sarif"][1])["runs"]
    assert {result["ruleId"] for result in run["results"]} == {"tag-short", "warehouse-entry"}
    assert run["automationDetails"] == {"id": "freight-verify/"}
    *annotations, last = forms["github"][1].splitlines()
    assert [line.partition(" ")[0] for line in annotations] == ["::error", "::warning"]
    assert last.startswith("failed: 1 error")
    assert ET.fromstring(forms["junit"][1].encode()).get("failures") == "1"


def test_no_line_is_a_command_of_the_repository(tampered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tampered / "##[add-mask]y").write_text("x")
    text = call(capsys, "verify", tampered)[1]
    assert "  \\x3a:add-mask::x\\x0a::error::forged: " in text
    assert [line for line in text.splitlines() if line.strip().startswith("::") or "##[" in line] == []
    annotations = call(capsys, "verify", tampered, "--format", "github")[1].splitlines()
    commands = [line.partition(",")[0] for line in annotations if line.strip().startswith("::")]
    assert commands == [
        "::error file=git-0cc4cd8",
        "::warning file=##[add-mask]y",
        "::warning file=%3A%3Aadd-mask%3A%3Ax%0A%3A%3Aerror%3A%3Aforged",
    ]


def test_a_file_gets_the_form_and_stdout_the_text(
    tampered: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = call(capsys, "verify", tampered)
    file = tmp_path / "report"
    for form in ("text", "json", "sarif", "github", "junit"):
        assert call(capsys, "verify", tampered, "--format", form, "--output", file) == text
        assert file.read_text().startswith({"github": "::error", "text": "error", "junit": "<?xml"}.get(form, "{"))
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in call(capsys, "verify", tampered, "--output", file)[1]
    assert "\x1b" not in file.read_text()
    status, out, _ = call(capsys, "verify", tampered, "--json", "--format", "sarif", "--output", file)
    assert (status, document("verify", out)["ok"]) == (1, False)
    assert json.loads(file.read_text())["version"] == "2.1.0"
    call(capsys, "verify", tampered, "--json", "--output", file)
    assert document("verify", file.read_text())["ok"] is False


def test_wrong_forms(tampered: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "verify", tampered, "--json", "--format", "sarif")
    assert (status, document("error", out)["error"]["code"]) == (2, "usage")
    assert "'xml' is not one of" in call(capsys, "verify", tampered, "--format", "xml")[2]
    status, out, err = call(capsys, "verify", tampered, "--output", tmp_path / "no/such")
    assert (status, out, len(err.splitlines())) == (3, "", 2)
    assert "cannot be written" in err


def test_an_error_is_json_where_json_was_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--json"], ["--format=json"], ["--format", "json"], ["--json", "--output", "x"]):
        status, out, err = call(capsys, "verify", tmp_path / "nothing", *arguments)
        assert (status, err) == (2, "")
        assert document("error", out)["error"]["code"] == "usage"
    for arguments in (["--format", "sarif"], ["--format", "json", "--output", "x"], ["--format=json", "--output=x"]):
        status, out, err = call(capsys, "verify", tmp_path / "nothing", *arguments)
        assert (status, out, len(err.splitlines())) == (2, "", 2)


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    (folder / "git-caf\udce9").mkdir(parents=True)
    (folder / "git-caf\udce9/file").write_text("x")
    assert document("verify", freight("verify", folder, "--json").stdout)["findings"][0]["path"] == "git-caf\ufffd"
    for form, shown in (("sarif", "git-caf%E9"), ("junit", "git-caf\\xe9"), ("github", "file=git-caf\\xe9")):
        done = freight("verify", folder, "--format", form)
        assert (done.returncode, done.stderr) == (1, "")
        assert shown in done.stdout
