"""One repository on the disk, through the git program: objects, refs as stored, configuration, moves of refs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from freightlib.plugins import GitError, RefUpdate, UnsafePathError, UnsupportedRepositoryError, backend_kit
from freightlib_gitcli.asking import CONFIG, ENVIRONMENT, CatFile, EndedError
from freightlib_gitcli.moving import RefMove
from freightlib_gitcli.objects import ProgramObjects, stored_objects
from freightlib_gitcli.staging import ProgramStaging

# what git also tries for a name that is no ref by itself (refs.c, ref_rev_parse_rules)
_ALSO: Final = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")


class GitStorage:
    """See ``backend_kit.Storage``. Raises UnsupportedRepositoryError, GitError, ToolError."""

    def __init__(self, layout: backend_kit.Layout) -> None:
        self.layout = layout
        ran = self.run("rev-parse", "--show-object-format")
        if ran.status:
            raise _opening_failed(layout, ran)
        self.algorithm = ran.out.decode().strip()
        self._settings: dict[str, str] = {}
        self._settings_from: tuple[int, int, int] | None = None
        self._names = CatFile(layout.own, contents=False)
        self.promisor = self.config("extensions.partialclone") or self._promisor()
        local = stored_objects(layout.objects, self.algorithm) if self.promisor else None
        pushed = backend_kit.quarantine_of(layout.objects)
        environment = {} if pushed is None else _quarantined(pushed, layout.objects)
        self.objects = ProgramObjects(CatFile(layout.own, environment=environment), self.algorithm, local)

    def run(self, *arguments: str) -> backend_kit.Ran:
        """Run git in the repository."""
        return backend_kit.run_git(arguments, directory=self.layout.own, config=CONFIG, environment=ENVIRONMENT)

    # --- where it is ---

    @property
    def workdir(self) -> Path | None:
        """See ``Storage``."""
        own = self.layout.own
        if own == self.layout.common:
            return self.main_workdir
        linked = own / "gitdir"
        return Path(linked.read_text(encoding="utf-8", errors="surrogateescape").strip()).parent

    @property
    def main_workdir(self) -> Path | None:
        """See ``Storage``."""
        common = self.layout.common
        given = self.config("core.worktree")
        if given is not None:
            return (common / given).resolve()
        bare = (self.config("core.bare") or "").lower() in ("true", "yes", "on", "1")
        return common.parent if common.name == ".git" and not bare else None

    # --- refs ---

    def head(self, git: Path) -> str | None:
        """See ``Storage``."""
        if (self.config("extensions.refstorage") or "files").lower() == "files":
            return backend_kit.head_branch(git)
        ran = backend_kit.run_git(["symbolic-ref", "--quiet", "HEAD"], directory=git)
        return ran.out.decode("utf-8", "surrogateescape").strip() or None

    def ref(self, name: str) -> str | None:
        """See ``Storage``."""
        if name == "HEAD":
            branch = self.head(self.layout.own)
            return self._named("HEAD") if branch is None else self.ref(branch)
        return self._named(name) if _is_ref(name) else None

    def _named(self, name: str) -> str | None:
        found = self._resolve(name)
        if found is None or not any(self._resolve(pattern.format(name)) for pattern in _ALSO):
            return found
        if name == "HEAD":
            return found  # detached: git takes HEAD itself first
        return self._listed(name).get(name, (None, ""))[0]

    def _resolve(self, name: str) -> str | None:
        try:
            found = self._names.ask(name)
        except EndedError as error:
            raise GitError(f"the ref {name} cannot be read: {error}", hint="run git fsck", ref=name) from error
        return None if found is None else found.id

    def _listed(self, *patterns: str) -> dict[str, tuple[str | None, str]]:
        """Refs as git lists them: full name -> (id, the ref it only names or an empty text)."""
        ran = self.run("for-each-ref", "--format=%(refname)%00%(objectname)%00%(symref)", "--", *patterns)
        if ran.status:
            raise GitError(
                f"the refs of {str(self.layout.common)!r} cannot be listed: {ran.reason}",
                hint="run git fsck there",
                repository=str(self.layout.common),
            )
        rows = (line.split("\0") for line in ran.out.decode("utf-8", "surrogateescape").splitlines())
        return {name: (found, symbolic) for name, found, symbolic in rows}

    def symbolic(self, names: Sequence[str]) -> set[str]:
        """See ``Storage``."""
        listed = self._listed(*names)
        return {name for name in names if listed.get(name, (None, ""))[1]}

    def refs(self, prefix: str) -> list[str]:
        """See ``Storage``."""
        folder = prefix.rpartition("/")[0]
        return sorted(name for name in self._listed(*([folder] if folder else [])) if name.startswith(prefix))

    def moving(
        self, updates: Sequence[RefUpdate], followers: Sequence[backend_kit.WorkTree], who: tuple[str, str], reason: str
    ) -> RefMove:
        """See ``Storage``."""
        return RefMove(self, updates, followers, who, reason)

    # --- the rest ---

    def staging(self) -> ProgramStaging:
        """See ``Storage``."""
        return ProgramStaging(self.layout.own, self.layout.objects, self.objects.has, self.algorithm)

    def config(self, key: str) -> str | None:
        """See ``Storage``."""
        stamp = self._stamp()
        if stamp != self._settings_from:
            ran = self.run("config", "--list", "-z")
            if ran.status:
                raise GitError(
                    f"the configuration of {str(self.layout.common)!r} cannot be read: {ran.reason}",
                    hint="repair it: git config --list",
                    repository=str(self.layout.common),
                )
            rows = (row.partition("\n") for row in ran.out.decode("utf-8", "surrogateescape").split("\0") if row)
            self._settings = {name: value if given else "true" for name, given, value in rows}
            self._settings_from = stamp
        return self._settings.get(key)

    def _stamp(self) -> tuple[int, int, int]:
        found = (self.layout.common / "config").stat()
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _promisor(self) -> str | None:
        pairs = ((name, value) for name, value in self._settings.items() if name.endswith(".promisor"))
        remote = next((name for name, value in pairs if value.lower() in ("true", "yes", "on", "1")), None)
        return remote.removeprefix("remote.").removesuffix(".promisor") if remote else None


def _is_ref(name: str) -> bool:
    try:
        backend_kit.check_ref(name)
    except UnsafePathError:
        return False
    return True


def _opening_failed(layout: backend_kit.Layout, ran: backend_kit.Ran) -> GitError:
    where = str(layout.common)
    if "dubious ownership" in ran.err:
        return GitError(
            f"{where!r} belongs to another user",
            hint=f"git config --global --add safe.directory {where}",
            repository=where,
        )
    if "extension" in ran.err or "repo version" in ran.err or "object format" in ran.err:
        return UnsupportedRepositoryError(
            f"{where!r} cannot be opened by this git: {' '.join(ran.err.split())}",
            hint="install a newer git (reftable needs 2.45)",
            repository=where,
        )
    return GitError(f"{where!r} cannot be opened: {ran.reason}", hint="run git status there", repository=where)


def _quarantined(pushed: Path, objects: Path) -> dict[str, str]:
    """As git calls its hooks that judge a push: what is pushed is in a folder of its own."""
    return {"GIT_OBJECT_DIRECTORY": str(pushed), "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(objects)}
