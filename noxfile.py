"""What a change must pass: ``nox`` runs lint, typing and the tests that are not slow; ``nox -l`` lists the rest."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import nox
from packaging.requirements import Requirement

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["lint", "typing", "tests"]
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"

PYPROJECT = nox.project.load_toml("pyproject.toml")
PLUGINS = sorted(path.parent for path in Path("plugins").glob("*/pyproject.toml"))


def install(session: nox.Session, *groups: str, constraints: Path | None = None) -> None:
    """The core and every plugin, editable, with all their extras, and what the dependency groups name."""
    given = nox.project.dependency_groups(PYPROJECT, *groups)
    editable = [argument for path in (Path(), *PLUGINS) for argument in ("-e", with_extras(path))]
    limits = ["-c", str(constraints)] if constraints else []
    session.install(*editable, *given, *limits)


def with_extras(path: Path) -> str:
    """A project's directory as pip takes it, with all its extras."""
    extras = ",".join(nox.project.load_toml(path / "pyproject.toml")["project"].get("optional-dependencies", {}))
    return f"./{path}[{extras}]" if extras else f"./{path}"


def pytest(session: nox.Session, *arguments: str, workers: str = "auto") -> None:
    """Run pytest in as many processes as there are processors; arguments after ``--`` replace ``arguments``."""
    session.run("pytest", "-n", workers, *(session.posargs or arguments))


#: The tests of single modules, without those that run gpg or ssh-keygen.
UNITS = ("-m", "not slow and not needs_program", "tests/unit")


@nox.session
def tests(session: nox.Session) -> None:
    """All tests but the slow ones: core, plugins, docs."""
    install(session, "test")
    pytest(session, "-m", "not slow")


@nox.session
def slow(session: nox.Session) -> None:
    """The slow tests: crowds, kills, full disks, servers, forges, installations, docs, parity. CI runs them."""
    install(session, "test")
    pytest(session, "-m", "slow", workers="4")  # many of them wait: for servers, for locks, for processes to die


@nox.session
def quick(session: nox.Session) -> None:
    """The tests of single modules, in less than a minute."""
    install(session, "test")
    pytest(session, *UNITS)


def other_pythons() -> dict[str, str]:
    """Version -> path of each other supported Python here: ``python3.N`` on PATH, or one that pyenv installed."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    named = [line.rpartition(" ")[2] for line in PYPROJECT["project"]["classifiers"]]
    found = {}
    for version in (name for name in named if name.startswith("3.") and name != f"3.{sys.version_info.minor}"):
        places = [shutil.which(f"python{version}"), *sorted(map(str, pyenv.glob(f"{version}.*/bin/python")))]
        if path := next((place for place in places if place and runs(place)), None):
            found[version] = path
    return found


def runs(path: str) -> bool:
    """Whether the interpreter starts: a shim of pyenv is on PATH and may stand for nothing."""
    return subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0


def units(session: nox.Session) -> None:
    """The quick tests on another Python."""
    install(session, "test")
    pytest(session, *UNITS)


OTHER_PYTHONS = other_pythons()
for version, path in OTHER_PYTHONS.items():
    nox.session(units, python=path, name=f"python{version}")


@nox.session
def fuzz(session: nox.Session) -> None:
    """The property tests with other seeds each time, and more examples."""
    install(session, "test")
    seed = random.randrange(1 << 32)
    session.log(f"run it again with: nox -s fuzz -- --hypothesis-seed={seed}")
    chosen = session.posargs or [f"--hypothesis-seed={seed}"]
    session.run("pytest", "-n", "auto", "-m", "hypothesis", "--hypothesis-profile=fuzz", *chosen)


@nox.session
def minimums(session: nox.Session) -> None:
    """The whole suite with the oldest versions that the packages allow."""
    # not session.create_tmp(): that moves TMPDIR, and with it every test's repositories, into this work tree
    constraints = Path(session.virtualenv.location, "minimums.txt").resolve()
    constraints.write_text("".join(f"{pin}\n" for pin in sorted(oldest())))
    install(session, "test", constraints=constraints)
    pytest(session)


def oldest() -> set[str]:
    """``name==version`` for each lower bound in the core's and the plugins' own requirements."""
    pins = set()
    for file in ["pyproject.toml", *(path / "pyproject.toml" for path in PLUGINS)]:
        project = nox.project.load_toml(file)["project"]
        extras = project.get("optional-dependencies", {}).values()
        for text in [*project.get("dependencies", []), *(one for extra in extras for one in extra)]:
            requirement = Requirement(text)
            bounds = [part.version for part in requirement.specifier if part.operator in {">=", "=="}]
            marker = f"; {requirement.marker}" if requirement.marker else ""
            pins |= {f"{requirement.name}=={bound}{marker}" for bound in bounds if requirement.name != "freightlib"}
    return pins


@nox.session
def typing(session: nox.Session) -> None:
    """mypy, strict, on the core and the plugins, and on code as callers and plugin authors write it."""
    install(session, "typing")
    session.run("mypy")
    session.run("mypy", "tests/typing")


@nox.session
def lint(session: nox.Session) -> None:
    """ruff's rules and formatting, and the direction of imports."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


@nox.session
def bench(session: nox.Session) -> None:
    """The figures of the design, as ratios to the script a team would write. ``nox -s bench -- --help``."""
    install(session)
    session.run("python", "-m", "bench", *session.posargs)
