"""Asks an app's forge for the pull request of a proposal: opened, brought up to date, or closed.

The proposal branch is moved before, with all the others. What the forge fails with afterwards undoes nothing and is
told in the promotion; the same call again completes it, because each step begins by looking at what there is.
"""

from __future__ import annotations

from attrs import evolve, frozen

from freightlib.errors import ForgeError, FreightError
from freightlib.git.contract import Publishing, Repository
from freightlib.models import App, ForgeSpec
from freightlib.plugins.contracts import Forge, PullRequest, PullRequestText
from freightlib.plugins.registry import registry
from freightlib.promotion.proposal import Request, proposal_branch
from freightlib.promotion.pull_request_texts import pull_request_text
from freightlib.promotion.result import Outcome, Promotion
from freightlib.promotion.subject import Subject
from freightlib.warehouse.gitops_tree import branch_ref


@frozen
class Desk:
    """An app's forge at its place; ``reached`` is whether the forge sees the refs that are moved."""

    forge: Forge
    place: ForgeSpec
    reached: bool

    @classmethod
    def of(cls, repository: Repository, app: App) -> Desk:
        """The forge that the project file names. Raises PluginError when no plugin offers it."""
        reached = isinstance(repository, Publishing) and repository.publishes and app.forge != ForgeSpec()
        return cls(registry().forge(app.forge.name), app.forge, reached)

    def find(self, head: str, base: str) -> PullRequest | None:
        """See ``Forge.find``."""
        return self.forge.find(self.place, head, base)

    def bring_up(self, found: PullRequest | None, wanted: PullRequestText) -> PullRequest | None:
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


def with_pull_request(repository: Repository, subject: Subject, promotion: Promotion, request: Request) -> Promotion:
    """The promotion after its forge was asked, with the pull request, or the problem that the forge had."""
    if not subject.reviewed:
        return promotion
    desk = Desk.of(repository, subject.app)
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


def _opened(desk: Desk, wanted: PullRequestText, promotion: Promotion, respected: str | None) -> Promotion:
    """A pull request that people closed stays closed for as long as it proposed ``respected``, just this commit."""
    found = desk.find(wanted.head, wanted.base)
    if found is not None and found.state == "closed" and found.head_commit == respected:
        told = f"{found.url} proposed just this and was closed: reopen it there, or open another with --force"
        return evolve(promotion, notes=(*promotion.notes, told), pull_request=found)
    return evolve(promotion, pull_request=desk.bring_up(found, wanted))
