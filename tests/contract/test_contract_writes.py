"""Writes mean the same on every engine: what they change, what the shapes refuse, and who may."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from contract_serving import BASE_URL, ENGINES, TOKEN, served_on

pytestmark = pytest.mark.slow

WRITER = {"Authorization": f"Bearer {TOKEN}"}
TURTLE = {**WRITER, "Content-Type": "text/turtle"}
MINE = "https://example.org/graph/mine"
OTHER = "https://example.org/graph/other"
PREFIXES = """
PREFIX sg: <https://w3id.org/strategraph/ontology#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX dct: <http://purl.org/dc/terms/> PREFIX e: <http://e/> PREFIX org: <http://www.w3.org/ns/org#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""


@pytest.fixture(scope="module", params=["embedded", *ENGINES])
def writable(request, bundled_store, tmp_path_factory) -> Iterator:
    with served_on(request.param, tmp_path_factory.mktemp("writes"), bundled_store) as found:
        yield found


@pytest.fixture
def graph(writable) -> Iterator[str]:
    """A graph of one's own, gone afterwards."""
    yield MINE
    for name in (MINE, OTHER):
        writable.client.delete("/graphs", params={"graph": name}, headers=WRITER)


def update(served, text):
    return served.client.post("/sparql", data={"update": PREFIXES + text}, headers=WRITER)


def rows(served, query):
    answer = served.client.post("/sparql", data={"query": PREFIXES + query})
    assert answer.status_code == 200, answer.text
    return sorted(
        tuple(term["value"] for _, term in sorted(row.items())) for row in answer.json()["results"]["bindings"]
    )


def done(answer):
    assert answer.status_code in (200, 201), answer.text
    return answer.json()["added"], answer.json()["removed"]


def test_nobody_writes_without_a_token(writable):
    answer = writable.client.post("/sparql", data={"update": "CLEAR ALL"})
    assert answer.status_code == 401


def test_insert_and_delete_data(writable, graph):
    assert done(update(writable, f"INSERT DATA {{ GRAPH <{graph}> {{ e:a e:p 1, 'x'@en, 'y' }} }}")) == (3, 0)
    assert done(update(writable, f"INSERT DATA {{ GRAPH <{graph}> {{ e:a e:p 1, 2 }} }}")) == (1, 0)
    assert done(update(writable, f"DELETE DATA {{ GRAPH <{graph}> {{ e:a e:p 1, 7 }} }}")) == (0, 1)
    assert rows(writable, f"SELECT ?o {{ GRAPH <{graph}> {{ e:a e:p ?o }} }}") == [("2",), ("x",), ("y",)]
    assert rows(writable, "SELECT ?o { e:a e:p ?o }") == [("2",), ("x",), ("y",)]


def test_delete_and_insert_where(writable, graph):
    update(writable, f"INSERT DATA {{ GRAPH <{graph}> {{ e:a e:p 1 . e:b e:p 2 . e:c e:q 3 }} }}")
    changed = update(
        writable,
        f"WITH <{graph}> DELETE {{ ?s e:p ?o }} INSERT {{ ?s e:r ?more }} WHERE {{ ?s e:p ?o BIND(?o + 1 AS ?more) }}",
    )
    assert done(changed) == (2, 2)
    found = rows(writable, f"SELECT ?s ?p ?o {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")
    assert found == sorted(
        [("2", "http://e/r", "http://e/a"), ("3", "http://e/r", "http://e/b"), ("3", "http://e/q", "http://e/c")]
    )


def test_the_pattern_of_an_update_sees_the_union(writable, graph):
    label = "SELECT ?n { <https://w3id.org/strategraph/id/network/icei-alliance> skos:prefLabel ?n }"
    update(
        writable,
        f"INSERT {{ GRAPH <{graph}> {{ e:a e:n ?n }} }} WHERE {{ "
        "<https://w3id.org/strategraph/id/network/icei-alliance> skos:prefLabel ?n }",
    )
    assert rows(writable, "SELECT ?n { e:a e:n ?n }") == rows(writable, label)


