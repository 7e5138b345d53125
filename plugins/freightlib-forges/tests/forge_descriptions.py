"""What real forges answer: GitHub's OpenAPI description, recorded answers of GitLab and Forgejo; pinned and cached.

``FREIGHTLIB_TEST_TOOLS=<dir>`` gives them instead: ``<dir>/forges/github.json`` and ``<dir>/forges/recorded.json``,
which are what this module keeps in the cache.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests import realtools

PINS = Path(__file__).with_name("forge_descriptions.txt")
PATHS = (
    "/repos/{owner}/{repo}",
    "/repos/{owner}/{repo}/pulls",
    "/repos/{owner}/{repo}/pulls/{pull_number}",
    "/repos/{owner}/{repo}/pulls/{pull_number}/reviews",
    "/repos/{owner}/{repo}/pulls/{pull_number}/merge",
)
RECORDED = {
    "gitlab": "gitlab/test_data/test_pull_requests/PullRequests.test_create_pr_upstream_upstream.yaml",
    "forgejo": "forgejo/test_data/test_pull_request/test_pr_create_upstream_upstream.yaml",
}


_READ: dict[str, Any] = {}


def github(env: Mapping[str, str] = os.environ) -> Any:
    """The OpenAPI description of the operations on pull requests, with everything they refer to."""
    if "github" not in _READ:
        _READ["github"] = _kept("github.json", env, _fetch_github)
    return _READ["github"]


def recorded(env: Mapping[str, str] = os.environ) -> Any:
    """Forge -> list of [method, address, body of the answer]."""
    if "recorded" not in _READ:
        _READ["recorded"] = _kept("recorded.json", env, _fetch_recorded)
    return _READ["recorded"]


def _kept(name: str, env: Mapping[str, str], fetch: Callable[[Path, Mapping[str, str]], Any]) -> Any:
    given = env.get("FREIGHTLIB_TEST_TOOLS")
    if given:
        return json.loads(Path(given, "forges", name).read_text())
    pinned = hashlib.sha256(PINS.read_bytes() + Path(__file__).read_bytes()).hexdigest()[:16]
    home = realtools.cache(env)
    final = home / f"forges-{pinned}-{name}"
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock-forges").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not final.is_file():
            with tempfile.TemporaryDirectory(dir=home, prefix=".fetch-") as work:
                made = Path(work, name)
                made.write_text(json.dumps(fetch(Path(work), env)))
                made.rename(final)
    return json.loads(final.read_text())


def _pin(start: str) -> tuple[str, str]:
    line = next(line for line in PINS.read_text().splitlines() if line.startswith(start))
    name, _, rest = line.partition(" ")
    return name, rest.rpartition(":")[2]


def _run(command: list[str], work: Path, env: Mapping[str, str], what: str) -> None:
    try:
        done = subprocess.run(command, cwd=work, env=dict(env), capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise realtools.ToolMissing(f"{command[0]} is not installed, which fetches {what}") from error
    if done.returncode:
        raise realtools.ToolMissing(f"{what} could not be fetched:\n{done.stderr or done.stdout}")


def _archive(work: Path, pattern: str, sha256: str) -> Path:
    (found,) = work.glob(pattern)
    if hashlib.sha256(found.read_bytes()).hexdigest() != sha256:
        raise realtools.ToolMissing(f"{found.name} is not what is pinned")
    return found


# --- GitHub ---------------------------------------------------------------------------------------


def _fetch_github(work: Path, env: Mapping[str, str]) -> Any:
    name, sha256 = _pin("@octokit/openapi")
    _run(["npm", "pack", "--silent", "--cache", str(work / "npm"), name], work, env, name)
    with tarfile.open(_archive(work, "*.tgz", sha256)) as archive:
        stream = archive.extractfile("package/generated/api.github.com.json")
        assert stream is not None
        whole = json.load(stream)
    return _pruned({path: whole["paths"][path] for path in PATHS}, whole)


def _pruned(paths: Any, whole: Any) -> Any:
    """The paths with all that they refer to, and OpenAPI 3.0's ``nullable`` said as JSON Schema does."""
    made: dict[str, Any] = {"paths": _plain(paths), "components": {}}
    pending = list(_references(made["paths"]))
    while pending:
        _, _, kind, name = pending.pop().split("/")
        if name not in made["components"].setdefault(kind, {}):
            made["components"][kind][name] = _plain(whole["components"][kind][name])
            pending += _references(made["components"][kind][name])
    return made


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for below in node.values():
            yield from _references(below)
    elif isinstance(node, list):
        for below in node:
            yield from _references(below)


def _plain(node: Any) -> Any:
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {key: _plain(value) for key, value in node.items()}
    return {"anyOf": [made, {"type": "null"}]} if made.pop("nullable", None) is True else made


# --- recordings -----------------------------------------------------------------------------------


def _fetch_recorded(work: Path, env: Mapping[str, str]) -> Any:
    name, sha256 = _pin("ogr==")
    (work / "pin.txt").write_text(next(line for line in PINS.read_text().splitlines() if line.startswith(name)) + "\n")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    command += ["--require-hashes", "--no-binary=:all:", "--no-cache-dir", "-r", "pin.txt", "-d", "."]
    _run(command, work, env, name)
    archive = _archive(work, "*.tar.gz", sha256)
    with tarfile.open(archive) as opened:
        top = archive.name.removesuffix(".tar.gz")
        made = {}
        for forge, path in RECORDED.items():
            stream = opened.extractfile(f"{top}/tests/integration/{path}")
            assert stream is not None
            made[forge] = list(_answers(yaml.load(stream, Loader=_Loader)))
        return made


class _Loader(yaml.CSafeLoader):
    """Takes the recordings' tags (of bytes, of a client's classes) for what stands there, and times for text."""


_Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, suffix, node: None)
_Loader.add_constructor("tag:yaml.org,2002:binary", lambda loader, node: None)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: node.value)


def _answers(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str, Any]]:
    if isinstance(node, dict) and isinstance(node.get("output"), dict) and "_content" in node["output"]:
        yield path[-2], path[-1], node["output"]["_content"]
    elif isinstance(node, dict):
        for key, below in node.items():
            yield from _answers(below, (*path, str(key)))
    elif isinstance(node, list):
        for below in node:
            yield from _answers(below, path)
