"""Builds a repository object by object, so that a test can store what git and freightlib refuse to write.

>>> import pathlib, tempfile
>>> from freightlib.testing import ObjectBuilder
>>> repository = ObjectBuilder(pathlib.Path(tempfile.mkdtemp(), "gitops.git"))
>>> page = repository.entry(b"kind: ConfigMap")
>>> twice = repository.literal_tree(page._replace(name="a.yaml"), page._replace(name="a.yaml"))
>>> [entry.name for entry in repository.read_tree(twice.id)]
['a.yaml', 'a.yaml']
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from freightlib.documents import write_record
from freightlib.git.grafting import build, graft
from freightlib.git.trees import Entry, Mode, Tree, find, object_id, pack_tree, parse_tree
from freightlib.models import PACKAGE_DIRECTORIES, Freight

_REF: Final = "refs/heads/main"
_WHO: Final = "Test <test@example.com> 1774182896 +0000"
#: A file of a tree: its contents, a mode with the contents, or an entry that is stored already.
File: TypeAlias = bytes | tuple[int, bytes] | Entry


class ObjectBuilder:
    """A bare repository of loose objects at ``path``. Names, modes and order are stored exactly as given."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for directory in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
            (path / directory).mkdir(parents=True)
        (path / "HEAD").write_text(f"ref: {_REF}\n")
        (path / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n")
        self.objects: dict[str, bytes] = {}

    def write(self, kind: str, data: bytes) -> str:
        """Store an object of a kind (``blob``, ``tree``, ``commit``) with any contents, and return its id."""
        name = object_id(kind, data)
        if name not in self.objects:
            self.objects[name] = data
            file = self.loose(name)
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(zlib.compress(b"%s %d\0" % (kind.encode(), len(data)) + data, 1))
        return name

    def loose(self, name: str) -> Path:
        """Return the file of an object."""
        return self.path / "objects" / name[:2] / name[2:]

    def write_blob(self, data: bytes) -> str:
        """Store a blob and return its id."""
        return self.write("blob", data)

    def write_tree(self, entries: Iterable[Entry]) -> str:
        """Store a tree in git's order and return its id."""
        return self.write("tree", pack_tree(entries))

    def read_tree(self, tree: str) -> Tree:
        """Return the entries of a tree."""
        return parse_tree(self.objects[tree])

    def read_blob(self, blob: str) -> bytes:
        """Return the contents of a blob."""
        return self.objects[blob]

    def entry(self, file: File) -> Entry:
        """Store a file and return its entry, which has no name yet."""
        if isinstance(file, Entry):
            return file
        mode, data = (Mode.FILE, file) if isinstance(file, bytes) else file
        return Entry("", mode, self.write_blob(data))

    def tree(self, files: Mapping[str, File]) -> str:
        """Store a tree of ``files`` (path -> file) and return its id."""
        return build(self, ((path, self.entry(file)) for path, file in files.items()))

    def literal_tree(self, *entries: Entry) -> Entry:
        """Store a tree of exactly these entries in this order, with any duplicates, and return its entry."""
        rows = ((one.mode, one.name.encode("utf-8", "surrogateescape"), bytes.fromhex(one.id)) for one in entries)
        return Entry("", Mode.TREE, self.write("tree", b"".join(b"%o %s\0%s" % row for row in rows)))

    def at(self, root: str, path: str) -> Entry:
        """Return the entry at a path below a root tree. Raises AssertionError if it is missing."""
        found = find(self.read_tree, root, path)
        if found is None:
            raise AssertionError(f"nothing at {path}")
        return found

    def put(self, root: str, path: str, file: File | None) -> str:
        """Return the root tree with one path replaced, or removed (``None``)."""
        return graft(self, root, path, None if file is None else self.entry(file))

    def commit(self, tree: str, *parents: str, message: str = "A change\n", moves: str | None = _REF) -> str:
        """Store a commit, move the ref ``moves`` to it, and return its id."""
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {_WHO}", f"committer {_WHO}"]
        commit = self.write("commit", "\n".join([*lines, "", message]).encode())
        if moves is not None:
            (self.path / moves).write_text(f"{commit}\n")
        return commit

    def tree_of(self, commit: str) -> str:
        """Return the root tree of a commit."""
        return self.objects[commit].split(b"\n", 1)[0].removeprefix(b"tree ").decode()

    def copy(self, source: ObjectBuilder, entry: Entry) -> None:
        """Copy an object from another repository, with all objects below it."""
        self.write("tree" if entry.is_tree else "blob", source.objects[entry.id])
        for child in source.read_tree(entry.id) if entry.is_tree else ():
            self.copy(source, child)

    def snapshot(self, freight: Freight, payload: str) -> Entry:
        """Store a release's directory as publish writes it: its record, and the package's tree ``payload``."""
        package = PACKAGE_DIRECTORIES[freight.package_type]
        record = Entry("freight.yaml", Mode.FILE, self.write_blob(write_record(freight)))
        return Entry("", Mode.TREE, self.write_tree((record, Entry(package, Mode.TREE, payload))))
