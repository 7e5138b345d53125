"""A local repository that pushes to its remote before it moves its own refs."""

from __future__ import annotations

from collections.abc import Sequence

from freightlib.errors import RefConflictError, RemoteError
from freightlib.git.contract import RefUpdate
from freightlib.git.credentials import connection, scrub, without_credentials
from freightlib.git.program import run_git
from freightlib.git.remotes.addresses import SILENCE
from freightlib.git.remotes.remote import Remote
from freightlib.git.repositories.local import LocalRepository


class PushingRepository(LocalRepository):
    """Pushes to the remote of each branch (``branch.<name>.remote``, else ``origin``), then moves the local refs."""

    publishes = True
    _stale: Sequence[str] = ()

    def _send(self, updates: Sequence[RefUpdate]) -> None:
        by_remote: dict[str, list[RefUpdate]] = {}
        for update in updates:
            by_remote.setdefault(self._remote_name(update.ref), []).append(update)
        if len(by_remote) > 1:
            raise RemoteError(
                f"the branches belong to several remotes ({', '.join(sorted(by_remote))}), which cannot move as one",
                hint="give them one remote, or move them one by one",
                remote=", ".join(sorted(by_remote)),
            )
        for name, moved in by_remote.items():
            remote = self._remote(name)
            try:
                remote.push(moved)
            except RefConflictError as error:
                leases = [self._lease(update, remote) for update in moved]
                if leases == moved:
                    raise self._behind(error, remote) from error
                remote.push(leases)

    def _lease(self, update: RefUpdate, remote: Remote) -> RefUpdate:
        """Return the update for the remote's ref. If the remote is behind, the push includes unpushed commits."""
        found = remote.refs(update.ref).get(update.ref)
        if update.old is None or found == update.old:
            return update
        if found is None:  # the branch was never pushed; if it has a remote-tracking branch, it was deleted
            seen = self.storage.ref(f"refs/remotes/{remote.name}/{update.ref.removeprefix('refs/heads/')}")
            return update if seen else RefUpdate(update.ref, None, update.new)
        return RefUpdate(update.ref, found, update.new) if self._is_ancestor(found, update.old) else update

    def _is_ancestor(self, older: str, newer: str) -> bool:
        ran = run_git(["merge-base", "--is-ancestor", older, newer], directory=self.storage.layout.own)
        return ran.status == 0  # 1: it is not an ancestor; 128: a commit is missing here

    def _behind(self, error: RefConflictError, remote: Remote) -> RefConflictError:
        self._stale = [str(error.data["ref"])]
        return RefConflictError(
            f"{error.message} ({remote.shown})",
            hint="bring the local branch up to date first: git pull --ff-only",
            **{**error.data, "remote": remote.shown},
        )

    def refresh(self) -> None:
        """Fetch the branch whose push was too late, and fast-forward the local one if that is possible."""
        stale, self._stale = self._stale, ()
        for ref in stale:
            remote = self._remote(self._remote_name(ref))
            found = remote.refs(ref).get(ref)
            if found is None:
                continue
            remote.fetch(found)
            here = self.ref(ref)
            if here is None or (here != found and self._is_ancestor(here, found)):
                update = RefUpdate(ref, here, found)
                self._ready([update])
                self._move_here([update], f"fetch {remote.shown}: fast-forward")

    def _remote_name(self, ref: str) -> str:
        short = ref.removeprefix("refs/heads/")
        return self.storage.config(f"branch.{short}.remote") or "origin"

    def _remote(self, name: str) -> Remote:
        address = self.storage.config(f"remote.{name}.pushurl") or self.storage.config(f"remote.{name}.url")
        if address is None:
            raise RemoteError(
                f"{self.location!r} has no remote {name!r} to push to",
                hint=f"add it: git remote add {name} <address>; or leave out --push",
                remote=name,
            )
        clean = without_credentials(address)
        config = dict(SILENCE)
        if clean != address:
            config |= {f"url.{clean}.insteadOf": address, **connection(address)}
        return Remote(self.storage.layout.own, name, scrub(clean), config)
