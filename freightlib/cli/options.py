"""The options that verbs share, and the ``Call`` they become: where to work and how to print."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs
import click

from freightlib.cli import completion
from freightlib.cli.output import Printer
from freightlib.cli.progress import progress

if TYPE_CHECKING:
    from freightlib.git.contract import Repository

F = TypeVar("F", bound=Callable[..., Any])

_PRINTING: Final = (
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text."),
    click.option("--quiet", "-q", is_flag=True, help="Print results only: no remarks, no progress."),
    click.option("--debug", is_flag=True, help="Show the traceback of an error."),
)
_WHERE: Final = (
    click.option("--repo", metavar="REPO", help="The GitOps repository: a path or an address.  [default: .]"),
    click.option("--branch", metavar="NAME", help="The GitOps branch.  [default: what HEAD names]"),
    click.option(
        "--app",
        metavar="APP",
        help="The app, if the project has several.",
        shell_complete=completion.apps,
    ),
    click.option(
        "--backend",
        metavar="NAME",
        help="The git backend, for every repository (see: freight plugins).  [env: FREIGHTLIB_GIT_BACKEND]",
    ),
)
_LIMITS: Final = (
    click.option(
        "--timeout",
        metavar="SECONDS",
        type=click.FloatRange(min=0, min_open=True),
        default=60.0,
        show_default=True,
        help="How long one stage may take to render.",
    ),
    click.option(
        "--memory",
        metavar="MB",
        type=click.IntRange(min=1),
        default=4096,
        show_default=True,
        help="How much memory rendering one stage may take.",
    ),
    click.option(
        "--isolation",
        type=click.Choice(["process", "none"]),
        default="process",
        show_default=True,
        help="Render in a separate, limited process; none only for packages that you trust.",
    ),
)


@attrs.frozen
class Call:
    """One call of a verb: the shared options, given before or after the verb."""

    repo: str | None = None
    branch: str | None = None
    app: str | None = None
    backend: str | None = None
    as_json: bool = False
    quiet: bool = False
    debug: bool = False

    @property
    def location(self) -> str:
        """The GitOps repository, as given."""
        return self.repo or "."

    @property
    def out(self) -> Printer:
        """The output of this call."""
        return Printer(self.as_json, self.quiet)

    def repository(self, *, push: bool = False) -> Repository:
        """Open the GitOps repository. Raises GitError."""
        from freightlib.plugins.repositories import open_repository

        return open_repository(self.location, backend=self.backend, push=push)

    def progress(self, label: str) -> AbstractContextManager[None]:
        """Show ``label`` while the block runs, if that takes long."""
        return progress(label, shown=not (self.quiet or self.as_json))

    def over(self, outer: Call) -> Call:
        """Return these options; those that are not set come from ``outer``, the options before the verb."""
        given = attrs.asdict(self)
        return Call(**{name: value or getattr(outer, name) for name, value in given.items()})


def shared(*, repository: bool = True) -> Callable[[F], F]:
    """Give a command the shared options; its function gets them as ``call``, a ``Call``."""
    options = (*_WHERE, *_PRINTING) if repository else _PRINTING
    names = {item.name for item in attrs.fields(Call)}

    def decorate(function: F) -> F:
        @wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            own = Call(**{name: kwargs.pop(name) for name in names & kwargs.keys()})
            outer = click.get_current_context().find_root().obj
            return function(own.over(outer) if isinstance(outer, Call) else own, *args, **kwargs)

        decorated: Any = wrapped
        for option in reversed(options):
            decorated = option(decorated)
        result: F = decorated
        return result

    return decorate


def stages(function: F) -> F:
    """Give a command STAGE arguments, one or more."""
    decorated: F = click.argument(
        "stages", metavar="STAGE...", nargs=-1, required=True, shell_complete=completion.stages
    )(function)
    return decorated


def release(function: F) -> F:
    """Give a command ``--freight`` and ``--policy``."""
    freight = click.option(
        "--freight",
        metavar="TAG",
        help="The release: git-<full commit id>.  [default: the one in current/]",
        shell_complete=completion.tags,
    )
    policy = click.option(
        "--policy", metavar="REV", help="The revision that policy is read from.  [default: the GitOps branch]"
    )
    decorated: F = freight(policy(function))
    return decorated


def signing(function: F) -> F:
    """Give a command the options ``--sign`` and ``--no-sign``: its function gets ``sign`` (``None``: neither given)."""
    decorated: F = click.option(
        "--sign/--no-sign", default=None, help="Sign the commits, or do not.  [default: as git is configured]"
    )(function)
    return decorated


def check_deterministic(function: F) -> F:
    """Give a command ``--check-deterministic``."""
    decorated: F = click.option(
        "--check-deterministic", is_flag=True, help="Render every stage twice, and name what differs and why."
    )(function)
    return decorated


def limits(function: F) -> F:
    """Give a command the limits of a rendering: its function gets them as ``limits``, a ``Limits``."""

    @wraps(function)
    def wrapped(*args: Any, timeout: float, memory: int, isolation: str, **kwargs: Any) -> Any:
        from freightlib.plugins.contracts import Limits

        given = Limits(seconds=timeout, memory=memory << 20, isolation=isolation)
        return function(*args, limits=given, **kwargs)

    decorated: Any = wrapped
    for option in reversed(_LIMITS):
        decorated = option(decorated)
    result: F = decorated
    return result
