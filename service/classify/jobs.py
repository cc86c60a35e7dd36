"""Classifications that are waited for elsewhere: asked for once, looked at until they are done, forgotten soon after.

What is accepted waits for its turn: a job that cannot be kept is refused when it is sent. Only as many at a time as the
workers can use go to them, so that whoever waits for an answer of theirs does not wait for a hundred jobs.
Nothing is written to the disk. A job is known by an address that cannot be guessed, and its text leaves the memory when
it is forgotten, after half an hour, or when newer ones need the room.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from service.classify.errors import ClassificationError, TooBusy
from service.classify.workers import Classified, Job, Workers

State = Literal["waiting", "running", "done", "failed"]
KEPT_SECONDS: Final = 30 * 60.0
MOST: Final = 100
# Characters of all kept texts together.
ROOM: Final = 60_000_000
# Bytes of all documents together that wait for their turn.
PENDING: Final = 256 * 2**20
# What is said of a job that is not there.
FORGOTTEN: Final = "There is no such classification; they are forgotten after a while."
_NAME_BYTES: Final = 18


@dataclass
class Entry:
    """One job: how far it is, and what came of it."""

    id: str
    name: str
    size: int
    since: float
    expires: datetime
    state: State = "waiting"
    done: int = 0
    total: int = 0
    outcome: Classified | None = None
    error: ClassificationError | None = None
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def as_json(self) -> dict[str, Any]:
        """How far it is."""
        return {
            "id": self.id,
            "name": self.name,
            "status": self.state,
            "progress": {"done": self.done, "total": self.total},
            "expires": self.expires.isoformat(timespec="seconds"),
        }


Prepare = Callable[[], Awaitable[Job]]


class Jobs:
    """The jobs of this process."""

    def __init__(
        self,
        workers: Workers,
        *,
        allow: Callable[[], Collection[str]] = tuple,
        most: int = MOST,
        seconds: float = KEPT_SECONDS,
        room: int = ROOM,
        pending: int = PENDING,
    ) -> None:
        """Keep at most so many jobs, for so long, with so many characters, and of those that wait so many bytes.

        `allow` tells the hosts of documents now.
        """
        self.workers = workers
        self.allow = allow
        self.most = most
        self.seconds = seconds
        self.room = room
        self.pending = pending
        # One more than there are processes: its document is fetched while the others are at work.
        self._turns = asyncio.Semaphore(workers.processes + 1)
        self._entries: dict[str, Entry] = {}

    def start(self, name: str, prepare: Prepare, size: int = 0) -> Entry:
        """Begin; `prepare` gives the text or document of that size, which may have to be fetched first.

        Raises TooBusy when no more can wait.
        """
        self._make_room(size)
        entry = Entry(secrets.token_urlsafe(_NAME_BYTES), name, size, *self._from_now())
        self._entries[entry.id] = entry
        entry.task = asyncio.create_task(self._run(entry, prepare))
        return entry

    def get(self, identifier: str) -> Entry | None:
        """A job that is still kept."""
        self._expire()
        return self._entries.get(identifier)

    def forget(self, identifier: str) -> bool:
        """Drop a job and its text now; whether there was one."""
        entry = self._entries.pop(identifier, None)
        if entry is not None and entry.task is not None:
            entry.task.cancel()
        return entry is not None

    async def _run(self, entry: Entry, prepare: Prepare) -> None:
        def progress(done: int, total: int) -> None:
            # Told from another process, so the last steps may come after the result.
            if not entry.finished.is_set():
                entry.state, entry.done, entry.total = "running", done, total

        try:
            async with self._turns:
                entry.outcome = await self.workers.classify(await prepare(), progress)
            entry.state = "done"
            entry.done = entry.total = entry.outcome.result.passages
        except ClassificationError as error:
            entry.state, entry.error = "failed", error
        except Exception:
            entry.state, entry.error = "failed", ClassificationError("the text could not be classified")
            raise
        finally:
            # Whoever waited for a turn has as long to look at the result as others.
            entry.since, entry.expires = self._from_now()
            entry.finished.set()
            self._fit()

    def _from_now(self) -> tuple[float, datetime]:
        return time.monotonic(), datetime.now(UTC) + timedelta(seconds=self.seconds)

    def _expire(self) -> None:
        now = time.monotonic()
        for entry in [e for e in self._entries.values() if e.finished.is_set() and now - e.since > self.seconds]:
            self.forget(entry.id)

    def _make_room(self, size: int) -> None:
        self._expire()
        waiting = sum(entry.size for entry in self._entries.values() if not entry.finished.is_set())
        too_large = waiting > 0 and waiting + size > self.pending
        if too_large or (len(self._entries) >= self.most and not self._drop_oldest("")):
            raise TooBusy("too many texts are being classified; try again later")

    def _fit(self) -> None:
        """Drop the oldest texts until the rest fit; the newest stays whatever its size."""
        newest = next(reversed(self._entries), "")
        while self._size() > self.room and self._drop_oldest(newest):
            pass

    def _size(self) -> int:
        return sum(len(entry.outcome.text) for entry in self._entries.values() if entry.outcome)

    def _drop_oldest(self, but: str) -> bool:
        oldest = next((e for e in self._entries.values() if e.finished.is_set() and e.id != but), None)
        return self.forget(oldest.id) if oldest else False
