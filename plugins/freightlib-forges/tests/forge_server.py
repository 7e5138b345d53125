"""A forge on loopback: real HTTP, each request and each answer of its own held to the real forge's description."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import define, field

Answer = tuple[int, Any]


class Api(Protocol):
    """One forge's interface: ``handle`` checks and answers."""

    prefix: str
    scheme: str
    url: str

    def handle(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer: ...


@define
class Fault:
    """What goes wrong with the next request that ``matches``: an answer, or, with ``lost``, none after it was done."""

    method: str
    part: str
    status: int = 500
    headers: dict[str, str] = field(factory=dict)
    body: Any = None
    lost: bool = False
    times: int = 1


@define
class ForgeServer:
    """The running server. ``seen`` lists the requests, ``METHOD path``; ``broken`` what was unlike the real one."""

    api: Api
    token: str
    url: str = ""
    seen: list[str] = field(factory=list)
    broken: list[str] = field(factory=list)
    faults: list[Fault] = field(factory=list)

    def fault(self, method: str, part: str) -> Fault | None:
        for one in self.faults:
            if one.method == method and one.part in unquote(part) and one.times > 0:
                one.times -= 1
                return one
        return None


@contextmanager
def serving(api: Api, token: str) -> Iterator[ForgeServer]:
    """The server while the block runs."""
    state = ForgeServer(api, token)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    httpd.daemon_threads = True
    state.url = api.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def _handler(state: ForgeServer) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(size)
            parts = urlsplit(self.path)
            path = parts.path.removeprefix(state.api.prefix)
            with lock:
                state.seen.append(f"{self.command} {unquote(path)}")
                fault = state.fault(self.command, path)
                if fault is not None and not fault.lost:
                    self._send(fault.status, fault.body or {"message": "planted"}, fault.headers)
                    return
                if state.token not in self.headers.get(state.api.scheme, ""):
                    self._send(401, {"message": "Bad credentials"})
                    return
                try:
                    body = json.loads(raw) if raw else None
                    answer = state.api.handle(self.command, path, dict(parse_qsl(parts.query)), body)
                except Exception as error:
                    state.broken.append(f"{self.command} {path}: {type(error).__name__}: {error}")
                    self._send(418, {"message": f"the test's server: {error}"})
                    return
            if fault is not None:
                self.close_connection = True
                self.connection.close()
                return
            self._send(*answer)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

        def _send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
            data = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
