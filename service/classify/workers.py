"""Worker processes for classification: a long document never holds up the service, and a stuck one is given up."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.queues import Queue
from types import FrameType
from typing import Any

from service.classify.classifier import Options, load_classifier
from service.classify.documents import UNSAID, ContentType, ReadLimits, check_text, read_document
from service.classify.errors import TooBusy, TookTooLong, WorkerDied
from service.classify.results import Classification

_Step = tuple[int, int, int]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class WorkLimits:
    """How much one request may take."""

    read: ReadLimits = field(default_factory=ReadLimits)
    seconds: float = 60.0
    megabytes: int = 2048
    waiting: int = 16
    """How many answers are waited for at a time."""


@dataclass(frozen=True)
class Job:
    """A text, or a document to read first."""

    data: bytes | None = None
    name: str = ""
    text: str | None = None
    language: str | None = None
    sent_as: ContentType = UNSAID

    def read(self, limits: ReadLimits) -> str:
        """The text, which keeps the same limits whichever way it came. Raises DocumentError."""
        if self.text is not None:
            return check_text(self.text, limits)
        return read_document(self.data or b"", self.name, limits, self.sent_as)


@dataclass(frozen=True)
class Classified:
    """A text as it was read, and what it covers."""

    text: str
    result: Classification


class Workers:
    """A pool of processes, each with lexicons and weights loaded; made when first needed."""

    def __init__(self, processes: int = 1, limits: WorkLimits | None = None) -> None:
        """Take note; processes start with the first text."""
        self.limits = limits or WorkLimits()
        self.processes = processes
        self._context = multiprocessing.get_context("spawn")
        self._pool: ProcessPoolExecutor | None = None
        self._steps: Queue[_Step | None] | None = None
        self._listener: threading.Thread | None = None
        self._listeners: dict[int, Progress] = {}
        self._numbers = count(1)
        self._running = 0

    async def run(self, job: Job, progress: Progress | None = None) -> dict[str, Any]:
        """Classify for somebody who waits for the answer, and give the object of the interfaces.

        Raises TooBusy when too many wait already, and what `classify` raises.
        """
        if self._running >= self.limits.waiting:
            raise TooBusy("too many texts are waiting to be classified; try again later")
        return (await self.classify(job, progress)).result.as_json()

    async def classify(self, job: Job, progress: Progress | None = None) -> Classified:
        """Classify in a worker, however many wait for one; progress is called in the event loop's thread.

        Raises ClassificationError.
        """
        number = next(self._numbers)
        loop = asyncio.get_running_loop()
        if progress is not None:
            told = progress
            self._listeners[number] = lambda done, total: _tell(loop, told, done, total)
        self._running += 1
        try:
            return await loop.run_in_executor(self._open(), _work, job, self.limits, number if progress else 0)
        except BrokenProcessPool:
            self.close()
            raise WorkerDied("the document needs more memory than a request may take") from None
        finally:
            self._running -= 1
            self._listeners.pop(number, None)

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._steps = self._context.Queue()
            self._listener = threading.Thread(target=self._listen, args=(self._steps,), daemon=True, name="classify")
            self._listener.start()
            self._pool = ProcessPoolExecutor(
                self.processes, self._context, initializer=_begin, initargs=(self._steps, self.limits.megabytes)
            )
        return self._pool

    def _listen(self, steps: Queue[_Step | None]) -> None:
        while (step := steps.get()) is not None:
            listener = self._listeners.get(step[0])
            if listener is not None:
                listener(step[1], step[2])

    def close(self) -> None:
        """End the processes; one that is at work is waited for, which its time limit bounds."""
        pool, self._pool = self._pool, None
        steps, self._steps = self._steps, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
        if steps is not None and self._listener is not None:
            steps.put(None)
            self._listener.join()
            steps.close()
            steps.join_thread()


def _tell(loop: asyncio.AbstractEventLoop, progress: Progress, done: int, total: int) -> None:
    with contextlib.suppress(RuntimeError):  # The loop has ended.
        loop.call_soon_threadsafe(progress, done, total)


_queue: list[Queue[_Step | None]] = []


def _begin(steps: Queue[_Step | None], megabytes: int) -> None:
    """Prepare a worker: where to tell progress, and how much memory it may take."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _queue.append(steps)
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20, megabytes * 2**20))


def _work(job: Job, limits: WorkLimits, number: int) -> Classified:
    def stop(signum: int, frame: FrameType | None) -> None:
        raise TookTooLong(f"the document takes longer than the {limits.seconds:g} seconds that a request may take")

    def progress(done: int, total: int) -> None:
        if number and _queue:
            _queue[0].put((number, done, total))

    classifier = load_classifier()  # Once per process, so it does not count against the first request.
    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)
    try:
        text = job.read(limits.read)
        options = Options(language=job.language)
        return Classified(text, classifier.classify(text, id=job.name, options=options, progress=progress))
    except MemoryError:
        raise WorkerDied("the document needs more memory than a request may take") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
