"""Jobs are bounded, expire and are forgotten; what they hold never grows without end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from service.classification import start
from service.classification_input import Sent
from service.classify.classifier import load_classifier
from service.classify.errors import ClassificationError, NoText, TooBusy
from service.classify.jobs import Jobs
from service.classify.workers import Classified, Job, Workers, WorkLimits
from service.problems import Problem


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


def begin(jobs: Jobs, text: str, size: int = 0) -> Any:
    async def prepare() -> Job:
        return Job(text=text, language="en")

    return jobs.start("plan", prepare, size)


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


def test_a_job_that_waits_long_is_kept_until_it_has_been_done_for_as_long_as_others() -> None:
    async def scene() -> None:
        jobs = Jobs(workers := Here(), seconds=0.05)
        entry = begin(jobs, "The city builds cycle paths.")
        await asyncio.sleep(0.1)
        assert jobs.get(entry.id) is entry
        begun = entry.expires
        workers.gate.set()
        await entry.finished.wait()
        assert entry.expires > begun
        await asyncio.sleep(0.1)
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


def test_accepted_jobs_wait_for_their_turn_however_few_answers_may_be_waited_for() -> None:
    async def scene() -> None:
        jobs = Jobs(workers := Workers(1, WorkLimits(waiting=2)))
        try:
            entries = [begin(jobs, f"The city builds {number} cycle paths.") for number in range(1, 21)]
            await asyncio.sleep(0)
            assert sum(entry.task is not None and not entry.task.done() for entry in entries) == 20
            with pytest.raises(TooBusy):
                await workers.run(Job(text="The city plants trees."))
            await asyncio.gather(*(entry.finished.wait() for entry in entries))
            assert [entry.state for entry in entries] == ["done"] * 20
            assert (await workers.run(Job(text="The city plants trees.", language="en")))["labels"]
        finally:
            workers.close()

    asyncio.run(scene())


def test_documents_that_wait_have_a_size_together_and_any_may_come_alone() -> None:
    async def scene() -> None:
        jobs = Jobs(workers := Here(), pending=100)
        first = begin(jobs, "The city builds cycle paths.", 200)
        with pytest.raises(TooBusy):
            begin(jobs, "The city plants trees.", 1)
        workers.gate.set()
        await first.finished.wait()
        assert begin(jobs, "The city plants trees.", 1)

    asyncio.run(scene())


def test_a_job_that_cannot_wait_is_refused_when_it_is_sent() -> None:
    async def scene() -> None:
        jobs = Jobs(Here(), most=1)
        start(jobs, Sent(Job(text="The city builds cycle paths.")))
        with pytest.raises(Problem) as refused:
            start(jobs, Sent(Job(text="The city plants trees.")))
        assert (refused.value.status, refused.value.headers["Retry-After"]) == (429, "5")

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
