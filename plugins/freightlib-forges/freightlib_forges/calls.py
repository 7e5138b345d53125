"""Calls of a forge's API: what went wrong as one typed error without a secret, and what may be asked again is.

Asked again, within a budget, is what changes nothing the second time; and anything that the forge refused for its rate
limit, as it did nothing then. How long to wait is what the forge says.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final, TypeVar

from attrs import field, frozen

from freightlib.plugins import ForgeError, one_line, pauses

T = TypeVar("T")

TRIES: Final = 4
#: Seconds that one call may wait in all.
BUDGET: Final = 60.0


@frozen
class Calls:
    """How a forge is called: its name, where, the token (to keep it out of messages), and its client's exceptions."""

    forge: str
    server: str
    variables: tuple[str, ...]
    secret: str = field(repr=False)
    failures: tuple[type[Exception], ...]

    def again(self, what: str, call: Callable[[], T]) -> T:
        """Call, and again while the forge is away or limits the rate. Raises ForgeError."""
        return self._call(what, call, ("unavailable", "rate"))

    def once(self, what: str, call: Callable[[], T]) -> T:
        """Call what must not be done twice: again only while the forge refuses it for the rate. Raises ForgeError."""
        return self._call(what, call, ("rate",))

    def _call(self, what: str, call: Callable[[], T], passing: tuple[str, ...]) -> T:
        waited, waits = 0.0, pauses(0.4, BUDGET)
        for turn in count():
            try:
                return call()
            except self.failures as error:
                found = self.error(what, error)
            pause = found.data["retryAfter"]
            if pause is None:
                pause = next(waits)
            waited += pause
            if found.data["reason"] not in passing or turn == TRIES - 1 or waited > BUDGET:
                # the client's own exception may hold what was sent: it is not chained
                raise found from None
            time.sleep(pause)
        raise AssertionError("unreachable")

    def error(self, what: str, error: BaseException) -> ForgeError:
        """What the client raised, as a ForgeError."""
        status, headers, said = _facts(error)
        reason = _reason(status, headers, said)
        told = self._clean(said) or type(error).__name__
        return ForgeError(
            f"{self.forge} could not {what}: {told}{f' (HTTP {status})' if status else ''}",
            hint=self._hint(reason, headers),
            forge=self.forge,
            reason=reason,
            status=status,
            retryAfter=_retry_after(headers) if reason in ("rate", "unavailable") else None,
        )

    def _clean(self, text: str) -> str:
        return one_line(text.replace(self.secret, "***") if self.secret else text, 500)

    def _hint(self, reason: str, headers: Mapping[str, str]) -> str:
        after = _retry_after(headers)
        return {
            "auth": f"give a valid token that may write pull requests: {' or '.join(self.variables)}",
            "missing": f"check forge.repository in freightlib.yaml, and that the token may see it on {self.server}",
            "rate": f"wait {f'{after:.0f} seconds' if after else 'a while'}, then run the same again",
            "unavailable": f"see whether {self.server} works, then run the same again",
            "moved": "look at it again: what was approved is not what is there now",
        }.get(reason, "see what the forge says, then run the same again")


def _facts(error: BaseException) -> tuple[int | None, Mapping[str, str], str]:
    """HTTP status, headers (lower case) and the forge's words, from the exceptions of any of the clients."""
    seen: BaseException | None = error
    while seen is not None:
        if type(seen).__module__.startswith("ogr."):
            seen = seen.__cause__  # ogr wraps the client's exception, and says less
            continue
        status = next(
            (
                value
                for name in ("status", "response_code", "status_code")
                if isinstance(value := getattr(seen, name, None), int)
            ),
            None,
        )
        if status is not None:
            headers = getattr(seen, "headers", None) or {}
            return status, {str(key).lower(): str(value) for key, value in headers.items()}, _words(seen)
        seen = seen.__cause__
    return None, {}, f"{type(error).__name__}: {error}"


def _words(error: BaseException) -> str:
    for name in ("data", "body", "error_message"):
        told = getattr(error, name, None)
        if isinstance(told, Mapping):
            first = told.get("message") or told.get("error") or "; ".join(f"{key}: {told[key]}" for key in told)
            return "; ".join((str(first), *_details(told.get("errors"))))
        if isinstance(told, list | tuple):
            return "; ".join(map(str, told))
        if isinstance(told, bytes):
            return told.decode("utf-8", "replace")
        if told:
            return str(told)
    return ""


def _details(errors: Any) -> list[str]:
    """GitHub's list beside the message, where the reason stands."""
    listed = errors if isinstance(errors, list) else []
    return [
        str(one.get("message") or one.get("code") or "") if isinstance(one, Mapping) else str(one) for one in listed
    ]


_REASONS: Final = {401: "auth", 404: "missing", 409: "conflict", 410: "missing", 429: "rate"}


def _reason(status: int | None, headers: Mapping[str, str], said: str) -> str:
    if status is None or status >= 500:
        return "unavailable"
    if status == 403:
        limited = (
            headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers or "rate limit" in said.lower()
        )
        return "rate" if limited else "auth"
    return _REASONS.get(status, "refused")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the forge asks to wait: Retry-After, else the time at which its limit ends."""
    after = headers.get("retry-after", "")
    if after.isdigit():
        return float(after)
    reset = headers.get("x-ratelimit-reset") or headers.get("ratelimit-reset") or ""
    return max(0.0, float(reset) - time.time()) if reset.isdigit() else None
