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
from tests.worlds import IMAGE, World

pytestmark = pytest.mark.usefixtures("backend")

STAGES = ("staging", "test", "levelbuilder", "production")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def published(world: World) -> World:
    world.publish()
    return world


def test_the_payload_tree_is_the_sources_own(published: World) -> None:
    source = published.source.git("rev-parse", f"{published.revision}:k8s/helm")
    warehouse = "main:warehouses/codeai/freight"
    assert published.gitops.git("rev-parse", f"{warehouse}/git-{published.revision}/helm") == source
    assert published.gitops.git("rev-parse", f"{warehouse}/current/helm") == source
    assert published.gitops.git("diff", "--name-status", "HEAD~1", "--", "apps") == ""
    published.gitops.git("fsck", "--strict")
    assert published.gitops.git("status", "--porcelain") == ""


def test_publishing_again_changes_nothing(published: World) -> None:
    before = published.gitops.refs()
    again = freightlib.publish(
        published.gitops.path, published.source.path, revision=published.revision, image=published.image
    )
    assert not again.created
    assert published.gitops.refs() == before


def test_another_image_under_the_same_revision_is_refused(published: World) -> None:
    before = published.gitops.refs()
    other = published.image.replace("a" * 64, "b" * 64)
    with pytest.raises(ImmutableSnapshotError, match="published already with other content: image") as caught:
        freightlib.publish(published.gitops.path, published.source.path, revision=published.revision, image=other)
    assert caught.value.data["tag"] == f"git-{published.revision}"
    assert published.gitops.refs() == before


def test_another_payload_under_the_same_revision_is_refused(published: World) -> None:
    before = published.gitops.refs()
    release = {"revision": published.revision, "image": published.image}
    with pytest.raises(ImmutableSnapshotError, match="published already with other content: helm/: tree"):
        freightlib.publish(published.gitops.path, published.source.path, path="k8s", **release)
    assert published.gitops.refs() == before


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
    before = world.gitops.refs()
    with pytest.raises(error) as caught:
        freightlib.publish(
            world.gitops.path, world.source.path, **{"revision": world.revision, "image": world.image, **arguments}
        )
    assert caught.value.hint
    assert world.gitops.refs() == before


