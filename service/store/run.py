"""One query on one reader: its answer as it arrives, its limits, its end."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from service.store.errors import StoreDamaged, StoreError, UnknownGeneration
from service.store.query import Limits, Outcome, QueryRecord, outcome_of
from service.store.query_errors import (
    QueryError,
    QueryMemory,
    QueryRows,
    QuerySyntaxError,
    QueryTimeout,
    QueryUnsupported,
    ReaderCrashed,
)
from service.store.reader_handle import ReaderGone, ReaderHandle
from service.store.reader_process import CHUNK
from service.store.remote.errors import KINDS as ENGINE_ERRORS

if TYPE_CHECKING:
    from service.store.readers import ReaderPool

SAMPLE_SECONDS = 0.05
# What takes longer than this lets everything else have the processor first.
BRIEF_SECONDS = 1.0

Kind: TypeAlias = Literal["solutions", "boolean", "graph"]


@dataclass
class Counters:
    """What happened to the queries so far."""

    started: int = 0
    finished: int = 0
    failed: int = 0
    cancelled: int = 0
    timed_out: int = 0
    memory_killed: int = 0
    rows_exceeded: int = 0
    crashed: int = 0
    refused: int = 0
    replaced: int = 0


class Answer:
    """A result that arrives: the first piece is there, so what is wrong with the query itself is known by now."""

    def __init__(self, run: Run, head: dict[str, Any], generation: int) -> None:
        """Take a run whose header has come."""
        self.kind: Kind = head["kind"]
        self.media_type: str = head["media_type"]
        self.variables: list[str] = head["variables"]
        self.generation = generation
        self.engine: str = head["engine"]
        self._run = run
        self._pieces: list[bytes] = []

    @property
    def complete(self) -> bool:
        """Whether all of it has arrived."""
        return self._run.ended

    async def prefetch(self) -> None:
        """Wait for the first 64 KiB, or the end."""
        size = 0
        while size < CHUNK and (piece := await self._run.piece()) is not None:
            self._pieces.append(piece)
            size += len(piece)

    async def piece(self) -> bytes | None:
        """Return the next piece; None at the end."""
        return self._pieces.pop(0) if self._pieces else await self._run.piece()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the pieces as they come."""
        try:
            while (piece := await self.piece()) is not None:
                yield piece
        finally:
            await self.aclose()

    async def read(self) -> bytes:
        """Return all of it."""
        return b"".join([piece async for piece in self])

    async def aclose(self) -> None:
        """Stop the query if it still runs."""
        self._run.abandon()


class Run:
    """One query on one reader: reads its frames, watches its limits, and gives the reader back exactly once."""

    def __init__(self, pool: ReaderPool, reader: ReaderHandle, limits: Limits, record: QueryRecord) -> None:
        """Begin to watch; the reader is this run's alone until its end."""
        self._pool = pool
        self._reader = reader
        self._limits = limits
        self._verdict: QueryError | None = None
        self._baseline = reader.memory()
        self._watcher: asyncio.Task[None] | None = asyncio.get_running_loop().create_task(self._watch())
        self.ended = False
        self._record = record
        self._begun = time.monotonic()

    async def begin(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send the request and wait for the header."""
        try:
            await self._reader.ask(request)
        except ReaderGone:
            raise await self._post_mortem() from None
        head: dict[str, Any] = json.loads(await self._frame() or b"{}")
        self._record = replace(self._record, engine=head.get("engine", self._record.engine))
        return head

    async def piece(self) -> bytes | None:
        """Return the next piece of the result, or None at its end."""
        return None if self.ended else await self._frame()

    def abandon(self) -> None:
        """Give the reader up if it is still at work: it can only be stopped by killing it."""
        if self.ended:
            return
        self._pool.counters.cancelled += 1
        self._end("cancelled")
        self._pool.replace(self._reader)

    async def _frame(self) -> bytes | None:
        try:
            kind, payload = await self._reader.frame()
        except ReaderGone:
            raise await self._post_mortem() from None
        if kind in (b"H", b"D"):
            return payload
        if kind == b"X":
            # Without a name for it here: an error whose traceback leads back to itself stays until the next collection.
            raise self._failed(json.loads(payload))
        self._end("ok", json.loads(payload)["rows"])
        self._give_back()
        self._pool.counters.finished += 1
        return None

    def _failed(self, told: dict[str, Any]) -> StoreError:
        failure = self._failure(told)
        self._end(outcome_of(failure))
        self._give_back()
        return failure

    def _give_back(self) -> None:
        """Return the reader, unless a limit was passed while its last frame was on the way: then it is dead."""
        if self._verdict is None:
            self._pool.release(self._reader)
        else:
            self._pool.replace(self._reader)

    def _end(self, outcome: Outcome, rows: int | None = None) -> None:
        self.ended = True
        if self._watcher is not None:
            self._watcher.cancel()
            # A cancelled task keeps the frame it was in, which keeps this object.
            self._watcher = None
        seconds = time.monotonic() - self._begun
        self._pool.tell(replace(self._record, outcome=outcome, seconds=seconds, rows=rows))

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._limits.seconds
        brief = deadline - self._limits.seconds + BRIEF_SECONDS
        while (left := deadline - loop.time()) > 0:
            await asyncio.sleep(min(SAMPLE_SECONDS, left))
            # What pages are made of does not wait for others: a visitor waits for it.
            if not self._record.query.brief and loop.time() > brief:
                self._reader.step_back()
            if self._reader.memory() - self._baseline > self._limits.megabytes * 1024 * 1024:
                self._stop(QueryMemory(self._limits.megabytes))
                return
        self._stop(QueryTimeout(self._limits.seconds))

    def _stop(self, verdict: QueryError) -> None:
        self._verdict = verdict
        self._reader.kill()

    async def _post_mortem(self) -> QueryError:
        """Tell why the pipe ended, count it, and have the reader replaced."""
        # Not kept: an error that this object holds and whose traceback holds this object would outlive both.
        verdict, self._verdict = self._verdict, None
        counters = self._pool.counters
        if verdict is None and await self._reader.died_of_memory():
            verdict = QueryMemory(self._limits.megabytes)
        verdict = verdict or ReaderCrashed()
        if not self.ended:
            self._end(outcome_of(verdict))
            self._pool.replace(self._reader)
        if isinstance(verdict, QueryTimeout):
            counters.timed_out += 1
        elif isinstance(verdict, QueryMemory):
            counters.memory_killed += 1
        else:
            counters.crashed += 1
        return verdict

    def _failure(self, told: dict[str, Any]) -> StoreError:
        counters = self._pool.counters
        counters.failed += 1
        if told["error"] == "gone":
            return UnknownGeneration("This generation is not kept any more: ask for the current one.")
        if told["error"] == "rows":
            counters.rows_exceeded += 1
            return QueryRows(self._limits.rows)
        if told["error"] == "memory":
            counters.memory_killed += 1
            return QueryMemory(self._limits.megabytes)
        if told["error"] == "syntax":
            return QuerySyntaxError(told["message"], told["line"], told["column"])
        if told["error"] == "damaged":
            return StoreDamaged(
                f"The store cannot be read ({told['message']}): the operator can run `strategraph verify` to see what "
                "is damaged and how to mend it."
            )
        return ENGINE_ERRORS.get(told["error"], QueryUnsupported)(told["message"])
