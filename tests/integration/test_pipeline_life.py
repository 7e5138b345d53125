"""One pipeline from its first release to production and on: four stages, the legacy marker gate, a reviewed production.

Real Helm, real git. After every step the whole history of the warehouse is proved, literal copies included, and every
rendered commit is audited and rendered again.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import freightlib
from freightlib import Outcome
from freightlib.errors import PromotionBlockedError
from tests.worlds import PROJECT, World, commit_files, git, make_world

IMAGE = f"ghcr.io/example/shop:v1@sha256:{'a' * 64}"
MARKER = "warehouses/{app}/legacy-gitflow/{stage}/merged/{tag}.yaml"
GATED = PROJECT.replace(
    "levelbuilder: {from: [test]}", f'levelbuilder: {{from: [test], gates: [{{name: marker, path: "{MARKER}"}}]}}'
)
PROPOSAL = "proposal/codeai/production"
BASE = "stage/production"
OUTPUT = "apps/codeai/deployments/production/deploy"
VALUES = "image: replace-me\nreplicas: 1\nRAILS_ENV: development\nautoscaling: {maxReplicas: %d}\n"


class Pipeline:
    """The two repositories, and what the team does with them; every step ends with a proof of everything."""

    def __init__(self, directory: Path) -> None:
        self.world: World = make_world(directory)
        self.gitops = self.world.gitops
        commit_files(self.gitops, {"freightlib.yaml": GATED})

    def publish(self, revision: str) -> str:
        made = freightlib.publish(self.gitops, self.world.source, revision=revision, image=IMAGE)
        self.prove()
        return made.tag

    def release(self, files: dict[str, str]) -> str:
        """One more release, marked as merged and promoted as far as it goes without review; its tag."""
        tag = self.publish(self.world.release(files))
        freightlib.mark_merged(self.gitops, ["levelbuilder"])
        made = freightlib.promote(self.gitops, ["staging", "test", "levelbuilder"])
        assert {one.tag for one in made} == {tag}
        self.prove()
        return tag

    def propose(self) -> freightlib.Promotion:
        (made,) = freightlib.promote(self.gitops, ["production"])
        self.prove()
        return made

    def land(self) -> freightlib.Promotion:
        made = freightlib.land(self.gitops, "production", approved=self.tip(PROPOSAL))
        assert (made.outcome, self.tip(PROPOSAL)) == (Outcome.LANDED, None)
        self.prove()
        return made

    def prove(self) -> None:
        history = freightlib.verify(self.gitops, history=True, source=self.world.source)
        assert history.findings == ()
        audited = freightlib.audit(self.gitops, rerender=True, all_commits=True)
        assert [one for one in audited.findings if one.severity != "note"] == []

    def tip(self, branch: str) -> str | None:
        return git(self.gitops, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}") or None

    def deployed(self, revision: str = BASE) -> dict[str, str]:
        """What production deploys: manifest -> blob."""
        listed = git(self.gitops, "ls-tree", "-r", f"{revision}:{OUTPUT}").splitlines()
        files = dict(reversed(line.split(" ")[2].split("\t")) for line in listed)
        return {name: blob for name, blob in files.items() if name != "freight.lock"}

    def holds(self) -> dict[str, str | None]:
        (app,) = freightlib.status(self.gitops)
        assert {row.problem for row in app.stages} == {None}
        return {row.stage: row.tag for row in app.stages}


def test_the_life_of_a_pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    team = Pipeline(tmp_path)

    # the first release goes up to the gate, and on when it is marked
    first = team.publish(team.world.revision)
    freightlib.promote(team.gitops, ["staging", "test"])
    before = git(team.gitops, "for-each-ref")
    with pytest.raises(PromotionBlockedError, match="levelbuilder"):
        freightlib.promote(team.gitops, ["levelbuilder"])
    assert git(team.gitops, "for-each-ref") == before
    freightlib.mark_merged(team.gitops, ["levelbuilder"])
    team.prove()
    freightlib.promote(team.gitops, ["levelbuilder"])
    with pytest.raises(PromotionBlockedError):
        freightlib.land(team.gitops, "production", approved="e" * 40)
    assert team.propose().outcome is Outcome.PROPOSED
    team.land()
    assert set(team.holds().values()) == {first}
    bytes_of_first = team.deployed()

    # a release that renders to the same: nothing to review, and no empty proposal
    same = team.release({"k8s/helm/README.md": "# shop\n"})
    assert (team.propose().outcome, team.tip(PROPOSAL)) == (Outcome.UNCHANGED, None)
    assert team.holds() == {"staging": same, "test": same, "levelbuilder": same, "production": first}

    # a proposal that is overtaken before anybody merged it: replaced in place, one commit on the rendered branch
    third = team.release({"k8s/helm/values.yaml": VALUES % 3})
    assert team.propose().tag == third
    overtaken = team.tip(PROPOSAL)
    fourth = team.release({"k8s/helm/values.yaml": VALUES % 4})
    assert (team.propose().tag, team.propose().outcome) == (fourth, Outcome.UNCHANGED)
    assert team.tip(PROPOSAL) != overtaken
    assert git(team.gitops, "rev-parse", f"{PROPOSAL}^") == team.tip(BASE)
    with pytest.raises(PromotionBlockedError):  # what was approved is not what would land
        freightlib.land(team.gitops, "production", approved=overtaken)

    # merged on the forge, as a squash with a message of its own
    git(team.gitops, "switch", "-q", BASE)
    git(team.gitops, "merge", "-q", "--squash", PROPOSAL)
    git(team.gitops, "commit", "-qm", "Release to production (#7)")
    git(team.gitops, "switch", "-q", "main")
    team.prove()
    assert set(team.holds().values()) == {fourth}
    assert (team.propose().outcome, team.tip(PROPOSAL)) == (Outcome.UNCHANGED, None)

    # back to the very bytes of the first release, by review; promotion by itself leaves that alone
    (back,) = freightlib.rollback(team.gitops, ["production"], to=first, exact=True)
    assert back.outcome is Outcome.PROPOSED
    team.prove()
    team.land()
    assert team.deployed() == bytes_of_first
    assert team.holds()["production"] == first

    # forward again with new policy, and back to the fourth release with today's policy
    commit_files(team.gitops, {"apps/codeai/deployments/production/values.yaml": "replicas: 11\n"})
    fifth = team.release({"k8s/helm/values.yaml": VALUES % 5})
    assert team.propose().tag == fifth
    team.land()
    freightlib.rollback(team.gitops, ["production"], to=fourth, exact=False)
    team.land()
    assert team.holds()["production"] == fourth
    assert "replicas: 11" in git(team.gitops, "show", f"{BASE}:{OUTPUT}/shop/templates/web.yaml")
    log = [entry.moved for entry in freightlib.log(team.gitops, "production")]
    assert sum("rollback" in moved for moved in log) == 2

    # old releases go; what a stage holds, held lately, or is current stays, and life goes on
    assert freightlib.prune(team.gitops, keep=1, keep_per_stage=1, dry_run=True).commit is None
    pruned = freightlib.prune(team.gitops, keep=1, keep_per_stage=1)
    team.prove()
    gone, kept = {one.tag for one in pruned.removed}, {one.tag for one in pruned.kept}
    assert same in gone
    assert {fourth, fifth} <= kept
    sixth = team.release({"k8s/helm/values.yaml": VALUES % 6})
    assert team.propose().tag == sixth
    team.land()
    assert set(team.holds().values()) == {sixth}
