"""What git's own words about a failure mean: whether it may pass by itself, and what to do about it.

Git gives reasons as prose (English: it runs with ``LC_ALL=C``), and adds general lines to special ones, so what is
known to last is looked for first. An unknown reason is taken to last: it is reported at once, not tried again.
"""

from __future__ import annotations

import re
from typing import Final

# what a server says when another push holds the ref's lock at this moment: nothing was decided
_BUSY: Final = re.compile(
    r"cannot lock ref|failed to update ref|unable to create .*\.lock|failed to lock", re.IGNORECASE
)
_LASTING: Final = re.compile(
    r"authentication failed|permission denied|host key verification failed|could not read (?:username|password)"
    r"|returned error: (?!429)4\d\d|repository .*not found|not appear to be a git repository|no such file or directory"
    r"|certificate|mismatched algorithms|\[remote rejected\]|not our ref|couldn't find remote ref|no matching host key"
    r"|remote host identification has changed",
    re.IGNORECASE,
)
_PASSING: Final = re.compile(
    r"could not resolve|name resolution|failed to connect|couldn't connect|connection (?:refused|reset|closed)"
    r"|timed out|timeout|network is unreachable|no route to host|recv failure|send failure|empty reply|broken pipe"
    r"|early eof|hung up|unexpected disconnect|unexpected eof|rpc failed|returned error: (?:5\d\d|429)|transfer closed"
    r"|too slow|kex_exchange_identification|unable to access .*error in the http2|unable to rewind|bad line length"
    r"|invalid index-pack output|expected flush|expected 'packfile'|invalid server response|did not send all necessary"
    r"|unexpected end of file|bad pack header|pack (?:has|is) .*(?:bad|corrupt|truncated)|premature end|protocol error"
    r"|ended by signal|expected ref advertisement|expected response end|end of file",
    re.IGNORECASE,
)
_LOCK: Final = re.compile(r"unable to create '([^']+\.lock)'", re.IGNORECASE)


def is_busy(said: str) -> bool:
    """Whether another process holds a lock there, which it does for moments."""
    return bool(_BUSY.search(said))


def is_passing(said: str) -> bool:
    """Whether the same may work in a while: no connection, a broken one, a server that is overloaded."""
    return not _LASTING.search(said) and bool(_PASSING.search(said))


def advice(said: str) -> str:
    """What to do about it, in one sentence."""
    low = said.lower()
    lock = _LOCK.search(said)
    if lock:
        return f"another git is at work there, or was killed: when none is, remove {lock.group(1)} on that machine"
    if "mismatched algorithms" in low:
        return "its object ids are of another kind (SHA-256): name the git backend that opens those, --backend git"
    if "host key" in low or "host identification" in low:
        return "check the host's key and add it to known_hosts (ssh-keyscan); unknown hosts are refused"
    if re.search(r"authentication|permission denied|could not read (?:username|password)|\b40[13]\b", low):
        return "give credentials the usual way: ssh agent, git credential helper, or a token in the address"
    if is_passing(said) or any(word in low for word in ("resolve host", "connect")):
        return "check the network and the address, then run the same again"
    return "check the address and your access to it: git ls-remote <address>"
