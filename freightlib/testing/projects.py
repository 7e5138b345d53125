r"""A source and a GitOps repository for tests, with any project file, and the verbs on them.

from freightlib.testing import ProjectBuilder

made = ProjectBuilder(tmp_path, {"freightlib.yaml": PROJECT}, {"deploy/web.yaml": "kind: Service\n"})
made.publish()
made.promote("test")
assert "freight.lock" in made.deployed("test")
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

from freightlib.promotion.result import Promotion
from freightlib.rendering.run import StageRendering
from freightlib.testing.repositories import RepositoryBuilder
from freightlib.verbs.audit import audit
from freightlib.verbs.promote import promote
from freightlib.verbs.publish import publish
from freightlib.verbs.render import render
from freightlib.verbs.verify import verify
from freightlib.warehouse.freezing import Publication

#: The digest of every image here.
DIGEST: Final = "sha256:" + "a" * 64


class ProjectBuilder:
    """The repositories ``source`` and ``gitops`` below ``directory``.

    ``policy``, which includes the project file, is committed to the GitOps repository, and ``files`` to the source
    repository. Both map paths to contents. Nothing is published yet. ``revision`` is the commit of ``files``, the
    default of ``publish``.
    """

    #: The image of a release; ``{revision}`` is its source commit.
    image_template = f"ghcr.io/example/sample:git-{{revision}}@{DIGEST}"

    def __init__(
        self,
        directory: Path,
        policy: Mapping[str, str | bytes] | None = None,
        files: Mapping[str, str | bytes] | None = None,
    ) -> None:
        self.source = RepositoryBuilder(directory / "source")
        self.gitops = RepositoryBuilder(directory / "gitops")
        self.revision = self.source.commit(files) if files else ""
        if policy:
            self.gitops.commit(policy)

    @property
    def image(self) -> str:
        """The image of ``revision``, pinned."""
        return self.image_template.format(revision=self.revision)

    def copy(self, directory: Path) -> Self:
        """Copy both repositories below ``directory``, and return the project there, which a test may change."""
        return self.using(source=self.source.copy(directory / "source"), gitops=self.gitops.copy(directory / "gitops"))

    def using(self, *, source: RepositoryBuilder | None = None, gitops: RepositoryBuilder | None = None) -> Self:
        """Return the same project with another repository, such as a clone, instead of one of its own."""
        made = copy.copy(self)
        made.source, made.gitops = source or self.source, gitops or self.gitops
        return made

    def publish(self, revision: str = "", **options: Any) -> Publication:
        """Publish a source commit (default: ``revision``).

        ``options`` are those of ``freightlib.publish``, and so are the errors. ``image`` may be left out.
        """
        revision = revision or self.revision
        options.setdefault("image", self.image_template.format(revision=revision))
        return publish(self.gitops.path, self.source.path, revision=revision, **options)

    def render(self, stage: str = "test", **options: Any) -> StageRendering:
        """Render a stage; nothing is written. Raises what ``freightlib.render`` raises."""
        return render(self.gitops.path, stage, **options)

    def promote(self, *stages: str, **options: Any) -> tuple[Promotion, ...]:
        """Promote the release to stages. Raises what ``freightlib.promote`` raises."""
        return promote(self.gitops.path, stages or ("test",), **options)

    def deployed(self, stage: str = "test") -> dict[str, bytes]:
        """Return every file of the stage's rendered branch."""
        return self.gitops.files(f"stage/{stage}")

    def check(self) -> None:
        """Fail the test if freightlib or git finds an error in releases, history or any rendered commit.

        Every rendered commit is rendered again.
        """
        path = self.gitops.path
        reports = (
            verify(path),
            verify(path, history=True, proofs=False),
            audit(path, all_commits=True, rerender=True),
        )
        # a stage without a branch is not an error
        wrong = [one for report in reports for one in report.findings if one.code != "stage-empty"]
        if wrong:
            raise AssertionError("; ".join(f"{one.code} {one.path}: {one.message}" for one in wrong))
        self.gitops.check()
