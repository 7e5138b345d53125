"""The ``freight`` command.

>>> from freightlib.cli import main
>>> main(["--version"])  # doctest: +ELLIPSIS
freight ...
0

A verb reads its options, calls the library, and prints the result. A Python program does not need this room. The
options and the JSON output of ``freight`` are documented; the modules are not.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

_MISSING = (
    "error: the freight command needs click, which is not installed\n  install it with: pip install 'freightlib[cli]'\n"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line with ``argv`` (default: the arguments of this process) and return its exit status.

    0 success, 1 findings or a blocked promotion, 2 wrong usage or configuration, 3 an outside program or remote failed;
    70 a bug in freightlib, 130 interrupted, 141 the reader of a pipe has closed it.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    if arguments[:2] == ["hook", "pre-receive"]:
        from freightlib.cli.fast_pre_receive import is_taken

        if is_taken(arguments[2:]):
            from freightlib.cli.plugin_warnings import warn_of_plugins

            warn_of_plugins()
            return 0
    try:
        import click  # noqa: F401 (an optional dependency: see the extra "cli")
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.stderr.write(_MISSING)
        return 2
    from freightlib.cli.run import leave, run_command

    if argv is not None:
        return run_command(arguments)
    status = run_command(arguments)
    leave(status)
    return status
