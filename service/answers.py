"""Sends answers of the reader pool: streamed, compressed, stopped when the client leaves, cut off on failure."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from service.compression import Encoding, compress, compressed
from service.json_input import JsonError, parse_json
from service.problems import CLIENT_CLOSED_REQUEST, Problem
from service.store.readers import Answer

T = TypeVar("T")
SPOOL_IN_MEMORY = 8 * 1024 * 1024


class AnswerResponse(Response):
    """An answer on its way."""

    def __init__(self, answer: Answer, encoding: Encoding, headers: Mapping[str, str], content_type: str) -> None:
        """Take an answer whose first piece is there."""
        super().__init__(headers=headers, media_type=None)
        del self.headers["content-length"]
        self.headers["Content-Type"] = content_type
        if encoding != "identity":
            self.headers["Content-Encoding"] = encoding
        self._answer = answer
        self._encoding = encoding

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, however it ends; the reader is free afterwards."""
        try:
            if scope["method"] == "HEAD":
                await self._send_start(send)
                await send({"type": "http.response.body", "body": b""})
            elif self._answer.complete:
                await self._send_whole(send)
            elif scope.get("http_version") == "1.0":
                await self._send_spooled(receive, send)
            else:
                await or_disconnect(receive, self._stream(send))
        finally:
            await self._answer.aclose()

    def _pieces(self) -> AsyncIterator[bytes]:
        return compressed(aiter(self._answer), self._encoding)

    async def _send_start(self, send: Send, length: int | None = None) -> None:
        headers = self.raw_headers
        if length is not None:
            headers = [*headers, (b"content-length", str(length).encode())]
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})

    async def _send_whole(self, send: Send) -> None:
        body = await compress(await self._answer.read(), self._encoding)
        await self._send_start(send, len(body))
        await send({"type": "http.response.body", "body": body})

    async def _stream(self, send: Send) -> None:
        """Send as it comes. A failure leaves the body without its end: the server then cuts the connection."""
        await self._send_start(send)
        async for piece in self._pieces():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _send_spooled(self, receive: Receive, send: Send) -> None:
        """Gather first: to HTTP/1.0, which many proxies still speak, a cut connection looks like a good end."""
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_IN_MEMORY) as spool:

            async def gather() -> None:
                async for piece in self._pieces():
                    await asyncio.to_thread(spool.write, piece)

            if not await or_disconnect(receive, gather()):
                return
            await self._send_start(send, spool.tell())
            spool.seek(0)
            while piece := await asyncio.to_thread(spool.read, 64 * 1024):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


async def until_disconnect(receive: Receive) -> None:
    """Return when the client is gone."""
    message: Message = {"type": ""}
    while message["type"] != "http.disconnect":
        message = await receive()


async def or_disconnect(receive: Receive, work: Coroutine[Any, Any, T]) -> list[T]:
    """Do the work unless the client leaves first; returns its result in a list, an empty one if it left."""
    task = asyncio.create_task(work)
    watch = asyncio.create_task(until_disconnect(receive))
    try:
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        return [task.result()] if task.done() else []
    finally:
        task.cancel()
        watch.cancel()
        await asyncio.gather(task, watch, return_exceptions=True)
        # An error of the task leads back to here; it must not find the task again, or both stay until a collection.
        del task, watch


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Do the work of a request whose body has been read; gives it up when the client leaves."""
    done = await or_disconnect(request.receive, work)
    if not done:
        raise Problem(CLIENT_CLOSED_REQUEST, "The client closed the connection.")
    return done[0]


def refuse_compressed(request: Request) -> None:
    """Raise 415 for a compressed body: it could be a thousand times what was sent."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "Compressed request bodies are not supported.", headers={"Accept-Encoding": "identity"})


async def read_body(request: Request, megabytes: int) -> bytes:
    """Read a body up to the limit; raises 413 beyond it and 415 for a compressed one."""
    limit = megabytes * 1024 * 1024
    refuse_compressed(request)
    declared = request.headers.get("content-length", "")
    body = bytearray()
    if not declared.isdigit() or int(declared) <= limit:
        async for piece in request.stream():
            body += piece
            if len(body) > limit:
                break
        else:
            return bytes(body)
    raise Problem(413, f"The body is larger than {megabytes} MiB.", limit=limit)


def read_json(body: bytes) -> Any:
    """Read a body that is JSON; raises 400 for what is not, and for text that cannot be written."""
    try:
        return parse_json(body)
    except JsonError as error:
        raise Problem(400, f"the body {error}") from None
