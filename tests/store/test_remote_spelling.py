"""Terms are written into a query as the embedded engine substitutes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, QuerySolutions, RdfFormat, Store, Variable

from ontology.terms import graph_iri, ontology_files
from queries.catalogue import catalogue
from service.store.reader_process import parse_term
from service.store.remote.errors import EngineUnable
from service.store.remote.spelling import spelled

QUERIES = Path(__file__).parents[1] / "queries"
ANSWERS = json.loads((QUERIES / "answers.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def graph() -> Store:
    store = Store()
    store.load(path=str(QUERIES / "fixture.trig"), format=RdfFormat.TRIG)
    for file in ontology_files():
        store.load(path=str(file), format=RdfFormat.TURTLE, to_graph=graph_iri("ontology"))
    store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
    return store


def answer(store, text, values):
    found = store.query(text, substitutions={Variable(name): parse_term(term) for name, term in values.items()})
    if not isinstance(found, QuerySolutions):
        return sorted(map(str, found))
    names = [variable.value for variable in found.variables]
    return names, sorted(str([row[name] for name in names]) for row in found)


@pytest.mark.parametrize("name", sorted({case["query"] for case in ANSWERS}))
def test_a_spelled_query_has_the_answer_of_the_substituted_one(graph, name):
    query = catalogue()[name]
    for case in ANSWERS:
        if case["query"] == name:
            values = query.bind(case["values"])
            assert answer(graph, spelled(query.text, values), {}) == answer(graph, query.text, values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT ?x { ?x ?p ?v }", "SELECT  ?x  { ?x ?p <urn:v> }"),
        ("SELECT ?v { ?x ?p ?v }", "SELECT  (<urn:v> AS ?v)  { ?x ?p <urn:v> }"),
        ("SELECT ?x { { SELECT ?x { ?x ?p ?v } } }", "SELECT  ?x  { { SELECT  ?x  { ?x ?p ?v } } }"),
        ("SELECT ?x { { SELECT ?x ?v { ?x ?p ?v } } }", "SELECT  ?x  { { SELECT  ?x   { ?x ?p <urn:v> } } }"),
        ("SELECT ?x { ?x ?p ?v } ORDER BY ?v ?x", "SELECT  ?x  { ?x ?p <urn:v> } ORDER BY (<urn:v>) ?x"),
        ('ASK { ?x ?p "?v" } # ?v', 'ASK { ?x ?p "?v" } # ?v'),
    ],
)
def test_where_a_term_goes(text, expected):
    assert spelled(text, {"v": "<urn:v>"}).split() == expected.split()


@pytest.mark.parametrize(
    "text", ["SELECT * { ?x ?p ?v }", "SELECT ?x { ?x ?p ?o BIND(1 AS ?v) }", "SELECT (1 AS ?v) {}"]
)
def test_what_cannot_be_spelled_is_refused(text):
    with pytest.raises(EngineUnable):
        spelled(text, {"v": "<urn:v>"})


@given(st.text())
def test_no_value_leaves_its_place(value):
    text = spelled("SELECT ?s { ?s ?p ?v }", {"v": str(Literal(value))})
    (row,) = _stored(value).query(text)
    assert row["s"].value == "urn:s"


def _stored(value: str) -> Store:
    from pyoxigraph import NamedNode, Quad

    store = Store()
    store.add(Quad(NamedNode("urn:s"), NamedNode("urn:p"), Literal(value)))
    return store
