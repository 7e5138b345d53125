"""Plugins as their authors ship them: written, checked, installed, broken in every way, and taken out again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from freightlib.cli import run_suite
from freightlib.testing import AppBuilder
from tests.cli import call, freight

pytestmark = pytest.mark.slow

RENDERER = """
from freightlib.plugins import hookimpl
from freightlib.rendering.builtin.copy import CopyRenderer

class Mine(CopyRenderer):
    name = {name!r}

@hookimpl
def freightlib_renderers():
    return [Mine()]
"""
SOUND = RENDERER.format(name="broken")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Installs tiny distributions as pip leaves them: the module, and METADATA and entry points beside it."""
    place = tmp_path / "site"
    place.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(place))

    def install(distribution: str, code: str, *, name: str = "", version: str = "1.2.3") -> Path:
        module = distribution.replace("-", "_")
        (place / f"{module}.py").write_text(code)
        info = place / f"{module}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[freightlib]\n{name or module} = {module}\n")
        return info

    return install


def listed() -> tuple[int, dict[str, dict[str, Any]], list[str]]:
    done = freight("plugins", "--json")
    told = json.loads(done.stdout)
    return done.returncode, {plugin["distribution"]: plugin for plugin in told["plugins"]}, told["problems"]


PROBLEMS: dict[str, tuple[str, list[str]]] = {
    "raises on import": ("raise RuntimeError('no luck')", ["RuntimeError: no luck"]),
    "misses a module": ("import no_such_module", ["no_such_module"]),
    "is not Python": ("def (:", ["SyntaxError"]),
    "mistypes a hook": (SOUND.replace("renderers()", "rendrers()"), ["freightlib_rendrers", "freightlib_renderers"]),
    "mistypes and does not mark": (
        "def freightlib_transform(): ...",
        ["freightlib_transform", "freightlib_transforms"],
    ),
    "does not mark": (SOUND.replace("@hookimpl", ""), ["freightlib_renderers", "@hookimpl"]),
    "asks for too much": (SOUND.replace("renderers()", "renderers(registry)"), ["registry"]),
    "is async": (SOUND.replace("def freightlib_renderers", "async def freightlib_renderers"), ["is async"]),
    "leaves on import": ("import sys; sys.exit(7)", ["SystemExit: 7"]),
    "is for a newer API": ("freightlib_api = 2", ["version 2", "has 1", "upgrade freightlib"]),
}


@pytest.mark.parametrize("case", PROBLEMS)
def test_a_broken_plugin_is_named_and_takes_none_down(case: str, site: Callable[..., Path]) -> None:
    code, said = PROBLEMS[case]
    site("broken-plugin", code)
    site("sound-plugin", RENDERER.format(name="mine"))
    status, plugins, problems = listed()
    assert (status, problems) == (1, [])
    assert plugins["broken-plugin"]["version"] == "1.2.3"
    assert [part for part in said if part not in plugins["broken-plugin"]["problem"]] == []
    assert plugins["sound-plugin"]["problem"] is None
    assert plugins["sound-plugin"]["renderers"] == ["mine"]


FLAWED: dict[str, tuple[str, str]] = {
    "lacks members": (
        SOUND.replace("(CopyRenderer)", "").replace("name =", "package_types = frozenset({'plain'})\n    name ="),
        "broken-plugin 1.2.3: freightlib_renderers: the renderer broken lacks default_options, effective_options",
    ),
    "offers a class": (
        SOUND.replace("[Mine()]", "[Mine]"),
        "broken-plugin 1.2.3: freightlib_renderers: the renderer broken cannot be asked to effective_options with 1",
    ),
    "offers nothing": (
        SOUND.replace("return [Mine()]", "pass"),
        "broken-plugin 1.2.3: freightlib_renderers of broken-plugin failed: it answered None, not a list",
    ),
    "raises": (
        SOUND.replace("return [Mine()]", "return [Mien()]"),
        "broken-plugin 1.2.3: freightlib_renderers of broken-plugin failed: name 'Mien' is not defined (NameError)",
    ),
    "hangs": (
        SOUND.replace("return [Mine()]", "import time; time.sleep(60)"),
        "broken-plugin 1.2.3: freightlib_renderers of broken-plugin failed: it took longer than 0.5 seconds",
    ),
}


