r"""What ``helm template`` prints, cut into manifests so that joining them again gives the same bytes.

>>> from freightlib_helm.output import parse
>>> text = b"---\n# Source: shop/templates/web.yaml\nkind: Service\n"
>>> [manifest.path for manifest in parse(text, "shop")]
['shop/templates/web.yaml']
"""

from __future__ import annotations

import re
from typing import Final

from freightlib.plugins import Manifest

_HEAD: Final = re.compile(rb"^---\n(?=# Source: ([^\n]*)\n)", re.MULTILINE)
_CRDS: Final = re.compile(r"(?P<chart>.*?)/crds/.*", re.DOTALL)


def parse(text: bytes, chart: str) -> tuple[Manifest, ...]:
    """The manifests in ``text``, in its order but for CRDs of subcharts.

    Helm prints those in an order that changes from run to run (it walks a Go map); here they stand by their chart's
    path, so that equal inputs give equal bytes.
    """
    heads = [head for head in _HEAD.finditer(text) if _own(_path(head), chart)]
    ends = [*(head.start() for head in heads[1:]), len(text)][: len(heads)]
    found = [Manifest(path=_path(head), data=text[head.end() : end]) for head, end in zip(heads, ends, strict=True)]
    count = next((number for number, manifest in enumerate(found) if not _CRDS.fullmatch(manifest.path)), len(found))
    return (*sorted(found[:count], key=_chart_of), *found[count:])


def _path(head: re.Match[bytes]) -> str:
    return head[1].decode("utf-8", "surrogateescape")


def _own(path: str, chart: str) -> bool:
    # a comment inside a file of crds/ may look like Helm's; Helm's begin with the chart's own name
    return path.startswith(f"{chart}/") if chart else True


def _chart_of(manifest: Manifest) -> list[str]:
    match = _CRDS.fullmatch(manifest.path)
    return (match["chart"] if match else "").split("/")
