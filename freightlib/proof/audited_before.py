"""Remembers how far rendered branches were audited, so that ``--all`` need not check those commits again.

There is one small file for each repository, branch, output path and kind of audit, below the user's cache directory. It
may be deleted at any time. It is valid only for the rules it was written under, and only while the GitOps branch still
contains the commit it was made against. An audit that found an error, or could not see everything, writes no file.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from attrs import asdict, frozen

from freightlib.git.cache_directory import cache_directory
from freightlib.git.contract import Repository
from freightlib.models.freight import is_full_id
from freightlib.proof.rendered_commit import StageLocation

#: Raise this whenever the audit reports something that it did not report before.
RULES: Final = 1
#: An audit with one of these findings is not remembered: it did not check everything.
UNSETTLED: Final = frozenset({"audit-unseen", "not-comparable"})


@frozen
class Sweep:
    """An audit without errors: of the rendered branch up to ``commit``, against ``gitops``, the GitOps branch's tip."""

    commit: str
    gitops: str
    rules: str


@cache
def rules() -> str:
    """Return the rules of this version as text: an audit by other rules does not count."""
    return f"{RULES} of freightlib {version('freightlib')}"


def last_sweep(repository: Repository, place: StageLocation, kind: str) -> Sweep | None:
    """Return the last audit of this ``kind``, or ``None`` without one by the present rules."""
    try:
        found: dict[str, object] = json.loads(_file(repository, place, kind).read_bytes())
        texts = {name: value for name, value in found.items() if isinstance(value, str)}
        sweep = Sweep(**texts)
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    sound = is_full_id(sweep.commit) and is_full_id(sweep.gitops)
    return sweep if sound and sweep.rules == rules() else None


def note_sweep(repository: Repository, place: StageLocation, kind: str, commit: str, gitops: str) -> None:
    """Remember an audit. Do nothing if the cache is not writable."""
    file = _file(repository, place, kind)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".sweep-")
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                json.dump(asdict(Sweep(commit, gitops, rules())), stream)
            Path(name).replace(file)
        except OSError:
            Path(name).unlink(missing_ok=True)
    except OSError:
        return


def _file(repository: Repository, place: StageLocation, kind: str) -> Path:
    key = json.dumps([repository.location, place.app.name, place.stage.name, place.ref, place.path, kind])
    return cache_directory("sweeps") / f"{hashlib.sha256(key.encode('ascii')).hexdigest()[:32]}.json"
