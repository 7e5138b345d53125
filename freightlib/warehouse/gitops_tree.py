"""Reads the GitOps branch at one commit: its files, the project, a stage's deployment.

>>> from freightlib.warehouse.gitops_tree import branch_ref
>>> branch_ref("stage/production")
'refs/heads/stage/production'

Everything is read from a commit, never from a worktree, so that a lock can name each input by its id.
"""

from __future__ import annotations

from attrs import field, frozen

from freightlib.documents import read_deployment, read_project
from freightlib.errors import ProjectError, RevisionError, UsageError
from freightlib.git.contract import Repository
from freightlib.git.trees import Entry, find
from freightlib.models import PROJECT_FILE, App, Deployment, LockedFile, Project, Stage
from freightlib.models.freight import is_full_id

_HEADS = "refs/heads/"


def branch_ref(branch: str) -> str:
    """Return the full ref name of a branch, given with or without ``refs/heads/``."""
    return branch if branch.startswith("refs/") else _HEADS + branch


@frozen
class GitopsTree:
    """The files of a repository at one commit. ``tree`` is the commit's tree id."""

    repository: Repository = field(repr=False)
    commit: str
    tree: str

    @classmethod
    def at(cls, repository: Repository, revision: str) -> GitopsTree:
        """Return the tree of ``revision``. Raises RevisionError if there is no such commit."""
        commit = repository.read_commit(revision if is_full_id(revision) else repository.resolve(revision))
        return cls(repository, commit.id, commit.tree)

    def entry(self, path: str) -> Entry | None:
        """Return the entry at ``path``, or ``None``."""
        return find(self.repository.read_tree, self.tree, path)

    def subtree(self, path: str) -> str | None:
        """Return the tree id of the directory ``path``, or ``None`` if it is missing or not a directory."""
        found = self.entry(path)
        return found.id if found is not None and found.is_tree else None

    def read(self, path: str) -> bytes | None:
        """Return the contents of the file ``path``, or ``None`` if it is missing or a directory."""
        found = self.entry(path)
        return None if found is None or found.is_tree else self.repository.read_blob(found.id)


def gitops_ref(repository: Repository, branch: str | None = None) -> str:
    """Return the full name of the GitOps branch: ``branch``, else HEAD's. Raises UsageError if HEAD is detached."""
    if branch is not None:
        return branch_ref(branch)
    if repository.head is None:
        raise UsageError(f"HEAD of {repository.location} names no branch", hint="name the GitOps branch: --branch main")
    return repository.head


def gitops_tip(repository: Repository, branch: str | None = None) -> tuple[str, GitopsTree]:
    """Return the GitOps branch's full ref name and its newest tree. Raises RevisionError if it has no commit."""
    ref = gitops_ref(repository, branch)
    tip = repository.ref(ref)
    if tip is None:
        raise RevisionError(
            f"{repository.location} has no branch {ref.removeprefix(_HEADS)!r} yet",
            hint="commit policy and freightlib.yaml there first (see freight init), or name another --branch",
            revision=ref,
        )
    return ref, GitopsTree.at(repository, tip)


def project_at(tree: GitopsTree, *, check_requires: bool = True) -> Project:
    """Read the project file of that commit. Raises ProjectError if it is missing or wrong.

    Also raises ProjectError or PluginError if what the file requires is not installed, unless ``check_requires`` is
    false: an old file says what was needed at that time.
    """
    data = tree.read(PROJECT_FILE)
    if data is None:
        raise ProjectError(
            f"there is no {PROJECT_FILE} at commit {tree.commit[:12]} of {tree.repository.location}",
            hint="write one with: freight init --repo <repository>, then commit it",
            document=PROJECT_FILE,
        )
    project = read_project(data)
    if check_requires and project.requires is not None:
        from freightlib.plugins import requires

        requires.check_requires(project.requires)
    return project


def deployment_at(tree: GitopsTree, app: App, stage: Stage) -> tuple[Deployment, LockedFile]:
    """Return the stage's deployment, and its file as a lock names it.

    If the file is missing, the deployment's name is also its env type. Raises ProjectError if the file is wrong.
    """
    path = app.deployment_path(stage)
    found = tree.entry(path)
    if found is None or found.is_tree:
        return Deployment(name=stage.deployment, env_type=stage.deployment), LockedFile(path, None)
    data = tree.repository.read_blob(found.id)
    return read_deployment(data, name=stage.deployment, document=path), LockedFile(path, found.id)
