"""The pages for plugin authors name every hook with its arguments; the tutorial's renderer is short."""

from __future__ import annotations

import inspect
import re

import attrs
import pytest

from freightlib.plugins import contracts, hooks
from tests import docs_blocks
from tests.docs_blocks import ROOT

HOOKS = [name for name in vars(hooks.Specs) if name.startswith("freightlib_")]
REQUESTS = (
    hooks.SnapshotCheck,
    hooks.RenderingCheck,
    hooks.PromotedEvent,
    contracts.TransformRequest,
    contracts.GateRequest,
    contracts.GateResult,
)


def page(name: str) -> str:
    return (ROOT / "docs/plugins" / name).read_text()


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_section_with_its_arguments(hook: str) -> None:
    arguments = [name for name in inspect.signature(getattr(hooks.Specs, hook)).parameters if name != "self"]
    assert f"\n## {hook}({', '.join(arguments)})\n" in page("hooks.md")


def test_no_section_is_about_a_hook_that_is_gone() -> None:
    assert sorted(re.findall(r"^## (freightlib_\w+)", page("hooks.md"), re.MULTILINE)) == sorted(HOOKS)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda kind: kind.__name__)
def test_every_request_is_listed_with_its_fields(request_: type) -> None:
    fields = ", ".join(f"`{field.name}`" for field in attrs.fields(request_))
    assert f"a `{request_.__name__}`: {fields}." in page("hooks.md")


def test_the_version_is_the_one_there_is() -> None:
    assert f"`freightlib.plugins.API_VERSION`, now {hooks.API_VERSION}." in page("hooks.md")


def test_the_tutorials_renderer_is_short() -> None:
    name = "docs/plugins/tutorial.md"
    (block,) = [
        one for one in docs_blocks.blocks(page("tutorial.md"), name) if one.argument.endswith("freightlib_jinja.py")
    ]
    _, _, renderer = block.text.partition("class Jinja(BaseRenderer):")
    assert len([line for line in renderer.splitlines() if line.strip()]) <= 40
