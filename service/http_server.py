"""The HTTP server's own bounds, because an app never sees a client that does not finish: heads, bodies and answers that
crawl, bodies that nobody reads, and requests that two servers could take for different ones.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar, cast

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from service.operations.observed import ANSWERED, BY_SERVER, OBSERVERS, tell
from service.operations.records import RequestRecord
from service.problems import MEDIA_TYPE, RETRY_AFTER
from service.security_headers import ALWAYS, NOTHING

HEAD_BYTES = 64 * 1024
# A name, an IPv4 or IPv6 address, and a port; empty for HTTP/1.0 without one. It comes back in links.
_HOST = re.compile(rb"(?:[A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")


@dataclass(frozen=True)
class Bounds:
    """How slow a client may be, in seconds and bytes a second."""

    head: float = 10.0
    """From the first byte of a request, or from the connection, to the end of its head."""
    idle: float = 20.0
    """Between two pieces of a body, and until an answer has to move on."""
    rate: int = 500
    """What bodies and answers must reach on average once `idle` is over."""
    drain: float = 10.0
    """For the rest of a body that was answered before its end."""
    linger: float = 2.0
    """For a client to read an answer after which the connection closes."""
    tick: float = 1.0
    connections: int = 800
    """More than any honest crowd behind one proxy; each holds a socket, of which the process has about a thousand."""


class _Strict(h11.Connection):
    """Takes no request that two servers could understand differently, and none for a host that cannot be one."""

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """Return what came; raises RemoteProtocolError."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            headers = dict(event.headers)
            if event.http_version not in (b"1.0", b"1.1"):
                raise h11.RemoteProtocolError("Not HTTP/1.1.")
            if b"transfer-encoding" in headers and (b"content-length" in headers or event.http_version == b"1.0"):
                raise h11.RemoteProtocolError("Two lengths of the body.")
            if not _HOST.fullmatch(headers.get(b"host", b"")):
                raise h11.RemoteProtocolError("Not a host.")
        return event


