"""What ``helm template`` prints, cut into manifests so that joining them again gives the same bytes.

>>> from freightlib_helm.output import parse
>>> [manifest.path for manifest in parse(b"---\n# Source: shop/templates/web.yaml\nkind: Service\n")]
['shop/templates/web.yaml']
"""

from __future__ import annotations

import re
from typing import Final

from freightlib.models import Manifest

_HEAD: Final = re.compile(rb"^---\n(?=# Source: ([^\n]*)\n)", re.MULTILINE)


def parse(text: bytes) -> tuple[Manifest, ...]:
    """The manifests of ``text`` in its order."""
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return tuple(
        Manifest(path=head[1].decode("utf-8", "surrogateescape"), data=text[head.end() : end])
        for head, end in zip(heads, ends, strict=True)
    )
