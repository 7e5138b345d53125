"""Histories of a GitOps branch, commit by commit, in which a test can do what nobody should."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from freightlib.documents import write_pruned, write_record
from freightlib.git.trees import Entry, Mode
from freightlib.models import CURRENT, PRUNED, Freight, Pruned, PrunedRelease, Report
from freightlib.models.freight import tag_of
from freightlib.testing import ObjectBuilder
from freightlib.testing.objects import File
from freightlib.verbs.verify import verify
from tests.gitops_builder import CHART, POLICY, record, warehouse

FREIGHT = warehouse("codeai")


def revision(number: int) -> str:
    return f"{number:040x}"


def tag(number: int) -> str:
    return tag_of(revision(number))


@dataclass
class Past:
    """A repository and the commits made so far. ``root`` and ``tip`` are where the next commit goes on."""

    git: ObjectBuilder
    root: str
    tip: str
    made: dict[str, str] = field(default_factory=dict)

    def at(self, path: str, root: str | None = None) -> Entry:
        return self.git.at(root or self.root, path)

    def put(self, files: Mapping[str, File | None]) -> Past:
        """The next root tree has these at their paths; ``None`` removes."""
        root = self.root
        for path, file in files.items():
            root = self.git.put(root, path, file)
        return Past(self.git, root, self.tip, self.made)

    def commit(self, *others: str, name: str = "", message: str = "A change\n") -> Past:
        """Commit the root tree; ``others`` are more parents."""
        tip = self.git.commit(self.root, self.tip, *others, message=message, moves=None)
        return Past(self.git, self.root, tip, self.made | ({name: tip} if name else {}))

    def on(self, other: Past) -> Past:
        """This root tree, to be committed upon another tip."""
        return Past(self.git, self.root, other.tip, self.made | other.made)

    def release(self, number: int) -> Entry:
        """A snapshot as publish writes it."""
        payload = self.git.tree({**CHART, "values.yaml": b"replicas: %d\n" % number})
        return self.git.snapshot(record("codeai", revision(number), payload), payload)

    def publish(self, number: int) -> Past:
        """Publish a release of codeai, in one commit."""
        return self.publish_at(FREIGHT, number)

    def publish_at(self, place: str, number: int) -> Past:
        """Publish a release in the warehouse at ``place``."""
        entry = self.release(number)
        return self.put({f"{place}/{tag(number)}": entry, f"{place}/{CURRENT}": entry}).commit(name=f"r{number}")

    def back_to(self, number: int) -> Past:
        return self.put({f"{FREIGHT}/{CURRENT}": self.at(f"{FREIGHT}/{tag(number)}")}).commit()

    def pruned(self, *numbers: int, keep: Mapping[str, str] | None = None) -> dict[str, File | None]:
        """What a prune puts: the releases are gone, and stand in the list."""
        listed = {**(keep or {}), **{tag(number): self.at(f"{FREIGHT}/{tag(number)}").id for number in numbers}}
        releases = Pruned(tuple(PrunedRelease(name, tree) for name, tree in listed.items()))
        return {f"{FREIGHT}/{PRUNED}": write_pruned(releases)} | {f"{FREIGHT}/{tag(n)}": None for n in numbers}

    def record(self, number: int, **changes: object) -> bytes:
        entry = self.at(f"{FREIGHT}/{tag(number)}/helm")
        freight: Freight = record("codeai", revision(number), entry.id, **changes)
        return write_record(freight)

    def verify(self, **options: object) -> Report:
        return verify(self.git.path, revision=self.tip, history=True, **{"proofs": False, **options})  # type: ignore[arg-type]


def begun(path: Path) -> Past:
    """A branch with policy and no release yet."""
    git = ObjectBuilder(path / "gitops.git")
    root = git.tree(POLICY)
    return Past(git, root, git.commit(root, moves=None))


def usual(path: Path) -> Past:
    """Releases 1 to 4, a change of policy and one step back between them; ``current/`` is the fourth."""
    past = begun(path).publish(1).publish(2)
    past = past.put({"apps/codeai/envTypes/test.values.yaml": b"replicas: 3\n"}).commit()
    return past.publish(3).back_to(1).publish(4)


Change = Callable[[Past], Past]
LINK = Mode.SYMLINK


def found(report: Report) -> list[tuple[str, str]]:
    return [(one.code, one.path) for one in report.findings]