class _Lingering:
    """A transport whose closing lets the client read what was sent: to close over unread input sends a reset."""

    def __init__(self, transport: asyncio.Transport, protocol: BoundedProtocol) -> None:
        self._transport = transport
        self._protocol = protocol

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Whether nothing more will be sent."""
        return self._protocol.lingering or self._transport.is_closing()

    def close(self) -> None:
        """Close now if the client has nothing to say any more, else only our half of the connection."""
        unread = self._protocol.expecting or self._protocol.conn.their_state in (h11.SEND_BODY, h11.ERROR)
        if self._protocol.lingering or not unread or not self._transport.can_write_eof():
            self._transport.close()
        elif not self._transport.is_closing():
            self._protocol.linger()
            self._transport.write_eof()
            self._transport.resume_reading()


class BoundedProtocol(H11Protocol):
    """Uvicorn's HTTP/1.1 that looks once a second whether the client moves on."""

    bounds: ClassVar[Bounds] = Bounds()

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any], **more: Any) -> None:
        """Read requests strictly."""
        super().__init__(config, server_state, app_state, **more)
        self.conn = _Strict(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to watch."""
        self.lingering = False
        self._raw = transport
        super().connection_made(cast("asyncio.Transport", _Lingering(transport, self)))
        now = self.loop.time()
        self._head_since: float | None = now
        self._body_since: float | None = None
        self._body_last, self._body_bytes = now, 0
        self._answered_since: float | None = None
        self._unsent: tuple[float, int] | None = None
        self._ended_since = now
        self._ticker = self.loop.call_later(self.bounds.tick, self._tick)
        if len(self.connections) > self.bounds.connections:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections; try again soon.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop watching."""
        self._ticker.cancel()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    @property
    def expecting(self) -> bool:
        """Whether the head of a request is on its way, or could be."""
        return self._head_since is not None

    def linger(self) -> None:
        """Wait for the end of the connection without listening."""
        self.lingering = True
        self._ended_since = self.loop.time()
        self._unset_keepalive_if_required()

    def data_received(self, data: bytes) -> None:
        """Note that something came, and pass it on unless the connection is at its end."""
        if self.lingering:
            return
        now = self.loop.time()
        if self.conn.their_state is h11.IDLE and self._head_since is None:
            self._head_since = now
        elif self.conn.their_state is h11.SEND_BODY:
            self._body_last, self._body_bytes = now, self._body_bytes + len(data)
        super().data_received(data)

    def handle_events(self) -> None:
        """Let nothing through whose end another server might see elsewhere."""
        super().handle_events()
        if self.conn.their_state is not h11.IDLE:
            self._head_since = None

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP, as every error is answered; there is nobody to tell once an answer has begun."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            problem = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
            body = json.dumps(problem).encode()
            headers = {**ALWAYS, "Content-Security-Policy": NOTHING, "Content-Type": MEDIA_TYPE}
            headers |= {"Content-Length": str(len(body)), "Connection": "close"}
            if status is HTTPStatus.SERVICE_UNAVAILABLE:
                headers["Retry-After"] = str(RETRY_AFTER)
            for event in (
                h11.Response(status_code=status, headers=list(headers.items()), reason=status.phrase),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
            self._tell(status, len(body))
        self._give_up()
        self.transport.close()

    def _tell(self, status: HTTPStatus, size: int) -> None:
        """Have an answer of our own counted and logged, once: by the app if it has seen the request, else here."""
        if self._unanswered:
            self.cycle.scope["state"][ANSWERED] = status.value
            return
        seconds = self.loop.time() - self._head_since if self._head_since is not None else 0.0
        record = RequestRecord("OTHER", BY_SERVER, status.value, seconds, size)
        tell(self.app_state.get(OBSERVERS, ()), record, self.client)

    @property
    def _unanswered(self) -> bool:
        """Whether the app is at work on a request."""
        return self.cycle is not None and not self.cycle.response_complete

    def _give_up(self) -> None:
        """Tell the app that its client is gone."""
        if self._unanswered:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self.flow.resume_writing()

    def _tick(self) -> None:
        now = self.loop.time()
        self._ticker = self.loop.call_later(self.bounds.tick, self._tick)
        if self._stuck(now):
            self._give_up()
            self._raw.abort()
        elif self.lingering or self._raw.is_closing():
            return
        elif self._head_is_late(now):
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The head of the request took too long.")
        elif self._body_is_late(now):
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The body of the request came too slowly.")

    def _stuck(self, now: float) -> bool:
        """Whether nothing can become of this connection: its client does not read, or goes on about what is over."""
        if self.lingering and now - self._ended_since > self.bounds.linger and not self._raw.get_write_buffer_size():
            return True
        draining = self.conn.our_state is h11.DONE and self.conn.their_state is h11.SEND_BODY
        self._answered_since = (self._answered_since or now) if draining else None
        if self._answered_since is not None and now - self._answered_since > self.bounds.drain:
            return True
        size = self._raw.get_write_buffer_size()
        since, before = self._unsent or (now, size)
        if not size or size > before:
            self._unsent = (now, size) if size else None
            return False
        self._unsent = since, before
        if now - since <= self.bounds.idle:
            return False
        self._unsent = now, size
        return before - size < min(before, self.bounds.rate * self.bounds.idle)

    def _head_is_late(self, now: float) -> bool:
        if self.conn.their_state is not h11.IDLE:
            return False
        if self._head_since is None and self.timeout_keep_alive_task is None:
            self._head_since = now
        return self._head_since is not None and now - self._head_since > self.bounds.head

    def _body_is_late(self, now: float) -> bool:
        if self.conn.their_state is not h11.SEND_BODY or self.conn.our_state is h11.DONE:
            self._body_since = None
            return False
        if self._body_since is None:
            self._body_since, self._body_last, self._body_bytes = now, now, 0
        if self.flow.read_paused:  # It is our turn.
            self._body_since += self.bounds.tick
            self._body_last = now
        late = self._body_since + self.bounds.idle + self._body_bytes / self.bounds.rate
        return now - self._body_last > self.bounds.idle or now > late


SERVER_OPTIONS: dict[str, Any] = {
    "http": BoundedProtocol,
    "ws": "none",
    "server_header": False,
    # Longer than proxies and clients keep an idle connection (nginx: 60 s). If we closed it first, a request could
    # meet a connection that is just being closed.
    "timeout_keep_alive": 65,
}
"""What every server of this service is started with."""
