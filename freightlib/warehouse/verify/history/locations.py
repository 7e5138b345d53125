"""Where each app's warehouse lies in a commit: the project file of that very commit says so.

An app that was moved, or whose entry was taken out of the project file, is followed all the same: where a commit's
project file does not name it, it is looked for where it is named otherwise.
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
class Place:
    """An app's warehouse in one commit: its ``path``, what stands there, and whether the project file names the app."""

    path: str
    entry: Entry | None
    named: bool

    @property
    def tree(self) -> str | None:
        """The warehouse's tree id, or ``None`` when there is no directory."""
        return self.entry.id if self.entry is not None and self.entry.is_tree else None


@mutable
class Places:
    """Warehouses by root tree. ``fallback``: app -> the path that counts where no project file says otherwise."""

    repository: Repository
    fallback: dict[str, str]
    only: str | None = None
    _projects: dict[str | None, Mapping[str, str]] = field(factory=dict)
    _named: dict[str, Mapping[str, str]] = field(factory=dict)
    _known: dict[tuple[str, str], Place] = field(factory=dict)

    def named(self, root: str) -> Mapping[str, str]:
        """The apps that the project file in this root tree names -> their warehouses; none when it cannot be read."""
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
            # one that was wrong at the time names none: the places that are known otherwise count
            named = read_warehouses(self.repository.read_blob(blob))
        except CorruptObjectError:
            return {}
        return {app: path for app, path in named.items() if self.only in (None, app)}

    def at(self, app: str, root: str) -> Place:
        """The app's warehouse in this root tree. Raises CorruptObjectError."""
        place = self._known.get((app, root))
        if place is None:
            named = self.named(root)
            path = named.get(app) or self.fallback[app]
            place = Place(path, find(self.repository.read_tree, root, path), app in named)
            self._known[app, root] = place
        return place
