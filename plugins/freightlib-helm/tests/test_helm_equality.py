"""Both engines give what ``helm template`` prints, byte for byte, at the same version of Helm."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from freightlib_helm import HelmTemplate
from helmcharts import CHARTS, FAILING

from freightlib.errors import RenderError
from freightlib.models import RenderResult

pytestmark = pytest.mark.slow

Call = Callable[..., Any]


# Helm 3 does not know a comment behind "---" in a values file
EACH = [
    (name, version)
    for name in CHARTS
    for version in ("helm4", "helm3")
    if (name, version) != ("values-comment", "helm3")
]


def joined(rendered: RenderResult) -> bytes:
    return b"".join(manifest.separator + manifest.data for manifest in rendered.manifests)


def expected(stdout: bytes) -> bytes:
    # a chart of nothing but hooks, or of nothing, prints an empty line first: it belongs to no manifest
    return stdout.removeprefix(b"\n")


def check_files(rendered: RenderResult, directory: Path) -> None:
    """Manifests by path are the files that ``helm template --output-dir`` wrote."""
    files: dict[str, list[str]] = {}
    for manifest in rendered.manifests:
        assert manifest.separator == b"---\n"
        files.setdefault(manifest.path, []).append(manifest.data.decode())
    written = {
        str(path.relative_to(directory)): path.read_bytes().decode() for path in directory.rglob("*") if path.is_file()
    }
    assert files.keys() == written.keys()
    for path, documents in files.items():
        # printing trims the space at the end of the last document that is no hook, --output-dir does not
        pieces = written[path].split(f"---\n# Source: {path}\n")
        assert [document.strip() for document in documents] == [
            f"# Source: {path}\n{piece}".strip() for piece in pieces[1:]
        ]


@pytest.mark.parametrize("name", CHARTS)
def test_the_sdk_gives_what_its_own_helm_prints(
    name: str, helm: HelmTemplate, request_for: Call, printed: Call, helm42: Path, tmp_path: Path
) -> None:
    done = printed(helm42, CHARTS[name])
    assert done.returncode == 0, done.stderr.decode()
    rendered = helm.render(request_for(CHARTS[name], engine="sdk"))
    assert joined(rendered).decode() == expected(done.stdout).decode()
    assert printed(helm42, CHARTS[name], "--output-dir", str(tmp_path)).returncode == 0
    check_files(rendered, tmp_path)


@pytest.mark.parametrize(("name", "version"), EACH)
def test_the_program_gives_what_it_prints(
    name: str,
    version: str,
    helm: HelmTemplate,
    request_for: Call,
    printed: Call,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    program = request.getfixturevalue(version)
    done = printed(program, CHARTS[name])
    assert done.returncode == 0, done.stderr.decode()
    asked = request_for(CHARTS[name], engine="program", helmPath=str(program))
    rendered = helm.render(asked)
    assert joined(rendered).decode() == expected(done.stdout).decode()
    if version == "helm4":
        assert printed(program, CHARTS[name], "--output-dir", str(tmp_path)).returncode == 0
        check_files(rendered, tmp_path)


@pytest.mark.parametrize("name", FAILING)
def test_both_engines_fail_with_helms_message(
    name: str, helm: HelmTemplate, request_for: Call, printed: Call, helm42: Path
) -> None:
    case, message = FAILING[name]
    done = printed(helm42, case)
    assert done.returncode != 0
    assert message in done.stderr.decode()
    errors = []
    for engine in ({"engine": "sdk"}, {"engine": "program", "helmPath": str(helm42)}):
        with pytest.raises(RenderError) as caught:
            helm.render(request_for(case, **engine))
        assert message in caught.value.message
        assert caught.value.hint
        assert caught.value.data["stage"] == "test"
        errors.append(caught.value)
    assert errors[0].data.get("template") == errors[1].data.get("template")
    assert errors[0].message == errors[1].message


BLANK_LINES = re.compile(rb"\n+(?=---\n# Source: |\Z)")


def narrowed(text: bytes) -> bytes:
    """What must be equal between Helm 4.2.3 and 4.3.1: all but blank lines before the next document and at the end."""
    return BLANK_LINES.sub(b"\n", text)


def test_the_comparison_between_versions_forgives_blank_lines_only() -> None:
    text = b"---\n# Source: a/b\nx: |\n  1\n\n  2\n\n---\n# Source: a/c\ny: 1\n\n\n"
    assert narrowed(text) == b"---\n# Source: a/b\nx: |\n  1\n\n  2\n---\n# Source: a/c\ny: 1\n"
    assert narrowed(text) != narrowed(text.replace(b"1\n\n  2", b"1\n  2"))


# Helm 4.3 cuts documents at lines of "---"; 4.2 also takes the space around them away, carriage returns included
CUT_DIFFERENTLY = {"multi-document", "crlf"}


@pytest.mark.parametrize("name", [name for name in CHARTS if name not in CUT_DIFFERENTLY])
def test_the_sdk_gives_the_documents_of_the_newer_helm(
    name: str, helm: HelmTemplate, request_for: Call, printed: Call, helm4: Path
) -> None:
    rendered = helm.render(request_for(CHARTS[name], engine="sdk"))
    assert narrowed(joined(rendered)) == narrowed(expected(printed(helm4, CHARTS[name]).stdout))
