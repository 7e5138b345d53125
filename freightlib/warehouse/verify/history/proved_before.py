"""A cache of histories that were found sound. It may be deleted at any time.

A proof is a file that says: every commit reachable from this one is sound. Its path is made of ids only: of the code of
the rules, of the plugins with checks, of the warehouses, and of the commit. So a proof is valid in every clone, and
becomes invalid with every upgrade. The proof also stores the warnings and notes of that history, so that they are
reported again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from attrs import field, frozen

import freightlib.errors
from freightlib.git.cache_directory import cache_directory
from freightlib.models import Finding, Severity
from freightlib.models.freight import is_full_id
from freightlib.plugins.registry import registry

#: The code of the rules, below the package. Any change in it makes every proof invalid.
_RULES: Final = ("documents", "models", "warehouse/verify", "git/payload", "git/safe_names.py", "git/trees.py")
#: The number of proofs kept for one set of warehouses. A history with more remarks than _REMARKS is not cached.
_KEPT: Final = 64
_REMARKS: Final = 500


@frozen
class Proofs:
    """The proofs about a set of warehouses: app -> path."""

    warehouses: Mapping[str, str] = field(hash=False)

    @property
    def _folder(self) -> Path:
        named = json.dumps(sorted(self.warehouses.items())).encode()
        return cache_directory("proofs") / _rules() / hashlib.sha256(named).hexdigest()[:32]

    def commits(self) -> list[str]:
        """Return the proved commits, the newest proof first."""
        try:
            files = [(entry.stat().st_mtime, entry.name) for entry in os.scandir(self._folder)]
        except OSError:
            return []  # the cache does not exist or cannot be read
        return [name for _, name in sorted(files, reverse=True)[:_KEPT] if is_full_id(name)]

    def remarks(self, commit: str) -> tuple[Finding, ...]:
        """Return the warnings and notes of a proved history. An unreadable proof gives none."""
        try:
            return tuple(_finding(value) for value in json.loads((self._folder / commit).read_bytes()))
        except (OSError, ValueError, KeyError, TypeError):
            return ()

    def add(self, commit: str, remarks: Iterable[Finding]) -> None:
        """Add a proof that the history of ``commit`` is sound. Does nothing if the cache is not writable."""
        listed = [_values(one) for one in remarks]
        if len(listed) > _REMARKS:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            temporary = self._folder / f".{token_hex(8)}"
            temporary.write_text(json.dumps(listed), "utf-8")
            temporary.replace(self._folder / commit)
            self._forget_old()

    def _forget_old(self) -> None:
        files = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in files[_KEPT:]:
            old.unlink(missing_ok=True)


@cache
def _rules() -> str:
    """Return the id of the rules: a hash of their code and of the installed plugins."""
    digest = hashlib.sha256()
    package = Path(freightlib.errors.__file__).parent
    for name in _RULES:
        place = package / name
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(f"{path.relative_to(package)}\0".encode() + path.read_bytes() + b"\0")
    for plugin in registry().plugins:
        digest.update(f"{plugin.name} {plugin.distribution} {plugin.version}\0".encode())
    return digest.hexdigest()[:32]


def _values(one: Finding) -> dict[str, Any]:
    return {
        "code": one.code,
        "severity": one.severity.value,
        "path": one.path,
        "message": one.message,
        "hint": one.hint,
        "data": dict(one.data),
    }


def _finding(values: Any) -> Finding:
    return Finding(
        values["code"], Severity(values["severity"]), values["path"], values["message"], values["hint"], values["data"]
    )
