"""The reader pool without HTTP: row counting, fairness, and readers that come and go."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, QueryResultsFormat, QuerySolutions, Store

from service.store.dataset_clause import dataset_clause
from service.store.fair_queue import FairQueue
from service.store.manifest import NAME
from service.store.query_errors import (
    QueryError,
    QueryRefused,
    QueryRows,
    QuerySyntaxError,
    QueryTimeout,
    QueryUnsupported,
    QueueFull,
    ReaderCrashed,
)
from service.store.reader_process import syntax_error
from service.store.readers import Limits, Query, QueryRecord, ReaderPool
from service.store.rows import CsvRows, JsonRows, RowCounter, TsvRows, XmlRows

CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c < ?f) }"
# The pieces of JSON, XML and CSV that could be taken for the end of a row.
NASTY = st.lists(
    st.sampled_from(["},{", '"', "\\", "\n", "\r\n", ",", "{", "x", "<result>", "]", ":", "é"]), max_size=8
)
COUNTERS: list[tuple[QueryResultsFormat, type[RowCounter]]] = [
    (QueryResultsFormat.JSON, JsonRows),
    (QueryResultsFormat.XML, XmlRows),
    (QueryResultsFormat.CSV, CsvRows),
    (QueryResultsFormat.TSV, TsvRows),
]


@given(st.lists(NASTY.map("".join), min_size=1, max_size=12), st.integers(1, 40))
def test_rows_are_counted_in_every_format_however_it_is_cut(texts: list[str], size: int) -> None:
    store = Store()
    store.extend(Quad(NamedNode(f"http://e/{i}"), NamedNode("http://e/p"), Literal(t)) for i, t in enumerate(texts))
    for result_format, counter_type in COUNTERS:
        rows = store.query("SELECT ?o ?u ?s { ?s ?p ?o OPTIONAL { ?o ?p ?u } }")
        assert isinstance(rows, QuerySolutions)
        data = rows.serialize(format=result_format)
        assert data is not None
        counter = counter_type()
        counted = sum(counter.feed(data[i : i + size]) for i in range(0, len(data), size))
        assert counted == len(texts), (result_format, data)


@pytest.mark.parametrize(("result_format", "counter"), COUNTERS)
def test_an_empty_result_has_no_rows(result_format: QueryResultsFormat, counter: type[RowCounter]) -> None:
    rows = Store().query("SELECT * { ?s ?p ?o }")
    assert isinstance(rows, QuerySolutions)
    data = rows.serialize(format=result_format)
    assert data is not None
    assert counter().feed(data) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * { ?s ex:p ?o }", "the prefix ex: is not declared"),
        ("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o }", "The SELECT contains a variable that is unbound"),
        ("SELEC * {}", "unexpected"),
        ("SELECT * {", "missing"),
    ],
)
def test_syntax_errors_are_short_and_tell_what_to_mend(text: str, expected: str) -> None:
    with pytest.raises(SyntaxError) as caught:
        Store().query(text)
    told = syntax_error(str(caught.value), text)
    assert expected in told["message"]
    assert len(told["message"]) < 200
    assert told["line"] == 1


def test_clients_take_turns() -> None:
    async def scenario() -> list[str]:
        queue: FairQueue[int] = FairQueue(10)
        served: list[str] = []

        async def ask(client: str) -> None:
            item = await queue.get(client)
            served.append(client)
            queue.put(item)

        asks = [asyncio.create_task(ask(client)) for client in ("a", "a", "a", "b", "c")]
        await asyncio.sleep(0)
        queue.put(1)
        await asyncio.gather(*asks)
        return served

    assert asyncio.run(scenario()) == ["a", "b", "c", "a", "a"]


def test_a_full_queue_turns_away_who_asks_most() -> None:
    async def scenario() -> None:
        queue: FairQueue[int] = FairQueue(3)
        greedy = [asyncio.create_task(queue.get("greedy")) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(QueueFull):
            await queue.get("greedy")
        modest = asyncio.create_task(queue.get("modest"))
        await asyncio.sleep(0)
        with pytest.raises(QueueFull):
            await greedy[2]
        greedy[0].cancel()
        await asyncio.gather(greedy[0], return_exceptions=True)
        assert queue.waiting == 2
        queue.put(1)
        queue.put(2)
        assert {await greedy[1], await modest} == {1, 2}

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("text", "dataset"),
    [
        ("SELECT * { ?s ?p ?o }", ((), ())),
        (
            "SELECT * FROM <a> FROM <http://e/b> FROM NAMED <c> { ?s ?p ?o }",
            (("http://e/a", "http://e/b"), ("http://e/c",)),
        ),
        ("PREFIX x: <http://x/> ASK FROM x:a FROM x:a WHERE { ?s x:FROM 'FROM <b>' }", (("http://x/a",), ())),
        ("CONSTRUCT { ?s ?p ?o } FROM <a> FROM NAMED <b> WHERE { ?s ?p ?o }", (("http://e/a",), ("http://e/b",))),
        ("CONSTRUCT FROM <a> WHERE { ?s ?p ?o }", (("http://e/a",), ())),
    ],
)
def test_dataset_clauses(text: str, dataset: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    assert dataset_clause(text, "http://e/") == dataset


class Folder:
    """A store of one generation."""

    number = 1

    def __init__(self, path: Path) -> None:
        self.location = str(path)
        store = Store(str(path / "data"))
        triple = (NamedNode("http://e/p"), Literal("v"))
        store.extend(Quad(NamedNode(f"http://e/{i}"), *triple) for i in range(3000))
        store.flush()
        (path / NAME).write_text("{}")

    def current(self) -> "Folder":
        return self

    def generation(self, number: int) -> "Folder":
        assert number == 1
        return self


@pytest.fixture
def with_pool(tmp_path: Path) -> Callable[..., None]:
    def run(scenario: Callable[[ReaderPool], Coroutine[Any, Any, None]], readers: int = 1) -> None:
        async def inside() -> None:
            async with ReaderPool(Folder(tmp_path), readers=readers) as pool:
                await scenario(pool)

        asyncio.run(inside())

    return run


def test_answers(with_pool: Callable[..., None]) -> None:
    async def scenario(pool: ReaderPool) -> None:
        rows = await pool.solutions(
            Query("SELECT ?s ?o { ?s ?p ?o }", substitutions={"s": "<http://e/1>"}, base_iri="http://e/")
        )
        assert [row["o"] for row in rows] == [{"type": "literal", "value": "v"}]
        answer = await pool.run(Query("ASK {}"), Limits())
        assert (answer.kind, answer.complete, answer.engine, answer.generation) == ("boolean", True, "oxigraph", 1)
        assert json.loads(await answer.read())["boolean"] is True
        graph = await pool.run(Query("CONSTRUCT WHERE { ?s ?p ?o }", accept="application/n-triples"), Limits())
        assert (graph.kind, graph.media_type, graph.complete) == ("graph", "application/n-triples", False)
        assert (await graph.read()).count(b"\n") == 3000
        assert pool.counters.finished == 3

    with_pool(scenario)


def test_errors_leave_the_reader_alive(with_pool: Callable[..., None]) -> None:
    async def scenario(pool: ReaderPool) -> None:
        pids = pool.pids
        with pytest.raises(QuerySyntaxError):
            await pool.solutions(Query("SELECT"))
        with pytest.raises(QueryRefused, match="SERVICE"):
            await pool.solutions(Query("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"))
        with pytest.raises(QueryUnsupported):
            await pool.solutions(Query("SELECT (<http://e/f>(1) AS ?x) {}"))
        with pytest.raises(QueryRows):
            await pool.solutions(Query("SELECT * { ?s ?p ?o }"), Limits(rows=2999))
        assert len(await pool.solutions(Query("SELECT * { ?s ?p ?o }"), Limits(rows=3000))) == 3000
        assert pool.pids == pids

    with_pool(scenario)


def test_readers_are_replaced(with_pool: Callable[..., None]) -> None:
    async def scenario(pool: ReaderPool) -> None:
        first = pool.pids
        with pytest.raises(QueryTimeout):
            await pool.solutions(Query(CROSS), Limits(seconds=0.2))
        task = asyncio.create_task(pool.solutions(Query(CROSS)))
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        stream = await pool.run(Query("SELECT * { ?s ?p ?o . ?t ?q ?r }"), Limits())
        await stream.aclose()
        assert await pool.solutions(Query("SELECT (1 AS ?x) {}"))
        assert not first & pool.pids
        assert (pool.counters.timed_out, pool.counters.cancelled, pool.counters.crashed) == (1, 2, 0)

    with_pool(scenario)


def test_killing_readers_leaves_no_riddles_in_the_log(with_pool: Callable[..., None], caplog) -> None:
    """An exit status that is asked for by two is unknown to one of them, who warns of an unknown child."""

    async def scenario(pool: ReaderPool) -> None:
        while pool.counters.timed_out < 12:
            with pytest.raises((QueryTimeout, QueueFull)):
                await pool.solutions(Query(CROSS), Limits(seconds=0.1))

    with_pool(scenario)
    assert not [record.getMessage() for record in caplog.records if record.name == "asyncio"]


def test_every_query_is_told_to_whoever_observes(with_pool: Callable[..., None]) -> None:
    async def scenario(pool: ReaderPool) -> None:
        told: list[QueryRecord] = []
        pool.observers.append(told.append)
        await pool.solutions(Query("SELECT * { ?s ?p ?o }"))
        await (await pool.run(Query("CONSTRUCT WHERE { ?s ?p ?o }"), Limits())).read()
        await (await pool.run(Query("ASK {}"), Limits())).read()
        for text, limits in (("SELECT", Limits()), ("SELECT * { ?s ?p ?o }", Limits(rows=9)), (CROSS, Limits(0.2))):
            with pytest.raises(QueryError):
                await pool.solutions(Query(text), limits)
        outcomes = [("ok", 3000), ("ok", 3000), ("ok", 1), ("syntax", None), ("rows", None), ("timeout", None)]
        assert [(record.outcome, record.rows) for record in told] == outcomes
        assert all(record.seconds > 0 and record.waited >= 0 and record.generation == 1 for record in told)

    with_pool(scenario)


async def until(condition: Callable[[], object]) -> None:
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the condition never came true")


def test_a_full_queue_is_told_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        told: list[QueryRecord] = []
        async with ReaderPool(Folder(tmp_path), readers=1, queue=0) as pool:
            pool.observers.append(told.append)
            task = asyncio.create_task(pool.solutions(Query(CROSS)))
            await until(lambda: pool.busy)
            with pytest.raises(QueueFull):
                await pool.solutions(Query("ASK {}"))
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert [record.outcome for record in told] == ["queue_full", "cancelled"]

    asyncio.run(scenario())


def test_a_pool_stops_while_queries_run(tmp_path: Path) -> None:
    async def scenario() -> list[Any]:
        async with ReaderPool(Folder(tmp_path), readers=2) as pool:
            tasks = [asyncio.create_task(pool.solutions(Query(CROSS))) for _ in range(2)]
            await until(lambda: pool.busy == 2)
            tasks[0].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    cancelled, stopped = asyncio.run(scenario())
    assert isinstance(cancelled, asyncio.CancelledError)
    assert isinstance(stopped, ReaderCrashed)


def test_a_reader_knows_nothing_of_the_settings(
    with_pool: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRATEGRAPH_WRITE_TOKEN", "very-secret-token")

    def environment(pid: int) -> bytes:
        return Path(f"/proc/{pid}/environ").read_bytes()

    async def scenario(pool: ReaderPool) -> None:
        assert not any(b"very-secret-token" in environment(pid) for pid in pool.pids)

    with_pool(scenario)
