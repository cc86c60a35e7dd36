"""Runs queries in reader processes, because a query in this process could be neither stopped nor measured."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol, Self, TypeAlias

from service.store.errors import StoreDamaged, StoreError, UnknownGeneration
from service.store.fair_queue import RETRY_AFTER, FairQueue
from service.store.query import (
    JSON_RESULTS,
    Limits,
    Outcome,
    Query,
    QueryRecord,
    outcome_of,
    request_of,
    with_dataset,
)
from service.store.query_errors import (
    QueryError,
    QueryMemory,
    QueryRefused,
    QueryRows,
    QuerySyntaxError,
    QueryTimeout,
    QueryUnsupported,
    QueueFull,
    ReaderCrashed,
)
from service.store.reader_handle import ReaderGone, ReaderHandle
from service.store.reader_process import CHUNK
from service.store.text import service_addresses

SAMPLE_SECONDS = 0.05
# A reader that keeps this much more than when it was new is replaced: the allocator does not give everything back.
BLOAT = 256 * 1024 * 1024

__all__ = ["JSON_RESULTS", "Answer", "Counters", "Limits", "Query", "QueryRecord", "ReaderPool", "with_dataset"]

Kind: TypeAlias = Literal["solutions", "boolean", "graph"]
Term: TypeAlias = dict[str, Any]


class PublishedGeneration(Protocol):
    """What the pool needs to know of a generation."""

    @property
    def number(self) -> int:
        """Its number."""

    @property
    def path(self) -> Path:
        """Its folder."""


class Generations(Protocol):
    """What the pool needs of a store."""

    def current(self) -> PublishedGeneration:
        """Return the published generation."""

    def generation(self, number: int) -> PublishedGeneration:
        """Return a kept one."""


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

    def __init__(self, run: "_Run", head: dict[str, Any], generation: int) -> None:
        """Take a run whose header has come."""
        self.kind: Kind = head["kind"]
        self.media_type: str = head["media_type"]
        self.variables: list[str] = head["variables"]
        self.generation = generation
        self.engine = "oxigraph"
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

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the pieces as they come."""
        try:
            while self._pieces:
                yield self._pieces.pop(0)
            while (piece := await self._run.piece()) is not None:
                yield piece
        finally:
            await self.aclose()

    async def read(self) -> bytes:
        """Return all of it."""
        return b"".join([piece async for piece in self])

    async def aclose(self) -> None:
        """Stop the query if it still runs."""
        self._run.abandon()


