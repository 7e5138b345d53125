"""Interprets git's error messages: whether a retry may help, and what the user can do.

Git gives reasons as English prose (it runs with ``LC_ALL=C``), and adds general lines to specific ones. So permanent
errors are looked for first. An unknown error counts as permanent: it is reported at once, without a retry.
"""

from __future__ import annotations

import re
from typing import Final

# the messages of a server when another push holds the ref's lock: the push was neither accepted nor refused
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
    """Return whether another process holds a lock on the server. Such locks are short."""
    return bool(_BUSY.search(said))


def is_passing(said: str) -> bool:
    """Return whether a retry may help: no connection, a broken one, or an overloaded server."""
    return not _LASTING.search(said) and bool(_PASSING.search(said))


def advice(said: str) -> str:
    """Return what the user can do, in one sentence."""
    low = said.lower()
    lock = _LOCK.search(said)
    if lock:
        path = lock.group(1)
        return f"another git is running there, or was killed: if none is running, remove {path} on that machine"
    if "mismatched algorithms" in low:
        return "its object ids are of another kind (SHA-256): name the git backend that opens those, --backend git"
    if "host key" in low or "host identification" in low:
        return "check the host's key and add it to known_hosts (ssh-keyscan); unknown hosts are refused"
    if re.search(r"authentication|permission denied|could not read (?:username|password)|\b40[13]\b", low):
        return "give credentials the usual way: ssh agent, git credential helper, or a token in the address"
    if is_passing(said) or any(word in low for word in ("resolve host", "connect")):
        return "check the network and the address, then run the same again"
    return "check the address and your access to it: git ls-remote <address>"
