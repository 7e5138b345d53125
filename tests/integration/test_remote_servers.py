"""Real remotes on loopback: git over http with basic authentication, and over sshd. No credential is shown."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest

from freightlib.testing import git
from freightlib.testing.program import check_sound
from tests.cli import freight
from tests.faults.freightworld import FREIGHT, Releases, publishing
from tests.faults.servers import HttpSite, Sshd, http_site, sshd

pytestmark = [pytest.mark.slow, pytest.mark.needs_program("sshd", "ssh", "ssh-keygen")]

USER, PASSWORD = "ada-the-user", "s3cret/T0ken+of ada"
STAGES = ("staging", "test", "levelbuilder")
TRACES = {
    "GIT_TRACE": "1",
    "GIT_TRACE_CURL": "1",
    "GIT_CURL_VERBOSE": "1",
    "GIT_TRACE_PACKET": "1",
    "GIT_TRACE_REDACT": "0",
    "GIT_TRACE2": "1",
}
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
SECRETS = (PASSWORD, quote(PASSWORD, safe=""), BASIC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Releases:
    return Releases(tmp_path_factory.mktemp("servers"), 6)


@pytest.fixture
def world(made: Releases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Releases:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    gitops = made.gitops.clone(tmp_path / "served/gitops.git", "--bare")
    return made.using(gitops=gitops, source=made.source.clone(tmp_path / "served/app.git", "--bare"))


@pytest.fixture
def site(world: Releases) -> Iterator[HttpSite]:
    with http_site(world.gitops.path.parent, users={USER: PASSWORD}) as serving:
        yield serving


@pytest.fixture(scope="module")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("ssh") / "d") as server:
        yield server


def hook(world: Releases, name: str, text: str) -> None:
    path = world.gitops.path / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def heads(world: Releases) -> str:
    return world.gitops.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads")


def error(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 3, (done.stdout, done.stderr)
    assert len(done.stderr.splitlines()) == 2, done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


def the_loop(world: Releases, repo: str, source: str, environment: Mapping[str, str]) -> list[str]:
    """Publish, promote, verify at the remote, read it back; all that was printed."""
    told = []
    commands = [
        [*publishing(world, world.revisions[0], repo), "--source", source],
        ["promote", *STAGES, "--repo", repo, "--json"],
        ["verify", "--repo", repo, "--source", source],
        ["status", "--repo", repo, "--json"],
        ["log", "staging", "--repo", repo],
    ]
    for arguments in commands:
        done = freight(*arguments, "--debug", environment=environment)
        assert done.returncode == 0, (arguments, done.stderr)
        told += [done.stdout, done.stderr]
    world.gitops.git("rev-parse", "--verify", "-q", f"main:{FREIGHT}/git-{world.revisions[0]}")
    for stage in STAGES:
        assert world.revisions[0] in world.gitops.git("show", f"stage/{stage}:freight.lock")
    check_sound(world.gitops.path)
    return told


def no_secret(told: list[str], tmp_path: Path) -> None:
    """Neither in what was printed, nor in any file of the cache or of the repositories."""
    for text in told:
        assert not [secret for secret in SECRETS if secret in text], text
    for path in tmp_path.rglob("*"):
        if path.is_file() and "given" not in path.parts:
            data = path.read_bytes()
            assert not [secret for secret in SECRETS if secret.encode() in data], path


# --- http ---


def given(way: str, site: HttpSite, tmp_path: Path) -> tuple[str, str, dict[str, str]]:
    """Addresses of the two repositories, and an environment, that give the credentials in one of the usual ways."""
    user = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}" if way == "in the address" else ""
    if way == "user in the address":
        user = USER
    environment = {}
    if way == "header":
        environment = {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.http://127.0.0.1:{site.port}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {BASIC}",
        }
    elif way in ("askpass", "user in the address"):
        program = tmp_path / "given/askpass"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\ncase "$1" in Username*) echo "{USER}";; *) echo "{PASSWORD}";; esac\n')
        program.chmod(0o755)
        environment = {"GIT_ASKPASS": str(program)}
    return site.address("gitops.git", user), site.address("app.git", user), environment


WAYS = ["in the address", "user in the address", "header", "askpass"]


@pytest.mark.parametrize("way", WAYS)
def test_the_loop_over_http_shows_no_credential(way: str, site: HttpSite, world: Releases, tmp_path: Path) -> None:
    repo, source, environment = given(way, site, tmp_path)
    with watched() as seen:
        told = the_loop(world, repo, source, {**TRACES, **environment})
    assert any(header.endswith(BASIC) for _, _, header in site.requests)
    no_secret(told, tmp_path)
    assert [line for line in seen if "remote-http" in line], "nothing was seen of git's helpers"
    no_secret([line for line in seen if not _own(line)], tmp_path)


def _own(line: str) -> bool:
    """Whether the test itself, or another one beside it, wrote the address there."""
    return "freightlib.cli" in line or "git clone" in line or " clone -q" in line


class watched:
    """Collects the command lines of all processes of this machine while it runs."""

    def __enter__(self) -> set[str]:
        self.seen: set[str] = set()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look)
        self.thread.start()
        return self.seen

    def _look(self) -> None:
        looked: Counter[str] = Counter()
        while not self.over.wait(0.005):
            for name in os.listdir("/proc"):  # noqa: PTH208 - many times a second
                looked[name] += 1
                if not name.isdigit() or looked[name] > 4:
                    continue
                path = Path("/proc", name, "cmdline")
                try:
                    self.seen.add(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
                except OSError:
                    continue

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()


@pytest.mark.parametrize("way", ["in the address", "header"])
def test_failures_over_http_show_no_credential(way: str, site: HttpSite, world: Releases, tmp_path: Path) -> None:
    repo, source, environment = given(way, site, tmp_path)
    told = []

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        publish = [*publishing(world, world.revisions[0], repo), "--source", source]
        for form in (["--debug"], ["--json"]):
            done = freight(*publish, *form, *more, environment={**TRACES, **environment})
            told.extend([done.stdout, done.stderr])
            assert done.returncode == 3, done.stderr
        return freight(*publish, environment={**TRACES, **environment})

    before = heads(world)
    hook(world, "pre-receive", f'echo "the token {PASSWORD} may not push" >&2; exit 1')
    error(run(), "pre-receive hook declined")
    (world.gitops.path / "hooks/pre-receive").unlink()
    site.locked.add(USER)
    error(run(), "403", "credentials")
    site.locked.clear()
    site.users = {USER: "another"}
    error(run(), "credentials")
    site.users = {USER: PASSWORD}
    site.refusals[:] = [503] * 200
    error(run(), "503")
    site.refusals.clear()
    assert heads(world) == before
    if way == "in the address":  # what a server says is the server's: only what we were given can be known
        no_secret(told, tmp_path)
    else:
        no_secret([text for text in told if "may not push" not in text], tmp_path)
    done = freight(*publishing(world, world.revisions[0], repo), "--source", source, environment=environment)
    assert done.returncode == 0, done.stderr


def test_a_clone_with_credentials_in_its_remote(site: HttpSite, world: Releases, tmp_path: Path) -> None:
    repo, _, _ = given("in the address", site, tmp_path)
    git(tmp_path, "clone", "-q", repo, "given")
    with watched() as seen:
        done = freight(*publishing(world, world.revisions[0], tmp_path / "given"), "--push", environment=TRACES)
        assert done.returncode == 0, done.stderr
        done2 = freight("promote", "staging", "--repo", tmp_path / "given", "--push", environment=TRACES)
    assert done2.returncode == 0, done2.stderr
    assert git(tmp_path / "given", "rev-parse", "origin/main") == world.gitops.git("rev-parse", "main")
    told = [done.stdout, done.stderr, done2.stdout, done2.stderr, *(line for line in seen if not _own(line))]
    no_secret(told, tmp_path)


def test_no_credential_gets_into_a_record(site: HttpSite, world: Releases, tmp_path: Path) -> None:
    repo, source, _ = given("in the address", site, tmp_path)
    publish = [*publishing(world, world.revisions[0], repo), "--source", source, "--source-url", source]
    assert freight(*publish).returncode == 0
    record = world.gitops.git("show", f"main:{FREIGHT}/current/freight.yaml")
    assert f"http://127.0.0.1:{site.port}/app.git" in record
    no_secret([record], tmp_path)


# --- ssh ---


def test_the_loop_over_ssh(ssh: Sshd, world: Releases) -> None:
    environment = {"GIT_SSH_COMMAND": ssh.command(), **TRACES}
    the_loop(world, ssh.address(world.gitops.path), ssh.address(world.source.path), environment)


@pytest.mark.parametrize(
    ("key", "known", "words"),
    [
        ("stranger", "known_hosts", ["Permission denied", "credentials"]),
        ("expired", "known_hosts", ["Permission denied", "credentials"]),
        ("locked", "known_hosts", ["not available"]),
        ("ada", "empty", ["Host key verification failed", "known_hosts"]),
        ("ada", "changed", ["Host key verification failed", "known_hosts"]),
    ],
)
def test_ssh_refuses(key: str, known: str, words: list[str], ssh: Sshd, world: Releases) -> None:
    before = heads(world)
    environment = {"GIT_SSH_COMMAND": ssh.command(key, known)}
    publish = publishing(world, world.revisions[0], ssh.address(world.gitops.path))
    error(freight(*publish, environment=environment), *words)
    assert heads(world) == before
    assert freight(*publish, environment={"GIT_SSH_COMMAND": ssh.command()}).returncode == 0


def test_no_ssh_server(world: Releases, tmp_path: Path) -> None:
    with sshd(tmp_path / "down") as server:
        address, command = server.address(world.gitops.path), server.command()
    done = freight(*publishing(world, world.revisions[0], address), environment={"GIT_SSH_COMMAND": command})
    error(done, "Connection refused", "tried", "check the network")


# --- both ---


@pytest.fixture(params=["http", "ssh"])
def remote(request: pytest.FixtureRequest, world: Releases) -> tuple[str, dict[str, str]]:
    if request.param == "ssh":
        server = request.getfixturevalue("ssh")
        return server.address(world.gitops.path), {"GIT_SSH_COMMAND": server.command()}
    site = request.getfixturevalue("site")
    return site.address("gitops.git", f"{USER}:{quote(PASSWORD, safe='')}"), {}


def test_a_hook_that_refuses_one_of_two_moves_neither(remote: tuple[str, dict[str, str]], world: Releases) -> None:
    repo, environment = remote
    assert freight(*publishing(world, world.revisions[0], repo), environment=environment).returncode == 0
    before = heads(world)
    hook(world, "pre-receive", 'grep -q stage/test && { echo "test is frozen" >&2; exit 1; }; exit 0')
    done = freight("promote", "staging", "test", "--repo", repo, environment=environment)
    error(done, "stage/test", "test is frozen", "nothing was moved")
    hook(world, "pre-receive", "exit 0")
    hook(world, "update", 'case "$1" in */staging) echo "staging is frozen" >&2; exit 1;; esac')
    done = freight("promote", "staging", "test", "--repo", repo, environment=environment)
    error(done, "stage/staging", "staging is frozen")
    assert heads(world) == before
    (world.gitops.path / "hooks/update").unlink()
    assert freight("promote", "staging", "test", "--repo", repo, environment=environment).returncode == 0


def test_a_repository_that_is_not_there(remote: tuple[str, dict[str, str]], world: Releases) -> None:
    repo, environment = remote
    done = freight("status", "--repo", repo.replace("gitops.git", "none.git"), environment=environment)
    error(done, "git ls-remote")


def test_somebody_else_was_faster(remote: tuple[str, dict[str, str]], world: Releases) -> None:
    """A release published meanwhile is kept; ours goes on top of it."""
    repo, environment = remote
    marker = world.gitops.path.parent / "once"
    other = [sys.executable, "-m", "freightlib.cli", *publishing(world, world.revisions[1], world.gitops.path)]
    line = " ".join(f"'{part}'" for part in other)
    hook(
        world,
        "pre-receive",
        f"test -e {marker} && exit 0; touch {marker}; env -u GIT_DIR {_clean()} {line} >&2; exit 0",
    )
    done = freight(
        *publishing(world, world.revisions[0], repo), environment={**environment, "PYTHONPATH": str(Path.cwd())}
    )
    assert done.returncode == 0, done.stderr
    names = world.gitops.git("ls-tree", "--name-only", f"main:{FREIGHT}").splitlines()
    assert sorted(names) == sorted(["current", *(f"git-{revision}" for revision in world.revisions[:2])])


def _clean() -> str:
    return "-u GIT_QUARANTINE_PATH -u GIT_OBJECT_DIRECTORY -u GIT_ALTERNATE_OBJECT_DIRECTORIES"
