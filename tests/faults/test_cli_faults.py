"""Faults and hostile input met by whole ``freight`` processes: races, kills, full disks, refusing remotes, bombs."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from freightlib.testing import RepositoryBuilder, git
from tests.cli import freight
from tests.plain_world import IMAGE, WEB, project
from tests.worlds import World

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PROJECT = project("staging: {from: warehouse}", keys=())
BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, list[str]]:
    """A bare GitOps repository with a project, and a source repository of four releases."""
    made = World(tmp_path_factory.mktemp("base"), {"web.yaml": WEB})
    made.gitops.commit({"freightlib.yaml": PROJECT})
    releases = [made.source.commit({"k8s/helm/n.yaml": WEB.replace("web}", f"n{n}}}")}) for n in range(4)]
    return made.using(gitops=made.gitops.clone(made.gitops.path.parent / "bare.git", "--bare")), releases


@pytest.fixture
def world(base: tuple[World, list[str]], tmp_path: Path) -> World:
    return base[0].using(gitops=base[0].gitops.copy(tmp_path / "g.git"))


def publishing(world: World, revision: str, repo: str | Path | None = None) -> list[str]:
    options = {"repo": repo or world.gitops.path, "source": world.source.path, "revision": revision, "image": IMAGE}
    return ["publish", *(f"--{name}={value}" for name, value in options.items())]


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "freightlib.cli", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_four_publishers_at_once(scheme: str, world: World, base: tuple[World, list[str]]) -> None:
    """FACTS 1, 2 and 11."""
    before = int(world.gitops.git("rev-list", "--count", "main"))
    running = [started(*publishing(world, revision, f"{scheme}{world.gitops.path}")) for revision in base[1]]
    for one in running:
        _, err = one.communicate(timeout=100)
        assert one.returncode == 0, err
    names = world.gitops.git("ls-tree", "--name-only", "main:warehouses/codeai/freight").splitlines()
    assert sorted(names) == sorted(["current", *(f"git-{revision}" for revision in base[1])])
    assert int(world.gitops.git("rev-list", "--count", "main")) == before + 4
    assert world.gitops.git("rev-list", "--merges", "main") == ""
    world.gitops.git("fsck", "--strict")
    done = freight("verify", "--repo", world.gitops.path)
    assert done.returncode == 0, done.stdout


def test_killed_at_any_instant(world: World, base: tuple[World, list[str]]) -> None:
    """FACTS 5, on whole processes: old or new tip, nothing that fsck minds, and the next run gets through by itself."""
    dice = random.Random(5)
    start = world.gitops.git("rev-parse", "main")
    assert freight(*publishing(world, base[1][0])).returncode == 0
    published = world.gitops.git("rev-parse", "main")
    publish, promote = publishing(world, base[1][1]), ["promote", "staging", f"--repo={world.gitops.path}"]
    turns = (("refs/heads/main", start, publish), ("refs/heads/stage/staging", published, promote))
    killed = 0
    for _ in range(15):
        for ref, tip, arguments in turns:
            world.gitops.git("update-ref", "refs/heads/main", tip)
            world.gitops.git("update-ref", "-d", "refs/heads/stage/staging")
            before = world.gitops.refs()
            one = started(*arguments)
            time.sleep(dice.uniform(0.05, 0.6))
            killed += one.poll() is None
            if one.poll() is None:
                os.killpg(one.pid, signal.SIGKILL)
            one.communicate()
            changed = set(world.gitops.refs().items()) ^ set(before.items())
            assert {name for name, _ in changed} <= {ref}
            world.gitops.git("fsck", "--strict")
            if list((world.gitops.path / "refs").rglob("*.lock")):
                done = freight(*arguments)
                assert done.returncode == 0, done.stderr
    assert killed
    for arguments in (publish, promote):
        done = freight(*arguments)
        assert done.returncode == 0, done.stderr
    world.gitops.git("fsck", "--strict")
    assert freight("verify", "--repo", world.gitops.path).returncode == 0


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from freightlib.cli import main
sys.exit(main(sys.argv[2:]))
"""
OTHER_USER = """
import contextlib, io, os, sys
from freightlib.cli import main
with contextlib.redirect_stdout(io.StringIO()):  # load everything first: that user may not be able to read Python
    main(["status", *sys.argv[1:2]])
    import freightlib, freightlib.cli.verbs.publish
    freightlib.publish(*sys.argv[2:4], revision=sys.argv[4], image=sys.argv[5])
del sys.argv[1:6]
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
sys.exit(main(sys.argv[1:]))
"""


def script(text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", text, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=100
    )


@pytest.mark.parametrize("limit", ["0", "30", "300"])
def test_a_full_disk(limit: str, world: World) -> None:
    """FACTS 7."""
    before = world.gitops.refs()
    done = script(LIMITED, limit, *publishing(world, world.revision))
    assert done.returncode == 3, done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert world.gitops.refs() == before
    world.gitops.git("fsck", "--strict")
    assert freight(*publishing(world, world.revision)).returncode == 0


