"""SARIF, GitHub's workflow commands and JUnit XML: valid by the published schemas, whatever the findings hold."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from freightlib.cli.print_findings import lines
from freightlib.cli.reports import github, junit, sarif, sarif_text
from freightlib.cli.style import styled
from freightlib.models import Finding, Report, Severity
from freightlib.models.findings.catalogue import CHECKS, finding
from freightlib.models.text import visible
from tests import realschemas
from tests.examples import examples

Check = Callable[[Any], object]
LEVELS = {"error": Severity.ERROR, "warning": Severity.WARNING, "notice": Severity.NOTE}
NASTY = [
    "\x1b]0;title\x07",
    "]]>",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "a\n::error::forged",
    "::add-mask::x",
    "##[add-mask]x",
    "a\r\n::stop-commands::x",
    "%0A::add-mask::x",
    "a,line=7::b",
    "[click](https://example.com)",
    "{0} {1} {{",
    "caf\udce9",
    "\ud800",
    "\x00\x0b\ufffe\uffff\x85\u2028\u202e",
    "//example.com/x",
    "c:\\x",
    "javascript:alert(1)",
    "https://example.com/?a#b",
    "..",
    "",
    "é\U0001f600",
]


@pytest.fixture(scope="session")
def check_sarif(own_environment: dict[str, str]) -> Check:
    """Validates by the schema that OASIS published."""
    schema = jsonschema.Draft4Validator(json.loads(realschemas.schema("sarif", own_environment).read_text()))

    def check(log: Any) -> None:  # hypothesis prints what a test is given, and would print a method's whole schema
        schema.validate(log)

    return check


@pytest.fixture(scope="session")
def check_junit(own_environment: dict[str, str]) -> Check:
    """Validates by the schema of the Jenkins xUnit plugin."""
    schema = xmlschema.XMLSchema(str(realschemas.schema("junit", own_environment)))

    def check(text: Any) -> None:
        schema.validate(text)

    return check


texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=12), st.text(st.characters(), max_size=5))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.binary(max_size=4), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(texts, inner, max_size=2)),
    max_leaves=4,
)
paths = st.lists(texts, max_size=3).map("/".join)
found = st.builds(
    Finding,
    code=st.one_of(st.sampled_from(sorted(CHECKS)), texts),
    severity=st.sampled_from(Severity),
    path=paths,
    message=texts,
    hint=texts,
    data=st.dictionaries(st.one_of(st.just("line"), texts), values, max_size=3),
)
reports = st.builds(
    Report,
    findings=st.lists(found, max_size=14),
    checked=st.dictionaries(st.sampled_from(["apps", "snapshots"]), st.integers(0, 9)),
    subjects=st.lists(paths, max_size=4),
)


# --- SARIF ----------------------------------------------------------------------------------------


@settings(max_examples=examples(80))
@given(report=reports, anchor=st.sampled_from([None, "freightlib.yaml"]))
def test_every_log_is_valid_sarif(check_sarif: Check, report: Report, anchor: str | None) -> None:
    text = sarif_text(report, anchor=anchor)
    assert text.isascii()
    log = json.loads(text, parse_constant=pytest.fail)
    json.dumps(log, ensure_ascii=False).encode("utf-8")  # fails on half a surrogate pair
    check_sarif(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert len(run["results"]) == len(report.findings)
    for one, result in zip(report.findings, run["results"], strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == visible(one.code)
        assert result["level"] == one.severity
        located(one, result, anchor)
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len({*prints}) == len(prints)


def located(one: Finding, result: dict[str, Any], anchor: str | None) -> None:
    if not one.path and anchor is None:
        assert "locations" not in result
        return
    (location,) = result["locations"]
    place = location["physicalLocation"]
    uri = place["artifactLocation"]["uri"]
    split = urlsplit(uri)
    assert (split.scheme, split.netloc, split.query, split.fragment) == ("", "", "", "")
    assert re.fullmatch(r"(?:[\w.~/-]|%[0-9A-F]{2})+", uri, re.ASCII)
    assert not uri.startswith("/")
    plain = (one.path or anchor or "").lstrip("/")
    try:
        raw = plain.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return  # half of a surrogate pair stands for no bytes
    assert unquote_to_bytes(uri) == (raw or b".")


def test_a_message_holds_no_link_and_no_placeholder_of_the_repository() -> None:
    report = Report((Finding("x", Severity.ERROR, "p", "see [here](https://example.com) {0}", ""),))
    text = sarif(report)["runs"][0]["results"][0]["message"]["text"]
    assert text == r"see \[here\](https://example.com) {{0}}"
    plain = Report((Finding("x", Severity.ERROR, "p", "a [b] {c: d}", "do e"),))
    assert sarif(plain)["runs"][0]["results"][0]["message"]["text"] == "a [b] {c: d}\ndo e"


def test_the_rules_are_the_catalogue_and_the_codes_of_plugins(check_sarif: Check) -> None:
    report = Report((Finding("acme-owner", Severity.NOTE, "p", "no owner"), finding("mirror-mode", "current/x", "m")))
    log = sarif(report, category="freight-verify")
    check_sarif(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [*CHECKS, "acme-owner"]
    assert rules[-1]["defaultConfiguration"] == {"level": "note"}
    assert all(CHECKS[rule["id"]].remedy in rule["help"]["text"] for rule in rules[:-1])
    assert run["automationDetails"] == {"id": "freight-verify/"}


def test_a_line_of_a_file_is_kept() -> None:
    report = Report((finding("record-invalid", "a/freight.yaml", "m", line=7), finding("record-missing", "b", "m")))
    regions = [result["locations"][0]["physicalLocation"]["region"] for result in sarif(report)["runs"][0]["results"]]
    assert regions == [{"startLine": 7}, {"startLine": 1}]
    assert github(report).startswith("::error file=a/freight.yaml,line=7,title=record-invalid::")


def test_a_log_that_is_cut_keeps_the_worst_and_says_so(check_sarif: Check) -> None:
    findings = [Finding("n", Severity.NOTE, str(number), "m") for number in range(5)]
    log = sarif(Report([*findings, Finding("e", Severity.ERROR, "bad", "m")]), most=2)
    check_sarif(log)
    (run,) = log["runs"]
    assert [result["level"] for result in run["results"]] == ["error", "note"]
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"].startswith("4 findings")


# --- text -----------------------------------------------------------------------------------------


@settings(max_examples=examples(100))
@given(report=reports)
def test_text_is_lines_that_no_terminal_and_no_runner_obeys(report: Report) -> None:
    for line in lines(report, lambda text, style: styled(visible(text), style, colour=False), "verified", most=None):
        assert not {char for char in line if ord(char) < 32 or 127 <= ord(char) < 160}
        assert not line.strip().startswith("::")
        assert "##[" not in line


# --- GitHub ---------------------------------------------------------------------------------------

COMMAND = re.compile(r"::(error|warning|notice)(?: ((?:\w+=[^,:]*)(?:,\w+=[^,:]*)*))?::(.*)")


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """One workflow command, as the runner takes it apart."""
    match = COMMAND.fullmatch(line)
    assert match, line
    pairs = [item.split("=", 1) for item in (match[2] or "").split(",") if item]
    return match[1], {name: decoded(value, ("%3A", ":"), ("%2C", ",")) for name, value in pairs}, decoded(match[3])


def decoded(text: str, *more: tuple[str, str]) -> str:
    for code, char in (("%0D", "\r"), ("%0A", "\n"), *more, ("%25", "%")):
        text = text.replace(code, char)
    return text


@settings(max_examples=examples(150))
@given(report=reports)
def test_every_line_is_one_command(report: Report) -> None:
    text = github(report)
    text.encode("utf-8")
    assert text == "" or text.endswith("\n")
    lines = text.split("\n")[:-1]
    assert all(line.isprintable() or "\t" in line for line in lines)
    commands = [parsed(line) for line in lines]
    assert [name for name, _, _ in commands] == sorted((name for name, _, _ in commands), key=[*LEVELS].index)
    for name, severity in LEVELS.items():
        own = [one for one in report.findings if one.severity is severity]
        told = [(properties, message) for kind, properties, message in commands if kind == name]
        assert len(told) == min(len(own), 10)
        shown = own if len(own) <= 10 else own[:9]
        for one, (properties, message) in zip(shown, told, strict=False):
            assert properties.get("file", "") == visible(one.path)
            assert properties.get("title", "") == visible(one.code)
            assert message == visible(f"{one.message}\n{one.hint}" if one.hint else one.message)
        if len(own) > 10:
            assert told[-1][1].startswith(f"and {len(own) - 9} more")


def test_a_message_too_long_for_the_runner_is_cut_outside_an_escape() -> None:
    line = github(Report((Finding("x", Severity.ERROR, "p", "%" * 9000),)))
    assert len(parsed(line.rstrip("\n"))[2]) == 4001


# --- JUnit ----------------------------------------------------------------------------------------


@settings(max_examples=examples(60))
@given(report=reports)
def test_every_document_is_valid_junit(check_junit: Check, report: Report) -> None:
    text = junit(report)
    check_junit(text.encode("utf-8"))
    root = ET.fromstring(text.encode("utf-8"))
    assert "<!" not in text
    cases = root.findall("testsuite/testcase")
    failed = [case for case in cases if case.find("failure") is not None]
    assert bool(failed) is not report.ok
    assert (root.get("tests"), root.get("failures")) == (str(len(cases)), str(len(failed)))
    assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases)
    held = "\n".join(element.text or "" for case in cases for element in case)
    for one in report.findings:
        assert visible(one.message).replace("\r", "\n") in held


def test_subjects_are_cases_and_findings_belong_to_them(check_junit: Check) -> None:
    good, bad, current = (f"warehouses/shop/freight/{name}" for name in ("git-a", "git-b", "current"))
    report = Report(
        (
            finding("literal-mode", f"{bad}/helm/run.sh", "another mode"),
            finding("literal-added", f"{bad}/helm/x", "added"),
            finding("symlink-dangling", f"{current}/helm/y", "leads nowhere"),
            finding("warehouse-not-directory", "warehouses/other/freight", "a file"),
        ),
        subjects=(good, bad, current),
    )
    text = junit(report, name="freight verify")
    check_junit(text)
    cases = {
        (case.get("classname"), case.get("name")): [(part.tag, part.get("type")) for part in case]
        for case in ET.fromstring(text.encode()).findall("testsuite/testcase")
    }
    assert cases == {
        ("warehouses/shop/freight", "git-a"): [],
        ("warehouses/shop/freight", "git-b"): [("failure", "literal-mode")],
        ("warehouses/shop/freight", "current"): [("system-out", None)],
        ("warehouse-not-directory", "warehouses/other/freight"): [("failure", "warehouse-not-directory")],
    }
    assert "another mode (and 1 more)" in text


# --- all ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_hundred_thousand_findings_break_nothing() -> None:
    count = 100_000
    findings = [
        Finding("mirror-content", [*Severity][number % 3], f"w/current/\udcff{number}", "m]]>", "h", {"n": number})
        for number in range(count)
    ]
    report = Report(findings, subjects=["w/current"])
    assert len(json.loads(sarif_text(report))["runs"][0]["results"]) == count
    assert Counter(line.split(" ")[0] for line in github(report).splitlines()) == {
        "::error": 10,
        "::warning": 10,
        "::notice": 10,
    }
    (case,) = ET.fromstring(junit(report).encode()).iter("testcase")
    assert len((case.findtext("failure") or "").splitlines()) == 2 * sum(one.severity == "error" for one in findings)


def test_a_clean_report_passes_everywhere(check_sarif: Check, check_junit: Check) -> None:
    assert github(Report()) == ""
    check_sarif(sarif(Report()))
    check_junit(junit(Report()))
    assert ET.fromstring(junit(Report()).encode()).get("tests") == "1"


def test_the_schemas_refuse_what_is_wrong(check_sarif: Check, check_junit: Check) -> None:
    """The tests above would pass on anything if the schemas took anything."""
    log = sarif(Report((Finding("x", Severity.ERROR, "p", "m"),)))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        check_sarif(log)
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        check_junit(junit(Report()).replace(' name="freightlib"', ' nom="freightlib"'))


def test_a_schema_that_cannot_be_had_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(realschemas.ToolMissing, match="could not download"):
        realschemas.schema(
            "sarif", {"XDG_CACHE_HOME": str(tmp_path), "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": "/dev/null"}
        )
