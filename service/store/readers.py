"""Runs queries in reader processes, because a query in this process could be neither stopped nor measured."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias

from service.store.fair_queue import RETRY_AFTER, FairQueue
from service.store.query import JSON_RESULTS, Limits, Query, QueryRecord, request_of, with_dataset
from service.store.query_errors import QueryError, QueryRefused, QueueFull
from service.store.reader_handle import ReaderGone, ReaderHandle
from service.store.run import Answer, Counters, Run
from service.store.text import service_addresses

# A reader that keeps this much more than when it was new is replaced: the allocator does not give everything back.
BLOAT = 256 * 1024 * 1024
# Characters; reading longer texts would hold up everyone else on the loop.
LONG_TEXT = 16 * 1024

__all__ = ["JSON_RESULTS", "Answer", "Counters", "Limits", "Query", "QueryRecord", "ReaderPool", "with_dataset"]

Term: TypeAlias = dict[str, Any]


class PublishedGeneration(Protocol):
    """What the pool needs to know of a generation."""

    @property
    def number(self) -> int:
        """Its number."""

    @property
    def location(self) -> str:
        """Where a reader process finds it."""


class Generations(Protocol):
    """What the pool needs of a store."""

    def current(self) -> PublishedGeneration:
        """Return the published generation."""

    def generation(self, number: int) -> PublishedGeneration:
        """Return a kept one."""


class ReaderPool:
    """Reader processes that wait for queries; use it as an async context manager."""

    def __init__(self, store: Generations, *, readers: int = 2, reserved: int = 0, queue: int = 64) -> None:
        """Prepare for that many readers, and more that are reserved for brief queries; `start` starts them."""
        self._store = store
        self._sizes = {False: readers, True: reserved}
        self._free: FairQueue[ReaderHandle] = FairQueue(queue)
        self._reserved: FairQueue[ReaderHandle] = FairQueue(queue)
        self._all: set[ReaderHandle] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        # One long text at a time: two threads that read would take two turns of the interpreter from the loop.
        self._preparing = asyncio.Lock()
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
        await asyncio.gather(*(self._add(kind) for kind, number in self._sizes.items() for _ in range(number)))

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
        return self._free.waiting + self._reserved.waiting

    @property
    def busy(self) -> int:
        """How many readers are at work."""
        return len(self._all) - len(self._free.idle) - len(self._reserved.idle)

    @property
    def memory(self) -> list[int]:
        """The bytes that each reader holds."""
        return [reader.memory() for reader in list(self._all)]

    @property
    def pids(self) -> frozenset[int]:
        """The ids of the reader processes."""
        return frozenset(reader.pid for reader in list(self._all))

    async def run(
        self, query: Query, limits: Limits, client: str = "", at: PublishedGeneration | None = None
    ) -> Answer:
        """Run a query; raises a QueryError, or returns once the first piece of the answer is there.

        `at` is a state to ask that is not one of the store's generations, as the draft of an update.
        """
        query = await self._prepared(query)
        generation = at or self._generation(query.generation)
        arrived = time.monotonic()
        try:
            reader = await self._reader(limits.seconds, client, query.brief)
        except QueueFull:
            self.tell(QueryRecord(query, "queue_full", time.monotonic() - arrived, 0.0, generation=generation.number))
            raise
        record = QueryRecord(query, "failed", time.monotonic() - arrived, 0.0, generation=generation.number)
        run = Run(self, reader, limits, record)
        self.counters.started += 1
        try:
            head = await run.begin(request_of(query, limits, generation.location))
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
        if reader.memory() > reader.fresh_memory + BLOAT or not reader.step_forward():
            self.replace(reader)
        else:
            self._line(reader.reserved).put(reader)

    def replace(self, reader: ReaderHandle) -> None:
        """Bury a reader and start another, without waiting for either."""
        reader.kill()
        self.counters.replaced += 1
        self._later(self._bury(reader))
        if not self._stopping:
            self._later(self._add_patiently(reader.reserved))

    def tell(self, record: QueryRecord) -> None:
        """Let those who count queries know of one that is over."""
        for observe in self.observers:
            observe(record)

    def _generation(self, number: int | None) -> PublishedGeneration:
        return self._store.current() if number is None else self._store.generation(number)

    async def _prepared(self, query: Query) -> Query:
        if len(query.text) <= LONG_TEXT:
            return prepared(query)
        async with self._preparing:
            return await asyncio.to_thread(prepared, query)

    def _line(self, reserved: bool) -> FairQueue[ReaderHandle]:
        return self._reserved if reserved else self._free

    async def _reader(self, seconds: float, client: str, brief: bool) -> ReaderHandle:
        # A brief query takes any reader that is free, but waits only for those that will soon be.
        reserved = brief and self._sizes[True] > 0 and bool(self._reserved.idle or not self._free.idle)
        try:
            async with asyncio.timeout(seconds):
                return await self._line(reserved).get(client)
        except TimeoutError:
            self.counters.refused += 1
            raise QueueFull(RETRY_AFTER) from None
        except QueueFull:
            self.counters.refused += 1
            raise

    async def _add(self, reserved: bool) -> None:
        reader = await ReaderHandle.start(self._store.current().location)
        reader.reserved = reserved
        self._all.add(reader)
        self._line(reserved).put(reader)

    async def _add_patiently(self, reserved: bool) -> None:
        pause = 0.1
        while not self._stopping:
            try:
                await self._add(reserved)
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


def prepared(query: Query) -> Query:
    """Refuse what would leave this machine, and settle the dataset."""
    if addresses := service_addresses(query.text, query.base_iri):
        asked = ", ".join(f"<{address}>" for address in addresses if address) or "an address known only as it runs"
        raise QueryRefused(f"SERVICE is not available here: queries do not leave this machine (asked for {asked}).")
    return with_dataset(query)
