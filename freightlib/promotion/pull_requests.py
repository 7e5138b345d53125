"""Asks an app's forge for the pull request of a proposal: opened, brought up to date, or closed.

The proposal branch is moved before, with all the others. What the forge fails with afterwards undoes nothing and is
told in the promotion; the same call again completes it, because each step begins by looking at what there is.
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
    """An app's forge at its place; ``reached`` is whether the forge sees the refs that are moved."""

    forge: Forge
    place: ForgeSpec
    reached: bool

    @classmethod
    def of(cls, repository: Repository, app: App) -> PullRequests:
        """The forge that the project file names. Raises PluginError when no plugin offers it."""
        reached = isinstance(repository, Published) and repository.publishes and app.forge != ForgeSpec()
        return cls(registry().forge(app.forge.name), app.forge, reached)

    def find(self, head: str, base: str) -> PullRequest | None:
        """See ``Forge.find``."""
        return self.forge.find(self.place, head, base)

    def ensure_open(self, found: PullRequest | None, wanted: PullRequestText) -> PullRequest | None:
        """The open pull request with this text: opened, changed, or left as it is."""
        if found is None or found.state != "open":
            return self.forge.open(self.place, wanted)
        if (found.title, found.body.strip()) == (wanted.title, wanted.body.strip()):
            return found
        return self.forge.update(self.place, found.number, wanted)

    def close(self, head: str, base: str) -> PullRequest | None:
        """Close the pull request of these branches; ``None`` when none is open."""
        found = self.find(head, base)
        return self.forge.close(self.place, found.number) if found is not None and found.state == "open" else None

    def problem(self, error: FreightError) -> ForgeError:
        """What the forge failed with."""
        if isinstance(error, ForgeError):
            return error
        return ForgeError(error.message, hint=error.hint, forge=self.place.name, reason="refused", status=None)


def with_pull_request(
    repository: Repository, subject: StageTarget, promotion: Promotion, request: Request
) -> Promotion:
    """The promotion after its forge was asked, with the pull request, or the problem that the forge had."""
    if not subject.reviewed:
        return promotion
    desk = PullRequests.of(repository, subject.app)
    if not desk.reached:
        return _unpushed(promotion, desk.place)
    try:
        if promotion.branch == promotion.base or promotion.outcome is Outcome.WITHDRAWN:
            # open all the same from before, or from a call that failed half way
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
    told = f"nothing was pushed, so {place.name} was not asked for a pull request: promote with --push"
    return evolve(promotion, notes=(*promotion.notes, told))


def _opened(desk: PullRequests, wanted: PullRequestText, promotion: Promotion, respected: str | None) -> Promotion:
    """A pull request that people closed stays closed for as long as it proposed ``respected``, just this commit."""
    found = desk.find(wanted.head, wanted.base)
    if found is not None and found.state == "closed" and found.head_commit == respected:
        told = f"{found.url} proposed just this and was closed: reopen it there, or open another with --force"
        return evolve(promotion, notes=(*promotion.notes, told), pull_request=found)
    return evolve(promotion, pull_request=desk.ensure_open(found, wanted))


#: More files than these are counted, not listed.
_MOST_FILES: Final = 100
_WORDS: Final = {"added": "added", "missing": "removed", "content": "changed", "mode": "changed mode"}


def pull_request_text(subject: StageTarget, promotion: Promotion, commit: str) -> PullRequestText:
    """The pull request for ``commit``, which proposes ``promotion``."""
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
    """Where the source commit is to be seen, and what changed since the release before."""
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
