"""Which releases may go: a pure choice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from attrs import evolve, field, frozen

from freightlib.documents.durations import show_duration


@frozen
class Release:
    """A published release: its snapshot's ``tree`` id, and when its record says it was made (``None``: unreadable).

    ``reasons`` say why it stays, in words; a release without any may be removed.
    """

    tag: str
    tree: str
    created_at: datetime | None
    reasons: tuple[str, ...] = field(default=(), converter=tuple[str, ...])


def choose(
    releases: Iterable[Release],
    referred: Mapping[str, Sequence[str]],
    newest: Collection[str] | None,
    older_than: timedelta | None,
    now: datetime,
) -> tuple[Release, ...]:
    """The releases with the reasons for which each stays, added to those that it has.

    ``referred``: tag -> who refers to it; ``newest``: the newest ones, which stay (``None``: that is no rule);
    ``older_than``: younger ones stay (``None``: that is no rule). Both rules must allow a removal; without any rule
    nothing goes.
    """
    return tuple(evolve(one, reasons=_reasons(one, referred, newest, older_than, now)) for one in releases)


def _reasons(
    release: Release,
    referred: Mapping[str, Sequence[str]],
    newest: Collection[str] | None,
    older_than: timedelta | None,
    now: datetime,
) -> tuple[str, ...]:
    found = [*release.reasons, *referred.get(release.tag, ())]
    if newest is None and older_than is None:
        found.append("no rule says that it may go")
    if newest is not None and release.tag in newest:
        found.append(f"among the newest {len(newest)}")
    if older_than is not None and release.created_at is not None and now - release.created_at <= older_than:
        found.append(f"not older than {show_duration(older_than)}")
    return tuple(dict.fromkeys(found))
