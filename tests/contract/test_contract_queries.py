"""Queries mean the same on every engine, and what an engine cannot promise is an error."""

from __future__ import annotations

import pytest
from pyoxigraph import RdfFormat, parse

pytestmark = pytest.mark.slow

BUNDLED = "https://w3id.org/strategraph/graph/bundled"
QUERIES = "https://w3id.org/strategraph/graph/queries"
PROVENANCE = "https://w3id.org/strategraph/graph/provenance"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
FORMATS = {
    "application/sparql-results+json": "json",
    "application/sparql-results+xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}


def ask(served, query, **parameters):
    return served.client.get("/sparql", params={"query": query, **parameters})


def rows(served, query, **parameters):
    answer = ask(served, query, **parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]["bindings"]


def test_the_default_graph_is_the_set_union(served, reference):
    assert rows(served, COUNT) == rows(reference, COUNT)
    distinct = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } } }"
    assert rows(served, COUNT) == rows(served, distinct)


@pytest.mark.parametrize("media_type", FORMATS)
def test_every_format_of_results(served, reference, media_type):
    label = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
    query = f"SELECT ?s ?name {{ ?s {label} ?name }} ORDER BY STR(?s) LANG(?name) LIMIT 50"
    one, other = (
        each.client.get("/sparql", params={"query": query}, headers={"Accept": media_type})
        for each in (served, reference)
    )
    assert one.headers["content-type"].startswith(media_type)
    assert one.text == other.text


@pytest.mark.parametrize("name", ["turtle", "nt", "rdfxml", "jsonld", "nquads", "trig"])
def test_every_format_of_graphs(served, name):
    query = "CONSTRUCT { ?s a ?class } WHERE { ?s a ?class FILTER(!ISBLANK(?s)) } ORDER BY STR(?s) STR(?class) LIMIT 20"
    answer = ask(served, query, format=name)
    assert answer.status_code == 200, answer.text
    known_format = RdfFormat.from_media_type(answer.headers["content-type"].split(";")[0])
    assert len(list(parse(answer.content, known_format))) == 20


def test_ask_and_describe(served):
    assert ask(served, "ASK { ?s ?p ?o }").json()["boolean"] is True
    assert ask(served, "ASK { <urn:no> ?p ?o }").json()["boolean"] is False
    thing = "https://w3id.org/strategraph/id/network/icei-alliance"
    assert thing in ask(served, f"DESCRIBE <{thing}>", format="nt").text


@pytest.mark.parametrize("query", ["SELECT * {", "SELECT ?x { ?x :p 1 }", "nonsense"])
def test_a_syntax_error_has_its_place(served, reference, query):
    one, other = ask(served, query), ask(reference, query)
    assert one.status_code == other.status_code == 400
    assert {k: v for k, v in one.json().items() if k != "request_id"} == {
        k: v for k, v in other.json().items() if k != "request_id"
    }


def test_a_dataset_of_the_request(served, reference):
    graph = {"default-graph-uri": BUNDLED}
    assert rows(served, COUNT, **graph) == rows(reference, COUNT, **graph)
    named = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
    assert rows(served, named, **graph) == []
    assert [row["g"]["value"] for row in rows(served, named, **{"named-graph-uri": BUNDLED})] == [BUNDLED]
    assert rows(served, COUNT, **{"named-graph-uri": BUNDLED})[0]["n"]["value"] == "0"
    both = {"default-graph-uri": [BUNDLED, PROVENANCE]}
    assert rows(served, COUNT, **both) == rows(reference, COUNT, **both)


def test_a_dataset_of_the_text(served, reference):
    for clause in (f"FROM <{BUNDLED}>", f"FROM <{BUNDLED}> FROM <{PROVENANCE}>"):
        query = f"SELECT (COUNT(*) AS ?n) {clause} {{ ?s ?p ?o }}"
        assert rows(served, query) == rows(reference, query)


def test_rows_beyond_the_limit_are_an_error(served):
    answer = ask(served, "SELECT * { ?s ?p ?o }", rows=10)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_query_that_takes_too_long_is_stopped(served):
    endless = (
        "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(STR(?a) < STR(?d) && STR(?d) < STR(?g)) }"
    )
    answer = ask(served, endless, timeout=1)
    assert answer.status_code == 503, answer.text
    assert "retry-after" in answer.headers
    assert ask(served, "ASK {}").status_code == 200


def test_service_never_leaves(served):
    answer = ask(served, "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")
    assert answer.status_code == 403
    assert "SERVICE" in answer.json()["detail"]


def test_versions_are_promised_by_our_own_store_only(served):
    answer = ask(served, "ASK {}")
    assert ("etag" in answer.headers) is served.versioned
    assert ("strategraph-generation" in answer.headers) is served.versioned
    older = ask(served, "ASK {}", generation=1)
    if served.versioned:
        assert older.status_code == 200
    else:
        assert older.status_code == 501
        assert "keeps no versions" in older.json()["detail"]
        assert "127.0.0.1" not in older.json()["detail"]
    stale = served.client.get("/sparql", params={"query": "ASK {}"}, headers={"If-None-Match": '"1-0"'})
    assert stale.status_code == 200


def test_a_graph_is_fetched_and_one_that_is_not_there_is_missed(served, reference):
    bodies = [each.client.get("/graphs", params={"graph": QUERIES, "format": "nt"}) for each in (served, reference)]
    assert sorted(bodies[0].text.splitlines()) == sorted(bodies[1].text.splitlines())
    assert served.client.get("/graphs", params={"graph": "urn:none"}).status_code == 404


def test_the_health_and_the_description(served):
    assert served.client.get("/health/ready").json()["status"] == "ready"
    description = served.client.get("/.well-known/void", params={"format": "nt"})
    assert description.status_code == 200
    assert BUNDLED in description.text
