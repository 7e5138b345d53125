"""Locks with and without the record of a rollback: what reads back, and what stays as it was."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from freightlib.documents import read_lock, write_lock
from freightlib.errors import LockError
from freightlib.models import (
    LockedFile,
    LockedFreight,
    LockedPolicy,
    LockedRender,
    LockedRollback,
    RenderLock,
)

IDS = st.text("0123456789abcdef", min_size=40, max_size=40)
TAGS = IDS.map("git-{}".format)
LOCK = RenderLock(
    app="shop",
    stage="staging",
    freight=LockedFreight(f"git-{'1' * 40}", "2" * 40, "3" * 40),
    policy=LockedPolicy("4" * 40, [LockedFile("apps/shop/values.yaml", None)]),
    render=LockedRender("copy", "freightlib", "1", "helm"),
    manifests="5" * 40,
)
ROLLBACKS = st.builds(LockedRollback, st.sampled_from(["exact", "current-policy"]), TAGS, IDS)


@given(st.one_of(st.none(), ROLLBACKS))
def test_a_lock_reads_back(rollback: LockedRollback | None) -> None:
    lock = evolve(LOCK, rollback=rollback)
    data = write_lock(lock)
    assert read_lock(data) == lock
    assert write_lock(read_lock(data)) == data


@given(ROLLBACKS)
def test_a_record_is_added_at_the_end_and_changes_nothing_else(rollback: LockedRollback) -> None:
    plain, data = write_lock(LOCK), write_lock(evolve(LOCK, rollback=rollback))
    assert data.startswith(plain)
    assert data[len(plain) :].startswith(b"rollback:\n  kind: ")
    assert b"rollback" not in plain


@given(ROLLBACKS, ROLLBACKS)
def test_it_is_no_input(one: LockedRollback, other: LockedRollback) -> None:
    assert evolve(LOCK, rollback=one).same_inputs(evolve(LOCK, rollback=other))
    assert evolve(LOCK, rollback=one).same_inputs(LOCK)
    assert not evolve(LOCK, rollback=one).same_inputs(evolve(LOCK, stage="test"))


@pytest.mark.parametrize("record", ["", "x", "[]", "{}", "{kind: exact, left: git-1, commit: 1}"])
def test_a_record_that_is_none(record: str) -> None:
    with pytest.raises(LockError, match="rollback"):
        read_lock(write_lock(LOCK) + f"rollback: {record}\n".encode())
