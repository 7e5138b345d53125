"""Charts that never end, grow without bound or abort their process: the caller lives, the next render works."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from freightlib_helm import HelmTemplate
from helmcharts import CHARTS, SUB, Case, below, chart, show, tgz

from freightlib.errors import IsolationError, RenderError
from freightlib.plugins.contracts import Limits

pytestmark = pytest.mark.slow

Call = Callable[..., Any]

ENDLESS = "{{ range until 60000 }}{{ range until 60000 }}{{ range until 60000 }}{{ end }}{{ end }}{{ end }}"
BAD: dict[str, tuple[str, Limits, str]] = {
    "endless": (ENDLESS, Limits(seconds=1), "timeout"),
    "recursive-tpl": (
        '{{ $_ := set .Values "t" "{{ tpl .Values.t . }}" }}{{ tpl .Values.t . }}',
        Limits(seconds=3),
        "timeout",
    ),
    "overflow": ('{{ $_ := set .Values "a" .Values }}{{ print .Values }}', Limits(seconds=30), "aborted"),
    "repeat": ('kind: A\nx: {{ repeat 3000000000 "x" }}\n', Limits(seconds=20, memory=2 << 30), "memory"),
    "output": ('kind: A\nx: {{ repeat 3000000 "x" }}\n', Limits(output=1 << 20), "output too large"),
}


@pytest.mark.parametrize("engine", ["sdk", "program"])
@pytest.mark.parametrize("name", BAD)
def test_a_hostile_chart_is_stopped_and_the_next_one_renders(
    name: str, engine: str, helm: HelmTemplate, request_for: Call, helm4: Path
) -> None:
    template, limits, reason = BAD[name]
    more = {"engine": engine} | ({"helmPath": str(helm4)} if engine == "program" else {})
    with pytest.raises(IsolationError) as caught:
        helm.render(request_for(Case(chart({"x.yaml": template})), limits, **more))
    assert caught.value.data["stage"] == "test"
    assert caught.value.data["chart"] == "shop"
    assert caught.value.data["reason"] in ({reason, "aborted", "memory"} if name == "recursive-tpl" else {reason})
    assert "shop" in caught.value.message
    assert caught.value.hint
    assert helm.render(request_for(CHARTS["web"], **more)).manifests


def test_renders_from_many_threads_go_on_while_one_is_killed(request_for: Call) -> None:
    helm = HelmTemplate()
    good = request_for(CHARTS["web"], engine="sdk")
    wanted = helm.render(good)
    found: list[Any] = []

    def work() -> None:
        found.extend(helm.render(good) == wanted for _ in range(10))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    with pytest.raises(IsolationError):
        helm.render(request_for(Case(chart({"x.yaml": ENDLESS})), Limits(seconds=0.5), engine="sdk"))
    for thread in threads:
        thread.join()
    helm.close()
    assert found == [True] * 40


def test_a_toggled_subchart_renders_as_if_it_were_the_first_time(helm: HelmTemplate, request_for: Call) -> None:
    files = {
        **chart({"x.yaml": show("1")}, dependencies="[{name: sub, version: 0.1.0, condition: sub.enabled}]"),
        **below("charts/sub", SUB),
    }

    def render(on: str) -> Any:
        return helm.render(request_for(Case(files, {}, {"setValues": {"sub.enabled": on}}), engine="sdk"))

    first = render("true")
    off = render("false")
    assert len(first.manifests) == 2
    assert len(off.manifests) == 1
    assert render("true") == first
    assert render("false") == off


@pytest.mark.parametrize("engine", ["sdk", "program"])
def test_a_chart_sees_nothing_of_this_machine(engine: str, helm: HelmTemplate, request_for: Call, helm4: Path) -> None:
    more = {"engine": engine} | ({"helmPath": str(helm4)} if engine == "program" else {})
    for target in ("/etc/passwd", "../outside", "a/../../outside", "nowhere", "loop"):
        case = Case({**chart({"x.yaml": show("1")}), "loop": "-> loop", "a/x": "1", "link": f"-> {target}"})
        with pytest.raises(RenderError) as caught:
            helm.render(request_for(case, **more))
        assert "symlink" in caught.value.message
        assert caught.value.data["stage"] == "test"


SCHEMAS = {
    "http": '{"$ref": "http://127.0.0.1:9/x.json"}',
    "file": '{"properties": {"a": {"$ref": "file:///etc/passwd"}}}',
    "relative": '{"properties": {"a": {"$ref": "other.json"}}}',
    "meta": '{"$schema": "https://example.org/meta.json"}',
    "twice": '{"$ref": "https://example.org/x.json", "$ref": "#"}',
    "own-base": '{"$id": "https://example.org/a.json", "$ref": "b.json"}',
}


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("where", ["chart", "subchart", "archive"])
def test_a_schema_that_reads_from_outside_is_refused(
    name: str, where: str, helm: HelmTemplate, request_for: Call
) -> None:
    schema = {"values.schema.json": SCHEMAS[name]}
    sub = {**SUB, **schema}
    files = {
        "chart": schema,
        "subchart": below("charts/sub", sub),
        "archive": {"charts/sub-0.1.0.tgz": tgz(sub, "sub")},
    }[where]
    with pytest.raises(RenderError) as caught:
        helm.render(request_for(Case({**chart({"x.yaml": show("1")}), **files})))
    assert "outside the chart" in caught.value.message
    assert caught.value.data["template"].endswith("values.schema.json")


def bomb(levels: int = 9) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("engine", ["sdk", "program"])
def test_an_alias_bomb_in_values_is_refused(engine: str, helm: HelmTemplate, request_for: Call, helm4: Path) -> None:
    more = {"engine": engine} | ({"helmPath": str(helm4)} if engine == "program" else {})
    request = request_for(Case(chart({"x.yaml": show("1")}), {"v.yaml": bomb()}), Limits(seconds=5), **more)
    with pytest.raises(RenderError, match="excessive aliasing"):
        helm.render(request)


def test_an_alias_bomb_in_chart_yaml_is_refused(helm: HelmTemplate, request_for: Call) -> None:
    with pytest.raises(RenderError):
        helm.render(request_for(Case({"Chart.yaml": "name: shop\nversion: 0.1.0\n" + bomb()}), Limits(seconds=5)))


def test_bytes_that_are_not_utf8_are_an_error_or_what_the_program_gives(
    helm: HelmTemplate, request_for: Call, printed: Call, helm4: Path
) -> None:
    case = Case(chart({"x.yaml": b"kind: A\n# \xff\n"}))
    with pytest.raises(RenderError):
        helm.render(request_for(case, engine="sdk"))
    raw = printed(helm4, case)
    if raw.returncode:
        with pytest.raises(RenderError):
            helm.render(request_for(case, engine="program", helmPath=str(helm4)))
    else:
        rendered = helm.render(request_for(case, engine="program", helmPath=str(helm4)))
        assert b"".join(m.separator + m.data for m in rendered.manifests) == raw.stdout


@pytest.mark.parametrize("size", [5 << 20, (5 << 20) + 1])
def test_helms_limit_of_one_file_holds(size: int, helm: HelmTemplate, request_for: Call) -> None:
    request = request_for(Case({**chart({"x.yaml": show("1")}), "big.bin": bytes(size)}))
    if size == 5 << 20:
        assert helm.render(request).manifests
    else:
        with pytest.raises(RenderError, match="larger than 5 MB"):
            helm.render(request)


def test_isolation_none_renders_in_this_process(request_for: Call) -> None:
    helm = HelmTemplate()
    wanted = helm.render(request_for(CHARTS["web"], engine="sdk"))
    helm.close()
    assert helm.render(request_for(CHARTS["web"], Limits(isolation="none"), engine="sdk")) == wanted
    assert helm._sdk._pool is None or not helm._sdk._pool.processes
    helm.close()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_workers_end_with_their_parent() -> None:
    program = (
        "import os, sys, signal\nfrom freightlib_helm import HelmTemplate\nhelm = HelmTemplate()\nhelm.prepare(100)\n"
        "pool = helm._sdk.pool()\nprint(*pool.processes, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    env = {name: value for name, value in os.environ.items() if name in {"HOME", "PATH", "PYTHONPATH"}}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, env=env)
    processes = [int(word) for word in done.stdout.split()]
    assert processes
    deadline = time.monotonic() + 20
    while any(alive(pid) for pid in processes):
        assert time.monotonic() < deadline
        time.sleep(0.02)
