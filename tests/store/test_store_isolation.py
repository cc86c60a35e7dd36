"""What keeps one query from harming others: reserved readers, priorities, and nothing left behind in this process."""

import asyncio
import gc
import os
import weakref
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import psutil
import pytest
from test_store_readers import CROSS, Folder

from service.store.query_errors import QueryLimitError, QueryTimeout, QueueFull
from service.store.readers import Limits, Query, ReaderPool

LOOKUP = Query("SELECT ?o { <http://e/1> ?p ?o }", brief=True)
STREAM = Query("SELECT * { ?s ?p ?o . ?t ?q ?r }")
# More than a pipe holds, and not so much that reading it takes long.
LONG = "SELECT * { ?s ?p ?o . ?t ?q ?r } LIMIT 100000"
Scenario = Callable[[ReaderPool], Coroutine[Any, Any, None]]


async def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Wait for a condition; whether it came true."""
    for _ in range(int(seconds / 0.02)):
        if condition():
            return True
        await asyncio.sleep(0.02)
    return condition()


def priorities(pool: ReaderPool) -> set[int]:
    """Of the readers that run; one that is being replaced may be gone already."""
    found = set()
    for pid in pool.pids:
        with suppress(psutil.NoSuchProcess):
            found.add(psutil.Process(pid).nice())
    return found


@pytest.fixture
def with_pool(tmp_path):
    def run(scenario: Scenario, readers: int = 1, reserved: int = 0) -> None:
        async def inside() -> None:
            async with ReaderPool(Folder(tmp_path), readers=readers, reserved=reserved, queue=2) as pool:
                await scenario(pool)

        asyncio.run(inside())

    return run


def test_brief_queries_do_not_wait_for_runaways(with_pool):
    async def scenario(pool: ReaderPool) -> None:
        runaways = [asyncio.create_task(pool.solutions(Query(CROSS), client="greedy")) for _ in range(2)]
        assert await until(lambda: pool.busy == 1 and pool.waiting == 1)
        for _ in range(5):
            assert len(await pool.solutions(LOOKUP)) == 1
        with pytest.raises(QueueFull):
            await pool.solutions(Query("ASK {}"), Limits(seconds=0.1))
        assert not any(task.done() for task in runaways)
        for task in runaways:
            task.cancel()
        await asyncio.gather(*runaways, return_exceptions=True)

    with_pool(scenario, reserved=1)


def test_reserved_readers_stay_reserved_when_they_are_replaced(with_pool):
    async def scenario(pool: ReaderPool) -> None:
        with pytest.raises(QueryTimeout):
            await pool.solutions(Query(CROSS, brief=True), Limits(seconds=0.2))
        assert await until(lambda: len(pool.pids) == 2 and pool.busy == 0)
        runaway = asyncio.create_task(pool.solutions(Query(CROSS)))
        assert await until(lambda: pool.busy == 1)
        assert len(await pool.solutions(LOOKUP)) == 1
        runaway.cancel()
        await asyncio.gather(runaway, return_exceptions=True)

    with_pool(scenario, reserved=1)


def test_brief_queries_use_idle_readers_too(with_pool):
    async def scenario(pool: ReaderPool) -> None:
        runaway = asyncio.create_task(pool.solutions(Query(CROSS, brief=True)))
        assert await until(lambda: pool.busy == 1)
        assert len(await pool.solutions(LOOKUP)) == 1
        runaway.cancel()
        await asyncio.gather(runaway, return_exceptions=True)

    with_pool(scenario, reserved=1)


def test_long_queries_stand_back_and_readers_come_forward_again(with_pool, monkeypatch):
    own = os.getpriority(os.PRIO_PROCESS, 0)

    async def scenario(pool: ReaderPool) -> None:
        assert priorities(pool) == {own}
        runaway = asyncio.create_task(pool.solutions(Query(CROSS)))
        assert await until(lambda: priorities(pool) == {15})
        runaway.cancel()
        await asyncio.gather(runaway, return_exceptions=True)
        assert await until(lambda: len(pool.pids) == 1 and priorities(pool) == {own})
        monkeypatch.setattr("service.store.run.BRIEF_SECONDS", 0)
        stream = await pool.run(STREAM, Limits())
        assert await until(lambda: priorities(pool) == {15})
        await stream.aclose()
        assert await pool.solutions(LOOKUP)
        assert await until(lambda: len(pool.pids) == 1 and priorities(pool) == {own})

    with_pool(scenario)


def test_queries_that_pages_are_made_of_never_stand_back(with_pool, monkeypatch):
    monkeypatch.setattr("service.store.run.BRIEF_SECONDS", 0)
    lowered: list[int] = []
    monkeypatch.setattr("service.store.priorities.lower", lowered.append)

    async def scenario(pool: ReaderPool) -> None:
        for brief in (True, False):
            # Nobody reads, so it is still under way after several looks at it.
            stream = await pool.run(Query(LONG, brief=brief), Limits())
            assert await until(lambda: bool(lowered), 0.5 if brief else 20) != brief
            await stream.aclose()

    with_pool(scenario)


def test_a_reader_that_is_killed_as_its_answer_ends_answers_no_more(with_pool):
    async def scenario(pool: ReaderPool) -> None:
        # More than is waited for at first; the rest lies in the pipe when the time is up.
        answer = await pool.run(Query("SELECT * { ?s ?p ?o . ?t ?q ?r } LIMIT 300"), Limits())
        assert not answer.complete
        assert await until(lambda: psutil.Process(min(pool.pids)).status() == psutil.STATUS_SLEEPING)
        answer._run._stop(QueryTimeout(1))
        assert await answer.read()
        assert len(await pool.solutions(LOOKUP)) == 1
        assert pool.counters.crashed == 0

    with_pool(scenario)


def test_a_reader_whose_priority_cannot_be_restored_is_replaced(with_pool, monkeypatch):
    monkeypatch.setattr("service.store.run.BRIEF_SECONDS", 0)
    monkeypatch.setattr("service.store.priorities.restore", lambda pid: False)

    async def scenario(pool: ReaderPool) -> None:
        first = pool.pids
        stream = await pool.run(Query(LONG), Limits())
        assert await until(lambda: priorities(pool) == {15})
        assert await stream.read()
        assert await until(lambda: len(pool.pids) == 1 and pool.pids != first)
        assert pool.counters.crashed == 0

    with_pool(scenario)


@pytest.mark.parametrize("end", ["rows", "time", "left", "crash"])
def test_an_answer_that_is_cut_off_leaves_nothing_behind(with_pool, end):
    """Freed by reference counts alone: what waits for the garbage collector adds up while runaways come."""

    async def cut_off(pool: ReaderPool) -> "weakref.ref[Any]":
        limits = Limits(rows=50_000 if end == "rows" else 10**9, seconds=0.5 if end == "time" else 60)
        answer = await pool.run(STREAM, limits)
        pieces = aiter(answer)
        try:
            async for _ in pieces:
                if end == "left":
                    await answer.aclose()
                    break
                if end == "crash":
                    for pid in pool.pids:
                        # Some pieces were there already, and the process may have gone in the meantime.
                        with suppress(psutil.NoSuchProcess):
                            psutil.Process(pid).kill()
        except QueryLimitError:
            assert end in ("rows", "time")
        except Exception as error:
            assert type(error).__name__ == "ReaderCrashed"
        await pieces.aclose()  # type: ignore[attr-defined]
        return weakref.ref(answer)

    async def scenario(pool: ReaderPool) -> None:
        gc.collect()
        gc.disable()
        try:
            found = [await cut_off(pool) for _ in range(2)]
            assert await until(lambda: not any(ref() for ref in found))
        finally:
            gc.enable()

    with_pool(scenario)
