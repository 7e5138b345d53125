"""``verify --signatures``: which commits of a GitOps branch count, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import freightlib
from freightlib.errors import SigningError, UnsupportedRepositoryError
from freightlib.git.contract import Repository
from freightlib.models import Report
from freightlib.plugins.repositories import open_repository, signing
from freightlib.testing import git
from freightlib.warehouse.verify.signatures import signature_findings
from tests.cli import call
from tests.signers import Keys, configure, configure_ssh, make_keys
from tests.worlds import IMAGE, World

pytestmark = [pytest.mark.usefixtures("backend"), pytest.mark.needs_program("ssh-keygen", "gpg")]

WAREHOUSE = "warehouses/codeai/freight"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def world(tmp_path: Path, keys: Keys) -> World:
    """Signing is configured, and the first release is signed."""
    made = World(tmp_path)
    configure_ssh(made.gitops.path, keys.ada, keys.allowed)
    publish(made, made.revision, sign=True)
    return made


def publish(world: World, revision: str, *, sign: bool | None) -> str:
    image = IMAGE.format(revision=revision)
    return freightlib.publish(world.gitops.path, world.source.path, revision=revision, image=image, sign=sign).commit


def released(world: World, *, sign: bool | None, number: int = 2) -> tuple[str, str]:
    """One more release: its path, and the commit that published it."""
    revision = world.source.commit({"k8s/helm/values.yaml": f"image: x\nreplicas: {number}\n"})
    return f"{WAREHOUSE}/git-{revision}", publish(world, revision, sign=sign)


def verify(world: World, revision: str | None = None) -> Report:
    return freightlib.verify(world.gitops.path, revision=revision, signatures=True)


def found(report: Report) -> list[tuple[str, str, str]]:
    return [(one.code, one.path, one.data.get("commit", "")) for one in report.findings]


def test_signed_releases_pass(world: World) -> None:
    report = verify(world)
    assert (report.findings, report.checked) == ((), {"apps": 1, "snapshots": 1, "signatures": 1})
    released(world, sign=True)
    report = verify(world)
    assert (report.findings, report.checked["signatures"]) == ((), 2)


def test_without_the_option_nobody_asks(world: World) -> None:
    released(world, sign=False)
    assert freightlib.verify(world.gitops.path).checked == {"apps": 1, "snapshots": 2}
    assert freightlib.verify(world.gitops.path).ok


def test_an_unsigned_release_is_found_by_its_snapshot(world: World) -> None:
    path, commit = released(world, sign=False)
    released(world, sign=True, number=3)
    report = verify(world)
    assert found(report) == [("signature-missing", path, commit)]
    assert not report.ok
    assert report.findings[0].message == f"commit {commit} is not signed"


def test_a_release_by_somebody_else(world: World, keys: Keys) -> None:
    configure(world.gitops.path, user__signingKey=keys.eve)
    path, commit = released(world, sign=True)
    report = verify(world)
    assert found(report) == [("signature-untrusted", path, commit)]
    assert set(report.findings[0].data) == {"commit", "signer", "key", "fingerprint"}
    assert report.findings[0].data["fingerprint"].startswith("SHA256:")
    both = keys.list("both", "", "ada", "eve")
    assert freightlib.verify(world.gitops.path, signatures=True, allowed_signers=both).ok


def test_a_snapshot_changed_later_is_judged_by_the_commit_that_changed_it(world: World) -> None:
    path = f"{WAREHOUSE}/git-{world.revision}"
    for place in (path, f"{WAREHOUSE}/current"):
        (world.gitops.path / place / "helm/values.yaml").write_text("image: evil\n")
    world.gitops.git("commit", "-qam", "Tidy up")
    assert ("signature-missing", path, world.gitops.git("rev-parse", "HEAD")) in found(verify(world))


def test_current_rolled_back_without_a_signature(world: World) -> None:
    released(world, sign=True)
    world.gitops.git("rm", "-rq", f"{WAREHOUSE}/current")
    world.gitops.git("read-tree", f"--prefix={WAREHOUSE}/current", f"HEAD:{WAREHOUSE}/git-{world.revision}")
    world.gitops.git("commit", "-qm", "Roll back")
    world.gitops.git("reset", "-q", "--hard")
    rolled = world.gitops.git("rev-parse", "HEAD")
    assert found(verify(world)) == [("signature-missing", f"{WAREHOUSE}/current", rolled)]


def test_a_merge_that_only_passes_it_on_does_not_count(world: World) -> None:
    world.gitops.git("checkout", "-qb", "side")
    revision = world.source.commit({"k8s/helm/values.yaml": "image: side\n"})
    made = freightlib.publish(
        world.gitops.path,
        world.source.path,
        revision=revision,
        image=IMAGE.format(revision=revision),
        branch="side",
        sign=True,
    )
    world.gitops.git("checkout", "-q", "main")
    world.gitops.git("commit", "-q", "--allow-empty", "-m", "Elsewhere")
    world.gitops.git("merge", "-q", "--no-ff", "-m", "Merge", "side")
    report = verify(world)
    assert (report.findings, report.checked["signatures"]) == ((), 2)
    assert world.gitops.git("merge-base", "--is-ancestor", made.commit, "main") == ""


def test_a_merge_that_changes_what_it_merges_counts(world: World) -> None:
    world.gitops.git("checkout", "-qb", "side")
    world.gitops.git("commit", "-q", "--allow-empty", "-m", "Side")
    world.gitops.git("checkout", "-q", "main")
    world.gitops.git("commit", "-q", "--allow-empty", "-m", "Elsewhere")
    world.gitops.git("merge", "-q", "--no-ff", "--no-commit", "side")
    (world.gitops.path / WAREHOUSE / "current/helm/values.yaml").write_text("image: evil\n")
    world.gitops.git("add", "-A")
    world.gitops.git("commit", "-qm", "Merge")
    evil = world.gitops.git("rev-parse", "HEAD")
    assert ("signature-missing", f"{WAREHOUSE}/current", evil) in found(verify(world))


def test_a_shallow_clone_says_what_it_could_not_see(world: World, tmp_path: Path, keys: Keys) -> None:
    path, _ = released(world, sign=True)
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{world.gitops.path}", "shallow")
    configure_ssh(tmp_path / "shallow", keys.ada, keys.allowed)
    report = freightlib.verify(tmp_path / "shallow", signatures=True)
    names = (f"{WAREHOUSE}/current", f"{WAREHOUSE}/git-{world.revision}", path)
    assert found(report) == [("signature-unchecked", place, "") for place in sorted(names)]
    git(tmp_path / "shallow", "fetch", "-q", "--deepen=1")
    report = freightlib.verify(tmp_path / "shallow", signatures=True)
    assert found(report) == [("signature-unchecked", f"{WAREHOUSE}/git-{world.revision}", "")]
    git(tmp_path / "shallow", "fetch", "-q", "--unshallow")
    assert freightlib.verify(tmp_path / "shallow", signatures=True).ok


def test_bare_and_at_an_address(world: World, tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    _, commit = released(world, sign=False)
    git(tmp_path, "clone", "-q", "--bare", "gitops", "bare.git")
    for place in (tmp_path / "bare.git", f"file://{tmp_path / 'bare.git'}"):
        report = freightlib.verify(place, signatures=True, allowed_signers=keys.allowed)
        assert [one.data["commit"] for one in report.findings] == [commit]


def test_publishing_and_promoting_at_an_address_signs(
    world: World, tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "clone", "-q", "--bare", "gitops", "bare.git")
    (tmp_path / "gitconfig").write_text(
        f"[commit]\ngpgSign = true\n[gpg]\nformat = ssh\n[user]\nsigningKey = {keys.ada}\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    address = f"file://{tmp_path / 'bare.git'}"
    revision = world.source.commit({"k8s/helm/values.yaml": "image: x\nreplicas: 7\n"})
    made = freightlib.publish(address, world.source.path, revision=revision, image=IMAGE.format(revision=revision))
    stages = freightlib.promote(address, ["staging", "test"])
    allowed = f"gpg.ssh.allowedSignersFile={keys.allowed}"
    for commit in (made.commit, *(one.commit for one in stages)):
        assert commit is not None
        git(tmp_path / "bare.git", "-c", allowed, "verify-commit", commit)


def test_every_commit_of_a_promotion_is_signed(world: World) -> None:
    made = freightlib.promote(world.gitops.path, ["staging", "test", "levelbuilder", "production"], sign=True)
    assert len(made) == 4
    for branch in (
        "stage/staging",
        "stage/test",
        "stage/levelbuilder",
        "stage/production",
        "proposal/codeai/production",
    ):
        world.gitops.git("verify-commit", branch)
    world.gitops.git("fsck", "--strict")


def test_a_promotion_that_cannot_sign_moves_nothing(world: World, keys: Keys) -> None:
    before = world.gitops.git("for-each-ref")
    configure(world.gitops.path, user__signingKey=keys.locked)
    with pytest.raises(SigningError, match="passphrase"):
        freightlib.promote(world.gitops.path, ["staging", "test"], sign=True)
    assert world.gitops.git("for-each-ref") == before
    assert freightlib.promote(world.gitops.path, ["staging"], sign=True, dry_run=True), (
        "nothing is committed, so nothing signed"
    )


def test_any_commits_of_any_branch(world: World) -> None:
    made = [one.commit for one in freightlib.promote(world.gitops.path, ["staging", "test"])]
    repository = open_repository(world.gitops.path)
    commits = [commit for commit in made if commit is not None]
    findings = list(signature_findings(repository, commits, paths={commits[1]: "stage/test"}))
    assert [(one.code, one.path) for one in findings] == [
        ("signature-missing", ""),
        ("signature-missing", "stage/test"),
    ]


class Unsigning:
    """A repository of a backend that knows nothing of signatures."""

    location = "there"

    def signing_is_not_here(self) -> None: ...


def test_a_backend_that_cannot_sign_says_so() -> None:
    bare: Repository = Unsigning()  # type: ignore[assignment]
    with signing(bare, None), signing(bare, False):
        pass
    with pytest.raises(SigningError, match="cannot sign commits"):
        signing(bare, True)
    with pytest.raises(UnsupportedRepositoryError, match="cannot check signatures"):
        list(signature_findings(bare, []))


# --- the command line -----------------------------------------------------------------------------


@pytest.fixture
def second(world: World) -> list[str]:
    revision = world.source.commit({"k8s/helm/values.yaml": "image: x\nreplicas: 9\n"})
    image = IMAGE.format(revision=revision)
    repos = ["--repo", str(world.gitops.path), "--source", str(world.source.path)]
    return ["publish", *repos, "--revision", revision, "--image", image]


def test_the_options_of_the_command(
    world: World, second: list[str], keys: Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(world.gitops.path, commit__gpgSign="true")
    assert call(capsys, *second, "--no-sign")[0] == 0
    status, out, _ = call(capsys, "verify", "--repo", world.gitops.path, "--signatures")
    assert status == 1
    assert out.startswith("error signature-missing\n")
    world.gitops.git("reset", "-q", "--hard", "HEAD~1")
    assert call(capsys, *second)[0] == 0
    status, out, _ = call(
        capsys, "verify", "--repo", world.gitops.path, "--signatures", "--allowed-signers", keys.allowed
    )
    assert (status, out) == (0, "verified: 1 app, 2 snapshots, 2 signatures\n")
    world.gitops.git("config", "commit.gpgSign", "false")
    assert call(capsys, "promote", "--repo", world.gitops.path, "staging", "--sign")[0] == 0
    world.gitops.git("verify-commit", "stage/staging")


def test_a_signature_that_fails_on_the_command_line(
    world: World, second: list[str], keys: Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    before = world.gitops.git("for-each-ref")
    configure(world.gitops.path, user__signingKey=keys.locked)
    status, out, err = call(capsys, *second, "--sign")
    assert (status, out) == (3, "")
    assert err.startswith("error: the commit cannot be signed: ssh-keygen: ")
    assert "ssh-add" in err.splitlines()[1]
    assert world.gitops.git("for-each-ref") == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--allowed-signers", "x"], "--allowed-signers has no effect without --signatures"),
        (["--signatures", "--allowed-signers", "nowhere"], "there is no list of allowed signers at 'nowhere'"),
        (["--signatures", "."], "a directory has no revisions and no signatures"),
    ],
)
def test_wrong_options(arguments: list[str], said: str, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = call(capsys, "verify", "--repo", world.gitops.path, *arguments)
    assert (status, err.startswith(f"error: {said}")) == (2, True)
