"""Writes files below a directory, for the builders and for tests.

>>> import pathlib, tempfile
>>> from freightlib.testing import write_files
>>> folder = pathlib.Path(tempfile.mkdtemp())
>>> write_files(folder, {"deploy/web.yaml": "kind: Service"})
>>> (folder / "deploy/web.yaml").read_bytes()
b'kind: Service'
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def write_files(directory: Path, files: Mapping[str, str | bytes]) -> None:
    """Write ``files`` (path -> contents) below ``directory``, and create their directories. Text is UTF-8."""
    for path, contents in files.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(contents.encode() if isinstance(contents, str) else contents)
