"""Attestations against the published forms, and what is not attested."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as StatementForm

import freightlib
from freightlib.errors import AuditError, RevisionError, UsageError
from freightlib.testing import RepositoryBuilder, git
from tests.cli import call, document
from tests.unit.audit.support import BRANCH, LOCK, OUT, Rendered


def attested(world: Rendered, stage: str = "staging", **options: Any) -> freightlib.Attestation:
    return freightlib.attest(world.gitops.path, stage, app="shop", **options)


def validate(data: bytes) -> dict[str, Any]:
    """The statement, after the published protocol buffers took it without an unknown or malformed field."""
    form = json_format.Parse(data, StatementForm(), ignore_unknown_fields=False)
    Statement.copy_from_pb(form).validate()
    loaded: dict[str, Any] = json.loads(data)
    predicate = json_format.ParseDict(loaded["predicate"], provenance_pb2.Provenance(), ignore_unknown_fields=False)
    every = [*predicate.build_definition.resolved_dependencies, *predicate.run_details.byproducts]
    for one in every:
        ResourceDescriptor.copy_from_pb(one).validate()
        assert one.digest or one.uri, "SLSA asks for more than in-toto does"
    # what SLSA v1.0 requires of a provenance
    assert predicate.build_definition.build_type
    assert predicate.build_definition.external_parameters
    assert predicate.run_details.builder.id
    return loaded


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made.update(more=1),
        lambda made: made["predicate"].update(builder={}),
        lambda made: made["predicate"]["runDetails"]["metadata"].update(finishedOn="yesterday"),
        lambda made: made.update(subject=[]),
        lambda made: made["subject"][0].pop("digest"),
        lambda made: made["predicate"]["buildDefinition"]["resolvedDependencies"].append({}),
    ],
)
def test_what_is_not_of_that_form_is_refused(world: Rendered, change: Any) -> None:
    made = json.loads(attested(world).data)
    change(made)
    with pytest.raises((json_format.ParseError, ValueError, AssertionError)):
        validate(json.dumps(made).encode())


@pytest.mark.parametrize("stage", ["staging", "test", "production"])
def test_an_attestation_names_what_it_was_made_of(world: Rendered, stage: str) -> None:
    made = validate(attested(world, stage, rerender=True).data)
    lock = world.at(f"apps/shop/{stage}/freight.lock", f"stage/{stage}").decode()
    assert made["_type"] == "https://in-toto.io/Statement/v1"
    assert made["predicateType"] == "https://slsa.dev/provenance/v1"
    (subject,) = made["subject"]
    assert subject["name"] == f"stage/{stage}:apps/shop/{stage}"
    held = world.gitops.git("ls-tree", f"stage/{stage}:apps/shop/{stage}").splitlines()
    rows = "".join(f"{row}\n" for row in held if not row.endswith("\tfreight.lock"))
    assert subject["digest"] == {"gitTree": world.gitops.git("mktree", data=rows.encode())}
    parts = {one["name"]: one for one in made["predicate"]["buildDefinition"]["resolvedDependencies"]}
    tag = made["predicate"]["buildDefinition"]["externalParameters"]["release"]
    folder = f"main:warehouses/shop/freight/{tag}"
    assert f"tag: {tag}\n" in lock
    assert parts["snapshot"]["digest"] == {"gitTree": world.gitops.git("rev-parse", folder)}
    assert parts["package"]["digest"] == {"gitTree": world.source.git("rev-parse", f"{tag[4:]}:deploy")}
    assert parts["source"]["digest"] == {"gitCommit": tag.removeprefix("git-")}
    assert f"commit: {parts['freight']['digest']['gitCommit']}\n" in lock
    assert f"commit: {parts['policy']['digest']['gitCommit']}\n" in lock
    assert parts["image"]["digest"] == {"sha256": "a" * 64}
    assert parts["image"]["uri"].startswith("pkg:oci/shop@sha256%3Aaaa")
    details = made["predicate"]["runDetails"]
    assert details["builder"]["version"].keys() == {"freightlib", "copy/freightlib", "transform/common-labels"}
    assert (
        details["metadata"]["invocationId"] == made["predicate"]["runDetails"]["byproducts"][0]["digest"]["gitCommit"]
    )


def test_the_same_commit_gives_the_same_bytes(world: Rendered, tmp_path: Path) -> None:
    first = attested(world)
    assert attested(world).data == first.data
    git(tmp_path, "clone", "-q", "--bare", f"file://{world.gitops.path}", "clone.git")
    assert attested(world.using(gitops=RepositoryBuilder(tmp_path / "clone.git"))).data == first.data
    # a later commit elsewhere on the branch does not matter, and the commit can be named
    world.put({"README.md": "x\n"})
    assert attested(world).data == first.data
    assert attested(world, revision=BRANCH).data == first.data
    before = attested(world, revision=world.gitops.git("rev-parse", f"{BRANCH}~3"))
    assert before.commit != first.commit
    validate(before.data)


def test_the_gitops_repository_is_named_when_asked_for(world: Rendered) -> None:
    made = validate(attested(world, uri="https://me:secret@github.com/example/gitops.git").data)
    parts = {one["name"]: one.get("uri") for one in made["predicate"]["buildDefinition"]["resolvedDependencies"]}
    assert parts["policy"] == parts["snapshot"] == "git+https://github.com/example/gitops.git"
    with pytest.raises(UsageError, match="'gitops' is not an address"):
        attested(world, uri="gitops")


def test_what_fails_its_audit_is_not_attested(world: Rendered, tmp_path: Path) -> None:
    good = attested(world)
    world.put({f"{OUT}/web.yaml": "kind: Edited\n"})
    with pytest.raises(AuditError, match="its content is not that in the manifests that its lock names") as caught:
        attested(world)
    assert [one.code for one in caught.value.data["report"].errors] == ["rendered-content"]
    assert attested(world, revision=good.commit).data == good.data
    world.fixed_up()
    validate(attested(world).data)
    with pytest.raises(AuditError, match="what the locked inputs render to"):
        attested(world, rerender=True)


def test_what_cannot_be_seen_or_compared_is_not_attested(world: Rendered, tmp_path: Path) -> None:
    world.gitops.git("commit", "-q", "--allow-empty", "-m", "Another")
    git(
        tmp_path, "clone", "-q", "--bare", "--depth=1", "--no-single-branch", f"file://{world.gitops.path}", "clone.git"
    )
    with pytest.raises(AuditError, match="this clone does not show the freight commit"):
        attested(world.using(gitops=RepositoryBuilder(tmp_path / "clone.git")))
    world.lock((r"(engine: freightlib\n  version: )'1'", r"\1'0'"))
    validate(attested(world).data)
    with pytest.raises(AuditError, match="it was rendered with freightlib 0"):
        attested(world, rerender=True)


def test_only_a_rendered_commit_of_the_stage_is_attested(world: Rendered) -> None:
    with pytest.raises(UsageError, match="is not on stage/staging"):
        attested(world, revision="main")
    with pytest.raises(RevisionError):
        attested(world, revision="0" * 40)
    world.gitops.git("update-ref", "-d", "refs/heads/stage/test")
    with pytest.raises(UsageError, match="test holds no release yet"):
        attested(world, "test")


def test_the_verb(world: Rendered, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = ("--repo", world.gitops.path, "--app", "shop")
    expected = attested(world).data.decode()
    status, out, err = call(capsys, "attest", "staging", *there)
    assert (status, out, err) == (0, expected, "")
    document("attest", out)
    status, out, _ = call(capsys, "attest", "staging", *there, "--json", "--rerender")
    assert (status, out) == (0, expected)
    file = tmp_path / "staging.json"
    status, out, _ = call(capsys, "attest", "staging", *there, "--output", file)
    assert (status, out) == (0, f"attested: staging at {attested(world).commit}, in {file}\n")
    assert file.read_text() == expected
    status, _, err = call(capsys, "attest", "staging", *there, "--output", tmp_path / "none" / "x")
    assert (status, err.count("\n")) == (3, 2)
    world.put({LOCK: None})
    status, out, err = call(capsys, "attest", "staging", *there)
    assert (status, out, err.count("\n")) == (1, "", 2)
    status, out, _ = call(capsys, "attest", "staging", *there, "--json")
    assert status == 1
    assert document("error", out)["error"]["code"] == "audit"


def test_a_source_at_an_address_is_named_by_it(world: Rendered) -> None:
    world.source.git("remote", "add", "origin", "git@github.com:example/shop.git")
    world.release({"deploy/web.yaml": "kind: New\nmetadata: {name: web}\n"})
    freightlib.promote(world.gitops.path, ["staging"], app="shop")
    made = validate(attested(world).data)
    parts = {one["name"]: one for one in made["predicate"]["buildDefinition"]["resolvedDependencies"]}
    assert parts["source"]["uri"] == "git+ssh://git@github.com/example/shop.git"


def test_the_audit_verb(world: Rendered, capsys: pytest.CaptureFixture[str]) -> None:
    there = ("--repo", world.gitops.path, "--app", "shop")
    assert call(capsys, "audit", *there) == (0, "audited: 3 stages, 3 commits\n", "")
    status, out, _ = call(capsys, "audit", "staging", *there, "--all", "--rerender")
    assert (status, out) == (0, "audited: 1 stage, 3 commits, 3 renderings\n")
    world.put({f"{OUT}/web.yaml": "kind: Edited\n"})
    status, out, _ = call(capsys, "audit", *there)
    assert status == 1
    assert out.splitlines()[0] == "error rendered-content"
    assert f"{OUT}/web.yaml: {BRANCH} at " in out
    assert out.splitlines()[-1] == "failed: 1 error, 0 warnings in 3 stages, 3 commits"
    status, out, _ = call(capsys, "audit", *there, "--json", "--since", world.gitops.git("rev-parse", f"{BRANCH}~1"))
    assert status == 1
    (found,) = document("audit", out)["findings"]
    assert (found["code"], found["data"]["stage"]) == ("rendered-content", "staging")
    status, _, err = call(capsys, "audit", "nothing", *there)
    assert (status, err.count("\n")) == (2, 2)
