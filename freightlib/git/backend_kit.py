"""What a git backend of a plugin is made of: the public part of this room.

    from freightlib.plugins import backend_kit

    class MyBackend(backend_kit.StorageBackend):
        name = "mine"

``StorageBackend`` is the base. A subclass gives it a ``Storage``, whose ``Objects``, ``ObjectStaging`` and ``Moving``
say how objects are read and written and refs are moved; ``Staging`` is an ``ObjectStaging`` that writes one pack. The
rest runs the git program, and names what went wrong as all backends do. docs/plugins/git-backends.md explains each.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from freightlib.git.atomic_files import disk_errors as disk_errors
    from freightlib.git.credentials import scrub as scrub
    from freightlib.git.directories import Layout as Layout
    from freightlib.git.objects.loose import damaged as damaged
    from freightlib.git.objects.loose import quarantine_of as quarantine_of
    from freightlib.git.objects.packs import Pack as Pack
    from freightlib.git.objects.staging import Staging as Staging
    from freightlib.git.objects.staging import put_in_place as put_in_place
    from freightlib.git.program import TIMEOUT as TIMEOUT
    from freightlib.git.program import Ran as Ran
    from freightlib.git.program import clean_environment as clean_environment
    from freightlib.git.program import git_path as git_path
    from freightlib.git.program import run_git as run_git
    from freightlib.git.refs.reflog import append_head_reflog as append_head_reflog
    from freightlib.git.refs.transaction import conflict as conflict
    from freightlib.git.refs.transaction import lock_seconds as lock_seconds
    from freightlib.git.refs.transaction import no_room as no_room
    from freightlib.git.safe_names import check_ref as check_ref
    from freightlib.git.storage import Moving as Moving
    from freightlib.git.storage import Objects as Objects
    from freightlib.git.storage import ObjectStaging as ObjectStaging
    from freightlib.git.storage import Storage as Storage
    from freightlib.git.storage_backend import StorageBackend as StorageBackend
    from freightlib.git.worktrees.clean import WorkTree as WorkTree
    from freightlib.git.worktrees.clean import head_branch as head_branch

#: Public name -> the module below ``freightlib.git`` that it comes from when it is first used.
_HOME: Final = {
    name: module
    for module, names in {
        "atomic_files": "disk_errors",
        "directories": "Layout",
        "objects.loose": "damaged quarantine_of",
        "objects.packs": "Pack",
        "objects.staging": "Staging put_in_place",
        "credentials": "scrub",
        "program": "TIMEOUT Ran clean_environment git_path run_git",
        "refs.reflog": "append_head_reflog",
        "refs.transaction": "conflict lock_seconds no_room",
        "safe_names": "check_ref",
        "storage": "Moving ObjectStaging Objects Storage",
        "storage_backend": "StorageBackend",
        "worktrees.clean": "WorkTree head_branch",
    }.items()
    for name in names.split()
}


if not TYPE_CHECKING:  # a type checker takes a module's __getattr__ for leave to use any name

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"freightlib.git.{_HOME[name]}"), name)
        return value


def __dir__() -> list[str]:
    return sorted(_HOME)
