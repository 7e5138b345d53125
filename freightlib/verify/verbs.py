"""The public verbs: verify a commit, one snapshot, a payload, or a plain directory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from freightlib.codec import read_project
from freightlib.errors import CorruptObjectError, ProjectError, UsageError
from freightlib.gitops import GitopsTree, gitops_tip, project_at
from freightlib.models import CURRENT, PROJECT_FILE, App, Package, Project, Report
from freightlib.models.freight import revision_of
from freightlib.protocols import Repository
from freightlib.stages import app_of
from freightlib.trees import Entry, Mode, split
from freightlib.verify.directory import Files, names, read_file
from freightlib.verify.folder import folder_report, snapshot_report
from freightlib.verify.literal import SourceProof
from freightlib.verify.payload import payload_findings
from freightlib.verify.snapshot import Scope

if TYPE_CHECKING:
    from collections.abc import Sequence


def verify(
    repository: str | Path | Repository,
    *,
    revision: str | None = None,
    branch: str | None = None,
    app: str | None = None,
    source: str | Path | Repository | None = None,
) -> Report:
    """Check every snapshot of ``app`` (default: of all apps) at one commit of the GitOps repository.

    The commit is ``revision``, or the tip of ``branch`` (default: what HEAD names). With ``source``, the source
    repository, each payload is also compared with the commit that its record names; where that commit is gone the
    copy cannot be proved, which is a warning. ``checked`` of the report counts ``apps`` and ``snapshots``.

    What is wrong with a snapshot is a finding, never an exception. Raises RevisionError (no such commit), ProjectError,
    UsageError (no such app), GitError (the repository cannot be opened).
    """
    from freightlib.repositories import open_repository  # noqa: PLC0415 (the other verbs here need none)

    gitops = open_repository(repository)
    tree = GitopsTree.at(gitops, revision) if revision is not None else gitops_tip(gitops, branch)[1]
    apps = _apps(tree, app)
    found = {target.name: tree.entry(target.warehouse) for target in apps}
    proof = None if source is None else SourceProof(source, _revisions(gitops, found.values()))
    report = Report()
    for target in apps:
        scope = Scope(gitops, target, target.warehouse, tree.commit, proof)
        report = report.joined(folder_report(scope, found[target.name]))
    return report


def verify_snapshot(tree: GitopsTree, app: App, name: str) -> Report:
    """Check one snapshot: a tag, or ``current``, which is checked as a mirror and together with the release it mirrors.

    Cheap enough to do before every rendering: a payload that this process has checked before is known by its id. Raises
    CorruptObjectError when the warehouse itself cannot be read.
    """
    scope = Scope(tree.repository, app, app.warehouse, tree.commit)
    return snapshot_report(scope, tree.subtree(app.warehouse), name)


def payload_report(repository: Repository, payload: str, package_type: str, prefix: str) -> Report:
    """Check a payload tree before it is published: what a package of that type must hold, links, names, modes, LFS pointers.

    Paths in the findings are below ``prefix``. Raises CorruptObjectError when an object cannot be read.
    """
    return Report.of(payload_findings(repository, payload, package_type, prefix), payloads=1)


def verify_directory(
    path: str | Path, *, source: str | Path | Repository | None = None, app: str | None = None
) -> Report:
    """Check a plain directory without git: a GitOps tree (it holds ``freightlib.yaml``) or one warehouse folder.

    The same checks as ``verify``: git's ids are computed from the files as they lie there (names, executable bits and links
    literally, no filter, no link followed). What cannot be read, or is neither file, directory nor link, is a finding.
    ``app`` names the app of a warehouse folder (default: from its path), or picks one of a GitOps tree. Empty
    directories do not count, as in git.

    Paths in the findings are below ``path``. Raises UsageError when ``path`` is neither, ProjectError when the project file is wrong.
    """
    root = Path(path).resolve()
    if not root.is_dir():
        raise UsageError(
            f"{str(path)!r} is not a directory", hint="name a checked-out GitOps tree or a warehouse folder"
        )
    if (root / PROJECT_FILE).is_symlink() or (root / PROJECT_FILE).exists():
        targets = {target: target.warehouse for target in _selected(_project(root), app)}
    else:
        targets = {_folder_app(root, app): ""}
    report = Report()
    for target, place in targets.items():
        report = report.joined(_folder(root, target, place, source))
    return report


def _apps(tree: GitopsTree, name: str | None) -> Sequence[App]:
    if name is not None and tree.entry(PROJECT_FILE) is None:
        # publish serves apps without a project file, too; the warehouse is where it puts them by default
        return [App(name, Package("", ""))]
    return _selected(project_at(tree), name)


def _selected(project: Project, name: str | None) -> Sequence[App]:
    return list(project.apps.values()) if name is None else [app_of(project, name)]


def _revisions(repository: Repository, warehouses: Iterable[Entry | None]) -> Iterable[str]:
    """The source commits of everything published: what a proof will ask the source for."""
    for warehouse in warehouses:
        if warehouse is not None and warehouse.is_tree:
            yield from _published(entry.name for entry in repository.read_tree(warehouse.id))


def _published(entries: Iterable[str]) -> Iterable[str]:
    return (revision for revision in map(revision_of, entries) if revision)


def _project(root: Path) -> Project:
    try:
        if (root / PROJECT_FILE).is_symlink():
            raise CorruptObjectError("it is a symbolic link, which is not followed")
        return read_project(read_file(root / PROJECT_FILE))
    except (CorruptObjectError, OSError) as error:
        raise ProjectError(
            f"{PROJECT_FILE} cannot be read: {error}", hint="let it be a readable regular file", document=PROJECT_FILE
        ) from error


def _folder_app(root: Path, name: str | None) -> App:
    held = _listed(root)
    if not any(entry == CURRENT or entry.startswith("git-") for entry in held):
        raise UsageError(
            f"{str(root)!r} is neither a GitOps tree (no {PROJECT_FILE}) nor a warehouse folder (no git-* and no {CURRENT}/)",
            hint="name the root of the checkout, or a folder such as warehouses/<app>/freight",
        )
    parts = root.parts
    return App(name or (parts[-2] if len(parts) > 2 and parts[-1] == "freight" else parts[-1]), Package("", ""))


def _listed(directory: Path) -> tuple[str, ...]:
    try:
        return tuple(names(directory))
    except OSError:
        return ()  # why it cannot be listed is found, and said, when it is read


def _folder(root: Path, app: App, place: str, source: str | Path | Repository | None) -> Report:
    where, problem = _reached(root, place)
    revisions = tuple(_published(_listed(where))) if problem is None else ()
    files = Files("sha256" if any(len(revision) == 64 for revision in revisions) else "sha1")
    proof = None if source is None else SourceProof(source, revisions)
    report = folder_report(Scope(files, app, place, proof=proof), problem or files.add(where, place))
    return Report.of(files.findings).joined(report)


def _reached(root: Path, place: str) -> tuple[Path, Entry | None]:
    """The warehouse's path below ``root``; with an entry that is no directory when a link stands on the way."""
    where = root
    for part in split(place):
        where /= part
        if where.is_symlink():
            return where, Entry(part, Mode.SYMLINK, "")
    return where, None
