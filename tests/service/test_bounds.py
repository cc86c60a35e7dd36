"""Texts made to break the parser end with a clear error, and the service goes on; ordinary ones pass, however long."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, Store, parse

from service.store.nesting import CHAIN, DEPTH, TooDeep, check_rdf, check_sparql

MANY = 50_000
DEEP_QUERIES = {
    "groups": "SELECT * " + "{" * MANY + "}" * MANY,
    "brackets": "SELECT * { FILTER(" + "(" * MANY + "1" + ")" * MANY + ") }",
    "never closed": "SELECT * { FILTER(" + "(" * MANY,
    "nots": "SELECT * { FILTER(" + "!" * MANY + "1) }",
    "path": "SELECT * { ?s " + "(" * MANY + "<a:b>" + ")" * MANY + " ?o }",
    "collections": "SELECT * { ?s ?p " + "(" * MANY + ")" * MANY + " }",
    "blank nodes": "SELECT * { ?s ?p " + "[ <a:b> " * MANY + "1" + "]" * MANY + " }",
    "unions": "SELECT * { {} " + "UNION {} " * MANY + "}",
    "sums": "SELECT * { BIND(1" + "+1" * MANY + " AS ?x) }",
    "steps": "SELECT * { ?s " + "<a:b>/" * MANY + "<a:c> ?o }",
    "optionals": "SELECT * { " + "OPTIONAL {} " * MANY + "}",
}
DEEP_BODIES = {
    "text/turtle": "<a:b> <a:c> " + "(" * MANY + ")" * MANY + " .",
    "application/trig": "<a:b> <a:c> " + "[ <a:d> " * MANY + "1" + "]" * MANY + " .",
    "application/n-triples": "<a:b> <a:c> " + "<<( <a:a> <a:b> " * MANY + "<a:c>" + " )>>" * MANY + " .",
    "application/ld+json": '{"a:b":' * MANY + "1" + "}" * MANY,
    "application/rdf+xml": "<rdf:RDF>" + "<rdf:Description><e:p>" * MANY,
}


@pytest.mark.parametrize("name", DEEP_QUERIES)
def test_a_deep_query_is_refused_and_harms_nobody(client: httpx.Client, writer: dict[str, str], name: str) -> None:
    query = client.post("/sparql", data={"query": DEEP_QUERIES[name]})
    assert query.status_code == 400, query.text
    assert query.headers["content-type"] == "application/problem+json"
    where = DEEP_QUERIES[name][DEEP_QUERIES[name].index("{") :]
    update = client.post("/sparql", data={"update": "DELETE { ?s ?p ?o } WHERE " + where}, headers=writer)
    assert update.status_code == 400, update.text
    assert client.get("/sparql", params={"query": "ASK {}"}).status_code == 200


@pytest.mark.parametrize("kind", DEEP_BODIES)
def test_a_deep_document_is_refused_and_harms_nobody(client: httpx.Client, writer: dict[str, str], kind: str) -> None:
    answer = client.put("/graphs/deep", content=DEEP_BODIES[kind], headers={**writer, "Content-Type": kind})
    assert answer.status_code == 400, answer.text
    assert "nested" in answer.json()["detail"]
    assert client.get("/sparql", params={"query": "ASK {}"}).status_code == 200


def test_a_long_query_is_refused(serve: Any) -> None:
    with serve(max_query=1) as client:
        answer = client.post("/sparql", data={"query": "ASK {}" + " " * 2000})
    assert answer.status_code == 413


FLAT = {
    "values": "SELECT * { VALUES ?x { " + "-1 " * 5000 + "} }",
    "list": "SELECT * { VALUES ?x { 1 } FILTER(?x IN (" + ", ".join(map(str, range(5000))) + ")) }",
    "text": "SELECT * { VALUES ?x { '" + "((((" * 5000 + "' } }",
    "comment": "SELECT * { VALUES ?x { 1 } } #" + "{{{{" * 5000,
}


@pytest.mark.parametrize("name", FLAT)
def test_what_is_long_but_flat_passes(client: httpx.Client, name: str) -> None:
    assert client.post("/sparql", data={"query": FLAT[name]}).status_code == 200


def test_an_update_may_have_many_numbers_and_many_operations(client: httpx.Client, writer: dict[str, str]) -> None:
    data = " ".join(f"<a:{n}> <a:b> -{n} ." for n in range(3000))
    text = f"INSERT DATA {{ GRAPH <a:many> {{ {data} }} }} ; " + " ; ".join(["DELETE WHERE { ?s <a:x> -1 }"] * 2000)
    assert client.post("/sparql", data={"update": text}, headers=writer).status_code == 200


@pytest.mark.parametrize("depth", [DEPTH, DEPTH + 1])
def test_the_bound_is_below_what_the_engine_can_take(depth: int) -> None:
    allowed = depth <= DEPTH
    levels = depth - 2
    text = "SELECT * { FILTER(" + "(" * levels + "1" + ")" * levels + ") }"
    chain = "SELECT (1" + "+1" * (CHAIN if allowed else CHAIN + 1) + " AS ?x) {}"
    for query in (text, chain):
        if allowed:
            check_sparql(query)
            list(Store().query(query))  # type: ignore[call-overload]
        else:
            with pytest.raises(TooDeep):
                check_sparql(query)


@given(st.text(alphabet="\\\"'()[]{}<>#\n ab", max_size=400))
def test_a_literal_never_counts(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    turtle = (f'<a:b> <a:c> "{quoted}" .\n' * (DEPTH + 2)).encode()
    check_rdf(RdfFormat.TURTLE, turtle)
    assert len(list(parse(turtle, format=RdfFormat.TURTLE))) == DEPTH + 2
