"""Helm's engine alone: renders one chart with many values on some spawned workers, and does nothing else.

``python -m bench.engine CHART.tgz DIRECTORY WORKERS``: the directory holds a list of values texts a release.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from pathlib import Path
from typing import Any

_chart = b""
_config: Any = None


def start(chart: Path) -> None:
    """Once in every worker."""
    global _chart, _config  # noqa: PLW0603 - a worker of a pool keeps its state so
    import helm_python

    _chart = chart.read_bytes()
    _config = helm_python.Config(storage_driver="memory", kubeconfig_content='{"apiVersion": "v1", "kind": "Config"}')


def render(given: Path) -> int:
    """The length of what one release renders to."""
    import helm_python

    values: dict[str, Any] = {}
    for text in json.loads(given.read_text()):
        values |= helm_python.values_from_yaml(text)
    chart = helm_python.Chart.load_archive(_chart)
    try:
        release = _config.install(chart, given.stem, values, namespace=f"shop-{given.stem}", dry_run="client")
    finally:
        chart.close()
    return len(release["manifest"])


def main(chart: str, directory: str, workers: str) -> None:
    """Render all; fail when one of them is empty."""
    given = sorted(Path(directory).glob("*.json"))
    with multiprocessing.get_context("spawn").Pool(int(workers), start, [Path(chart)]) as pool:
        lengths = pool.map(render, given, chunksize=1)
    if not given or not all(lengths):
        sys.exit("the engine rendered nothing")


if __name__ == "__main__":
    main(*sys.argv[1:])
