"""Both engines give what ``helm template`` prints, byte for byte, at the same version of Helm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helmcharts import CHARTS, FAILING

from freightlib.errors import RenderError
from freightlib.models import Rendered
from freightlib_helm import HelmTemplate

Call = Callable[..., Any]


def joined(rendered: Rendered) -> bytes:
    return b"".join(manifest.separator + manifest.data for manifest in rendered.manifests)


def expected(stdout: bytes) -> bytes:
    # a chart of nothing but hooks, or of nothing, prints an empty line first: it belongs to no manifest
    return stdout.removeprefix(b"\n")


@pytest.mark.parametrize("name", CHARTS)
def test_the_sdk_gives_what_its_own_helm_prints(
    name: str, helm: HelmTemplate, request_for: Call, printed: Call, helm42: Path
) -> None:
    done = printed(helm42, CHARTS[name])
    assert done.returncode == 0, done.stderr.decode()
    assert joined(helm.render(request_for(CHARTS[name], engine="sdk"))).decode() == expected(done.stdout).decode()


@pytest.mark.parametrize("version", ["helm4", "helm3"])
@pytest.mark.parametrize("name", CHARTS)
def test_the_program_gives_what_it_prints(
    name: str, version: str, helm: HelmTemplate, request_for: Call, printed: Call, request: pytest.FixtureRequest
) -> None:
    program = request.getfixturevalue(version)
    done = printed(program, CHARTS[name])
    assert done.returncode == 0, done.stderr.decode()
    asked = request_for(CHARTS[name], engine="program", helmPath=str(program))
    assert joined(helm.render(asked)).decode() == expected(done.stdout).decode()


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
    assert errors[0].data["template"] == errors[1].data["template"]
    assert errors[0].message == errors[1].message
