"""Compresses answers as they stream, when the client says it can read that."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from typing import Literal, Protocol

import zstandard
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.negotiation import parse_quality

Encoding = Literal["zstd", "gzip", "identity"]
PREFERRED: tuple[Encoding, ...] = ("zstd", "gzip", "identity")
GZIP_LEVEL = 5
ZSTD_LEVEL = 3
# Below this a packet is a packet.
WORTH = 1024
TEXTS = ("text/", "application/json", "application/geo+json", "application/ld+json", "application/xml", "image/svg+xml")
# Sent line by line to someone who waits for each.
LIVE = ("text/event-stream",)


class Compressor(Protocol):
    """What zlib and zstandard have in common."""

    def compress(self, data: bytes, /) -> bytes:
        """Take a piece."""

    def flush(self) -> bytes:
        """End the stream."""


def choose_encoding(header: str | None) -> Encoding:
    """Choose by quality, then by our own order; identity if nothing else is wanted."""
    qualities: dict[str, float] = {}
    for entry in (header or "").lower().split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        quality = parse_quality(parameters)
        if name and quality is not None:
            qualities[name] = quality
    others = qualities.get("*", 0.0)
    known = {name: qualities.get(name, others) for name in PREFERRED[:-1]}
    # Unnamed, identity is acceptable but nobody asked for it.
    known["identity"] = qualities.get("identity", 0.0)
    best = max(PREFERRED, key=lambda name: (known[name], -PREFERRED.index(name)))
    return best if known[best] > 0 else "identity"


def compressor(encoding: Encoding) -> Compressor | None:
    """Return a fresh compressor, or None for identity."""
    if encoding == "gzip":
        return zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    if encoding == "zstd":
        return zstandard.ZstdCompressor(level=ZSTD_LEVEL).compressobj()
    return None


async def compressed(pieces: AsyncIterator[bytes], encoding: Encoding) -> AsyncIterator[bytes]:
    """Compress pieces in a thread each (both libraries let other threads run), skipping those that yield nothing."""
    tool = compressor(encoding)
    async for piece in pieces:
        data = piece if tool is None else await asyncio.to_thread(tool.compress, piece)
        if data:
            yield data
    if tool is not None:
        yield await asyncio.to_thread(tool.flush)


async def compress(body: bytes, encoding: Encoding) -> bytes:
    """Compress a whole body."""
    tool = compressor(encoding)
    if tool is None:
        return body
    return await asyncio.to_thread(lambda: tool.compress(body) + tool.flush())


class Compressed:
    """ASGI middleware for the texts of routes that do not compress by themselves: pages, styles, scripts, JSON."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Compress the answer if it is worth it and wanted."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sender = _Sender(send, choose_encoding(Headers(scope=scope).get("accept-encoding")))
        await self.app(scope, receive, sender)


class _Sender:
    """Passes the messages of one answer on."""

    def __init__(self, send: Send, encoding: Encoding) -> None:
        self._send = send
        self._encoding = encoding
        self._tool: Compressor | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begin(message)
        elif self._tool is not None:
            message = {**message, "body": self._packed(message.get("body", b""), message.get("more_body", False))}
        await self._send(message)

    def _begin(self, start: Message) -> None:
        headers = MutableHeaders(raw=list(start.get("headers", ())))
        if not _compressible(start["status"], headers):
            return
        headers.add_vary_header("Accept-Encoding")
        start["headers"] = headers.raw
        self._tool = compressor(self._encoding)
        if self._tool is None:
            return
        headers["Content-Encoding"] = self._encoding
        del headers["Content-Length"]
        # The bytes are others now, the content is the same: that is what a weak tag says.
        tag = headers.get("etag")
        if tag and not tag.startswith("W/"):
            headers["ETag"] = "W/" + tag

    def _packed(self, body: bytes, more: bool) -> bytes:
        assert self._tool is not None
        return self._tool.compress(body) + (b"" if more else self._tool.flush())


def _compressible(status: int, headers: MutableHeaders) -> bool:
    kind = headers.get("content-type", "")
    length = headers.get("content-length")
    return (
        status not in (204, 206, 304)
        and "content-encoding" not in headers
        and kind.startswith(TEXTS)
        and not kind.startswith(LIVE)
        and (length is None or int(length) >= WORTH)
    )
