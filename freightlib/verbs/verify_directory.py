"""Verifies a plain directory without git: a checkout or an unpacked archive."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from freightlib.documents import read_project
from freightlib.errors import CorruptObjectError, ProjectError, UsageError
from freightlib.git.contract import Repository
from freightlib.git.trees import Entry, Mode, split_path
from freightlib.models import CURRENT, PROJECT_FILE, App, Package, Report
from freightlib.warehouse.verify.files_on_disk import Files, names, read_file
from freightlib.warehouse.verify.folder import folder_report, released
from freightlib.warehouse.verify.literal import SourceProof
from freightlib.warehouse.verify.snapshot import Scope


def verify_directory(
    path: str | Path,
    *,
    source: str | Path | Repository | None = None,
    app: str | None = None,
    backend: str | None = None,
) -> Report:
    """Check a plain directory without git: a GitOps tree (it holds ``freightlib.yaml``) or one warehouse folder.

    The checks are those of ``verify``. Git's ids are computed from the files on disk: names, executable bits and links
    as they are, without filters, and no link is followed. A file that cannot be read, or that is neither file,
    directory nor link, is a finding. Empty directories are ignored, as in git. ``app`` names the app of a warehouse
    folder (default: from its path), or picks one of a GitOps tree. ``backend`` names the git backend for the source.

    Paths in the findings are relative to ``path``. Raises UsageError if ``path`` is neither a GitOps tree nor a
    warehouse folder, ProjectError if the project file is wrong.
    """
    root = Path(path).resolve()
    if not root.is_dir():
        raise UsageError(
            f"{str(path)!r} is not a directory", hint="name a checked-out GitOps tree or a warehouse folder"
        )
    project = root / PROJECT_FILE
    if project.is_symlink() or project.exists():
        places = [_Place(root, target, target.warehouse) for target in _apps(project, app)]
    else:
        places = [_Place(root, _folder_app(root, app), "")]
    proof = (
        None if source is None else SourceProof(source, [one for place in places for one in place.revisions], backend)
    )
    report = Report()
    for place in places:
        report = report.joined(place.report(proof))
    return report


class _Place:
    """One warehouse folder on disk: ``place`` below ``root``."""

    def __init__(self, root: Path, app: App, place: str) -> None:
        self._app = app
        self._place = place
        self._path = root
        self._link: Entry | None = None
        for part in split_path(place):
            self._path /= part
            if self._path.is_symlink():
                self._link = Entry(part, Mode.SYMLINK, "")
                break
        self.revisions = () if self._link else tuple(released(_listed(self._path)))

    def report(self, proof: SourceProof | None) -> Report:
        """Check the folder, and return the report."""
        files = Files("sha256" if any(len(revision) == 64 for revision in self.revisions) else "sha1")
        entry = self._link or files.add(self._path, self._place)
        report = folder_report(Scope(files, self._app, self._place, proof=proof), entry)
        return Report.of(files.findings).joined(report)


def _apps(file: Path, name: str | None) -> Sequence[App]:
    try:
        if file.is_symlink():
            raise CorruptObjectError("it is a symbolic link, which is not followed")
        project = read_project(read_file(file))
    except (CorruptObjectError, OSError) as error:
        raise ProjectError(
            f"{PROJECT_FILE} cannot be read: {error}",
            hint="make it a regular file that you can read",
            document=PROJECT_FILE,
        ) from error
    return list(project.apps.values()) if name is None else [project.app(name)]


def _folder_app(root: Path, name: str | None) -> App:
    if not any(entry == CURRENT or entry.startswith("git-") for entry in _listed(root)):
        raise UsageError(
            f"{str(root)!r} holds neither {PROJECT_FILE} nor snapshots",
            hint="name the root of a GitOps checkout, or a warehouse folder such as warehouses/<app>/freight",
        )
    parts = root.parts
    return App(name or (parts[-2] if len(parts) > 2 and parts[-1] == "freight" else parts[-1]), Package("", ""))


def _listed(directory: Path) -> tuple[str, ...]:
    try:
        return tuple(names(directory))
    except OSError:
        return ()  # the reason becomes a finding when the directory is read
