"""The whole loop on real repositories: publish, verify, render, promote, against git and helm themselves."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import freightlib
from freightlib.errors import (
    ImmutableSnapshotError,
    PackageError,
    PromotionBlockedError,
    RecordError,
    RevisionError,
    UsageError,
    VerificationError,
)
from freightlib.promotion.result import Outcome
from tests.worlds import IMAGE, World, commit_files, git, make_world

pytestmark = pytest.mark.usefixtures("backend")

STAGES = ("staging", "test", "levelbuilder", "production")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


@pytest.fixture
def published(world: World) -> World:
    freightlib.publish(world.gitops, world.source, revision=world.revision, image=world.image)
    return world


def refs(world: World) -> str:
    return git(world.gitops, "for-each-ref", "--format=%(refname) %(objectname)")


def test_the_payload_tree_is_the_sources_own(published: World) -> None:
    source = git(published.source, "rev-parse", f"{published.revision}:k8s/helm")
    warehouse = "main:warehouses/codeai/freight"
    assert git(published.gitops, "rev-parse", f"{warehouse}/git-{published.revision}/helm") == source
    assert git(published.gitops, "rev-parse", f"{warehouse}/current/helm") == source
    assert git(published.gitops, "diff", "--name-status", "HEAD~1", "--", "apps") == ""
    git(published.gitops, "fsck", "--strict")
    assert git(published.gitops, "status", "--porcelain") == ""


def test_publishing_again_changes_nothing(published: World) -> None:
    before = refs(published)
    again = freightlib.publish(published.gitops, published.source, revision=published.revision, image=published.image)
    assert not again.created
    assert refs(published) == before


def test_another_image_under_the_same_revision_is_refused(published: World) -> None:
    before = refs(published)
    other = published.image.replace("a" * 64, "b" * 64)
    with pytest.raises(ImmutableSnapshotError, match="published already with other content: image") as caught:
        freightlib.publish(published.gitops, published.source, revision=published.revision, image=other)
    assert caught.value.data["tag"] == f"git-{published.revision}"
    assert refs(published) == before


def test_another_payload_under_the_same_revision_is_refused(published: World) -> None:
    before = refs(published)
    release = {"revision": published.revision, "image": published.image}
    with pytest.raises(ImmutableSnapshotError, match="published already with other content: helm/: tree"):
        freightlib.publish(published.gitops, published.source, path="k8s", **release)
    assert refs(published) == before


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"revision": "0" * 40}, RevisionError),
        ({"revision": "abc1234"}, RevisionError),
        ({"revision": "main"}, RevisionError),
        ({"image": "ghcr.io/example/shop:v1"}, RecordError),
        ({"image": "ghcr.io/UPPER/shop:v1@sha256:" + "a" * 64}, RecordError),
        ({"path": "k8s/nothing"}, PackageError),
        ({"path": "src/main.py"}, PackageError),
        ({"path": "../app"}, freightlib.FreightError),
        ({"package_type": "tar"}, RecordError),
        ({"app": "codeia"}, UsageError),
        ({"branch": "trunk"}, RevisionError),
    ],
)
def test_what_cannot_be_published_changes_nothing(
    world: World, arguments: dict[str, str], error: type[freightlib.FreightError]
) -> None:
    before = refs(world)
    with pytest.raises(error) as caught:
        freightlib.publish(
            world.gitops, world.source, **{"revision": world.revision, "image": world.image, **arguments}
        )
    assert caught.value.hint
    assert refs(world) == before


def helm_output(helm: Path, world: World, stage: str, directory: Path) -> dict[str, str]:
    """What ``helm template --output-dir`` gives for a stage, by path."""
    chart = directory / "chart"
    policy = world.gitops / "apps/codeai"
    subprocess.run(["cp", "-r", world.source / "k8s/helm", chart], check=True)
    values = [policy / f"envTypes/{stage}.values.yaml", policy / f"deployments/{stage}/values.yaml"]
    subprocess.run(
        [helm, "template", stage, chart, "--namespace", stage, "--output-dir", directory / "out"]
        + [argument for file in values for argument in ("-f", str(file))]
        + ["--set", f"image={IMAGE.format(revision=world.revision).partition('@')[0]}"],
        check=True,
        capture_output=True,
    )
    root = directory / "out"
    return {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()}


def test_rendered_branches_equal_helm_template(published: World, helm4: Path, tmp_path: Path) -> None:
    promotions = freightlib.promote(published.gitops, STAGES)
    assert [one.stage for one in promotions] == list(STAGES)
    assert [one.outcome for one in promotions] == [Outcome.PROMOTED] * 3 + [Outcome.PROPOSED]
    for promotion in promotions:
        path = f"apps/codeai/deployments/{promotion.stage}/deploy"
        names = git(published.gitops, "ls-tree", "-r", "--name-only", f"{promotion.branch}:{path}").splitlines()
        found = {
            name: git(published.gitops, "show", f"{promotion.branch}:{path}/{name}")
            for name in names
            if name != "freight.lock"
        }
        workspace = tmp_path / promotion.stage
        workspace.mkdir()
        expected = helm_output(helm4, published, promotion.stage, workspace)
        # Helm 4.2 and 4.3 differ in blank lines before a separator and at the end, and in nothing else
        assert {name: text.replace("\n\n---", "\n---").strip() for name, text in found.items()} == {
            name: text.replace("\n\n---", "\n---").strip() for name, text in expected.items()
        }
        git(published.gitops, "fsck", "--strict")


def test_promoting_again_makes_no_commit(published: World) -> None:
    freightlib.promote(published.gitops, STAGES)
    before = refs(published)
    commit_files(published.gitops, {"apps/other/application.yaml": "kind: Other\n"})
    again = freightlib.promote(published.gitops, STAGES)
    assert {one.outcome for one in again} == {Outcome.UNCHANGED}
    assert [line for line in refs(published).splitlines() if "/main" not in line] == [
        line for line in before.splitlines() if "/main" not in line
    ]


def test_a_stage_takes_only_what_its_upstream_holds(published: World) -> None:
    before = refs(published)
    with pytest.raises(PromotionBlockedError, match="its upstream staging holds no release yet"):
        freightlib.promote(published.gitops, ["test"])
    assert refs(published) == before
    (forced,) = freightlib.promote(published.gitops, ["test"], force=True)
    assert forced.overrides == ("its upstream staging holds no release yet",)
    assert "Freight-Override" in git(published.gitops, "log", "-1", "--format=%B", "stage/test")


def test_a_release_that_changes_no_manifest_moves_only_the_lock(published: World) -> None:
    freightlib.promote(published.gitops, STAGES[:3])
    revision = published.release({"k8s/helm/README.md": "said more\n"})
    image = published.image  # the same image: so only the record and the payload differ
    freightlib.publish(published.gitops, published.source, revision=revision, image=image)
    promotions = freightlib.promote(published.gitops, STAGES[:3])
    assert {one.outcome for one in promotions} == {Outcome.RECORDED}
    changed = git(published.gitops, "diff", "--name-only", "stage/test~1", "stage/test")
    assert changed == "apps/codeai/deployments/test/deploy/freight.lock"


def test_the_log_says_what_moved(published: World) -> None:
    freightlib.promote(published.gitops, ["staging"])
    values = "apps/codeai/envTypes/staging.values.yaml"
    commit_files(published.gitops, {values: "RAILS_ENV: other\n"})
    freightlib.promote(published.gitops, ["staging"])
    revision = published.release({"k8s/helm/values.yaml": "replicas: 7\nautoscaling: {}\n"})
    freightlib.publish(published.gitops, published.source, revision=revision, image=IMAGE.format(revision=revision))
    freightlib.promote(published.gitops, ["staging"])
    past = [one.moved for one in freightlib.log(published.gitops, "staging")]
    assert past == [("freight", "options"), ("policy",), ("freight",)]


def test_a_hand_edit_is_put_right(published: World) -> None:
    freightlib.promote(published.gitops, ["staging"])
    git(published.gitops, "checkout", "-q", "stage/staging")
    web = "apps/codeai/deployments/staging/deploy/shop/templates/web.yaml"
    good = (published.gitops / web).read_bytes()
    commit_files(published.gitops, {web: "kind: Edited\n"})
    git(published.gitops, "checkout", "-q", "main")
    (row, *_) = freightlib.status(published.gitops)[0].stages
    assert row.state == "edited"
    (again,) = freightlib.promote(published.gitops, ["staging"])
    assert again.outcome is Outcome.PROMOTED
    assert again.edited
    assert git(published.gitops, "show", f"stage/staging:{web}").encode() == good.strip()
    assert [past.moved for past in freightlib.log(published.gitops, "staging")][1] == ("hand edit",)


def test_nothing_is_rendered_from_a_snapshot_that_fails_verification(published: World) -> None:
    values = "warehouses/codeai/freight/current/helm/values.yaml"
    commit_files(published.gitops, {values: "replicas: 99\n"})
    before = refs(published)
    report = freightlib.verify(published.gitops)
    assert [finding.path for finding in report.errors] == [values]
    with pytest.raises(VerificationError, match="fails verification"):
        freightlib.promote(published.gitops, ["staging"])
    assert refs(published) == before


def test_a_dry_run_writes_nothing_and_shows_what_would_change(published: World) -> None:
    before = refs(published)
    objects = git(published.gitops, "count-objects", "-v")
    (shown,) = freightlib.promote(published.gitops, ["staging"], dry_run=True)
    assert shown.outcome is Outcome.PROMOTED
    assert shown.commit is None
    assert any("+kind: Deployment" in change.text for change in shown.changes)
    assert refs(published) == before
    assert git(published.gitops, "count-objects", "-v") == objects


def test_paths_outside_the_output_are_kept_and_stale_files_vanish(published: World) -> None:
    freightlib.promote(published.gitops, ["staging"])
    git(published.gitops, "checkout", "-q", "stage/staging")
    commit_files(published.gitops, {"NOTES.md": "kept\n"})
    git(published.gitops, "checkout", "-q", "main")
    revision = published.release({"k8s/helm/templates/migrate.yaml": ""})
    freightlib.publish(published.gitops, published.source, revision=revision, image=IMAGE.format(revision=revision))
    freightlib.promote(published.gitops, ["staging"])
    names = git(published.gitops, "ls-tree", "-r", "--name-only", "stage/staging").splitlines()
    assert "NOTES.md" in names
    assert not [name for name in names if "migrate" in name]


def test_an_upstream_that_was_edited_by_hand_holds_no_release(published: World) -> None:
    freightlib.promote(published.gitops, ["staging"])
    git(published.gitops, "checkout", "-q", "stage/staging")
    commit_files(published.gitops, {"apps/codeai/deployments/staging/deploy/more.yaml": "kind: More\n"})
    git(published.gitops, "checkout", "-q", "main")
    with pytest.raises(PromotionBlockedError, match="its upstream staging was changed by hand"):
        freightlib.promote(published.gitops, ["test"])


def test_status_tells_of_a_damaged_record_stage_by_stage(published: World) -> None:
    record = "warehouses/codeai/freight/current/freight.yaml"
    commit_files(published.gitops, {record: "revision: short\n"})
    (app,) = freightlib.status(published.gitops)
    assert app.current is None
    assert {row.state for row in app.stages} == {"unknown"}
    assert all("current/freight.yaml" in (row.problem or "") for row in app.stages)
