"""Plugins add findings to every verification; a broken one is named and silences nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from freightlib.models import Finding, Severity
from freightlib.plugins.hooks import SnapshotCheck, hookimpl
from freightlib.plugins.registry import Plugin, registry
from freightlib.verbs.verify import verify
from tests.gitops_builder import CHART, World, world


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("world"))


@pytest.fixture
def plugged() -> Iterator[Any]:
    found, known = registry(), list(registry().plugins)
    names: list[str] = []

    def plug(module: object, name: str) -> None:
        found.add(module, Plugin(name, f"dist-of-{name}", "1.0"))
        names.append(name)

    yield plug
    for name in names:
        found.manager.unregister(name=name)
    found.plugins[:] = known


class Asks:
    def __init__(self) -> None:
        self.asked: list[SnapshotCheck] = []

    @hookimpl
    def freightlib_check_snapshot(self, request: SnapshotCheck) -> Sequence[Finding]:
        self.asked.append(request)
        if request.snapshot.app != "shop":
            return []
        return [Finding("team-missing", Severity.ERROR, request.snapshot.path, "no team", "name one")]


class Raises:
    @hookimpl
    def freightlib_check_snapshot(self, request: SnapshotCheck) -> Sequence[Finding]:
        raise KeyError(request.snapshot.app)


class Lies:
    @hookimpl
    def freightlib_check_snapshot(self, request: SnapshotCheck) -> Any:
        return ["all is well"]


def test_a_plugin_sees_each_snapshot_once_with_its_files(sound: World, plugged: Any) -> None:
    plugin = Asks()
    plugged(plugin, "asks")
    report = verify(sound.gitops.path)
    assert [(f.code, f.path) for f in report.findings] == [("team-missing", f"releases/shop/{sound.tags['shop'][0]}")]
    assert not report.ok
    assert [check.snapshot.path for check in plugin.asked if check.snapshot.app == "codeai"] == [
        f"{sound.freight}/{tag}" for tag in sorted(sound.tags["codeai"])
    ]
    first = plugin.asked[0]
    assert {file.path for file in first.files} == set(CHART)
    assert first.snapshot.payload == sound.at(f"{first.snapshot.path}/helm").id
    assert first.snapshot.commit


@pytest.mark.parametrize(("plugin", "problem"), [(Raises(), "KeyError"), (Lies(), "str is not a Finding")])
def test_a_plugin_that_fails_is_named_and_the_others_are_heard(
    sound: World, plugged: Any, plugin: object, problem: str
) -> None:
    plugged(plugin, "broken")
    plugged(Asks(), "asks")
    report = verify(sound.gitops.path, app="shop")
    assert sorted(f.code for f in report.findings) == ["plugin-failed", "team-missing"]
    failed = next(f for f in report.findings if f.code == "plugin-failed")
    assert "'broken' of dist-of-broken" in failed.message
    assert problem in failed.message
    assert failed.hint
