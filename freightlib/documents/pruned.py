r"""Reads and writes ``pruned.yaml``, the list of releases that were removed from a warehouse.

>>> from freightlib.documents.pruned import read_pruned
>>> read_pruned(b"schemaVersion: v1\npruned: git-1\n", document="pruned.yaml")
Traceback (most recent call last):
...
freightlib.errors.RecordError: pruned.yaml:2: pruned: expected a list, not the text 'git-1'
restore it from the commit before: it is written by freight prune
"""

from __future__ import annotations

from typing import Any, Final, NoReturn

from freightlib.documents import kubeyaml
from freightlib.documents.emit import emit
from freightlib.documents.kubeyaml import Limits, Text
from freightlib.documents.problems import Path, Problems
from freightlib.documents.structure import kind_of
from freightlib.errors import RecordError
from freightlib.models.pruned import PRUNED, Pruned, PrunedRelease

_HINT: Final = "restore it from the commit before: it is written by freight prune"
# the list has two lines for each release that was ever pruned, so it may exceed the limit of other documents
_LIMITS: Final = Limits(size=64 << 20, depth=8, documents=1)


def read_pruned(data: bytes, *, document: str = PRUNED) -> Pruned:
    """Parse the list. Raises RecordError, which names the problem with its line."""
    tree = kubeyaml.load(data, document=document, text=True, limits=_LIMITS, error=RecordError)
    problems = Problems(document, tree, RecordError)
    _check_head(problems, tree)
    found: dict[str, PrunedRelease] = {}
    for index, each in enumerate(tree["pruned"]):
        release = _release(problems, ("pruned", index), each)
        if release.tag in found:
            _fail(problems, ("pruned", index), f"{release.tag} is listed twice")
        found[release.tag] = release
    return Pruned(tuple(found.values()))


def write_pruned(pruned: Pruned) -> bytes:
    """Return the list in its canonical form, sorted by tag."""
    listed = sorted(pruned.releases, key=lambda release: release.tag)
    return emit({"schemaVersion": "v1", "pruned": [{"tag": one.tag, "tree": one.tree} for one in listed]}).encode()


def _check_head(problems: Problems, tree: Any) -> None:
    if not isinstance(tree, dict):
        _fail(problems, (), f"expected a mapping, not {kind_of(tree)}")
    if tree.get("schemaVersion") != "v1":
        _fail(problems, ("schemaVersion",), "is not v1, the only version that this freightlib reads")
    for key in tree:
        if key not in ("schemaVersion", "pruned"):
            _fail(problems, (str(key),), "unknown key")
    listed = tree.get("pruned")
    if not isinstance(listed, list):
        _fail(problems, ("pruned",), f"expected a list, not {kind_of(listed)}" if listed is not None else "is missing")


def _release(problems: Problems, path: Path, given: Any) -> PrunedRelease:
    if not isinstance(given, dict) or set(given) != {"tag", "tree"}:
        _fail(problems, path, "expected the keys tag and tree")
    if not all(isinstance(value, Text) for value in given.values()):
        _fail(problems, path, "expected texts")
    try:
        return PrunedRelease(str(given["tag"]), str(given["tree"]))
    except RecordError as error:
        _fail(problems, path, error.message)


def _fail(problems: Problems, path: Path, message: str) -> NoReturn:
    problems.add(path, message, _HINT)
    problems.throw()
