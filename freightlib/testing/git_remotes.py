"""The suite for git backends, third part: pushing, and repositories opened by address."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from freightlib.errors import FreightError, RefConflictError, RemoteError, RemoteRejectedError
from freightlib.git.contract import RefUpdate
from freightlib.testing.commits import MAIN, commit_to, write_commit
from freightlib.testing.git_rules import SIDE, Judged, check_stored, tip
from freightlib.testing.program import git
from freightlib.testing.rules import Rules

_OPEN: Final = Rules("GitBackend.open")
_MOVE: Final = Rules("Repository.move_refs")
_REFRESH: Final = Rules("Repository.refresh")


class RemoteRules(Judged):
    """Checks of pushing and fetching, with repositories on this disk as the remotes."""

    def test_push_moves_the_remote_first(self, tmp_path: Path) -> None:
        """With ``push=True``, the refs of the remote move first, then the local ones."""
        far, near = tmp_path / "far", tmp_path / "near"
        one = commit_to(self.bare(far), {"a": b"1"})
        git(tmp_path, "clone", "-q", "--bare", "far", "near")
        repository = self.make_backend().open(str(near), push=True)
        two = write_commit(repository, {"a": b"2"}, [one])
        repository.move_refs([RefUpdate(MAIN, one, two), RefUpdate(SIDE, None, two)])
        found = [tip(path, ref) for path in (far, near) for ref in (MAIN, SIDE)]
        _MOVE.equal(found, [two] * 4, "both the remote and the local refs move")
        check_stored(far)

    def test_a_rejected_push_moves_nothing(self, tmp_path: Path) -> None:
        """If the remote refuses one ref, no ref moves, locally or there, and the error has the remote's reason."""
        far, near = tmp_path / "far", tmp_path / "near"
        one = commit_to(self.bare(far), {"a": b"1"})
        git(tmp_path, "clone", "-q", "--bare", "far", "near")
        hook = far / "hooks/update"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f'#!/bin/sh\n[ "$1" != {SIDE} ] || {{ echo "closed on sundays" >&2; exit 1; }}\n')
        hook.chmod(0o755)
        repository = self.make_backend().open(str(near), push=True)
        two = write_commit(repository, {"a": b"2"}, [one])
        with _MOVE.raises(RemoteRejectedError, "a remote that refuses raises RemoteRejectedError") as raised:
            repository.move_refs([RefUpdate(MAIN, one, two), RefUpdate(SIDE, None, two)])
        rejections = raised.error.data.get("rejections", {})
        _MOVE.hold(SIDE in rejections, "the refs that were refused are named (rejections)", repr(rejections))
        found = [tip(path, ref) for path in (far, near) for ref in (MAIN, SIDE)]
        _MOVE.equal(found, [one, "", one, ""], "all the refs move, or none, here and at the remote")

    def test_a_remote_that_moved_is_a_conflict(self, tmp_path: Path) -> None:
        """A push to a remote that has moved raises RefConflictError and overwrites nothing."""
        far, near = tmp_path / "far", tmp_path / "near"
        one = commit_to(self.bare(far), {"a": b"1"})
        git(tmp_path, "clone", "-q", "--bare", "far", "near")
        theirs = commit_to(self.open(far), {"a": b"theirs"})
        repository = self.make_backend().open(str(near), push=True)
        ours = write_commit(repository, {"a": b"ours"}, [one])
        with _MOVE.raises(RefConflictError, "a remote that moved raises RefConflictError"):
            repository.move_refs([RefUpdate(MAIN, one, ours)])
        _MOVE.equal((tip(far), tip(near)), (theirs, one), "nothing is overwritten")

    def test_addresses_are_worked_on_through_a_cache(self, tmp_path: Path) -> None:
        """A repository opened by its address reads and moves refs of the remote; refresh shows what others moved."""
        far = tmp_path / "far"
        one = commit_to(self.bare(far), {"a": b"1"})
        address = far.resolve().as_uri()
        backend = self.make_backend()
        if not backend.accepts(address):
            _OPEN.broken("it opens addresses", f"it does not accept {address}")
        repository = backend.open(address)
        _OPEN.equal(repository.ref(MAIN), one, "an address is opened where its refs are now")
        two = commit_to(repository, {"a": b"2"})
        _MOVE.equal(tip(far), two, "a move goes to the remote")
        three = commit_to(self.open(far), {"a": b"3"})
        repository.refresh()
        _REFRESH.equal(repository.ref(MAIN), three, "refresh sees what others moved")
        check_stored(far)

    def test_sources_are_read_by_id(self, tmp_path: Path) -> None:
        """With ``objects_only``, the named commits are readable, with all their objects."""
        far = tmp_path / "far"
        one = commit_to(self.bare(far), {"deploy/a": b"1"})
        commit_to(self.open(far), {"deploy/a": b"2"})
        source = self.make_backend().open(far.resolve().as_uri(), objects_only=(one,))
        target = self.bare(tmp_path / "target")
        target.copy_tree(source, source.read_commit(one).tree)
        repository = target.write_commit(source.read_commit(one).tree, (), "Copied\n", source.read_commit(one).author)
        target.move_refs([RefUpdate(MAIN, None, repository)])
        check_stored(tmp_path / "target", "a commit requested by id is readable with all its objects")

    def test_no_remote_is_an_error_without_credentials(self, tmp_path: Path) -> None:
        """An address without a repository raises RemoteError, and no error contains credentials."""
        address = f"file://user:secret@localhost{(tmp_path / 'absent').resolve()}"
        for wrong in ((tmp_path / "absent").resolve().as_uri(), address):
            try:
                self.make_backend().open(wrong).resolve("main")
            except RemoteError as error:
                _OPEN.hold("secret" not in f"{error} {error.data}", "errors never contain credentials", str(error))
            except FreightError as error:
                _OPEN.broken("an address without a repository raises RemoteError", f"{type(error).__name__}: {error}")
            else:
                _OPEN.broken("an address without a repository raises RemoteError", "nothing was raised")
