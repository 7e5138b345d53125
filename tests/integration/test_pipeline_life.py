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
from tests.plain_world import IMAGE
from tests.worlds import PROJECT, World, policy_files

MARKER = "warehouses/{app}/legacy-gitflow/{stage}/merged/{tag}.yaml"
GATED = PROJECT.replace(
    "levelbuilder: {from: [test]}", f'levelbuilder: {{from: [test], gates: [{{name: marker, path: "{MARKER}"}}]}}'
)
PROPOSAL = "proposal/codeai/production"
BASE = "stage/production"
OUTPUT = "apps/codeai/deployments/production/deploy"
VALUES = "image: replace-me\nreplicas: 1\nRAILS_ENV: development\nautoscaling: {maxReplicas: %d}\n"


class Pipeline(World):
    """The two repositories, and what the team does with them; every step ends with a proof of everything."""

    image_template = IMAGE

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, policy=policy_files(GATED))

    def proved(self, revision: str) -> str:
        """Publish a source commit; its tag."""
        made = self.publish(revision)
        self.prove()
        return made.tag

    def release(self, files: dict[str, str]) -> str:
        """One more release, marked as merged and promoted as far as it goes without review; its tag."""
        tag = self.proved(self.source.commit(files))
        freightlib.mark_merged(self.gitops.path, ["levelbuilder"])
        made = freightlib.promote(self.gitops.path, ["staging", "test", "levelbuilder"])
        assert {one.tag for one in made} == {tag}
        self.prove()
        return tag

    def propose(self) -> freightlib.Promotion:
        (made,) = freightlib.promote(self.gitops.path, ["production"])
        self.prove()
        return made

    def land(self) -> freightlib.Promotion:
        made = freightlib.land(self.gitops.path, "production", approved=self.gitops.tip(PROPOSAL))
        assert (made.outcome, self.gitops.tip(PROPOSAL)) == (Outcome.LANDED, None)
        self.prove()
        return made

    def prove(self) -> None:
        history = freightlib.verify(self.gitops.path, history=True, source=self.source.path)
        assert history.findings == ()
        audited = freightlib.audit(self.gitops.path, rerender=True, all_commits=True)
        assert [one for one in audited.findings if one.severity != "note"] == []

    def manifests(self, revision: str = BASE) -> dict[str, str]:
        """What production deploys: manifest -> blob."""
        listed = self.gitops.git("ls-tree", "-r", f"{revision}:{OUTPUT}").splitlines()
        files = dict(reversed(line.split(" ")[2].split("\t")) for line in listed)
        return {name: blob for name, blob in files.items() if name != "freight.lock"}

    def holds(self) -> dict[str, str | None]:
        (app,) = freightlib.status(self.gitops.path)
        assert {row.problem for row in app.stages} == {None}
        return {row.stage: row.tag for row in app.stages}


def test_the_life_of_a_pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    team = Pipeline(tmp_path)

    # the first release goes up to the gate, and on when it is marked
    first = team.proved(team.revision)
    freightlib.promote(team.gitops.path, ["staging", "test"])
    before = team.gitops.git("for-each-ref")
    with pytest.raises(PromotionBlockedError, match="levelbuilder"):
        freightlib.promote(team.gitops.path, ["levelbuilder"])
    assert team.gitops.git("for-each-ref") == before
    freightlib.mark_merged(team.gitops.path, ["levelbuilder"])
    team.prove()
    freightlib.promote(team.gitops.path, ["levelbuilder"])
    with pytest.raises(PromotionBlockedError):
        freightlib.land(team.gitops.path, "production", approved="e" * 40)
    assert team.propose().outcome is Outcome.PROPOSED
    team.land()
    assert set(team.holds().values()) == {first}
    bytes_of_first = team.manifests()

    # a release that renders to the same: nothing to review, and no empty proposal
    same = team.release({"k8s/helm/README.md": "# shop\n"})
    assert (team.propose().outcome, team.gitops.tip(PROPOSAL)) == (Outcome.UNCHANGED, None)
    assert team.holds() == {"staging": same, "test": same, "levelbuilder": same, "production": first}

    # a proposal that is overtaken before anybody merged it: replaced in place, one commit on the rendered branch
    third = team.release({"k8s/helm/values.yaml": VALUES % 3})
    assert team.propose().tag == third
    overtaken = team.gitops.tip(PROPOSAL)
    fourth = team.release({"k8s/helm/values.yaml": VALUES % 4})
    assert (team.propose().tag, team.propose().outcome) == (fourth, Outcome.UNCHANGED)
    assert team.gitops.tip(PROPOSAL) != overtaken
    assert team.gitops.git("rev-parse", f"{PROPOSAL}^") == team.gitops.tip(BASE)
    with pytest.raises(PromotionBlockedError):  # what was approved is not what would land
        freightlib.land(team.gitops.path, "production", approved=overtaken)

    # merged on the forge, as a squash with a message of its own
    team.gitops.merge(PROPOSAL, BASE, "squash", "Release to production (#7)")
    team.prove()
    assert set(team.holds().values()) == {fourth}
    assert (team.propose().outcome, team.gitops.tip(PROPOSAL)) == (Outcome.UNCHANGED, None)

    # back to the very bytes of the first release, by review; promotion by itself leaves that alone
    (back,) = freightlib.rollback(team.gitops.path, ["production"], to=first, exact=True)
    assert back.outcome is Outcome.PROPOSED
    team.prove()
    team.land()
    assert team.manifests() == bytes_of_first
    assert team.holds()["production"] == first

    # forward again with new policy, and back to the fourth release with today's policy
    team.gitops.commit({"apps/codeai/deployments/production/values.yaml": "replicas: 11\n"})
    fifth = team.release({"k8s/helm/values.yaml": VALUES % 5})
    assert team.propose().tag == fifth
    team.land()
    freightlib.rollback(team.gitops.path, ["production"], to=fourth, exact=False)
    team.land()
    assert team.holds()["production"] == fourth
    assert "replicas: 11" in team.gitops.git("show", f"{BASE}:{OUTPUT}/shop/templates/web.yaml")
    log = [entry.moved for entry in freightlib.log(team.gitops.path, "production")]
    assert sum("rollback" in moved for moved in log) == 2

    # old releases go; what a stage holds, held lately, or is current stays, and life goes on
    assert freightlib.prune(team.gitops.path, keep=1, keep_per_stage=1, dry_run=True).commit is None
    pruned = freightlib.prune(team.gitops.path, keep=1, keep_per_stage=1)
    team.prove()
    gone, kept = {one.tag for one in pruned.removed}, {one.tag for one in pruned.kept}
    assert same in gone
    assert {fourth, fifth} <= kept
    sixth = team.release({"k8s/helm/values.yaml": VALUES % 6})
    assert team.propose().tag == sixth
    team.land()
    assert set(team.holds().values()) == {sixth}
