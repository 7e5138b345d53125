"""Opens, updates or closes the pull request of a proposal on the app's forge.

The proposal branch moves first, together with all other branches. If the forge fails after that, nothing is undone and
the promotion has a ``problem``. The same call again completes the work, because it first looks for what exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from attrs import evolve, frozen

from freightlib.errors import ForgeError, FreightError
from freightlib.git.contract import Published, Repository
from freightlib.models import App, ForgeSpec, RenderLock, Source
from freightlib.models.text import one_line
from freightlib.plugins.contracts import Forge, PullRequest, PullRequestText
from freightlib.plugins.registry import registry
from freightlib.promotion.commits import message, trailer_lines
from freightlib.promotion.proposal import Request, proposal_branch
from freightlib.promotion.result import Outcome, Promotion
from freightlib.promotion.stage_target import StageTarget
from freightlib.warehouse.gitops_tree import branch_ref


@frozen
class PullRequests:
    """The forge of an app and its repository there (``place``); ``reached`` is true if refs are pushed to it."""

    forge: Forge
    place: ForgeSpec
    reached: bool

    @classmethod
    def of(cls, repository: Repository, app: App) -> PullRequests:
        """Return the forge that the project file names. Raises PluginError if no plugin offers it."""
        reached = isinstance(repository, Published) and repository.publishes and app.forge != ForgeSpec()
        return cls(registry().forge(app.forge.name), app.forge, reached)

    def find(self, head: str, base: str) -> PullRequest | None:
        """See ``Forge.find``."""
        return self.forge.find(self.place, head, base)

    def ensure_open(self, found: PullRequest | None, wanted: PullRequestText) -> PullRequest | None:
        """Open the pull request, or update its text if that differs; return it."""
        if found is None or found.state != "open":
            return self.forge.open(self.place, wanted)
        if (found.title, found.body.strip()) == (wanted.title, wanted.body.strip()):
            return found
        return self.forge.update(self.place, found.number, wanted)

    def close(self, head: str, base: str) -> PullRequest | None:
        """Close the pull request of these branches; return ``None`` if none is open."""
        found = self.find(head, base)
        return self.forge.close(self.place, found.number) if found is not None and found.state == "open" else None

    def problem(self, error: FreightError) -> ForgeError:
        """Return an error of the forge as a ForgeError."""
        if isinstance(error, ForgeError):
            return error
        return ForgeError(error.message, hint=error.hint, forge=self.place.name, reason="refused", status=None)


def with_pull_request(
    repository: Repository, subject: StageTarget, promotion: Promotion, request: Request
) -> Promotion:
    """Update the pull request on the forge; return the promotion with that pull request or with the ``problem``."""
    if not subject.reviewed:
        return promotion
    desk = PullRequests.of(repository, subject.app)
    if not desk.reached:
        return _unpushed(promotion, desk.place)
    try:
        if promotion.branch == promotion.base or promotion.outcome is Outcome.WITHDRAWN:
            # it may still be open from before, or from a call that failed
            closed = desk.close(proposal_branch(promotion.app, promotion.stage), promotion.base)
            return evolve(promotion, pull_request=closed)
        commit = promotion.commit or repository.ref(branch_ref(promotion.branch)) or ""
        return _opened(
            desk, pull_request_text(subject, promotion, commit), promotion, None if request.force else commit
        )
    except FreightError as error:
        return evolve(promotion, problem=desk.problem(error))


def _unpushed(promotion: Promotion, place: ForgeSpec) -> Promotion:
    if place == ForgeSpec() or promotion.branch == promotion.base:
        return promotion
    note = f"nothing was pushed, so {place.name} was not asked for a pull request: promote with --push"
    return evolve(promotion, notes=(*promotion.notes, note))


def _opened(desk: PullRequests, wanted: PullRequestText, promotion: Promotion, respected: str | None) -> Promotion:
    """Open or update the pull request, unless people closed it while it proposed the commit ``respected``."""
    found = desk.find(wanted.head, wanted.base)
    if found is not None and found.state == "closed" and found.head_commit == respected:
        note = f"{found.url} proposed the same commit and was closed: reopen it there, or open another with --force"
        return evolve(promotion, notes=(*promotion.notes, note), pull_request=found)
    return evolve(promotion, pull_request=desk.ensure_open(found, wanted))


#: How many files a pull request lists; it only counts the others.
_MOST_FILES: Final = 100
_WORDS: Final = {"added": "added", "missing": "removed", "content": "changed", "mode": "changed mode"}


def pull_request_text(subject: StageTarget, promotion: Promotion, commit: str) -> PullRequestText:
    """Return title and body of the pull request for ``commit``, which proposes ``promotion``."""
    before = subject.held.lock
    parts = [
        f"{_does(promotion)} **{promotion.app}** **{promotion.stage}**. These are the rendered manifests: what is "
        "merged is what is deployed. To change them, change the package or the policy and promote again.",
        "\n".join(_moved(before, promotion.lock)),
        *(["The rendered branch had been changed by hand; this undoes that."] if promotion.edited else []),
        "\n".join(_files(promotion)),
        "\n".join(f"- note: {_code(note)}" for note in promotion.notes),
        "\n".join(_links(subject)),
        f"{trailer_lines(promotion.lock)}Freight-Proposal: {commit}\n",
    ]
    title = message(promotion).partition("\n")[0]
    body = "\n\n".join(part for part in parts if part)
    return PullRequestText(head=promotion.branch, base=promotion.base, title=title, body=body)


def _does(promotion: Promotion) -> str:
    return "Promotes" if promotion.lock.rollback is None else "Rolls back"


def _moved(before: RenderLock | None, after: RenderLock) -> Iterator[str]:
    yield "| | from | to |"
    yield "|---|---|---|"
    yield _row("freight", before.freight.tag if before else None, after.freight.tag)
    if before is None or before.policy.files != after.policy.files:
        yield _row("policy", before.policy.commit if before else None, after.policy.commit)
    else:
        yield f"| policy | {_code(after.policy.commit)} | the same files |"
    yield _row("renderer", _renderer(before) if before else None, _renderer(after))


def _row(name: str, before: str | None, after: str) -> str:
    same = before == after
    return f"| {name} | {_code(before) if before else 'nothing'} | {'the same' if same else _code(after)} |"


def _renderer(lock: RenderLock) -> str:
    return f"{lock.render.renderer} {lock.render.engine} {lock.render.version}"


def _files(promotion: Promotion) -> Iterator[str]:
    found = promotion.changes
    if not found:
        yield "No manifest changes: the stage held no lock."
        return
    yield f"{len(found)} manifest file{'' if len(found) == 1 else 's'} in {_code(promotion.path)}:"
    yield ""
    for change in found[:_MOST_FILES]:
        yield f"- {_WORDS.get(change.kind.value, 'changed')} {_code(change.path)}"
    if len(found) > _MOST_FILES:
        yield f"- and {len(found) - _MOST_FILES} more"


def _links(subject: StageTarget) -> Iterator[str]:
    """Yield links to the source commit, and to the changes since the release before."""
    freight = subject.freight
    source = freight.source if freight is not None else None
    if freight is None or source is None:
        return
    where = _web(source)
    yield f"Source: {f'{where}/commit/{freight.revision}' if where else _code(source.repository)}"
    before = subject.held.lock
    if where and before is not None and before.freight.tag != freight.tag:
        since = before.freight.tag.removeprefix("git-")
        yield f"Since the release before: {where}/compare/{since}...{freight.revision}"


def _web(source: Source) -> str | None:
    address = source.repository
    if re.fullmatch(r"https://[\w.~%/:+-]+", address, re.ASCII) is None:
        return None
    return address.rstrip("/").removesuffix(".git")


def _code(text: str) -> str:
    return f"`{one_line(text).replace('`', ' ').replace('|', ' ')[:300]}`"
