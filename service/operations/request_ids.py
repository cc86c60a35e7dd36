"""An identifier for each request, the same in the log, in the response and in an error that somebody reports."""

import re
import secrets
from contextvars import ContextVar
from typing import Final

HEADER: Final = "X-Request-Id"
# Long enough for UUIDs and the identifiers of proxies; nothing in it can break a log line or a header.
WELL_FORMED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,127}")
_current: ContextVar[str] = ContextVar("request_id", default="")
_traceparent: ContextVar[str] = ContextVar("traceparent", default="")


def current() -> str:
    """The identifier of the request that is being answered; empty outside of one."""
    return _current.get()


def begin(offered: str | None) -> str:
    """Take the identifier that a client or proxy sent if it is well-formed, else make one."""
    identifier = offered if offered and WELL_FORMED.fullmatch(offered) else secrets.token_hex(8)
    _current.set(identifier)
    _traceparent.set("")
    return identifier


def follow(traceparent: str) -> None:
    """What this request causes elsewhere belongs to this trace."""
    _traceparent.set(traceparent)


def outgoing() -> dict[str, str]:
    """Headers of a request to another service on behalf of this one: its trace, and nothing about who asks."""
    return {"traceparent": _traceparent.get()} if _traceparent.get() else {}