@pytest.mark.parametrize("case", FLAWED)
def test_what_does_not_fit_its_contract_is_told(
    case: str, site: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = FLAWED[case]
    if case == "hangs":
        monkeypatch.setenv("FREIGHTLIB_PLUGIN_SECONDS", "0.5")
    site("broken-plugin", code)
    site("sound-plugin", RENDERER.format(name="mine"))
    status, plugins, problems = listed()
    assert status == 1
    assert [one for one in problems if one.startswith(said)] == problems
    assert len(problems) == 1
    assert plugins["sound-plugin"]["renderers"] == ["mine"]
    shown = freight("plugins")
    assert shown.returncode == 1
    assert said in shown.stderr
    assert "Traceback" not in shown.stderr


def test_an_import_that_hangs_is_given_up(site: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREIGHTLIB_PLUGIN_SECONDS", "0.5")
    site("broken-plugin", "import time; time.sleep(60)")
    status, plugins, _ = listed()
    assert (status, plugins["broken-plugin"]["problem"]) == (1, "TooLongError: it took longer than 0.5 seconds")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GitOps repository with a release, whose app names no renderer."""
    app = AppBuilder(tmp_path_factory.mktemp("shop"), {"web.yaml": "kind: Service\n"})
    return app.gitops.path


@pytest.mark.parametrize(
    "verb", [["status"], ["verify"], ["render", "test"], ["promote", "test"], ["status", "--json"]]
)
def test_every_verb_warns_of_what_is_not_loaded(verb: list[str], shop: Path, site: Callable[..., Path]) -> None:
    site("broken-plugin", "raise RuntimeError('no luck')")
    done = freight(*verb, "--repo", str(shop))
    told = "warning: broken-plugin 1.2.3: not loaded: RuntimeError: no luck (see: freight plugins)"
    assert (done.returncode, done.stderr.splitlines().count(told)) == (0, 1), done.stderr


def test_the_verb_that_lists_plugins_says_it_once(site: Callable[..., Path]) -> None:
    site("broken-plugin", "raise RuntimeError('no luck')")
    done = freight("plugins")
    assert "no luck" in done.stdout
    assert "no luck" not in done.stderr


def test_an_app_is_not_broken_by_what_is_installed(shop: Path, site: Callable[..., Path]) -> None:
    """Another renderer of its type, one that lacks everything, a second copy, a backend that takes any location."""
    site("first-plugin", RENDERER.format(name="mine"))
    site("second-plugin", FLAWED["lacks members"][0])
    site("third-plugin", RENDERER.format(name="copy"))
    site("fourth-plugin", GREEDY)
    done = freight("render", "test", "--repo", str(shop))
    assert done.returncode == 0, done.stderr
    assert "kind: Service" in done.stdout


GREEDY = """
from freightlib.plugins import hookimpl

class Greedy:
    name = "greedy"
    def accepts(self, location, /): return True
    def open(self, location, /, *, push=False, objects_only=()): return None
    def init(self, path, /, *, bare=False, branch="main"): return None

@hookimpl
def freightlib_git_backends():
    return [Greedy()]
"""


def test_an_app_that_names_one_that_is_broken_is_told_without_a_traceback(
    tmp_path: Path, site: Callable[..., Path]
) -> None:
    app = AppBuilder(tmp_path, {"web.yaml": "kind: Service\n"}, render={"renderer": "broken"})
    site("broken-plugin", FLAWED["lacks members"][0])
    for verb in (["promote", "test"], ["render", "test"], ["diff", "test"]):
        done = freight(*verb, "--repo", str(app.gitops.path))
        assert done.returncode == 2, done.stderr
        assert f"error: {FLAWED['lacks members'][1]}" in done.stderr
        assert "Traceback" not in done.stderr
    done = freight("status", "--backend", "greedy", "--repo", str(app.gitops.path))
    assert (done.returncode, "no git backend named 'greedy'" in done.stderr) == (2, True)
    site("fourth-plugin", GREEDY)
    done = freight("status", "--backend", "greedy", "--repo", str(app.gitops.path))
    assert done.returncode == 2
    assert "fourth-plugin 1.2.3: freightlib_git_backends: open of the git backend greedy failed" in done.stderr


def test_what_is_wrong_is_shown_to_people(site: Callable[..., Path]) -> None:
    site("broken-plugin", "raise RuntimeError('no luck')")
    done = freight("plugins")
    assert done.returncode == 1
    assert "broken-plugin" in done.stdout
    assert "not loaded: RuntimeError: no luck" in " ".join(done.stdout.split())
    checked = freight("plugins", "check", "broken_plugin")
    assert checked.returncode == 2
    assert "'broken_plugin' of broken-plugin is not loaded: RuntimeError: no luck" in checked.stderr


@pytest.mark.parametrize(
    "code", [RENDERER.format(name="mine"), RENDERER.format(name="copy")], ids=["each other's", "a built-in's"]
)
def test_two_renderers_of_one_name(code: str, site: Callable[..., Path]) -> None:
    site("first-plugin", code)
    site("second-plugin", RENDERER.format(name="mine"))
    status, _, problems = listed()
    assert status == 1
    (problem,) = problems
    other = "second-plugin" if "mine" in code else "freightlib"
    assert "first-plugin" in problem
    assert f"{other} " in problem
    assert "pip uninstall" in problem


def test_two_plugins_of_one_name(site: Callable[..., Path]) -> None:
    site("first-plugin", RENDERER.format(name="one"), name="same")
    site("second-plugin", RENDERER.format(name="two"), name="same")
    status, plugins, _ = listed()
    assert status == 1
    told = [plugin["problem"] for plugin in plugins.values() if plugin["problem"]]
    assert len(told) == 1
    assert "has a plugin of the name 'same' too" in told[0]
    assert sorted(len(plugins[name]["renderers"]) for name in ("first-plugin", "second-plugin")) == [0, 1]


def test_the_current_and_no_version_of_the_api_are_fine(site: Callable[..., Path]) -> None:
    site("sound-plugin", "freightlib_api = 1\n" + RENDERER.format(name="mine"))
    assert listed()[0] == 0


def test_uninstalling_takes_the_renderer_and_nothing_else(tmp_path: Path) -> None:
    """With pip itself: a wheel by hand, so that nothing has to be built or fetched."""
    import zipfile

    wheel = tmp_path / "sound_plugin-1.2.3-py3-none-any.whl"
    info = "sound_plugin-1.2.3.dist-info"
    files = {
        "sound_plugin.py": RENDERER.format(name="mine"),
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: sound-plugin\nVersion: 1.2.3\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: by-hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[freightlib]\nsound = sound_plugin\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    python = venv / "bin/python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    options = ["-q", "--no-index", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", *options, str(wheel)], check=True)
    # the venv sees this one's packages after its own
    ours = "".join(f"import site; site.addsitedir({path!r})\n" for path in sys.path if path.endswith("site-packages"))
    next(venv.glob("lib/*/site-packages")).joinpath("ours.pth").write_text(ours)

    def renderers() -> list[str]:
        done = subprocess.run(
            [python, "-m", "freightlib.cli", "plugins", "--json"], check=True, capture_output=True, text=True
        )
        return [name for plugin in json.loads(done.stdout)["plugins"] for name in plugin["renderers"]]

    with_it = renderers()
    assert "mine" in with_it
    subprocess.run([*pip, "uninstall", "-q", "-y", "sound-plugin"], check=True)
    assert renderers() == [name for name in with_it if name != "mine"]


# --- checking -------------------------------------------------------------------------------------


def test_the_suite_passes_on_a_sound_renderer_and_names_the_check_that_fails(site: Callable[..., Path]) -> None:
    site("sound-plugin", RENDERER.format(name="mine"))
    drops = "    def render(self, request, /):\n        made = super().render(request)\n"
    drops += "        return type(made)(made.manifests[1:])\n"
    site("lossy-plugin", RENDERER.format(name="lossy").replace("\n@hookimpl", f"{drops}\n@hookimpl"))
    sound = freight("plugins", "check", "mine")
    assert (sound.returncode, "22 passed" in sound.stdout) == (0, True), sound.stdout + sound.stderr
    lossy = freight("plugins", "check", "lossy", "--json")
    told = json.loads(lossy.stdout)
    assert (lossy.returncode, told["passed"]) == (1, False)
    assert "test_renders_every_resource FAILED" in told["output"]
    assert "1 failed, 21 passed" in told["output"]


def test_the_suite_is_not_run_on_what_does_not_fit(site: Callable[..., Path]) -> None:
    site("broken-plugin", FLAWED["lacks members"][0])
    for name in ("broken", "broken-plugin"):
        done = freight("plugins", "check", name)
        assert (done.returncode, FLAWED["lacks members"][1] in done.stderr) == (2, True), done.stderr


def test_a_suite_of_the_plugins_own(site: Callable[..., Path]) -> None:
    suite = "\nfrom freightlib.testing import RenderCase, RendererSuite\n\nclass Suite(RendererSuite):\n"
    suite += "    def cases(self):\n"
    suite += "        return [RenderCase('x', {'a.yaml': b'kind: A'}, ('A/y',), package_type='plain')]\n"
    info = site("sound-plugin", RENDERER.format(name="mine") + suite)
    with (info / "entry_points.txt").open("a") as file:
        file.write("[freightlib.suites]\nmine = sound_plugin:Suite\n")
    done = freight("plugins", "check", "mine")
    assert done.returncode == 1
    assert "missing ['A/y'], too many ['A/']" in done.stdout


def test_an_unknown_name(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = call(capsys, "plugins", "check", "coppy")
    assert status == 2
    assert "no renderer, git backend or gate is named 'coppy'" in err
    assert "installed: copy" in err


def test_without_pytest_the_message_says_how_to_get_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr(run_suite, "find_spec", lambda name: None)
    status, _, err = call(capsys, "plugins", "check", "copy")
    assert status == 2
    assert "pip install 'freightlib[testing]'" in err


# --- a new one ------------------------------------------------------------------------------------


def test_the_skeleton_passes_its_own_tests_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "plugins", "new", "my-yaml", tmp_path / "plugin")
    assert status == 0
    assert "freightlib_my_yaml/__init__.py" in out
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"],
        cwd=tmp_path / "plugin",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "23 passed" in done.stdout) == (0, True), done.stdout + done.stderr


@pytest.mark.parametrize("name", ["My", "a b", "../x", "", "a--b", "-x", "1st"])
def test_names_that_cannot_be(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = call(capsys, "plugins", "new", "--", name, tmp_path / "plugin")
    assert status == 2
    assert "cannot be a plugin's name" in err
    assert not (tmp_path / "plugin").exists()


def test_nothing_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("x")
    status, _, err = call(capsys, "plugins", "new", "mine", tmp_path)
    assert (status, "exists already" in err) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
