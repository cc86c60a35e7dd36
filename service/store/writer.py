"""One thread that writes for all: concurrent writers' jobs become one generation, so each costs a part of a fork."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import Context, copy_context
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from service.store.draft import Draft
from service.store.errors import WriterStopped, let_go
from service.store.generations import Generation, GenerationStore

T = TypeVar("T")


@dataclass(frozen=True)
class Written(Generic[T]):
    """What a job returned, and the generation in which its writes are published."""

    value: T
    generation: Generation


@dataclass
class _Job:
    work: Callable[[Draft], Any]
    agent: str
    message: str
    future: Future[Written[Any]]
    context: Context
    """Of whoever queued it: what it asks of others belongs to the same trace."""


class WriteQueue:
    """Runs jobs on drafts of a store. A job is a pure function of its draft: it can be run again on another one."""

    def __init__(self, store: GenerationStore, group: int = GenerationStore.group) -> None:
        """Start the thread."""
        self._store = store
        self._group = group
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._guard = Lock()
        self._stopped = False
        self._thread = Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[Draft], T], agent: str = "service", message: str = "") -> Future[Written[T]]:
        """Queue a job; its future is done once its writes are published, or when it failed and left no trace."""
        future: Future[Written[T]] = Future()
        with self._guard:
            if self._stopped:
                raise WriterStopped("The service is stopping and takes no more writes: try again when it is back.")
            self._jobs.put(_Job(job, agent, message, future, copy_context()))
        return future

    def close(self) -> None:
        """Finish what is queued, then stop."""
        with self._guard:
            if not self._stopped:
                self._stopped = True
                self._jobs.put(None)
        self._thread.join()

    def __enter__(self) -> Self:
        """Return the queue."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the queue."""
        self.close()

    def _run(self) -> None:
        while (first := self._jobs.get()) is not None:
            jobs, last = self._gathered(first)
            jobs = [job for job in jobs if job.future.set_running_or_notify_cancel()]
            try:
                if jobs:
                    jobs[0].context.run(self._write, jobs)
            except BaseException as error:  # the thread must outlive whatever a job or the disk does
                let_go(error)
                for job in jobs:
                    if not job.future.done():
                        job.future.set_exception(error)
            if last:
                return

    def _gathered(self, first: _Job) -> tuple[list[_Job], bool]:
        jobs = [first]
        while len(jobs) < self._group:
            try:
                job = self._jobs.get_nowait()
            except Empty:
                break
            if job is None:
                return jobs, True
            jobs.append(job)
        return jobs, False

    def _write(self, jobs: list[_Job]) -> None:
        """Publish the jobs that succeed; whenever one fails after it wrote, begin anew without it."""
        while jobs:
            agent = ", ".join(dict.fromkeys(job.agent for job in jobs))
            message = "; ".join(dict.fromkeys(job.message for job in jobs if job.message))
            with self._store.draft(agent, message) as draft:
                values = self._attempt(draft, jobs)
                if values is None:
                    jobs = [job for job in jobs if not job.future.done()]
                    continue
                generation = draft.publish()
            for job, value in values:
                job.future.set_result(Written(value, generation))
            return

    @staticmethod
    def _attempt(draft: Draft, jobs: list[_Job]) -> list[tuple[_Job, Any]] | None:
        """Run jobs one after another; None when one of them left half its work in the draft."""
        values = []
        for job in jobs:
            revision = draft.revision
            try:
                with draft.signed(job.agent, job.message):
                    values.append((job, job.work(draft)))
            except Exception as error:
                let_go(error)
                job.future.set_exception(error)
                if draft.revision != revision:
                    return None
        return values
