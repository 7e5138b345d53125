"""Prints the figures as ratios to the script, each measured in this run; exit status 1 when one is not held."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import history
from bench.fixtures import GIT_ENV
from bench.measure import Contender, compete, environment
from bench.rows import WORKERS, Bench, Row
from tests import realtools


def main() -> int:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--json", metavar="FILE", type=Path, help="write every sample to FILE")
    parser.add_argument(
        "--only",
        metavar="ROW",
        action="append",
        help="loop, promote-100, again-100, monorepo, import, history, history-again, pre-receive",
    )
    parser.add_argument("--repetitions", metavar="N", type=int, help="instead of each row's own number")
    given = parser.parse_args()
    helm = realtools.tool("helm4").parent
    os.environ.update(GIT_ENV)
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="freightlib-bench-") as work:
        place = Path(work)
        (place / "home").mkdir()
        env = environment(place / "home", [Path(sys.executable).parent, helm], GIT_ENV)
        print(f"{platform.machine()}, {WORKERS} processors, Python {platform.python_version()}; medians [spread]")
        bench = Bench(place, env)
        groups = {**bench.groups(), history.KEYS: lambda: history.rows(bench)}
        wanted = given.only or [key for keys in groups for key in keys]
        for keys, rows in groups.items():
            for row in rows() if set(keys) & set(wanted) else ():
                # promoting again needs the promotion before it
                once = row.key not in wanted
                if once and row.key != "promote-100":
                    continue
                compete(row.contenders, 1 if once else given.repetitions or row.repetitions, env)
                row.check()
                results.append(report(row))
    if given.json:
        given.json.write_text(json.dumps({"workers": WORKERS, "rows": results}, indent=2) + "\n")
    return 0 if all(held for row in results for held in row["holds"].values()) else 1


def report(row: Row) -> dict[str, Any]:
    """Print one row; its figures."""
    by = {contender.name: contender for contender in row.contenders}
    own = row.contenders[0]
    holds = {text: test(by) for text, test in row.holds}
    print(f"\n{row.title}")
    for contender in row.contenders:
        line = f"  {label(contender.name):34} {contender.seconds * 1000:9.0f} ms {spread(contender):>20}"
        line += f" {contender.memory / 1e6:6.0f} MB"
        if contender is not own:
            ratio, least, most = contender.over(own)
            line += f"  {ratio:7.2f} times freightlib's [{least:.2f} to {most:.2f}]"
        print(line)
    for text, held in holds.items():
        print(f"  {'holds' if held else 'MISSED'}: {text}", flush=True)
    return {
        "row": row.key,
        "title": row.title,
        "holds": holds,
        "contenders": {name: [vars(sample) for sample in one.samples] for name, one in by.items()},
        "ratios": {name: one.over(own) for name, one in by.items() if one is not own},
    }


def label(name: str) -> str:
    """What a contender is, in words."""
    return {
        "freight": "freightlib",
        "plain": "script",
        "tuned": "script, parallel helm, one push",
        "full": "script",
        "sparse": "script, partial sparse clone",
        "git log": "git log --raw -t",
        "diff": f"diff -r of every {history.EVERY}th release",
        "engine": f"engine alone, {WORKERS} workers",
    }.get(name, name)


def spread(contender: Contender) -> str:
    """The least and the largest, in milliseconds."""
    each = [sample.seconds * 1000 for sample in contender.samples]
    return f"[{min(each):.0f} to {max(each):.0f}]"


if __name__ == "__main__":
    sys.exit(main())
