"""What a renderer may have beside: it says why two renderings of the same differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

from attrs import field, frozen

from freightlib.models import Manifest, RenderResult
from freightlib.plugins.contracts.rendering import RenderRequest


@frozen
class Difference:
    """One place where a second rendering of the same inputs is not the first.

    ``path`` is the manifest's, ``resource`` names what it is (``Secret shop/db``; empty where that cannot be read),
    ``place`` is the field in it (``data["ca.crt"]``; empty: the whole). ``kind`` is ``value``, ``order`` (the same
    items in another order), ``missing`` (in the first only), ``added`` (in the second only) or ``text`` (the same data
    in other words: comments, spaces). ``first`` and ``second`` are what stood there; both may be secret, so they are
    for judging, never for showing.
    """

    path: str
    resource: str
    place: str
    kind: str
    first: Any = field(default=None, repr=False, eq=False)
    second: Any = field(default=None, repr=False, eq=False)


@frozen
class Cause:
    """A call in a package's sources that may give something else each time.

    ``function`` is called in ``line`` of ``template``. ``hint`` says what to do instead. ``hidden``: renderings that
    follow each other may agree nonetheless.
    """

    function: str
    template: str
    line: int
    hint: str = ""
    hidden: bool = False


@runtime_checkable
class Explaining(Protocol):
    """What a renderer may have beside: it knows the language of its packages, and so what makes renderings differ."""

    def suspects(self, request: RenderRequest, manifests: Sequence[Manifest], /) -> Sequence[Cause]:
        """Every call behind these manifests whose result may change, whether or not it did. Cheap."""
        ...

    def repetitions(self, request: RenderRequest, manifests: Sequence[Manifest], /) -> Iterator[RenderResult]:
        """Render the same inputs again, once or more, so that differences show: with nothing remembered from the
        rendering that gave ``manifests``, in another process, at another time, as far as it can.
        """
        ...

    def explain(self, request: RenderRequest, differences: Sequence[Difference], /) -> Sequence[Cause | None]:
        """For each difference the call that most likely made it, or ``None``."""
        ...
