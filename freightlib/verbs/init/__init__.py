"""Writes ``freightlib.yaml`` for an existing GitOps repository, from its layout.

    from freightlib.verbs.init import init

    made = init("gitops")
    print(made.text)
    for warning in made.warnings:
        print(warning)

It recognises the layout ``apps/<app>/envTypes/<envType>.values.yaml`` with
``apps/<app>/deployments/<deployment>/{deployment.yaml,values.yaml}``, for deployments that are rendered. Anything else
gets a commented template for one app. A comment marks each guess.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from freightlib.documents import read_project
from freightlib.errors import ProjectError, StorageError, UsageError
from freightlib.git.contract import Identity, RefUpdate, Repository
from freightlib.git.grafting import graft
from freightlib.git.moving import move_refs
from freightlib.git.retrying import retried
from freightlib.git.trees import Entry, Mode
from freightlib.models import PROJECT_FILE
from freightlib.models.freight import PACKAGE_DIRECTORIES
from freightlib.plugins.repositories import committer, open_repository
from freightlib.verbs.init.guess import AppGuess, guess_apps
from freightlib.verbs.init.text import Said, project_text, template_text
from freightlib.warehouse.gitops_tree import GitopsTree, gitops_ref, gitops_tip


@frozen
class Initialisation:
    """The result of ``init``.

    ``text`` is the file, ``apps`` and ``stages`` are the names in it (no apps: it is a template), ``warnings`` say what
    looks wrong. ``path`` is the file on disk, ``commit`` the commit in a bare repository; both are ``None`` in a dry
    run.
    """

    text: str
    apps: tuple[str, ...]
    stages: tuple[str, ...]
    warnings: tuple[str, ...]
    path: Path | None = None
    commit: str | None = None


def init(
    repository: str | Path | Repository,
    *,
    app: str | None = None,
    package_type: str | None = None,
    path: str | None = None,
    branch: str | None = None,
    dry_run: bool = False,
    force: bool = False,
    author: Identity | None = None,
) -> Initialisation:
    """Write a project file that fits what the GitOps branch holds.

    ``app`` picks one of several apps, or names the app of the template. ``package_type`` and ``path`` describe the
    deploy package (default: a guess). The file goes to the worktree, for you to check and commit; in a bare repository
    it is committed. ``force`` replaces an existing project file.

    Raises UsageError (the file exists; unknown app), ProjectError, UnsafePathError, GitError.
    """
    gitops = open_repository(repository)
    tree = _tree(gitops, branch)
    place = _work_tree(gitops, branch)
    if not force and not dry_run:
        _refuse_existing(tree, place)
    guesses = guess_apps(tree) if tree else ()
    if app is not None and guesses:
        guesses = _picked(guesses, app)
    if package_type is not None and package_type not in PACKAGE_DIRECTORIES:
        known = ", ".join(PACKAGE_DIRECTORIES)
        raise UsageError(f"package type {package_type[:80]!r} is not known", hint=f"use one of: {known}")
    said = Said(package_type, path)
    text = project_text(guesses, said) if guesses else template_text(app or "app", said)
    _check(text)
    made = Initialisation(
        text=text,
        apps=tuple(guess.name for guess in guesses),
        stages=tuple(stage.name for guess in guesses for stage in guess.stages),
        warnings=tuple(warning for guess in guesses for warning in guess.warnings) or _nothing(gitops, tree, branch),
    )
    return made if dry_run else _written(made, gitops, branch, place, author)


def _tree(gitops: Repository, branch: str | None) -> GitopsTree | None:
    tip = gitops.ref(gitops_ref(gitops, branch))
    return GitopsTree.at(gitops, tip) if tip else None


def _nothing(gitops: Repository, tree: GitopsTree | None, branch: str | None) -> tuple[str, ...]:
    if tree is not None:
        return ()
    name = gitops_ref(gitops, branch).removeprefix("refs/heads/")
    return (f"nothing is committed on {name} yet, and freight init reads only committed files",)


def _work_tree(gitops: Repository, branch: str | None) -> Path | None:
    """The directory in which the GitOps branch is checked out, or ``None``."""
    place = Path(gitops.location)
    if place.name == ".git":
        place = place.parent
    checked_out = (place / ".git").exists() and gitops_ref(gitops, branch) == gitops.head
    return place if checked_out else None


def _refuse_existing(tree: GitopsTree | None, place: Path | None) -> None:
    if (place is not None and (place / PROJECT_FILE).exists()) or (tree is not None and tree.entry(PROJECT_FILE)):
        raise UsageError(
            f"{PROJECT_FILE} exists already",
            hint="edit it, or replace it with: freight init --force",
            path=PROJECT_FILE,
        )


def _picked(guesses: tuple[AppGuess, ...], app: str) -> tuple[AppGuess, ...]:
    picked = tuple(guess for guess in guesses if guess.name == app)
    if not picked:
        names = ", ".join(guess.name for guess in guesses)
        raise UsageError(f"there is no apps/{app} with rendered deployments", hint=f"found: {names}", app=app)
    return picked


def _check(text: str) -> None:
    """Check that freightlib can read what it writes. Raises ProjectError for a name that a project file cannot have."""
    try:
        read_project(text.encode())
    except ProjectError as error:
        raise ProjectError(
            f"this layout cannot be written as a project file: {error.message}",
            hint=f"{error.hint}; or write {PROJECT_FILE} by hand",
            **error.data,
        ) from error


def _written(
    made: Initialisation, gitops: Repository, branch: str | None, place: Path | None, author: Identity | None
) -> Initialisation:
    from attrs import evolve

    if place is None:
        return evolve(made, commit=_committed(gitops, branch, made.text.encode(), author))
    target = place / PROJECT_FILE
    if target.is_symlink():
        raise UsageError(f"{target} is a symlink", hint="remove it first: the project file must be a file")
    try:
        target.write_text(made.text, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"{target} cannot be written: {error.strerror}", hint="make the worktree writable"
        ) from error
    return evolve(made, path=target)


def _committed(gitops: Repository, branch: str | None, data: bytes, author: Identity | None) -> str:
    def attempt() -> str:
        ref, tree = gitops_tip(gitops, branch)
        file = Entry("", Mode.FILE, gitops.write_blob(data))
        root = graft(gitops, tree.tree, PROJECT_FILE, file)
        who = committer(gitops, author)
        commit = gitops.write_commit(
            root, (tree.commit,), f"Describe the apps and their stages in {PROJECT_FILE}\n", who
        )
        move_refs(gitops, (RefUpdate(ref, tree.commit, commit),), "freight init")
        return commit

    return retried(gitops, attempt)