def test_a_graph_is_cleared_and_dropped(writable, graph):
    update(writable, f"INSERT DATA {{ GRAPH <{graph}> {{ e:a e:p 1 }} }}")
    assert done(update(writable, f"CLEAR GRAPH <{graph}>")) == (0, 1)
    assert rows(writable, "SELECT ?o { e:a e:p ?o }") == []
    missing = update(writable, "DROP GRAPH <urn:none>")
    assert missing.status_code == 409
    assert done(update(writable, "DROP SILENT GRAPH <urn:none>")) == (0, 0)


def test_a_whole_graph_is_put_added_to_and_deleted(writable, graph):
    client, where = writable.client, {"graph": graph}
    assert (
        client.put("/graphs", params=where, content="<http://e/a> <http://e/p> 1, 2 .", headers=TURTLE).status_code
        == 201
    )
    assert (
        client.put("/graphs", params=where, content="<http://e/a> <http://e/p> 2, 3 .", headers=TURTLE).status_code
        == 200
    )
    assert (
        client.post("/graphs", params=where, content="<http://e/a> <http://e/p> 4 .", headers=TURTLE).status_code == 200
    )
    assert rows(writable, "SELECT ?o { e:a e:p ?o }") == [("2",), ("3",), ("4",)]
    got = client.get("/graphs", params={**where, "format": "nt"})
    assert len(got.text.splitlines()) == 3
    assert client.delete("/graphs", params=where, headers=WRITER).status_code == 200
    assert client.get("/graphs", params=where).status_code == 404
    assert client.delete("/graphs", params=where, headers=WRITER).status_code == 404


def test_blank_nodes_keep_their_place(writable, graph):
    body = "_:x <http://e/p> [ <http://e/q> 1 ] . _:x <http://e/r> _:x ."
    assert writable.client.put("/graphs", params={"graph": graph}, content=body, headers=TURTLE).status_code == 201
    assert rows(writable, "SELECT ?o { ?x e:p ?y ; e:r ?x . ?y e:q ?o }") == [("1",)]
    assert (
        done(update(writable, f"DELETE WHERE {{ GRAPH <{graph}> {{ ?x e:r ?x }} }}")) == (0, 1)
        or not writable.versioned
    )


def test_what_breaks_a_shape_is_refused_and_nothing_is_written(writable, graph):
    network = "https://w3id.org/strategraph/id/network/without-a-name"
    answer = update(writable, f"INSERT DATA {{ GRAPH <{graph}> {{ <{network}> a sg:Network }} }}")
    assert answer.status_code == 422, answer.text
    assert answer.json()["report"]["results"]
    assert rows(writable, f"SELECT ?o {{ <{network}> ?p ?o }}") == []


def test_what_another_statement_relies_on_is_not_deleted(writable):
    icei = "https://w3id.org/strategraph/id/network/icei-alliance"
    bundled = "https://w3id.org/strategraph/graph/bundled"
    before = rows(writable, f"SELECT ?n {{ <{icei}> skos:prefLabel ?n }}")
    answer = update(writable, f"DELETE WHERE {{ GRAPH <{bundled}> {{ <{icei}> skos:prefLabel ?n }} }}")
    assert answer.status_code == 422, answer.text
    assert rows(writable, f"SELECT ?n {{ <{icei}> skos:prefLabel ?n }}") == before


def test_a_good_change_is_accepted_with_its_report(writable, graph):
    icei = "https://w3id.org/strategraph/id/network/icei-alliance"
    answer = update(writable, f"INSERT DATA {{ GRAPH <{graph}> {{ <{icei}> skos:altLabel 'ICEI'@en }} }}")
    assert done(answer) == (1, 0)
    assert answer.headers["strategraph-validation"] == "conforms"


