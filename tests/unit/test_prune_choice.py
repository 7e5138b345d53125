"""The choice of what may be pruned: whatever is referred to stays, and stricter rules never remove more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from freightlib.warehouse.retention import Release, choose

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TAGS = [f"git-{number:040x}" for number in range(12)]
DAYS = st.integers(0, 40)


def release(tag: str, days: int | None, *reasons: str) -> Release:
    return Release(tag, "f" * 40, None if days is None else NOW - timedelta(days=days), reasons)


RELEASES = st.lists(st.one_of(st.none(), DAYS), min_size=0, max_size=len(TAGS)).map(
    lambda days: [
        release(tag, day, *(["unreadable"] if day is None else [])) for tag, day in zip(TAGS, days, strict=False)
    ]
)
REFERRED = st.dictionaries(st.sampled_from(TAGS), st.lists(st.sampled_from("abc"), min_size=1).map(tuple))
KEEP = st.one_of(st.none(), st.integers(0, 12))
AGE = st.one_of(st.none(), DAYS.map(lambda days: timedelta(days=days)))


def gone(
    releases: list[Release], referred: dict[str, tuple[str, ...]], keep: int | None, age: timedelta | None
) -> set[str]:
    newest = None if keep is None else frozenset(one.tag for one in releases[max(0, len(releases) - keep) :])
    return {one.tag for one in choose(releases, referred, newest, age, NOW) if not one.reasons}


@given(RELEASES, REFERRED, KEEP, AGE)
def test_what_goes_is_allowed_by_everything(
    releases: list[Release], referred: dict[str, tuple[str, ...]], keep: int | None, age: timedelta | None
) -> None:
    removed = gone(releases, referred, keep, age)
    assert not removed & referred.keys()
    if keep is None and age is None:
        assert removed == set()
    for number, one in enumerate(releases):
        allowed = [one.tag not in referred, one.created_at is not None, keep is not None or age is not None]
        if keep is not None:
            allowed.append(number < len(releases) - keep)
        if age is not None and one.created_at is not None:
            allowed.append(NOW - one.created_at > age)
        assert (one.tag in removed) == all(allowed)


@given(RELEASES, REFERRED, st.integers(0, 12), st.integers(0, 12), DAYS, DAYS)
def test_stricter_rules_never_remove_more(
    releases: list[Release], referred: dict[str, tuple[str, ...]], keep: int, more: int, days: int, longer: int
) -> None:
    base = gone(releases, referred, keep, timedelta(days=days))
    assert gone(releases, referred, keep + more, timedelta(days=days)) <= base
    assert gone(releases, referred, keep, timedelta(days=days + longer)) <= base
    assert base == gone(releases, referred, keep, None) & gone(releases, referred, None, timedelta(days=days))
    assert gone(releases, {**referred, **dict.fromkeys(base, ("held",))}, keep, timedelta(days=days)) == set()


def test_every_reason_is_told() -> None:
    (one,) = choose([release(TAGS[0], 1)], {TAGS[0]: ("held by test",)}, {TAGS[0], TAGS[1]}, timedelta(days=30), NOW)
    assert one.reasons == ("held by test", "among the newest 2", "not older than 30d")
