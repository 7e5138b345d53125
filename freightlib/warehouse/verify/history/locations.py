"""Finds each app's warehouse in a commit. The project file in the same commit names its path.

If that project file does not name the app (because its entry was added later, or removed), the path from another commit
is used. So removing an app from the project file does not hide its releases from the checks.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen, mutable

from freightlib.documents import read_warehouses
from freightlib.errors import CorruptObjectError
from freightlib.git.contract import Repository
from freightlib.git.trees import Entry, find
from freightlib.models import PROJECT_FILE


@frozen
class WarehouseLocation:
    """An app's warehouse in one commit: its ``path``, the entry there, and whether the project file names the app."""

    path: str
    entry: Entry | None
    named: bool

    @property
    def tree(self) -> str | None:
        """The warehouse's tree id, or ``None`` if it is not a directory."""
        return self.entry.id if self.entry is not None and self.entry.is_tree else None


@mutable
class Places:
    """Finds warehouses by root tree. ``fallback`` maps an app to the path to use if a project file does not name it."""

    repository: Repository
    fallback: dict[str, str]
    only: str | None = None
    _projects: dict[str | None, Mapping[str, str]] = field(factory=dict)
    _named: dict[str, Mapping[str, str]] = field(factory=dict)
    _known: dict[tuple[str, str], WarehouseLocation] = field(factory=dict)

    def named(self, root: str) -> Mapping[str, str]:
        """Return app -> warehouse of the project file in this root tree. Empty if the file cannot be read."""
        named = self._named.get(root)
        if named is None:
            found = find(self.repository.read_tree, root, PROJECT_FILE)
            blob = None if found is None or found.is_tree else found.id
            if blob not in self._projects:
                self._projects[blob] = {} if blob is None else self._read(blob)
            named = self._named[root] = self._projects[blob]
        return named

    def _read(self, blob: str) -> Mapping[str, str]:
        try:
            # an invalid project file gives an empty mapping, and ``fallback`` is used
            named = read_warehouses(self.repository.read_blob(blob))
        except CorruptObjectError:
            return {}
        return {app: path for app, path in named.items() if self.only in (None, app)}

    def at(self, app: str, root: str) -> WarehouseLocation:
        """Return the app's warehouse in this root tree. Raises CorruptObjectError."""
        place = self._known.get((app, root))
        if place is None:
            named = self.named(root)
            path = named.get(app) or self.fallback[app]
            place = WarehouseLocation(path, find(self.repository.read_tree, root, path), app in named)
            self._known[app, root] = place
        return place
