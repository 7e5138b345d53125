r"""Builds long histories and large repositories fast, as a stream for ``git fast-import``.

from freightlib.testing import commit_stream, import_stream

parts = (part for n in range(1000) for part in commit_stream({"web.yaml": f"release: {n}\n"}, when=1_700_000_000 + n))
tip = import_stream(RepositoryBuilder(tmp_path / "app.git", bare=True).path, parts)
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from freightlib.testing.program import AUTHOR, git


def commit_stream(
    files: Mapping[str, str | bytes] | Iterable[tuple[str, str | bytes]],
    *,
    message: str = "Change",
    when: int = 1_700_000_000,
    branch: str = "main",
) -> Iterator[bytes]:
    """Yield the parts of one commit on ``branch``, made at ``when`` (seconds since 1970).

    Files that are not in ``files`` stay as they are in the commit before it in the stream.
    """
    yield b"commit refs/heads/%s\ncommitter %s <%s> %d +0000\n" % (
        branch.encode(), AUTHOR[0].encode(), AUTHOR[1].encode(), when,
    )  # fmt: skip
    yield b"data %d\n%s\n" % (len(message.encode()), message.encode())
    for path, contents in files.items() if isinstance(files, Mapping) else files:
        data = contents.encode() if isinstance(contents, str) else contents
        yield b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data)


def import_stream(repository: Path, parts: Iterable[bytes], branch: str = "main") -> str:
    """Send ``parts`` to ``git fast-import`` and return the tip of ``branch``. All objects are in one pack."""
    options = ["-c", "core.compression=1", "-c", "fastimport.unpackLimit=1"]
    process = subprocess.Popen(  # noqa: S603 (the arguments are a test's own)
        ["git", *options, "fast-import", "--quiet", "--done"],  # noqa: S607 (git of the PATH, as a user would)
        cwd=repository,
        stdin=subprocess.PIPE,
        bufsize=1 << 20,
    )
    if process.stdin is None:
        raise AssertionError("git fast-import has no standard input")
    with process.stdin as out:
        for part in parts:
            out.write(part)
        out.write(b"done\n")
    if process.wait():
        raise AssertionError("git fast-import failed")
    return git(repository, "rev-parse", f"refs/heads/{branch}")
