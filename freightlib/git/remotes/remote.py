"""Fetches from and pushes to remotes through the git program. Pushes are atomic, with a lease for each ref.

libgit2's push is not used: it loses commits when it pushes to a local path, it has no atomic push, and it accepts
unknown ssh hosts.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import evolve, field, frozen

from freightlib.errors import RemoteError, RemoteRejectedError, ToolError
from freightlib.git.contract import RefUpdate
from freightlib.git.credentials import scrub, secrets
from freightlib.git.program import Ran, run_git
from freightlib.git.refs.transaction import conflict
from freightlib.git.remotes.failures import advice, is_busy
from freightlib.git.remotes.retry_budget import Tries
from freightlib.models.log import LOG
from freightlib.models.progress import report

_QUIETLY: Final = ("--quiet", "--no-tags", "--no-write-fetch-head")


@frozen
class Remote:
    """A remote of the repository at ``git``. ``name`` is configured there, or defined by ``config``.

    ``shown`` is its name in messages, without credentials. ``config`` are git settings that are passed in the
    environment, so that no argument and no file holds an address with a token (see ``credentials.connection``).

    A read that fails for a temporary reason is repeated (see ``retry_budget``). Before a push is repeated, the remote's
    refs are read to find out whether it arrived; the lease makes sure that it happens only once.
    """

    git: Path
    name: str
    shown: str
    config: Mapping[str, str] = field(factory=dict, repr=False, hash=False)

    def refs(self, *patterns: str) -> dict[str, str]:
        """Return the remote's refs: full name -> id. Raises RemoteError."""
        ran = self._asked("ls-remote", "--refs", self.name, *patterns)
        if ran.status:
            raise self.error("cannot be read", ran)
        rows = (line.split("\t", 1) for line in ran.out.decode("utf-8", "surrogateescape").splitlines())
        return {name: found for found, name in rows}

    def fetch(self, *refspecs: str, options: Sequence[str] = ()) -> None:
        """Run ``git fetch``. Raises RemoteError."""
        with self._fetching():
            ran = self._asked("fetch", *_QUIETLY, *options, self.name, *refspecs)
        if ran.status:
            raise self.error("cannot be fetched from", ran)

    def fetch_objects(self, names: Sequence[str]) -> None:
        """Fetch exactly these objects into a partial clone. Raises RemoteError."""
        listed = "".join(f"{name}\n" for name in names).encode()
        # no negotiation about history, like the lazy fetch of git itself
        config = {"fetch.negotiationAlgorithm": "noop"}
        with self._fetching():
            ran = self._asked(
                "fetch", *_QUIETLY, "--filter=blob:none", "--stdin", self.name, stdin=listed, config=config
            )
        if ran.status:
            raise self.error("cannot be fetched from", ran)

    @contextmanager
    def _fetching(self) -> Iterator[None]:
        LOG.info("fetching from %s", self.shown)
        report("fetch", 0, 1, self.shown)
        yield
        report("fetch", 1, 1, self.shown)

    def require_smart(self) -> None:
        """Raise RemoteError for a server of plain files (git's old "dumb" http), which cannot serve single commits.

        Such a server ignores filters. Git would then fetch object by object, and each fetch would start another one.
        """
        with tempfile.TemporaryDirectory() as place:
            trace = Path(place, "packets")
            # a smart server answers in packets, a dumb one in lines
            ran = self._asked("ls-remote", self.name, "HEAD", environment={"GIT_TRACE_PACKET": str(trace)})
            if ran.status:
                raise self.error("cannot be read", ran)
            if not trace.exists() or not trace.stat().st_size:
                raise RemoteError(
                    f"{self.shown} is served as plain files, not by git",
                    hint="serve it with git http-backend or over ssh, or clone it and give the clone's path",
                    remote=self.shown,
                )

    def head(self) -> str | None:
        """Return the full name of the remote's default branch, or ``None``. Raises RemoteError."""
        ran = self._asked("ls-remote", "--symref", self.name, "HEAD")
        if ran.status:
            raise self.error("cannot be read", ran)
        found = re.search(r"^ref: (\S+)\tHEAD$", ran.out.decode("utf-8", "surrogateescape"), re.MULTILINE)
        return found.group(1) if found else None

    def push(self, updates: Sequence[RefUpdate]) -> None:
        """Move all refs at the remote or none, each only from its old value.

        Raises RefConflictError if a ref has another value (read again and retry), RemoteRejectedError with the server's
        reasons, RemoteError if the push failed or its result is unknown.
        """
        tries = Tries()
        while True:
            ran = evolve(self._try_push(updates, tries.left), tries=tries.count)
            if ran.status == 0:
                LOG.info("pushed %d refs to %s", len(updates), self.shown)
                return
            found = self._outcome(updates, ran)
            if all(found.get(update.ref) == update.new for update in updates):
                return  # the connection broke after the server had moved them
            for update in updates:
                if found.get(update.ref) not in (update.old, update.new):
                    raise conflict(update, found.get(update.ref))
            rejections = _rejections(ran.out, updates)
            busy = next(filter(is_busy, (*rejections.values(), ran.err)), None)
            # no ref has moved, so the same push with the same lease can be repeated safely
            if (rejections and not busy) or not tries.again(busy or ran.err):
                raise self._failed(updates, rejections, ran)

    def _try_push(self, updates: Sequence[RefUpdate], seconds: float) -> Ran:
        leases = [f"--force-with-lease={update.ref}:{update.old or ''}" for update in updates]
        refspecs = [f"{update.new or ''}:{update.ref}" for update in updates]
        try:
            return self._run("push", "--atomic", "--porcelain", *leases, self.name, *refspecs, timeout=seconds)
        except ToolError as error:
            if "did not end" not in error.message:
                raise
            return Ran(-1, b"", error.message)

    def _outcome(self, updates: Sequence[RefUpdate], ran: Ran) -> dict[str, str]:
        try:
            return self.refs(*(update.ref for update in updates))
        except (RemoteError, ToolError) as error:
            if _rejections(ran.out, updates):
                raise self._failed(updates, _rejections(ran.out, updates), ran) from error
            raise self.error("cannot be reached (whether the push arrived is unknown if it broke off)", ran) from error

    def _failed(self, updates: Sequence[RefUpdate], rejections: Mapping[str, str], ran: Ran) -> RemoteError:
        stale = next((update for update in updates if "stale info" in rejections.get(update.ref, "")), None)
        if not rejections:
            return self.error("refused the push", ran)
        refused = "; ".join(f"{ref}: {reason}" for ref, reason in rejections.items())
        said = [line.removeprefix("remote:").strip() for line in ran.err.splitlines() if line.startswith("remote:")]
        said = [line for line in said if line]
        extra = f" ({'; '.join(said[:3])})" if said else ""
        hint = "nothing was moved; see the remote's own rules for that branch"
        if any(map(is_busy, (*rejections.values(), ran.err))):
            hint = f"nothing was moved; if no git is running there, remove {next(iter(rejections))}.lock on the server"
        elif stale is not None and len(rejections) == 1:
            hint = "nothing was moved; fetch and try again"
        return RemoteRejectedError(
            scrub(f"{self.shown} refused {refused}{extra}"), hint=hint, remote=self.shown, rejections=dict(rejections)
        )

    def error(self, what: str, ran: Ran) -> RemoteError:
        """Return the error for a failed run of git."""
        more = f" (tried {ran.tries} times)" if ran.tries > 1 else ""
        return RemoteError(
            f"{self.shown} {what}: {ran.reason}{more}", hint=advice(ran.err), remote=self.shown, stderr=ran.err[-2000:]
        )

    def _asked(
        self,
        *arguments: str,
        stdin: bytes = b"",
        config: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run a git command that only reads from the remote; repeat it while it fails for a temporary reason."""
        tries = Tries()
        while True:
            ran = self._run(
                *arguments, stdin=stdin, config=config or {}, environment=environment or {}, timeout=tries.left
            )
            if ran.status == 0 or not tries.again(ran.err):
                return evolve(ran, tries=tries.count)

    def _run(
        self,
        *arguments: str,
        timeout: float,
        stdin: bytes = b"",
        config: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Ran:
        return run_git(
            arguments,
            directory=self.git,
            config={**self.config, **(config or {})},
            stdin=stdin,
            environment=environment,
            timeout=timeout,
            secrets=secrets(self.config),
        )


def _rejections(out: bytes, updates: Sequence[RefUpdate]) -> dict[str, str]:
    r"""Return ref -> reason, from the lines ``!\t<from>:<to>\t<summary> (<reason>)`` of ``git push --porcelain``.

    In an atomic push, git also reports the other refs as failed. These are left out.
    """
    found: dict[str, str] = {}
    known = {update.ref for update in updates}
    for line in out.decode("utf-8", "replace").splitlines():
        flag, _, rest = line.partition("\t")
        names, _, summary = rest.partition("\t")
        ref = names.rpartition(":")[2]
        if flag == "!" and ref in known:
            found[ref] = scrub(summary.partition("(")[2].rstrip(")") or summary)
    own = {ref: reason for ref, reason in found.items() if "atomic" not in reason}
    return own or found
