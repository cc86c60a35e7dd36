"""The WHERE of updates, asked in a process of its own: the same changes, within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from threading import Thread

import psutil
import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad
from store_helpers import iri, many, quad

from service.store.changes import Change
from service.store.errors import UpdateMemory, UpdateTimeout, UpdateTooLarge
from service.store.generations import GenerationStore
from service.store.query import Limits
from service.store.query_errors import QueryUnsupported
from service.store.where import Here, WhereReaders, is_single_pattern

PREFIX = "PREFIX e: <http://example.org/> "
CROSS = "{ SELECT (COUNT(*) AS ?a) { ?b ?c ?d . ?e ?f ?g . ?h ?i ?j . ?k ?l ?m FILTER(?d < ?g && ?m > ?j) } }"
UPDATES = [
    "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "DELETE WHERE { GRAPH ?g { ?s e:p ?o } }",
    "INSERT { GRAPH ?g { ?o e:back ?s } } WHERE { GRAPH ?g { ?s e:q ?o } }",
    "WITH e:g DELETE { ?s e:p ?o } INSERT { ?s e:was ?o } WHERE { ?s e:p ?o }",
    "WITH e:g INSERT { ?s e:also ?o } WHERE { ?s e:p ?x . GRAPH e:h { ?s e:q ?o } }",
    "INSERT { ?s e:seen ?o } USING e:g USING e:h WHERE { ?s e:p|e:q ?o }",
    "INSERT { ?s e:seen ?o } USING NAMED e:h WHERE { GRAPH ?g { ?s ?p ?o } }",
    "INSERT { ?s e:seen ?o } USING e:g USING NAMED e:h WHERE { ?s e:p ?o . GRAPH ?g { ?s ?p ?q } }",
    "INSERT { e:x e:y e:z } WHERE { }",
    "INSERT { e:x e:y e:z } WHERE { FILTER(false) }",
    "INSERT { ?s e:n ?n } WHERE { SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s }",
    "DELETE { ?b ?p ?o } WHERE { ?b ?p ?o FILTER(isBlank(?b)) }",
    "INSERT { ?s e:text ?t } WHERE { ?s e:p ?o BIND(STR(?o) AS ?t) }",
    "INSERT DATA { e:new e:p e:new } ; INSERT { ?s e:twice ?o } WHERE { ?s e:p ?o FILTER(?s = e:new) }",
    "INSERT DATA { e:new e:p e:new } ; DELETE WHERE { e:new ?p ?o } ; INSERT { e:k e:l ?s } WHERE { ?s e:q ?o }",
    "INSERT { << ?s e:p ?o >> e:sure true } WHERE { ?s e:p ?o FILTER(isLiteral(?o)) }",
]


@pytest.fixture(params=["union", "strict"])
def store(request, tmp_path) -> GenerationStore:
    made = GenerationStore.open(tmp_path / "store", default_graph=request.param)
    literals = [Literal('"\\\n\t ž'), Literal("a", language="cs-CZ"), Literal("1.0"), Literal(7), Literal(True)]
    quads = [Quad(iri(f"s{n}"), iri("p"), literal, iri("g")) for n, literal in enumerate(literals)]
    quads += [Quad(BlankNode("b"), iri("p"), BlankNode("c"), iri("g")), Quad(iri("s1"), iri("q"), iri("o"), iri("h"))]
    quads += [quad("s1", "p", "o", None), Quad(iri("s2"), iri("q"), BlankNode(), NamedNode("http://example.org/h"))]
    with made.draft("test", "") as draft:
        draft.apply(Change(frozenset(quads)))
        draft.publish()
    return made


@pytest.fixture
def readers(store) -> Iterator[WhereReaders]:
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    made = WhereReaders(store)
    try:
        asyncio.run_coroutine_threadsafe(made.__aenter__(), loop).result()
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(made.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def shape(change: Change) -> object:
    """A change in which blank nodes that the update made are all alike."""

    def known(term: object) -> str:
        return "new" if isinstance(term, BlankNode) and term.value not in ("b", "c") else str(term)

    sides = [
        sorted(tuple(map(known, (*q.triple, q.graph_name))) for q in side) for side in (change.added, change.removed)
    ]
    return sides, change.graphs_created, change.graphs_dropped


def test_the_changes_are_the_same(store, readers):
    for text in UPDATES:
        changes = []
        for selector in (Here(), readers):
            with store.draft("test", "") as draft:
                changes.append(draft.update(PREFIX + text, base_iri="http://example.org/", selector=selector))
                assert not list(draft.folder.glob("frozen-*"))
        assert shape(changes[0]) == shape(changes[1]), text


def test_blank_nodes_of_the_store_keep_who_they_are(store, readers):
    text = "DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o FILTER(isBlank(?s) || isBlank(?o)) } }"
    with store.draft("test", "") as draft:
        assert len(draft.update(text, selector=readers).removed) == 2
        assert not any(isinstance(term, BlankNode) for q in draft.store for term in q.triple)


@pytest.mark.parametrize("store", ["union"], indirect=True)
@pytest.mark.parametrize(
    ("update", "limits", "error"),
    [
        ("INSERT { e:a e:b ?a } WHERE " + CROSS, Limits(seconds=0.3), UpdateTimeout),
        (
            "INSERT { e:a e:b 1 } WHERE { { SELECT DISTINCT ?a ?d ?g { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } } }",
            Limits(megabytes=4, seconds=60),
            UpdateMemory,
        ),
        ("INSERT { e:a e:b ?o } WHERE { ?s ?p ?o }", Limits(rows=1999), UpdateTooLarge),
        ("INSERT { ?s e:b ?o . ?s e:c ?o } WHERE { ?s e:big ?o }", Limits(rows=2500), UpdateTooLarge),
        ("CLEAR GRAPH e:big", Limits(rows=1999), UpdateTooLarge),
        ("DROP GRAPH e:big", Limits(rows=1999), UpdateTooLarge),
        ("COPY e:big TO e:copy", Limits(rows=1999), UpdateTooLarge),
        ("INSERT DATA { e:a e:b e:c } ; INSERT { e:a e:b ?a } WHERE " + CROSS, Limits(seconds=0.3), UpdateTimeout),
    ],
)
def test_past_a_limit_nothing_is_changed_and_the_next_update_works(store, readers, update, limits, error):
    with store.draft("test", "") as draft:
        draft.apply(Change(frozenset(Quad(q.subject, iri("big"), q.object, iri("big")) for q in many(2000))))
        draft.publish()
    with store.draft("test", "") as draft:
        before = set(draft.store)
        with pytest.raises(error, match="nothing was written"):
            draft.update(PREFIX + update, selector=readers, limits=limits)
        assert set(draft.store) == before
        change = draft.update(PREFIX + "INSERT { e:x e:y ?o } WHERE { e:s3 e:p ?o }", selector=readers, limits=Limits())
        assert {q.object for q in change.added} == {Literal(7)}
        assert not list(draft.folder.glob("frozen-*"))


def test_what_the_engine_does_not_have_is_told(store, readers):
    with store.draft("test", "") as draft, pytest.raises(QueryUnsupported):
        draft.update(PREFIX + "INSERT { ?s e:b ?x } WHERE { ?s ?p ?o BIND(e:f(?o) AS ?x) }", selector=readers)


def test_a_reader_holds_no_state_that_is_gone(store, readers):
    with store.draft("test", "") as draft:
        draft.update(
            PREFIX + "INSERT DATA { e:n e:p 1 } ; INSERT { e:x e:y ?o } WHERE { e:n e:p ?o }", selector=readers
        )
        opened = [file.path for p in psutil.Process().children() for file in p.open_files()]
        assert not any("frozen-" in path for path in opened)


@pytest.mark.parametrize(
    ("pattern", "single"),
    [
        ("{ ?s ?p ?o }", True),
        ("{ GRAPH ?g { e:s a ?o . } }", True),
        ("{ ?s e:p 'x'@en }", True),
        ("{ ?s e:p 'x'^^e:t }", True),
        ("{ ?s ?p ?o . ?a ?b ?c }", False),
        ("{ ?s ?p ?o ; ?q ?x }", False),
        ("{ ?s ?p ?o , ?x }", False),
        ("{ ?s e:p -1 }", True),
        ("{ ?s e:p +1.5 . }", True),
        ("{ ?s e:p+ 1 }", False),
        ("{ ?s e:p+1 }", False),
        ("{ ?s e:p + 1 }", False),
        ("{ ?s e:p* ?o }", False),
        ("{ ?s e:p/e:q ?o }", False),
        ("{ ?s ^e:p ?o }", False),
        ("{ ?s ?p ?o FILTER(?o > 1) }", False),
        ("{ { ?s ?p ?o } }", False),
        ("{ GRAPH ?g { ?s ?p ?o } ?a ?b ?c }", False),
        ("{ GRAPH ?g { ?s ?p ?o } GRAPH ?h { ?a ?b ?c } }", False),
        ("{ SERVICE ?g { ?s ?p ?o } }", False),
        ("{ ?s ?p [] }", False),
        ("{ }", False),
    ],
)
def test_a_single_pattern_is_known(pattern, single):
    assert is_single_pattern(pattern) == single


@pytest.mark.parametrize("store", ["union"], indirect=True)
def test_a_single_pattern_is_bounded_by_its_solutions(store):
    with store.draft("test", "") as draft:
        draft.apply(Change(frozenset(many(2000, "big"))))
        text = PREFIX + "DELETE { ?s ?p ?o } WHERE { GRAPH e:big { ?s ?p ?o } }"
        with pytest.raises(UpdateTooLarge):
            draft.update(text, limits=Limits(rows=1999))
        with pytest.raises(UpdateTimeout):
            draft.update(text, limits=Limits(seconds=0))
        assert not draft.update(text, limits=Limits(rows=2000)).added
