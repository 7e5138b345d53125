"""Converts commits between git's bytes and ``git.contract.Commit``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from freightlib.errors import CorruptObjectError
from freightlib.git.contract import Commit, Identity
from freightlib.git.safe_names import check_message, check_person

_PERSON: Final = re.compile(rb"(.*?) ?<(.*?)> ?(-?\d+) ?([+-]\d{4})?$", re.DOTALL)


def pack_commit(tree: str, parents: Sequence[str], message: str, author: Identity, committer: Identity) -> bytes:
    """Return the raw commit. Raises UnsafePathError for text that git would mangle (see ``git.safe_names``)."""
    for person in (author, committer):
        check_person(person.name, person.email, person.when)
    check_message(message)
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    lines += [f"author {_person(author)}", f"committer {_person(committer)}", "", message]
    return "\n".join(lines).encode()


def stamp(when: datetime) -> str:
    """Return a time as git writes it: seconds since 1970 and the offset from UTC."""
    minutes = round((when.utcoffset() or timedelta()).total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"{int(when.timestamp())} {sign}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"


def _person(who: Identity) -> str:
    return f"{who.name} <{who.email}> {stamp(who.when)}"


def parse_commit(name: str, data: bytes) -> Commit:
    """Parse a raw commit. Raises CorruptObjectError if the bytes are not a commit."""
    head, _, message = data.partition(b"\n\n")
    headers: dict[bytes, list[bytes]] = {}
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        headers.setdefault(key, []).append(value)
    try:
        tree = headers[b"tree"][0].decode("ascii")
        author, committer = _parse_person(headers[b"author"][0]), _parse_person(headers[b"committer"][0])
        parents = tuple(parent.decode("ascii") for parent in headers.get(b"parent", ()))
    except (KeyError, ValueError, OverflowError) as error:
        raise CorruptObjectError(
            f"the commit {name} is damaged: {error}", hint="run git fsck --full in that repository", object=name
        ) from error
    encoding = headers.get(b"encoding", [b"utf-8"])[0].decode("ascii", "replace")
    return Commit(name, tree, parents, author, committer, _text(message, encoding))


def _text(data: bytes, encoding: str) -> str:
    if encoding.lower() not in ("utf-8", "utf8"):
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            pass  # Python does not know the encoding, so the bytes are kept below
    return data.decode("utf-8", "surrogateescape")


def _parse_person(line: bytes) -> Identity:
    match = _PERSON.match(line)
    if match is None:
        raise ValueError(f"{line!r} is not a person")
    name, email, seconds, offset = match.groups()
    minutes = int(offset[1:3]) * 60 + int(offset[3:5]) if offset else 0
    zone = timezone(timedelta(minutes=-minutes if offset and offset[:1] == b"-" else minutes)) if minutes else UTC
    text = [part.decode("utf-8", "surrogateescape") for part in (name, email)]
    return Identity(text[0], text[1], datetime.fromtimestamp(int(seconds), zone))
