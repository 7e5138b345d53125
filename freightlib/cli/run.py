"""Runs one command line and returns its exit status: the only place where exceptions become output."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from itertools import pairwise

import click

from freightlib.cli.errors import report, usage
from freightlib.cli.root import HungUp, freight
from freightlib.errors import FreightError

INTERRUPTED = 130
BROKEN_PIPE = 141


def run_command(arguments: Sequence[str]) -> int:
    """Run the ``freight`` command with these arguments and return its exit status."""
    status = _run(arguments)
    loaded = sys.modules.get("freightlib.plugins.registry")
    if loaded is not None and loaded.problems_so_far():
        from freightlib.cli.plugin_warnings import warn_of_plugins

        if status != BROKEN_PIPE:
            warn_of_plugins()
    return status


def _run(arguments: Sequence[str]) -> int:
    options = _before_terminator(arguments)
    as_json, debug = _wants_json(options), "--debug" in options
    for stream in (sys.stdout, sys.stderr):
        # a name that is not UTF-8 must not stop a report about it
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = freight.main(list(arguments), prog_name="freight", standalone_mode=False)
        sys.stdout.flush()
    except (BrokenPipeError, HungUp):
        return _hung_up()
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except click.ClickException as error:
        return report(usage(error), as_json=as_json, debug=debug)
    except (FreightError, Exception) as error:  # noqa: BLE001 (the last handler: it prints what it catches)
        return report(error, as_json=as_json, debug=debug)
    return status if isinstance(status, int) else 0


def leave(status: int) -> None:
    """End this process now if threads still wait for a rendering: Python would wait for them until their deadline."""
    if status == 0 or threading.active_count() == 1:
        return
    from freightlib.plugins.registry import registry

    if registry.cache_info().currsize:
        for renderer in registry().renderers().values():
            renderer.close()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _before_terminator(arguments: Sequence[str]) -> Sequence[str]:
    return arguments[: arguments.index("--")] if "--" in arguments else arguments


def _wants_json(options: Sequence[str]) -> bool:
    if any(option.partition("=")[0] == "--output" for option in options):
        return "--json" in options
    return "--json" in options or "--format=json" in options or ("--format", "json") in pairwise(options)


def _hung_up() -> int:
    # at exit the interpreter flushes stdout, which would print the error again
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE
