"""Compresses answers as they stream, when the client says it can read that."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from typing import Literal, Protocol

import zstandard

from service.negotiation import parse_quality

Encoding = Literal["zstd", "gzip", "identity"]
PREFERRED: tuple[Encoding, ...] = ("zstd", "gzip", "identity")
GZIP_LEVEL = 5
ZSTD_LEVEL = 3


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