def helm_output(helm: Path, world: World, stage: str, directory: Path) -> dict[str, str]:
    """What ``helm template --output-dir`` gives for a stage, by path."""
    chart = directory / "chart"
    policy = world.gitops.path / "apps/codeai"
    subprocess.run(["cp", "-r", world.source.path / "k8s/helm", chart], check=True)
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
    promotions = freightlib.promote(published.gitops.path, STAGES)
    assert [one.stage for one in promotions] == list(STAGES)
    assert [one.outcome for one in promotions] == [Outcome.PROMOTED] * 3 + [Outcome.PROPOSED]
    for promotion in promotions:
        path = f"apps/codeai/deployments/{promotion.stage}/deploy"
        names = published.gitops.git("ls-tree", "-r", "--name-only", f"{promotion.branch}:{path}").splitlines()
        found = {
            name: published.gitops.git("show", f"{promotion.branch}:{path}/{name}")
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
        published.gitops.git("fsck", "--strict")


def test_promoting_again_makes_no_commit(published: World) -> None:
    freightlib.promote(published.gitops.path, STAGES)
    before = published.gitops.refs()
    published.gitops.commit({"apps/other/application.yaml": "kind: Other\n"})
    again = freightlib.promote(published.gitops.path, STAGES)
    assert {one.outcome for one in again} == {Outcome.UNCHANGED}
    after = published.gitops.refs()
    assert {**after, "refs/heads/main": ""} == {**before, "refs/heads/main": ""}


def test_a_stage_takes_only_what_its_upstream_holds(published: World) -> None:
    before = published.gitops.refs()
    with pytest.raises(PromotionBlockedError, match="its upstream staging holds no release yet"):
        freightlib.promote(published.gitops.path, ["test"])
    assert published.gitops.refs() == before
    (forced,) = freightlib.promote(published.gitops.path, ["test"], force=True)
    assert forced.overrides == ("its upstream staging holds no release yet",)
    assert "Freight-Override" in published.gitops.git("log", "-1", "--format=%B", "stage/test")


def test_a_release_that_changes_no_manifest_moves_only_the_lock(published: World) -> None:
    freightlib.promote(published.gitops.path, STAGES[:3])
    revision = published.source.commit({"k8s/helm/README.md": "said more\n"})
    image = published.image  # the same image: so only the record and the payload differ
    freightlib.publish(published.gitops.path, published.source.path, revision=revision, image=image)
    promotions = freightlib.promote(published.gitops.path, STAGES[:3])
    assert {one.outcome for one in promotions} == {Outcome.RECORDED}
    changed = published.gitops.git("diff", "--name-only", "stage/test~1", "stage/test")
    assert changed == "apps/codeai/deployments/test/deploy/freight.lock"


def test_the_log_says_what_moved(published: World) -> None:
    freightlib.promote(published.gitops.path, ["staging"])
    values = "apps/codeai/envTypes/staging.values.yaml"
    published.gitops.commit({values: "RAILS_ENV: other\n"})
    freightlib.promote(published.gitops.path, ["staging"])
    revision = published.source.commit({"k8s/helm/values.yaml": "replicas: 7\nautoscaling: {}\n"})
    freightlib.publish(
        published.gitops.path, published.source.path, revision=revision, image=IMAGE.format(revision=revision)
    )
    freightlib.promote(published.gitops.path, ["staging"])
    past = [one.moved for one in freightlib.log(published.gitops.path, "staging")]
    assert past == [("freight", "options"), ("policy",), ("freight",)]


def test_a_hand_edit_is_put_right(published: World) -> None:
    freightlib.promote(published.gitops.path, ["staging"])
    published.gitops.git("checkout", "-q", "stage/staging")
    web = "apps/codeai/deployments/staging/deploy/shop/templates/web.yaml"
    good = (published.gitops.path / web).read_bytes()
    published.gitops.commit({web: "kind: Edited\n"})
    published.gitops.git("checkout", "-q", "main")
    (row, *_) = freightlib.status(published.gitops.path)[0].stages
    assert row.state == "edited"
    (again,) = freightlib.promote(published.gitops.path, ["staging"])
    assert again.outcome is Outcome.PROMOTED
    assert again.edited
    assert published.gitops.git("show", f"stage/staging:{web}").encode() == good.strip()
    assert [past.moved for past in freightlib.log(published.gitops.path, "staging")][1] == ("hand edit",)


def test_nothing_is_rendered_from_a_snapshot_that_fails_verification(published: World) -> None:
    values = "warehouses/codeai/freight/current/helm/values.yaml"
    published.gitops.commit({values: "replicas: 99\n"})
    before = published.gitops.refs()
    report = freightlib.verify(published.gitops.path)
    assert [finding.path for finding in report.errors] == [values]
    with pytest.raises(VerificationError, match="fails verification"):
        freightlib.promote(published.gitops.path, ["staging"])
    assert published.gitops.refs() == before


def test_a_dry_run_writes_nothing_and_shows_what_would_change(published: World) -> None:
    before = published.gitops.refs()
    objects = published.gitops.git("count-objects", "-v")
    (shown,) = freightlib.promote(published.gitops.path, ["staging"], dry_run=True)
    assert shown.outcome is Outcome.PROMOTED
    assert shown.commit is None
    assert any("+kind: Deployment" in change.text for change in shown.changes)
    assert published.gitops.refs() == before
    assert published.gitops.git("count-objects", "-v") == objects


def test_paths_outside_the_output_are_kept_and_stale_files_vanish(published: World) -> None:
    freightlib.promote(published.gitops.path, ["staging"])
    published.gitops.git("checkout", "-q", "stage/staging")
    published.gitops.commit({"NOTES.md": "kept\n"})
    published.gitops.git("checkout", "-q", "main")
    revision = published.source.commit({"k8s/helm/templates/migrate.yaml": ""})
    freightlib.publish(
        published.gitops.path, published.source.path, revision=revision, image=IMAGE.format(revision=revision)
    )
    freightlib.promote(published.gitops.path, ["staging"])
    names = published.gitops.git("ls-tree", "-r", "--name-only", "stage/staging").splitlines()
    assert "NOTES.md" in names
    assert not [name for name in names if "migrate" in name]


def test_an_upstream_that_was_edited_by_hand_holds_no_release(published: World) -> None:
    freightlib.promote(published.gitops.path, ["staging"])
    published.gitops.git("checkout", "-q", "stage/staging")
    published.gitops.commit({"apps/codeai/deployments/staging/deploy/more.yaml": "kind: More\n"})
    published.gitops.git("checkout", "-q", "main")
    with pytest.raises(PromotionBlockedError, match="its upstream staging was changed by hand"):
        freightlib.promote(published.gitops.path, ["test"])


def test_status_tells_of_a_damaged_record_stage_by_stage(published: World) -> None:
    record = "warehouses/codeai/freight/current/freight.yaml"
    published.gitops.commit({record: "revision: short\n"})
    (app,) = freightlib.status(published.gitops.path)
    assert app.current is None
    assert {row.state for row in app.stages} == {"unknown"}
    assert all("current/freight.yaml" in (row.problem or "") for row in app.stages)
