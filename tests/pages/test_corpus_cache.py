"""What pages share, read once for each version: nobody waits long for a new one, and failures do not stay."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from service.pages import corpus
from service.pages.corpus import CorpusCache


class SlowAsk:
    """Answers every question with nothing, as soon as it is allowed to."""

    def __init__(self) -> None:
        self.number = 1
        self.asked = 0
        self.ready = asyncio.Event()
        self.ready.set()
        self.error: Exception | None = None

    async def rows(self, name, /, **params):
        self.asked += 1
        await self.ready.wait()
        if self.error:
            raise self.error
        return []

    async def version(self):
        return self.number


async def everyone_shares_one_reading():
    cache = CorpusCache(ask := SlowAsk())
    found = await asyncio.gather(*(cache.get() for _ in range(5)))
    asked = ask.asked
    assert len({id(one) for one in found}) == 1
    assert await cache.get() is found[0]
    assert ask.asked == asked


async def the_version_before_is_shown_while_the_new_one_is_read():
    cache = CorpusCache(ask := SlowAsk())
    old = await cache.get()
    ask.number = 2
    ask.ready.clear()
    assert await cache.get() is old
    ask.ready.set()
    new = await cache.get()
    assert new is not old
    assert await cache.get() is new


async def a_failed_reading_is_tried_again():
    cache = CorpusCache(ask := SlowAsk())
    ask.error = OSError("no such luck")
    with pytest.raises(OSError, match="no such luck"):
        await cache.get()
    ask.error = None
    assert await cache.get()


async def a_new_version_is_read_before_anyone_asks():
    cache = CorpusCache(ask := SlowAsk())
    task = asyncio.create_task(cache.keep_fresh())
    try:
        for ask.number in (1, 2):
            asked = ask.asked
            while ask.asked == asked:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            old = await cache.get()
        assert await cache.get() is old
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


BODIES = [
    everyone_shares_one_reading,
    the_version_before_is_shown_while_the_new_one_is_read,
    a_failed_reading_is_tried_again,
    a_new_version_is_read_before_anyone_asks,
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_the_cache(body, monkeypatch):
    monkeypatch.setattr(corpus, "PATIENCE", 0.01)
    monkeypatch.setattr(corpus, "LOOK", 0.01)
    asyncio.run(body())
