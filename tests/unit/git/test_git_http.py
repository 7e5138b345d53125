"""Repositories behind http: git's own server program, and a server of plain files, which git must not meet."""

from __future__ import annotations

import http.server
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from freightlib.errors import RemoteError
from freightlib.git.contract import RefUpdate
from freightlib.git.trees import Entry, Mode, find
from freightlib.plugins.repositories import init_repository, open_repository
from freightlib.testing import git
from freightlib.testing.commits import ME


class _GitServer(http.server.SimpleHTTPRequestHandler):
    """Git's own smart http server program, behind Python's web server; with ``plain`` set, the files alone."""

    root: Path
    plain = False

    def do_GET(self) -> None:
        super().do_GET() if self.plain else self._backend()

    def do_POST(self) -> None:
        self._backend()

    def translate_path(self, path: str) -> str:
        return str(self.root / path.partition("?")[0].lstrip("/"))

    def log_message(self, *_: object) -> None:
        return

    def _backend(self) -> None:
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(
            ["git", "http-backend"], input=self.rfile.read(length), env=environment, capture_output=True, check=True
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(params=["smart", "plain"])
def served(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Path, bool]]:
    """A bare repository behind http: its address, its path, and whether the server speaks git."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    bare = tmp_path / "served" / "app.git"
    made = init_repository(bare, bare=True)
    tree = made.write_tree([Entry("values.yaml", Mode.FILE, made.write_blob(b"replicas: 2\n"))])
    root = made.write_tree([Entry("chart", Mode.TREE, tree)])
    commit = made.write_commit(root, (), "Start", ME)
    made.move_refs([RefUpdate("refs/heads/main", None, commit)])
    git(bare, "config", "http.receivepack", "true")
    git(bare, "update-server-info")
    handler = type("Handler", (_GitServer,), {"root": bare.parent, "plain": request.param == "plain"})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/app.git", bare, request.param == "smart"
    server.shutdown()
    server.server_close()


def test_single_commits_over_http(served: tuple[str, Path, bool], tmp_path: Path) -> None:
    """A plain file server is refused at once: git would fetch from it without end."""
    address, bare, smart = served
    commit = open_repository(bare).ref("refs/heads/main") or ""
    if not smart:
        with pytest.raises(RemoteError, match="served as plain files") as caught:
            open_repository(address, objects_only=(commit,))
        assert "http-backend" in caught.value.hint
        return
    source = open_repository(address, objects_only=(commit,))
    chart = find(source.read_tree, source.read_commit(commit).tree, "chart")
    assert chart is not None
    target = init_repository(tmp_path / "target", bare=True)
    assert target.copy_tree(source, chart.id) == 2
    assert target.read_tree(chart.id)[0].name == "values.yaml"


@pytest.mark.parametrize("served", ["smart"], indirect=True)
def test_commits_are_pushed_over_http(served: tuple[str, Path, bool]) -> None:
    address, bare, _ = served
    remote = open_repository(address)
    old = remote.ref("refs/heads/main")
    assert old is not None
    new = remote.write_commit(remote.write_tree([]), [old], "next", ME)
    remote.move_refs([RefUpdate("refs/heads/main", old, new), RefUpdate("refs/heads/stage/test", None, new)])
    assert dict(open_repository(bare).refs("refs/heads/")) == {"refs/heads/main": new, "refs/heads/stage/test": new}
