"""The worker pool: deadlines, limits, death, reuse."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from freightlib.errors import IsolationError, ToolError
from freightlib.plugins.contracts import Limits
from freightlib.plugins.isolation.pool import Handler, WorkerPool

HANDLER = """
import os, signal, time

def handle(request, shared):
    word, _, rest = request.decode().partition(" ")
    if word == "echo":
        return rest.encode() + shared
    if word == "pid":
        return str(os.getpid()).encode()
    if word == "env":
        return repr(sorted(os.environ)).encode()
    if word == "sleep":
        time.sleep(float(rest))
        return b"slept"
    if word == "spin":
        while True:
            pass
    if word == "grow":
        return bytes(int(rest))
    if word == "hold":
        return str(len(bytearray(int(rest)))).encode()
    if word == "print":
        print("in between"); os.write(1, b"noise")
        return b"clean"
    if word == "abort":
        os.abort()
    if word == "exit":
        os._exit(3)
    if word == "socket":
        import socket
        try:
            socket.create_connection(("127.0.0.1", int(rest)), timeout=5).close()
        except OSError:
            return b"refused"
        return b"connected"
    raise ValueError(word)
"""


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[WorkerPool]:
    file = tmp_path / "handler.py"
    file.write_text(HANDLER)
    with WorkerPool(Handler(str(file)), limit=2) as pool:
        yield pool


def ask(pool: WorkerPool, text: str, limits: Limits | None = None, shared: tuple[str, bytes] | None = None) -> bytes:
    return pool.call(text.encode(), subject="shop", stage="test", limits=limits or Limits(), shared=shared)


def test_one_worker_answers_again_and_again(pool: WorkerPool) -> None:
    assert ask(pool, "echo a") == b"a"
    first = ask(pool, "pid")
    assert first != str(os.getpid()).encode()
    assert {ask(pool, "pid") for _ in range(5)} == {first}
    assert len(pool.processes) == 1


def test_shared_data_is_kept_by_key_and_dropped_when_old(pool: WorkerPool) -> None:
    for round_ in range(2):
        for number in range(20):
            assert ask(pool, "echo ", shared=(f"k{number}", str(number).encode())) == str(number).encode(), round_
    assert ask(pool, "echo x") == b"x"


@pytest.mark.parametrize(
    ("text", "limits", "reason"),
    [
        ("spin", Limits(seconds=0.4), "timeout"),
        ("sleep 60", Limits(seconds=0.4), "timeout"),
        ("grow 3000000", Limits(output=1 << 20), "output too large"),
        ("abort", Limits(), "aborted"),
        ("exit", Limits(), "aborted"),
    ],
)
def test_a_worker_that_fails_is_replaced(text: str, limits: Limits, reason: str, pool: WorkerPool) -> None:
    before = ask(pool, "pid")
    with pytest.raises(IsolationError) as caught:
        ask(pool, text, limits)
    assert (caught.value.data["reason"], caught.value.data["stage"], caught.value.data["chart"]) == (
        reason,
        "test",
        "shop",
    )
    assert "shop" in caught.value.message
    assert "test" in caught.value.message
    assert ask(pool, "pid") != before
    assert ask(pool, "echo again") == b"again"


def test_memory_is_limited_for_each_call(pool: WorkerPool) -> None:
    with pytest.raises((IsolationError, ToolError), match=r"[Mm]emory"):
        ask(pool, "hold 800000000", Limits(memory=256 << 20))
    assert ask(pool, "hold 800000000", Limits(memory=2 << 30)) == b"800000000"


def test_what_a_handler_prints_does_not_get_between_the_frames(pool: WorkerPool) -> None:
    assert ask(pool, "print") == b"clean"
    assert ask(pool, "print") == b"clean"


def test_the_environment_is_clean(pool: WorkerPool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", "/x")
        seen = ask(pool, "env").decode()
    assert "KUBECONFIG" not in seen
    assert "TZ" in seen


def test_workers_have_no_network_where_the_system_can_give_that(pool: WorkerPool) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        answer = ask(pool, f"socket {server.getsockname()[1]}")
    assert answer == (b"refused" if pool.offline else b"connected")


def test_many_threads_share_few_workers(pool: WorkerPool) -> None:
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.extend(ask(pool, "pid") for _ in range(20))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 120
    assert len(set(found)) <= 2


def test_a_broken_handler_says_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text("import nothing_like_it\n")
    with WorkerPool(Handler(str(file))) as pool, pytest.raises(ToolError, match="nothing_like_it"):
        ask(pool, "echo")


def test_nothing_is_left_after_close(pool: WorkerPool) -> None:
    pool.prepare(5)
    ask(pool, "echo")
    processes = pool.processes
    assert len(processes) == 2
    pool.close()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in processes):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert ask(pool, "echo new") == b"new"


def test_isolation_none_runs_here(pool: WorkerPool) -> None:
    assert ask(pool, "pid", Limits(isolation="none")) == str(os.getpid()).encode()
    assert not pool.processes
