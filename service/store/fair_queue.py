"""Hands free readers to waiting clients in turn, so that one busy client does not keep the others waiting."""

import asyncio
from collections import OrderedDict, deque
from typing import Generic, TypeVar

from service.store.query_errors import QueueFull

T = TypeVar("T")
RETRY_AFTER = 5


class FairQueue(Generic[T]):
    """A pool of items and the bounded line of those who wait for one, a line per client, served round-robin."""

    def __init__(self, bound: int) -> None:
        """Let that many wait."""
        self._bound = bound
        self._idle: deque[T] = deque()
        self._lines: OrderedDict[str, deque[asyncio.Future[T]]] = OrderedDict()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(map(len, self._lines.values()))

    @property
    def idle(self) -> tuple[T, ...]:
        """The items nobody uses."""
        return tuple(self._idle)

    def put(self, item: T) -> None:
        """Give an item to the next client in turn, or keep it."""
        while self._lines:
            client, line = next(iter(self._lines.items()))
            waiter = line.popleft()
            if line:
                self._lines.move_to_end(client)
            else:
                del self._lines[client]
            if not waiter.done():
                waiter.set_result(item)
                return
        self._idle.append(item)

    def discard(self, item: T) -> None:
        """Forget an idle item."""
        if item in self._idle:
            self._idle.remove(item)

    async def get(self, client: str) -> T:
        """Take an item, waiting in the client's line; raises QueueFull beyond the bound."""
        if self._idle:
            return self._idle.pop()  # The last one used: its caches are warm.
        self._make_room(client)
        waiter: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(client, deque()).append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self.put(waiter.result())
            self._leave(client, waiter)
            raise

    def _leave(self, client: str, waiter: asyncio.Future[T]) -> None:
        line = self._lines.get(client)
        if line is not None and waiter in line:
            line.remove(waiter)
            if not line:
                del self._lines[client]

    def _make_room(self, client: str) -> None:
        """Refuse a newcomer when the line is full, unless another client holds more places than it would."""
        if self.waiting < self._bound:
            return
        longest = max(self._lines, key=lambda name: len(self._lines[name]), default=None)
        own = len(self._lines.get(client, ()))
        if longest is None or len(self._lines[longest]) <= own + 1:
            raise QueueFull(RETRY_AFTER)
        last = self._lines[longest][-1]
        self._leave(longest, last)
        if not last.done():
            last.set_exception(QueueFull(RETRY_AFTER))
