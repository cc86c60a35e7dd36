"""An identifier for each request, the same in the log, in the response and in an error that somebody reports."""

import re
import secrets
from contextvars import ContextVar
from typing import Final

HEADER: Final = "X-Request-Id"
# Long enough for UUIDs and the identifiers of proxies; nothing in it can break a log line or a header.
WELL_FORMED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,127}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """The identifier of the request that is being answered; empty outside of one."""
    return _current.get()


def begin(offered: str | None) -> str:
    """Take the identifier that a client or proxy sent if it is well-formed, else make one."""
    identifier = offered if offered and WELL_FORMED.fullmatch(offered) else secrets.token_hex(8)
    _current.set(identifier)
    return identifier
