"""Running programs: clean environment, limits, the whole group killed."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

import pytest

from freightlib.errors import ToolError
from freightlib.plugins.isolation import program


def test_output_status_and_input() -> None:
    done = program.run_isolated(["/bin/sh", "-c", "cat; echo oops >&2; exit 3"], stdin=b"x" * 200_000)
    assert (done.status, done.stdout, done.said) == (3, b"x" * 200_000, "oops")


def test_a_program_that_does_not_read_its_input() -> None:
    assert program.run_isolated(["/bin/true"], stdin=b"x" * 1_000_000).status == 0


def test_the_environment_is_clean_and_private() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", "/x")
        patch.setenv("SECRET_TOKEN", "x")
        text = program.run_isolated(["/usr/bin/env"], environment={"EXTRA": "1"}).stdout.decode()
    seen = dict(line.split("=", 1) for line in text.splitlines())
    assert not {"KUBECONFIG", "SECRET_TOKEN"} & seen.keys()
    assert (seen["TZ"], seen["LC_ALL"], seen["EXTRA"]) == ("UTC", "C", "1")
    assert seen["HOME"] != os.environ["HOME"]
    assert not Path(seen["HOME"]).exists()


@pytest.mark.parametrize(
    ("command", "limits", "reason"),
    [
        (["/bin/sh", "-c", "sleep 60"], {"seconds": 0.3}, "timeout"),
        (["/bin/sh", "-c", "exec >&- 2>&-; sleep 60"], {"seconds": 0.3}, "timeout"),
        (["/bin/sh", "-c", "yes"], {"output": 100_000}, "output too large"),
        (["/bin/sh", "-c", "kill -ABRT $$"], {}, "aborted"),
    ],
)
def test_a_program_is_stopped_at_its_limits(command: list[str], limits: dict[str, float], reason: str) -> None:
    with pytest.raises(ToolError) as caught:
        program.run_isolated(command, **limits)  # type: ignore[arg-type]
    assert caught.value.data["reason"] == reason
    assert caught.value.data["tool"] == "/bin/sh"


def test_what_it_started_is_killed_too(tmp_path: Path) -> None:
    with pytest.raises(ToolError):
        program.run_isolated(["/bin/sh", "-c", f"sleep 300 & echo $! > {tmp_path}/pid; wait"], seconds=0.5)
    child = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and "Z" not in Path(f"/proc/{child}/stat").read_text().split()[2]:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_memory_is_limited() -> None:
    done = program.run_isolated([sys.executable, "-c", "bytearray(10**9)"], memory=400 << 20)
    assert done.status
    assert "MemoryError" in done.said


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ToolError, match="no-such-program") as caught:
        program.run_isolated(["no-such-program"])
    assert caught.value.data["tool"] == "no-such-program"
    with pytest.raises(ToolError, match="no-such-program") as found:
        program.find_program("no-such-program", "get it there")
    assert found.value.hint == "get it there"


def test_the_network_is_cut_where_the_system_can_give_that() -> None:
    script = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=5)"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        cut = program.run_isolated([sys.executable, "-c", script, port])
        assert (cut.status != 0) is (program.network_isolation() == "namespace")
        assert program.run_isolated([sys.executable, "-c", script, port], network=True).status == 0