def test_a_read_only_repository(world: World, base: tuple[World, list[str]]) -> None:
    place = Path(subprocess.check_output(["mktemp", "-d"], text=True, cwd="/").strip())
    try:
        moved = world.copy(place)
        place.chmod(0o755)
        for path in place.rglob("*"):
            path.chmod(0o555 if path.is_dir() else 0o444)
        before = moved.gitops.refs()
        warm = [f"--repo={world.gitops.path}", str(world.gitops.path), str(world.source.path), world.revision, IMAGE]
        done = script(OTHER_USER, *warm, *publishing(moved, base[1][0]))
        assert done.returncode == 3, done.stderr
        assert len(done.stderr.splitlines()) == 2
        assert moved.gitops.refs() == before
    finally:
        for path in place.rglob("*"):
            if path.is_dir():
                path.chmod(0o755)
        shutil.rmtree(place)


def test_a_remote_that_refuses(world: World) -> None:
    """The server's own words come through, and neither side moves."""
    hook = world.gitops.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho the gate is shut >&2\nexit 1\n")
    hook.chmod(0o755)
    before = world.gitops.refs()
    done = freight(*publishing(world, world.revision, f"file://{world.gitops.path}"))
    assert done.returncode == 3, done.stderr
    assert "pre-receive hook declined" in done.stderr or "the gate is shut" in done.stderr
    assert world.gitops.refs() == before


def test_sha256_is_refused_with_the_reason(world: World, tmp_path: Path) -> None:
    """FACTS 18."""
    new = RepositoryBuilder(tmp_path / "new", options=["--object-format=sha256"])
    new.commit({"freightlib.yaml": PROJECT})
    done = freight(*publishing(world, world.revision, tmp_path / "new"))
    assert done.returncode != 0
    assert "SHA-256" in done.stderr or "sha256" in done.stderr
    assert len(done.stderr.splitlines()) == 2


def committed(world: World, place: Path, files: dict[str, str]) -> None:
    git(place.parent, "clone", "-q", str(world.gitops.path), str(place))
    RepositoryBuilder(place).commit(files)
    git(place, "push", "-q", "origin", "HEAD:main")


HUGE = "a: [" + "x, " * (50 * 1024 * 1024 // 3) + "x]\n"
DOCUMENTS = (
    "freightlib.yaml",
    "warehouses/codeai/freight/current/freight.yaml",
    "apps/codeai/deployments/staging/deployment.yaml",
)


@pytest.mark.parametrize("kind", ["bomb", "huge"])
@pytest.mark.parametrize("path", DOCUMENTS)
def test_documents_made_to_exhaust_the_reader(kind: str, path: str, world: World, tmp_path: Path) -> None:
    """FACTS 23, and documents of 50 MB: refused within 4 GB of address space and 20 s of processor time."""
    assert freight(*publishing(world, world.revision)).returncode == 0
    committed(world, tmp_path / "work", {path: BOMB if kind == "bomb" else HUGE})
    before = world.gitops.refs()
    limits = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (20, 20)); " + (
        "resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30)); "
        "import sys; from freightlib.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    done = script(limits, "promote", "staging", "--json", f"--repo={world.gitops.path}")
    assert done.returncode in {1, 2}, done.stderr[-2000:]
    assert json.loads(done.stdout)["error"]["hint"]
    assert world.gitops.refs() == before


POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 9\n"


@pytest.mark.parametrize(
    ("mode", "name", "message"),
    [
        ("100644 blob", "data.tgz", "LFS"),
        ("120000 blob", "link.yaml", "link.yaml"),
        ("160000 commit", "sub", "submodule"),
        ("100644 blob", "WEB.yaml", "the same name"),
    ],
)
def test_a_package_against_the_contract_is_refused_before_any_write(
    mode: str, name: str, message: str, world: World, tmp_path: Path
) -> None:
    """FACTS 15 and 16: refs, objects and files of the repository stay as they are."""
    clone = world.source.clone(tmp_path / "app.git", "--bare")
    source = clone.path
    data = b"../../../etc/passwd" if mode.startswith("120000") else POINTER.encode()
    blob = git(source, "hash-object", "-w", "--stdin", data=data)
    tree = f"{git(source, 'ls-tree', 'HEAD:k8s/helm')}\n{mode} {'1' * 40 if 'commit' in mode else blob}\t{name}\n"
    for above in ("helm", "k8s"):
        tree = f"040000 tree {git(source, 'mktree', data=tree.encode())}\t{above}\n"
    revision = git(source, "commit-tree", git(source, "mktree", data=tree.encode()), "-m", "bad")
    git(source, "update-ref", "refs/heads/bad", revision)
    before = sorted((str(path), path.stat().st_mtime_ns) for path in world.gitops.path.rglob("*") if path.is_file())
    done = freight(*publishing(world.using(source=clone), revision))
    assert done.returncode in {1, 2}, done.stderr
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert (
        sorted((str(path), path.stat().st_mtime_ns) for path in world.gitops.path.rglob("*") if path.is_file())
        == before
    )