def test_conditions_on_versions_are_kept_or_refused(writable, graph):
    answer = writable.client.put(
        "/graphs",
        params={"graph": graph},
        content="<http://e/a> <http://e/p> 1 .",
        headers={**TURTLE, "If-Match": '"1"'},
    )
    assert answer.status_code == (412 if writable.versioned else 501)
    fresh = {**TURTLE, "If-None-Match": "*"}
    put = writable.client.put(
        "/graphs", params={"graph": graph}, content="<http://e/a> <http://e/p> 1 .", headers=fresh
    )
    assert put.status_code == 201
    again = writable.client.put(
        "/graphs", params={"graph": graph}, content="<http://e/a> <http://e/p> 1 .", headers=fresh
    )
    assert again.status_code == 412


def test_a_new_graph_has_an_address(writable):
    made = writable.client.post("/graphs", content="<http://e/new> <http://e/p> 1 .", headers=TURTLE)
    assert made.status_code == 201, made.text
    assert made.headers["location"].startswith(BASE_URL + "/graphs/")
    gone = writable.client.delete("/graphs", params={"graph": made.headers["location"]}, headers=WRITER)
    assert gone.status_code == 200


def test_the_writes_are_in_the_audit_log(writable, graph):
    update(writable, f"INSERT DATA {{ GRAPH <{graph}> {{ e:audited e:p 1 }} }}")
    last = list(writable.store.audit.entries())[-1]
    assert (last["what"], last["added"], last["graphs"]) == ("SPARQL update", 1, [graph])


# -- what needs a transaction over several graphs --------------------------------------


def whole(served):
    """Whether the engine promises that a write to several graphs is all or nothing."""
    return served.versioned or served.store.remote.atomic


def test_several_graphs_at_once_or_not_at_all(writable, graph):
    answer = update(writable, f"INSERT DATA {{ GRAPH <{graph}> {{ e:m e:p 1 }} GRAPH <{OTHER}> {{ e:m e:p 2 }} }}")
    if whole(writable):
        assert done(answer) == (2, 0)
    else:
        assert answer.status_code == 501
        assert "several graphs" in answer.json()["detail"]
        assert rows(writable, "SELECT ?o { e:m e:p ?o }") == []


def test_a_statement_in_two_graphs_counts_once_or_is_refused(writable, graph):
    update(writable, f"INSERT DATA {{ GRAPH <{graph}> {{ e:twice e:p 1 }} }}")
    answer = update(writable, f"INSERT DATA {{ GRAPH <{OTHER}> {{ e:twice e:p 1 }} }}")
    if writable.versioned or writable.store.remote.union == "kept":
        assert done(answer) == (1, 0)
        assert done(update(writable, f"DELETE DATA {{ GRAPH <{OTHER}> {{ e:twice e:p 1 }} }}")) == (0, 1)
    else:
        assert answer.status_code == 501
        assert "counts a statement once for each graph" in answer.json()["detail"]
    assert rows(writable, "SELECT (COUNT(*) AS ?n) { e:twice ?p ?o }") == [("1",)]


def test_operations_that_build_on_each_other(writable, graph):
    answer = update(
        writable,
        f"INSERT DATA {{ GRAPH <{graph}> {{ e:one e:p 1 }} }} ; "
        f"INSERT {{ GRAPH <{graph}> {{ ?s e:q 2 }} }} WHERE {{ GRAPH <{graph}> {{ ?s e:p 1 }} }}",
    )
    if writable.versioned:
        assert done(answer) == (2, 0)
    else:
        assert answer.status_code == 501
        assert "one by one" in answer.json()["detail"]
        assert rows(writable, "SELECT ?o { e:one ?p ?o }") == []
    both = update(
        writable,
        f"INSERT DATA {{ GRAPH <{graph}> {{ e:two e:p 1 }} }} ; DELETE DATA {{ GRAPH <{graph}> {{ e:two e:p 1 }} }}",
    )
    assert done(both) == (0, 0)