class ReaderPool:
    """Reader processes that wait for queries; use it as an async context manager."""

    def __init__(self, store: Generations, *, readers: int = 2, queue: int = 64) -> None:
        """Prepare for that many readers; `start` starts them."""
        self._store = store
        self._size = readers
        self._free: FairQueue[ReaderHandle] = FairQueue(queue)
        self._all: set[ReaderHandle] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self.counters = Counters()
        self.observers: list[Callable[[QueryRecord], None]] = []

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()

    async def start(self) -> None:
        """Start the readers; returns when the first ones are ready."""
        self._stopping = False
        await asyncio.gather(*(self._add() for _ in range(self._size)))

    async def stop(self) -> None:
        """End every reader."""
        self._stopping = True
        await asyncio.gather(*(reader.end() for reader in list(self._all)))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(reader.end() for reader in list(self._all)))
        self._all.clear()

    @property
    def waiting(self) -> int:
        """How many queries wait for a reader."""
        return self._free.waiting

    @property
    def busy(self) -> int:
        """How many readers are at work."""
        return len(self._all) - len(self._free.idle)

    @property
    def memory(self) -> list[int]:
        """The bytes that each reader holds."""
        return [reader.memory() for reader in list(self._all)]

    @property
    def pids(self) -> frozenset[int]:
        """The ids of the reader processes."""
        return frozenset(reader.pid for reader in list(self._all))

    async def run(self, query: Query, limits: Limits, client: str = "") -> Answer:
        """Run a query; raises a QueryError, or returns once the first piece of the answer is there."""
        if addresses := service_addresses(query.text, query.base_iri):
            asked = ", ".join(f"<{address}>" for address in addresses if address) or "an address known only as it runs"
            raise QueryRefused(f"SERVICE is not available here: queries do not leave this machine (asked for {asked}).")
        query = with_dataset(query)
        generation = self._generation(query.generation)
        arrived = time.monotonic()
        try:
            reader = await self._reader(limits.seconds, client)
        except QueueFull:
            self.tell(QueryRecord(query, "queue_full", time.monotonic() - arrived, 0.0, generation=generation.number))
            raise
        record = QueryRecord(query, "failed", time.monotonic() - arrived, 0.0, generation=generation.number)
        run = _Run(self, reader, limits, record)
        self.counters.started += 1
        try:
            head = await run.begin(request_of(query, limits, str(generation.path)))
            answer = Answer(run, head, generation.number)
            await answer.prefetch()
        except BaseException:
            run.abandon()
            raise
        return answer

    async def solutions(self, query: Query, limits: Limits | None = None, client: str = "") -> list[dict[str, Term]]:
        """Run a SELECT query and return its rows: variable to term, each as in SPARQL JSON."""
        answer = await self.run(query, limits or Limits(), client)
        rows: list[dict[str, Term]] = json.loads(await answer.read())["results"]["bindings"]
        return rows

    def release(self, reader: ReaderHandle) -> None:
        """Take back a reader that finished its query."""
        if self._stopping:
            return
        if reader.memory() > reader.fresh_memory + BLOAT:
            self.replace(reader)
        else:
            self._free.put(reader)

    def replace(self, reader: ReaderHandle) -> None:
        """Bury a reader and start another, without waiting for either."""
        reader.kill()
        self.counters.replaced += 1
        self._later(self._bury(reader))
        if not self._stopping:
            self._later(self._add_patiently())

    def tell(self, record: QueryRecord) -> None:
        """Let those who count queries know of one that is over."""
        for observe in self.observers:
            observe(record)

    def _generation(self, number: int | None) -> PublishedGeneration:
        return self._store.current() if number is None else self._store.generation(number)

    async def _reader(self, seconds: float, client: str) -> ReaderHandle:
        try:
            async with asyncio.timeout(seconds):
                return await self._free.get(client)
        except TimeoutError:
            self.counters.refused += 1
            raise QueueFull(RETRY_AFTER) from None
        except QueueFull:
            self.counters.refused += 1
            raise

    async def _add(self) -> None:
        reader = await ReaderHandle.start(str(self._store.current().path))
        self._all.add(reader)
        self._free.put(reader)

    async def _add_patiently(self) -> None:
        pause = 0.1
        while not self._stopping:
            try:
                await self._add()
            except (ReaderGone, OSError, QueryError):
                self.counters.crashed += 1
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            else:
                return

    async def _bury(self, reader: ReaderHandle) -> None:
        await reader.end()
        self._all.discard(reader)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Run:
    """One query on one reader: reads its frames, watches its limits, and gives the reader back exactly once."""

    def __init__(self, pool: ReaderPool, reader: ReaderHandle, limits: Limits, record: QueryRecord) -> None:
        self._pool = pool
        self._reader = reader
        self._limits = limits
        self._verdict: QueryError | None = None
        self._baseline = reader.memory()
        self._watcher = asyncio.get_running_loop().create_task(self._watch())
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
        failure = self._failure(json.loads(payload)) if kind == b"X" else None
        self._end(outcome_of(failure) if failure else "ok", None if failure else json.loads(payload)["rows"])
        self._pool.release(self._reader)
        if failure is not None:
            raise failure
        self._pool.counters.finished += 1
        return None

    def _end(self, outcome: Outcome, rows: int | None = None) -> None:
        self.ended = True
        self._watcher.cancel()
        seconds = time.monotonic() - self._begun
        self._pool.tell(replace(self._record, outcome=outcome, seconds=seconds, rows=rows))

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._limits.seconds
        while (left := deadline - loop.time()) > 0:
            await asyncio.sleep(min(SAMPLE_SECONDS, left))
            if self._reader.memory() - self._baseline > self._limits.megabytes * 1024 * 1024:
                self._stop(QueryMemory(self._limits.megabytes))
                return
        self._stop(QueryTimeout(self._limits.seconds))

    def _stop(self, verdict: QueryError) -> None:
        self._verdict = verdict
        self._reader.kill()

    async def _post_mortem(self) -> QueryError:
        """Tell why the pipe ended, count it, and have the reader replaced."""
        verdict, counters = self._verdict, self._pool.counters
        if verdict is None and await self._reader.died_of_memory():
            verdict = QueryMemory(self._limits.megabytes)
        verdict = verdict or ReaderCrashed("The process that ran the query ended unexpectedly.")
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
        return QueryUnsupported(told["message"])
