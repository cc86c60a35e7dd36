"""Jobs are bounded, expire and are forgotten; what they hold never grows without end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from service.classify.classifier import load_classifier
from service.classify.errors import ClassificationError, NoText, TooBusy
from service.classify.jobs import Jobs
from service.classify.workers import Classified, Job, Workers


class Here(Workers):
    """Classifies in this process, when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def classify(self, job: Job, progress: Callable[[int, int], None] | None = None) -> Classified:
        if progress is not None:
            progress(1, 2)
        await self.gate.wait()
        if not job.text:
            raise NoText("nothing there")
        return Classified(job.text, load_classifier().classify(job.text, id=job.name))


def begin(jobs: Jobs, text: str) -> Any:
    async def prepare() -> Job:
        return Job(text=text, language="en")

    return jobs.start("plan", prepare)


def test_a_job_tells_how_far_it_is_and_what_came_of_it() -> None:
    async def scene() -> None:
        jobs = Jobs(workers := Here())
        entry = begin(jobs, "The city builds cycle paths.")
        assert entry.as_json()["status"] == "waiting"
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert entry.as_json()["progress"] == {"done": 1, "total": 2}
        workers.gate.set()
        await entry.finished.wait()
        assert jobs.get(entry.id) is entry
        assert entry.outcome is not None and entry.outcome.result.labels
        failed = begin(jobs, "")
        await failed.finished.wait()
        assert isinstance(failed.error, ClassificationError)
        assert jobs.forget(entry.id) and not jobs.forget(entry.id)
        assert jobs.get(entry.id) is None

    asyncio.run(scene())


def test_there_are_never_too_many_and_the_oldest_finished_one_goes_first() -> None:
    async def scene() -> None:
        jobs = Jobs(workers := Here(), most=2)
        first, second = begin(jobs, "The city builds cycle paths."), begin(jobs, "The city plants trees.")
        with pytest.raises(TooBusy):
            begin(jobs, "The city buys buses.")
        workers.gate.set()
        await asyncio.gather(first.finished.wait(), second.finished.wait())
        third = begin(jobs, "The city buys buses.")
        assert [jobs.get(entry.id) for entry in (first, second, third)] == [None, second, third]

    asyncio.run(scene())


def test_texts_leave_when_they_are_too_many_characters_or_too_old() -> None:
    async def scene() -> None:
        jobs = Jobs(workers := Here(), room=60)
        workers.gate.set()
        entries = []
        for text in ("The city builds cycle paths.", "The city plants trees along streets.", "The city buys buses."):
            entries.append(begin(jobs, text))
            await entries[-1].finished.wait()
            await asyncio.sleep(0)
        assert [jobs.get(entry.id) is not None for entry in entries] == [False, True, True]
        jobs.seconds = 0.0
        assert jobs.get(entries[-1].id) is None

    asyncio.run(scene())
