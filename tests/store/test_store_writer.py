"""The write queue: one generation for many jobs, and no trace of those that fail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from traceback import walk_tb

import pytest
from store_helpers import assert_counts, assert_union, quad

from service.store.changes import Change
from service.store.errors import StoreFull, UpdateFailed, WriterStopped
from service.store.generations import GenerationStore
from service.store.writer import WriteQueue


@pytest.fixture
def store(tmp_path) -> GenerationStore:
    return GenerationStore.open(tmp_path / "store")


def adding(*names: str, fail: bool = False):
    def job(draft):
        change = draft.apply(Change(frozenset(quad(name, "p", 1) for name in names)))
        if fail:
            raise ValueError(names[0])
        return len(change.added)

    return job


def subjects(store) -> set[str]:
    return {q.subject.value.rpartition("/")[2] for q in store.current().reader()}


def test_a_result_is_published_when_it_is_told(store):
    with WriteQueue(store) as queue:
        written = queue.submit(adding("a", "b"), "me", "two").result(10)
        assert written.value == 2
        assert written.generation.number == store.current().number == 2
        assert subjects(store) == {"a", "b"}
    assert (store.history()[0].agent, store.history()[0].message) == ("me", "two")


def test_jobs_that_wait_become_one_generation_without_those_that_fail(store):
    blocked, go = Event(), Event()

    def blocking(draft):
        blocked.set()
        go.wait(10)

    runs = []

    def counted(draft):
        runs.append(1)
        return adding("c")(draft)

    with WriteQueue(store) as queue:
        queue.submit(blocking)
        blocked.wait(10)
        good = [queue.submit(adding(name), name) for name in "ab"]
        last = queue.submit(counted)
        bad = queue.submit(adding("x", fail=True))
        refused = queue.submit(lambda draft: draft.update("CLEAR GRAPH <http://example.org/none>"))
        after = queue.submit(adding("d", "a"))
        cancelled = queue.submit(adding("y"))
        assert cancelled.cancel()
        go.set()
        assert {future.result(10).generation.number for future in (*good, last, after)} == {2}
        assert after.result().value == 1
        with pytest.raises(ValueError, match="x"):
            bad.result(10)
        with pytest.raises(UpdateFailed):
            refused.result(10)
    assert subjects(store) == {"a", "b", "c", "d"}
    assert len(runs) == 2
    assert_counts(store.current())
    assert_union(store.current().reader())


def test_nobody_who_writes_at_once_loses_anything(store):
    names = [f"n{n}" for n in range(40)]
    with WriteQueue(store) as queue, ThreadPoolExecutor(8) as pool:

        def write(name: str) -> bool:
            queue.submit(adding(name, fail=name.endswith("7"))).exception(30)
            return name in subjects(store)

        seen = list(pool.map(write, names))
    assert seen == [not name.endswith("7") for name in names]
    assert store.current().number < 40


def test_a_disk_that_fails_is_told_to_all_and_survived(store, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with WriteQueue(store) as queue:
        with monkeypatch.context() as patch:
            patch.setattr("service.store.generations.sync_tree", full)
            with pytest.raises(StoreFull):
                queue.submit(adding("a")).result(10)
        assert queue.submit(adding("b")).result(10).value == 1
    assert subjects(store) == {"b"}
    with pytest.raises(WriterStopped):
        queue.submit(adding("c"))


def read_and_fail(draft):
    rows = draft.base.reader().quads_for_pattern(None, None, None)
    raise UpdateFailed(f"nothing after {next(rows, None)}")


def fail_because_of_that(draft):
    try:
        read_and_fail(draft)
    except UpdateFailed as error:
        raise UpdateFailed("two reasons") from other_reason(error)


def other_reason(error):
    return ValueError(f"not {error}")


@pytest.mark.parametrize("work", [read_and_fail, fail_because_of_that])
def test_what_a_failed_job_was_reading_is_let_go_in_the_thread_that_read_it(store, work):
    """The engine's iterators must not end in another thread, and an error carries the frames that hold them."""
    with WriteQueue(store) as queue:
        error = queue.submit(work).exception(20)
    # A cause does not hide what was being handled: both are kept.
    errors = [error, *filter(None, [error.__cause__, error.__context__])]
    frames = [frame for each in errors for frame, _ in walk_tb(each.__traceback__)]
    assert [frame for frame in frames if frame.f_code.co_name == "read_and_fail"]
    assert not any("rows" in frame.f_locals for frame in frames)
