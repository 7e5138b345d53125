"""Test cases for renderers: packages with their options and policy, and the resources they must render to.

>>> from freightlib.testing import RenderCase
>>> case = RenderCase("one", {"a.yaml": b"kind: A"}, ("A/",), package_type="plain")
>>> [file.path for file in case.files], case.tree[:8]
(['a.yaml'], '03eaa81d')
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from attrs import evolve, field, frozen

from freightlib.git.grafting import IdStore, build
from freightlib.git.trees import Entry, Mode
from freightlib.models import Freight, Image
from freightlib.plugins.contracts import Limits, PackageFile, PolicyPath, Renderer, RenderRequest
from freightlib.testing.samples import sample_package, sample_resources

#: Sample values for the facts of a stage that a renderer takes as options.
FACTS: Final = {"releaseName": "sample", "namespace": "sample", "policy": "apps/sample", "envType": "test"}


@frozen
class RenderCase:
    """One rendering to test.

    ``package`` maps paths below the payload to contents, or to a ``PackageFile`` with a mode. ``resources`` are the
    expected resources (``Kind/name``, in any order; empty for a case that must fail). ``options`` are the renderer's
    options, ``policy`` maps paths from the repository's root to contents.
    """

    name: str
    package: Mapping[str, bytes | PackageFile] = field(repr=False)
    resources: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    package_type: str = field(kw_only=True)
    options: Mapping[str, Any] = field(factory=dict, kw_only=True)
    policy: Mapping[str, bytes] = field(factory=dict, kw_only=True, repr=False)
    app: str = field(default="sample", kw_only=True)
    stage: str = field(default="test", kw_only=True)

    @property
    def files(self) -> tuple[PackageFile, ...]:
        """The files of the package, in git's order."""
        made = [
            data if isinstance(data, PackageFile) else PackageFile(path, Mode.FILE, data)
            for path, data in self.package.items()
        ]
        return tuple(sorted(made, key=lambda file: file.path.encode("utf-8", "surrogateescape")))

    @property
    def tree(self) -> str:
        """The package's tree id."""
        store = IdStore()
        return build(store, ((file.path, Entry("", file.mode, store.write_blob(file.data))) for file in self.files))

    def effective(self, renderer: Renderer) -> Mapping[str, Any]:
        """Return the options that freightlib would render with: facts for the renderer, and those of the case."""
        facts = {name: FACTS.get(name, "sample") for name in sorted(renderer.default_options)}
        return renderer.effective_options({**facts, **self.options})

    def declared(self, renderer: Renderer) -> dict[str, bytes | None]:
        """Return the policy files that the renderer declares, as freightlib would pass them."""
        found: dict[str, bytes | None] = {}
        for wanted in renderer.policy_paths(self.effective(renderer)):
            found.update(self._policy(wanted))
        return found

    def _policy(self, wanted: PolicyPath) -> Iterator[tuple[str, bytes | None]]:
        below = [path for path in sorted(self.policy) if path.startswith(f"{wanted.path}/")]
        if wanted.path in self.policy or not below:
            yield wanted.path, self.policy.get(wanted.path)
        for path in below:
            yield path, self.policy[path]

    def request(self, renderer: Renderer, *, policy: Mapping[str, bytes | None] | None = None) -> RenderRequest:
        """Return the request that freightlib would make to the renderer."""
        return RenderRequest(
            app=self.app,
            stage=self.stage,
            freight=Freight(
                revision="1" * 40,
                image=Image(ref=f"ghcr.io/example/{self.app}:1.0", digest="sha256:" + "a" * 64),
                package_type=self.package_type,
                created_at=datetime(2026, 3, 22, 12, 34, 56, tzinfo=UTC),
            ),
            package=self.files,
            package_tree=self.tree,
            policy=self.declared(renderer) if policy is None else policy,
            options=self.effective(renderer),
            limits=Limits(),
        )

    def elsewhere(self, stage: str) -> RenderCase:
        """Return the same case for another stage."""
        return evolve(self, stage=stage)


def sample_cases(package_types: frozenset[str]) -> Sequence[RenderCase]:
    """Return two cases for each package type."""
    return [
        RenderCase(f"{kind}-{name}", sample_package(kind, name), sample_resources(name), package_type=kind)
        for kind in sorted(package_types)
        for name in ("sample", "other")
    ]
