"""Real servers on loopback: git's http backend behind Python's web server, OpenSSH's sshd, and a line that breaks."""

from __future__ import annotations

import base64
import http.server
import os
import select
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import Factory, define, field

from freightlib.testing import git

_COUNTING = threading.Lock()


class _Handler(http.server.BaseHTTPRequestHandler):
    site: HttpSite
    protocol_version = "HTTP/1.1"
    timeout = 20

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        return

    def _answer(self) -> None:
        with _COUNTING:
            self.site.busy += 1
        try:
            self._answered()
        finally:
            with _COUNTING:
                self.site.busy -= 1

    def _answered(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # the line is dead
            self.close_connection = True
            return
        given = self.headers.get("Authorization", "")
        self.site.requests.append((self.command, self.path, given))
        if self.site.refusals:
            self._say(self.site.refusals.pop(0), b"not now\n")
        elif self.site.users is not None and self._user(given) is None:
            self._say(401, b"who are you?\n", ("WWW-Authenticate", 'Basic realm="git"'))
        elif self._user(given) in self.site.locked:
            self._say(403, b"this account is locked\n")
        else:
            self._git(body, self._user(given) or "")

    def _user(self, given: str) -> str | None:
        kind, _, coded = given.partition(" ")
        if kind.lower() != "basic":
            return None
        user, _, password = base64.b64decode(coded).decode().partition(":")
        return user if (self.site.users or {}).get(user) == password else None

    def _git(self, body: bytes, user: str) -> None:
        path, _, query = self.path.partition("?")
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.site.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "REMOTE_USER": user,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=False)
        head, _, told = done.stdout.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line]
        status = next((value for name, value in fields if name == "Status"), "200" if fields else "500")
        self._say(int(status.split()[0]), told, *((name, value) for name, value in fields if name != "Status"))

    def _say(self, status: int, body: bytes, *fields: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 64
    daemon_threads = False

    def handle_error(self, *_: object) -> None:
        return  # a line that breaks is what is tested


@define
class HttpSite:
    """Repositories below ``root`` over http. ``users`` of ``None``: nobody is asked; ``refusals`` come first."""

    root: Path
    users: dict[str, str] | None = None
    locked: set[str] = Factory(set)
    refusals: list[int] = Factory(list)
    requests: list[tuple[str, str, str]] = Factory(list)
    port: int = field(default=0, init=False)
    busy: int = field(default=0, init=False)  # requests that are being answered

    def address(self, name: str, user: str = "") -> str:
        """The address of a repository, with ``user:password`` in it when given."""
        return f"http://{user}{'@' if user else ''}127.0.0.1:{self.port}/{name}"


@contextmanager
def http_site(root: Path, **more: Any) -> Iterator[HttpSite]:
    """Serve the repositories below ``root``, for pushing too."""
    for bare in root.glob("*.git"):
        git(bare, "config", "http.receivepack", "true")
    site = HttpSite(root, **more)
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": site}))
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@define
class Line:
    """A loopback proxy. It counts the bytes ``up`` to the server and ``down`` to the client, and breaks on demand."""

    target: int
    counts: dict[str, int] = Factory(lambda: {"up": 0, "down": 0})
    cut: tuple[str, int] | None = None  # direction, bytes
    after: bytes = b""  # counting begins when this goes up
    rudely: bool = False  # with a reset, not with an end
    dead: bool = False  # no connection is taken any more
    dies: bool = False  # once cut, it stays dead
    delay: float = 0.0  # seconds before each piece of data
    closed: bool = False
    port: int = field(default=0, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def allowed(self, direction: str, data: bytes) -> tuple[bytes, bool]:
        """What of the data passes, and whether the line breaks after it."""
        with self._lock:
            if self.after and (direction == "down" or self.after not in data):
                return data, False
            self.after = b""
            before = self.counts[direction]
            self.counts[direction] += len(data)
            if self.cut is None or self.cut[0] != direction or self.counts[direction] < self.cut[1]:
                return data, False
            passed = data[: self.cut[1] - before]
            self.cut, self.dead = None, self.dies
            return passed, True


@contextmanager
def line(target: int, **more: Any) -> Iterator[Line]:
    """A line to a port of this machine."""
    made = Line(target, **more)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        made.port = listening.getsockname()[1]
        thread = threading.Thread(target=_accept, args=(listening, made))
        thread.start()
        try:
            yield made
        finally:
            made.closed = True
            thread.join()


def _accept(listening: socket.socket, made: Line) -> None:
    talks = []
    while not made.closed:
        if not select.select([listening], [], [], 0.02)[0]:
            continue
        talks.append(threading.Thread(target=_talk, args=(listening.accept()[0], made)))
        talks[-1].start()
    for talk in talks:
        talk.join()


def _talk(client: socket.socket, made: Line) -> None:
    with client:
        if made.dead:
            _rudely(client)
            return
        with socket.create_connection(("127.0.0.1", made.target)) as server:
            try:
                _carry(client, server, made)
            except OSError:
                return


def _carry(client: socket.socket, server: socket.socket, made: Line) -> None:
    ways = {client: (server, "up"), server: (client, "down")}
    while ways and not made.closed:
        for source in select.select([*ways], [], [], 0.05)[0]:
            sink, direction = ways[source]
            data = source.recv(65536)
            time.sleep(made.delay)
            if not data:
                sink.shutdown(socket.SHUT_WR)
                del ways[source]
                continue
            passed, broken = made.allowed(direction, data)
            sink.sendall(passed)
            if broken:
                if made.rudely:
                    _rudely(client, server)
                return


def _rudely(*ends: socket.socket) -> None:
    for end in ends:  # closing them will send a reset
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@define
class Sshd:
    """A running sshd. ``command`` is what GIT_SSH_COMMAND has to be for a client that knows it and has its key."""

    directory: Path
    port: int
    user: str

    def address(self, path: Path) -> str:
        """The address of a repository on this machine."""
        return f"ssh://{self.user}@127.0.0.1:{self.port}{path}"

    def command(self, key: str = "ada", known: str = "known_hosts") -> str:
        """The ssh of a client with that key and list of hosts, and with nothing of the user's."""
        options = {
            "UserKnownHostsFile": self.directory / known,
            "GlobalKnownHostsFile": "/dev/null",
            "IdentitiesOnly": "yes",
            "IdentityAgent": "none",
        }
        return f"ssh -F none -i {self.directory / key} " + " ".join(f"-o {k}={v}" for k, v in options.items())


@contextmanager
def sshd(directory: Path) -> Iterator[Sshd]:
    """OpenSSH's server on an unprivileged port: own host key, own list of keys, nothing of the machine's."""
    program = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    assert program, "sshd is not installed: apt-get install openssh-server (its service need not run)"
    directory.mkdir(parents=True)
    for name in ("host", "ada", "expired", "locked", "stranger"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / name], check=True)
    public = {name: (directory / f"{name}.pub").read_text().strip() for name in ("host", "ada", "expired", "locked")}
    refused = 'restrict,command="echo This account is currently not available. >&2; exit 1"'
    keys = [public["ada"], f'expiry-time="20200101" {public["expired"]}', f"{refused} {public['locked']}"]
    (directory / "authorized_keys").write_text("\n".join(keys) + "\n")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (directory / "known_hosts").write_text(f"[127.0.0.1]:{port} {public['host']}\n")
    (directory / "empty").touch()
    other = (directory / "stranger.pub").read_text().strip()
    (directory / "changed").write_text(f"[127.0.0.1]:{port} {other}\n")
    settings = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": directory / "host",
        "AuthorizedKeysFile": directory / "authorized_keys",
        "PidFile": "none",
        "StrictModes": "no",  # the tests' directory may lie anywhere
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "KbdInteractiveAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
        "LogLevel": "ERROR",
        "MaxStartups": "100",
    }
    (directory / "config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where it locks itself in; the service would make it
    log = (directory / "log").open("w")
    process = subprocess.Popen([program, "-D", "-e", "-f", directory / "config"], stdout=log, stderr=log)
    try:
        _until(lambda: _listens(port) or process.poll() is not None)
        assert process.poll() is None, (directory / "log").read_text()
        import pwd

        yield Sshd(directory, port, pwd.getpwuid(os.getuid()).pw_name)
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _until(done: Callable[[], bool]) -> None:
    for _ in range(500):
        if done():
            return
        time.sleep(0.02)
    raise AssertionError("it never came up")
