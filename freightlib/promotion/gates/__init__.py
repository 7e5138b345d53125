"""The built-in gates, one in each file, offered through the hook that plugins use.

>>> from freightlib.plugins.registry import registry
>>> sorted(registry().gates())
['blocked', 'marker', 'soak', 'upstream', 'verified', 'window']

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""

from __future__ import annotations

from collections.abc import Sequence

from freightlib.plugins.contracts import Gate
from freightlib.plugins.hooks import hookimpl


@hookimpl
def freightlib_gates() -> Sequence[Gate]:
    """Offer the built-in gates."""
    from freightlib.promotion.gates.blocked import Blocked
    from freightlib.promotion.gates.marker import MarkerFile
    from freightlib.promotion.gates.soak import Soak
    from freightlib.promotion.gates.upstream import UpstreamHolds
    from freightlib.promotion.gates.verified import Verified
    from freightlib.promotion.gates.window import Window

    return [Blocked(), UpstreamHolds(), Verified(), Soak(), MarkerFile(), Window()]
