"""The built-in gates, one in each file, offered through the hook that plugins use.

>>> from freightlib.plugins.registry import registry
>>> sorted(registry().gates())
['blocked', 'marker', 'soak', 'upstream', 'verified', 'window']
"""

from __future__ import annotations

from collections.abc import Sequence

from freightlib.plugins.contracts import Gate
from freightlib.plugins.hooks import hookimpl


@hookimpl
def freightlib_gates() -> Sequence[Gate]:
    """The built-in gates."""
    from freightlib.gates.blocked import Blocked
    from freightlib.gates.marker import MarkerFile
    from freightlib.gates.soak import Soak
    from freightlib.gates.upstream import UpstreamHolds
    from freightlib.gates.verified import Verified
    from freightlib.gates.window import Window

    return [Blocked(), UpstreamHolds(), Verified(), Soak(), MarkerFile(), Window()]
