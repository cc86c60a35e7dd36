"""Every named query has the same answer on every engine: on the graph of the known answers, and on all that ships."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contract_serving import ENGINES, served_on, settings_of
from pyoxigraph import RdfFormat, Store, parse

from ontology.terms import graph_iri, ontology_files
from queries.catalogue import catalogue
from service.instance import limits_of
from service.store.generations import GenerationStore
from service.store.query import Query
from service.store.readers import ReaderPool
from service.store.remote.errors import RemoteError
from service.store.remote.misanswered import MISANSWERED
from service.store.remote.store import RemoteStore

pytestmark = pytest.mark.slow

QUERIES = Path(__file__).parents[1] / "queries"
ANSWERS: list[dict[str, Any]] = json.loads((QUERIES / "answers.json").read_text("utf-8"))


class Asker:
    """Asks as the pages do: by substitution, through the pool of readers."""

    def __init__(self, store: GenerationStore, runner: asyncio.Runner) -> None:
        self._runner = runner
        self.engine = store.remote.engine if isinstance(store, RemoteStore) else None
        self._pool = ReaderPool(store, readers=1)
        runner.run(self._pool.start())

    def close(self) -> None:
        self._runner.run(self._pool.stop())

    def answer(self, name: str, values: dict[str, str]) -> list[Any]:
        """The rows or triples, in no order."""
        # Those that an engine answers wrongly may take for ever; the others only wait for a busy machine.
        seconds = 10 if name in MISANSWERED.get(self.engine or "", ()) else 120
        query = catalogue()[name]
        asked = Query(query.text, substitutions=query.bind(values))

        async def run() -> tuple[str, bytes]:
            answer = await self._pool.run(asked, limits_of(settings_of(query_timeout=seconds)))
            return answer.kind, await answer.read()

        kind, body = self._runner.run(run())
        if kind == "graph":
            return sorted(str(quad.triple) for quad in parse(body, RdfFormat.TURTLE))
        rows = json.loads(body)["results"]["bindings"]
        return sorted(sorted((name, value_of(term)) for name, term in row.items()) for row in rows)


def value_of(term: dict[str, str]) -> str:
    """The value of a term: engines may name blank nodes, and choose datatypes, as they like."""
    return "_" if term["type"] == "bnode" else term["value"]


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as found:
        yield found


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the graph of the known answers."""
    path = tmp_path_factory.mktemp("known") / "store"
    data = Store()
    data.load(path=str(QUERIES / "fixture.trig"), format=RdfFormat.TRIG)
    for file in ontology_files():
        data.load(path=str(file), format=RdfFormat.TURTLE, to_graph=graph_iri("ontology"))
    with GenerationStore.open(path).draft("test", "known answers") as draft:
        draft.bulk_add(data)
        draft.publish()
    return path


@pytest.fixture(scope="module", params=list(ENGINES))
def small(request, known, runner, tmp_path_factory) -> Iterator[Asker]:
    with served_on(request.param, tmp_path_factory.mktemp("small"), known, read_only=True) as found:
        asker = Asker(found.store, runner)
        yield asker
        asker.close()


@pytest.fixture(scope="module")
def expected(known, runner) -> Iterator[Asker]:
    asker = Asker(GenerationStore.open(known), runner)
    yield asker
    asker.close()


@pytest.mark.parametrize("name", sorted({case["query"] for case in ANSWERS}))
def test_a_known_answer_is_the_same_or_the_query_is_refused(small, expected, name):
    """A query that an engine answers wrongly is on the list of those that are refused there, and no other is."""
    same = []
    for case in ANSWERS:
        if case["query"] == name:
            try:
                found = small.answer(name, case["values"])
            except RemoteError:
                found = None
            same.append(found == expected.answer(name, case["values"]))
    assert all(same) is (name not in MISANSWERED.get(small.engine, ()))


@pytest.fixture(scope="module")
def large(served, runner) -> Iterator[Asker]:
    asker = Asker(served.store, runner)
    yield asker
    asker.close()


@pytest.fixture(scope="module")
def shipped(bundled_store, runner) -> Iterator[Asker]:
    asker = Asker(GenerationStore.open(bundled_store), runner)
    yield asker
    asker.close()


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_the_example_is_answered_alike_on_all_that_ships(large, shipped, name):
    if large.engine in MISANSWERED:
        pytest.skip(f"{large.engine} does not run the site, and some of its questions take it minutes")
    values = {p.name: p.example for p in catalogue()[name].parameters if p.required}
    assert large.answer(name, values) == shipped.answer(name, values)
