"""ASGI middleware that gives each request its identifier, times it, and tells the log, the metrics and the traces."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, Protocol

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.operations import logs, request_ids
from service.operations.records import RequestRecord
from service.store import trace
from service.store.errors import StoreError

METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
NO_ROUTE: Final = "(none)"
# What the server answered itself has no route: the app has not seen it.
BY_SERVER: Final = "(server)"
# Names in the state that an app and its server share: who is told of requests; the status that the server gave to one.
OBSERVERS: Final = "request_observers"
ANSWERED: Final = "answered_by_server"
# Asked every few seconds by machines; a line for each would hide the rest.
QUIET: Final = ("/health/", "/metrics")
Observer = Callable[[RequestRecord], None]
Client = tuple[str, int]


class Span(Protocol):
    """What a trace knows of a request."""

    @property
    def headers(self) -> dict[str, str]:
        """What the response says of it."""

    def end(self, record: RequestRecord) -> None:
        """The request has been answered."""


OpenSpan = Callable[[Scope], AbstractContextManager[Span | None]]


class Observed:
    """Wraps the whole app."""

    def __init__(self, app: ASGIApp, *, observers: Sequence[Observer] = (), span: OpenSpan | None = None) -> None:
        """Tell these observers; `span` opens the span of a request in a trace."""
        self.app = app
        self._observers = observers
        self._span = span

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and tell how it went."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        identifier = request_ids.begin(_header(scope, b"x-request-id"))
        with self._span(scope) if self._span else nullcontext() as span:
            seen = _Seen(send, {request_ids.HEADER: identifier} | (span.headers if span else {}))
            trace.follow(span.headers.get("traceparent", "") if span else "")
            begun = time.monotonic()
            aborted = ""
            try:
                await self.app(scope, receive, seen)
            except Exception as error:
                known = _known(error)
                aborted = type(known or error).__name__
                # The server cuts the connection of an answer without an end, which is what the client must see; what
                # is not a declared limit is a fault, and the server logs that with its traceback.
                if known is None or not seen.status:
                    raise
            finally:
                record = RequestRecord(
                    method=scope["method"] if scope["method"] in METHODS else "OTHER",
                    route=route_of(scope),
                    status=scope.get("state", {}).get(ANSWERED) or seen.status or 500,
                    seconds=time.monotonic() - begun,
                    size=seen.size,
                    aborted=aborted or ("" if seen.ended else "disconnected"),
                )
                if span:
                    span.end(record)
                parent = span.headers.get("traceparent", "") if span else ""
                tell(self._observers, record, scope.get("client"), scope["path"], parent)


def tell(
    observers: Sequence[Observer], record: RequestRecord, client: Client | None, path: str = "", traceparent: str = ""
) -> None:
    """Tell the observers and the log of a request that is over; of the server's own answers no path is known."""
    for observe in observers:
        observe(record)
    quiet = path.startswith(QUIET) and record.status < 400
    fields: dict[str, Any] = {
        "method": record.method,
        "path": path,
        "route": record.route,
        "status": record.status,
        "ms": round(record.seconds * 1000, 1),
        "bytes": record.size,
        "network": logs.shown_address((client or ("",))[0]),
        "trace_id": traceparent.partition("-")[2].partition("-")[0],
        "aborted": record.aborted,
    }
    optional = ("path", "network", "trace_id", "aborted")
    shown = {name: value for name, value in fields.items() if value or name not in optional}
    logs.access.log(10 if quiet else 20, "request", extra={"fields": shown})


class _Seen:
    """Watches what is sent, and adds headers to it."""

    def __init__(self, send: Send, headers: dict[str, str]) -> None:
        self._send = send
        self._headers = headers
        self.status = 0
        self.size = 0
        self.ended = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=list(message.get("headers", ())))
            for name, value in self._headers.items():
                headers[name] = value
            message = {**message, "headers": headers.raw}
        elif message["type"] == "http.response.body":
            self.size += len(message.get("body", b""))
            self.ended = not message.get("more_body", False)
        await self._send(message)


def route_of(scope: Scope) -> str:
    """The template of the address that was asked for: a metric or a line per address would be one per visitor."""
    path = getattr(scope.get("route"), "path", None)
    return str(path) if path else NO_ROUTE


def _known(error: BaseException | None) -> StoreError | None:
    """The declared failure behind an exception, if there is one."""
    while error is not None and not isinstance(error, StoreError):
        error = error.__cause__
    return error


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)
