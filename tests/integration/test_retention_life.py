"""A repository that lives: releases, promotions, reviews, rollbacks and prunes in any order, always provable."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import freightlib
from freightlib.errors import PromotionBlockedError, UsageError
from freightlib.plugins.repositories import open_repository
from freightlib.rendering.branch import BranchState
from tests.retention_world import PROPOSAL, Shop

pytestmark = pytest.mark.slow

KINDS = ("exact", "current-policy")


def held(shop: Shop, branch: str, stage: str) -> str | None:
    return BranchState.read(open_repository(shop.gitops.path), f"refs/heads/{branch}", f"deploy/{stage}").tag


def mergeable(shop: Shop) -> bool:
    """Whether the proposal is based on what production holds now: another one a forge may refuse."""
    return shop.gitops.git("rev-parse", f"{PROPOSAL}~1") == shop.gitops.tip("stage/production")


def pruned(shop: Shop, dice: random.Random) -> None:
    """Whatever the rules: current/, what is held, and what is proposed stay."""
    keep, window = dice.randrange(3), dice.randrange(3)
    windows = {
        stage: [tag for tag in dict.fromkeys(one.tag for one in freightlib.log(shop.gitops.path, stage)) if tag]
        for stage in ("staging", "production")
    }
    before = shop.there()
    made = freightlib.prune(shop.gitops.path, keep=keep, keep_per_stage=window)
    there = shop.there()
    assert {one.tag for one in made.removed} == {*before} - {*there}
    referred = {held(shop, "stage/staging", "staging"), held(shop, "stage/production", "production")}
    referred |= {held(shop, PROPOSAL, "production"), *(before[len(before) - keep :] if keep else [])}
    referred |= {tag for tags in windows.values() for tag in tags[: window + 1]}
    assert {tag for tag in referred if tag in before} <= {*there}
    assert freightlib.verify(shop.gitops.path).ok


@pytest.mark.parametrize("seed", [1, 2])
def test_a_random_life(tmp_path: Path, backend: str, seed: int) -> None:
    dice = random.Random(seed)
    shop = Shop(tmp_path)
    shop.release("staging", "production")
    done: list[str] = []
    for turn in range(60):
        step = dice.choice(["release", "release", "merge", "policy", "rollback", "rollback", "prune", "restore"])
        try:
            if step == "release":
                shop.release("staging", *dice.choice([(), ("production",)]))
            elif step == "merge":
                if not mergeable(shop):
                    continue
                shop.merge(dice.choice(["merge", "squash"]))
            elif step == "policy":
                shop.policy(f"turn{turn}")
            elif step == "rollback":
                stage, kind = dice.choice(["staging", "production"]), dice.choice(KINDS)
                freightlib.rollback(shop.gitops.path, [stage], to=dice.choice(shop.tags), exact=kind == "exact")
            elif step == "prune":
                pruned(shop, dice)
            elif step == "restore":
                shop.publish_again(dice.choice(shop.tags))
            done.append(step)
        except (PromotionBlockedError, UsageError):
            pass  # never held it, holds nothing yet, or it was pruned
    assert {"release", "rollback", "prune", "restore", "merge"} <= {*done}
    shop.check()
