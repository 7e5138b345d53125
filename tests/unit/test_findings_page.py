"""The catalogue of findings and its page are one."""

from __future__ import annotations

import re
from pathlib import Path

import freightlib.errors
from freightlib.models import Severity, SignatureStatus
from freightlib.models.findings.catalogue import CHECKS, reference_page

ROOT = Path(freightlib.errors.__file__).parents[1]


def test_the_page_is_the_catalogue() -> None:
    page = (ROOT / "docs/reference/findings.md").read_text()
    assert page == reference_page(), "run: python -m tests.docs_reference"
    assert re.findall("^### `(.*)`$", page, re.MULTILINE) == list(CHECKS)


def test_every_finding_says_what_to_do() -> None:
    for code, check in CHECKS.items():
        assert re.fullmatch("[a-z]+(-[a-z]+)*", code)
        assert check.code == code
        assert isinstance(check.severity, Severity)
        assert all(text.strip() for text in (check.title, check.cause, check.remedy))
        assert check.cause.endswith(".")
        assert not check.title.endswith(".")
        assert not check.remedy.endswith(".")


def test_every_code_is_used_and_every_used_code_is_listed() -> None:
    modules = [path for path in (ROOT / "freightlib").rglob("*.py") if path.parent.name != "findings"]
    source = "".join(path.read_text() for path in modules)
    changes = ("added", "missing", "content", "mode", "type")
    literal = {f"{family}-{change}" for family in ("mirror", "literal", "rendered", "rerender") for change in changes}
    used = set(re.findall(r'finding\(\s*"([a-z-]+)"', source)) | set(re.findall(r'_found\("([a-z-]+)"', source))
    used |= set(re.findall(r'^CODE: Final = "([a-z-]+)"$', source, re.MULTILINE))
    signatures = {f"signature-{status}" for status in SignatureStatus if status is not SignatureStatus.GOOD}
    assert used | literal | signatures == set(CHECKS)
