"""What a change must pass: ``nox`` runs lint, typing and the whole test suite; ``nox -l`` lists the rest."""

from __future__ import annotations

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


def pytest(session: nox.Session, *places: str, workers: str = "auto") -> None:
    session.run("pytest", "-n", workers, *(session.posargs or places))


@nox.session
def tests(session: nox.Session) -> None:
    """The whole suite: core, plugins, docs."""
    install(session, "test")
    pytest(session)


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
def docs(session: nox.Session) -> None:
    """Every code block of the README and the docs, and every docstring's example."""
    install(session, "test")
    pytest(session, "tests/docs", "tests/unit/test_house.py")


@nox.session
def plugins(session: nox.Session) -> None:
    """The plugins' own tests."""
    install(session, "test")
    pytest(session, "plugins")


@nox.session
def integration(session: nox.Session) -> None:
    """Against the real helm and git, and under faults."""
    install(session, "test")
    pytest(session, *(place for place in ("tests/integration", "tests/faults") if Path(place).is_dir()))


@nox.session
def bench(session: nox.Session) -> None:
    """The figures of the design, as ratios to the script a team would write. ``nox -s bench -- --help``."""
    install(session)
    session.run("python", "-m", "bench", *session.posargs)
