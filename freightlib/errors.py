"""The exceptions that freightlib raises, as one hierarchy.

>>> from freightlib.errors import FreightError, RevisionError
>>> try:
...     raise RevisionError("'0cc4cd8' is not a full commit id", hint="give all 40 digits", revision="0cc4cd8")
... except FreightError as error:
...     print(error)
...     print(error.code, error.exit_status, error.data["revision"])
'0cc4cd8' is not a full commit id
give all 40 digits
revision 2 0cc4cd8

Every error says in two lines what is wrong and what to do, has a stable ``code`` for programs,
and carries its facts in ``data``. Findings (results of a check) are not errors: see ``models.findings``.
"""

from __future__ import annotations

from typing import Any, ClassVar


class FreightError(Exception):
    """Base of every error that leaves the public API.

    ``message`` says what is wrong, ``hint`` what to do about it (may be empty), ``data`` holds the facts
    by name. ``code`` and ``exit_status`` belong to the class: the first is stable across releases, the second is
    what the ``freight`` command exits with (1 findings or blocked, 2 usage or configuration, 3 outside failure).
    """

    code: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 2

    def __init__(self, message: str, *, hint: str = "", **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.data: dict[str, Any] = data

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.hint, self.data)


def _rebuild(kind: type[FreightError], message: str, hint: str, data: dict[str, Any]) -> FreightError:
    return kind(message, hint=hint, **data)


# --- what the caller gave -------------------------------------------------------------------------


class UsageError(FreightError):
    """A verb was called with invalid arguments (an unknown app, stage or option)."""

    code = "usage"


class DocumentError(FreightError):
    """A YAML document does not have the expected form. Data: ``document``, ``path`` inside it, ``line``."""

    code = "document"


class RecordError(DocumentError):
    """A ``freight.yaml`` is not a valid freight record."""

    code = "record"


class ProjectError(DocumentError):
    """The project file ``freightlib.yaml`` (or a stage's ``deployment.yaml``) is missing or wrong."""

    code = "project"


class LockError(DocumentError):
    """A ``freight.lock`` is not a valid render lock."""

    code = "lock"


class MarkerError(DocumentError):
    """A marker file on the GitOps branch is not a marker, or names another release."""

    code = "marker"


class ManifestError(DocumentError):
    """A rendered manifest cannot be read, named or laid out."""

    code = "manifest"


class RevisionError(FreightError):
    """A revision is unknown or ambiguous, or is not a full commit id where one is required. Data: ``revision``."""

    code = "revision"


class UnsafePathError(FreightError):
    """A path, name, ref, author or message from outside is unsafe to write. Data: ``path``."""

    code = "unsafe-path"


class PackageError(FreightError):
    """The deploy package is missing, empty or cannot be frozen. Data: ``path``."""

    code = "package"


class PluginError(FreightError):
    """A plugin is missing, broken, or two have the same name. Data: ``plugin``, ``distribution``."""

    code = "plugin"


# --- what the contract forbids --------------------------------------------------------------------


class ImmutableSnapshotError(FreightError):
    """A release was already published with different content. Data: ``tag``, ``differences``."""

    code = "immutable"
    exit_status = 1


class VerificationError(FreightError):
    """A snapshot failed verification, so nothing is rendered from it. Data: ``report``."""

    code = "verification"
    exit_status = 1


class AuditError(FreightError):
    """A rendered commit failed its audit, so no attestation is made for it. Data: ``report``."""

    code = "audit"
    exit_status = 1


class PromotionBlockedError(FreightError):
    """A stage may not take this freight now. Data: ``stage``, ``tag``, ``blocked`` (stage -> reasons), ``gates``
    (stage -> the result of each of its gates).
    """

    code = "blocked"
    exit_status = 1


# --- what failed outside --------------------------------------------------------------------------


class ToolError(FreightError):
    """An external program is missing, failed or exceeded its limits. Data: ``tool``, ``stderr``."""

    code = "tool"
    exit_status = 3


class RenderError(FreightError):
    """A renderer could not render a package. Data: ``stage``, ``renderer``, ``template``, ``line``."""

    code = "render"
    exit_status = 3


class RenderingRefusedError(RenderError):
    """A check refused the rendered manifests. Data: ``stage``, ``report``."""

    code = "refused"
    exit_status = 1


class IsolationError(RenderError):
    """A render was stopped: deadline, memory, output cap, or its process died. Data: ``stage``, ``reason``."""

    code = "isolation"


class GitError(FreightError):
    """An operation on a git repository failed. Data: ``repository``."""

    code = "git"
    exit_status = 3


class UnsupportedRepositoryError(GitError):
    """The git backend cannot open this kind of repository (object format, ref storage, partial clone)."""

    code = "unsupported-repository"
    exit_status = 2


class CorruptObjectError(GitError):
    """A stored object is damaged. Data: ``object``."""

    code = "corrupt-object"


class RefConflictError(GitError):
    """A ref does not point at the expected commit. Data: ``ref``, ``expected``, ``found``."""

    code = "ref-conflict"


class RefLockedError(GitError):
    """Another process holds (or left behind) a ref's lock file. Data: ``ref``, ``lock``."""

    code = "ref-locked"


class WorkTreeError(GitError):
    """The branch to move is checked out, and its worktree is not clean. Data: ``worktree``, ``paths``."""

    code = "worktree"
    exit_status = 2


class StorageError(GitError):
    """The repository's disk is full or read-only. Data: ``repository``."""

    code = "storage"


class SigningError(GitError):
    """A commit could not be signed; no ref moved. Data: ``format``, ``program``, ``reason``."""

    code = "signing"


class RemoteError(GitError):
    """A remote could not be reached, or refused the request. Data: ``remote`` (without credentials)."""

    code = "remote"


class ForgeError(FreightError):
    """A request to a forge (GitHub, GitLab, …) failed. Data: ``forge``, ``reason`` (``auth``, ``missing``, ``rate``,
    ``unavailable``, ``moved``, ``refused``), ``status`` (the HTTP status, or ``None``).
    """

    code = "forge"
    exit_status = 3


class RemoteRejectedError(RemoteError):
    """A remote refused some refs. Data: ``rejections``: ref -> the remote's own reason."""

    code = "remote-rejected"
