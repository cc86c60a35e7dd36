"""What an engine is told of a dataset, and what is refused because it would be answered wrongly."""

from __future__ import annotations

import pytest
from pyoxigraph import NamedNode, Quad

from queries.catalogue import catalogue
from service.store.remote.address import Remote
from service.store.remote.dataset import NOTHING, told
from service.store.remote.engine import boolean
from service.store.remote.errors import EngineUnable
from service.store.remote.misanswered import MISANSWERED, answers_all, check_named
from service.store.remote.sending import Parcel, send, text_of
from service.store.remote.store import RemoteStore

VIRTUOSO = Remote("http://h/sparql", update="http://h/sparql-auth").known_as("Virtuoso/07.20")
OXIGRAPH = Remote("http://h/query", update="http://h/update").known_as("Oxigraph/0.5")
GRAPHS = ["urn:g", "urn:h"]


def dataset(remote, text, default=None, named=None, *, every=False, shared=False):
    return told(remote, text, None, default, named, every=every, listed=lambda: GRAPHS, ask=lambda _: shared)


def test_an_engine_with_a_default_graph_of_its_own_is_told_nothing():
    assert dataset(OXIGRAPH, "ASK { ?s ?p ?o }") == ("ASK { ?s ?p ?o }", None, None)
    assert dataset(OXIGRAPH, "ASK {}", [""]) == ("ASK {}", None, None)


def test_the_dataset_of_a_request_takes_the_place_of_that_of_the_text():
    text, default, named = dataset(OXIGRAPH, "SELECT * FROM <urn:x> FROM NAMED <urn:y> { ?s ?p ?o }", ["urn:g"])
    assert "FROM" not in text
    assert (list(default), list(named)) == (["urn:g"], [])


def test_graphs_that_share_statements_are_no_set():
    with pytest.raises(EngineUnable, match="share statements"):
        dataset(OXIGRAPH, "SELECT * { ?s ?p ?o }", GRAPHS, shared=True)
    with pytest.raises(EngineUnable, match="share statements"):
        dataset(OXIGRAPH, "SELECT * FROM <urn:g> FROM <urn:h> { ?s ?p ?o }", shared=True)
    assert list(dataset(OXIGRAPH, "SELECT * { ?s ?p ?o }", GRAPHS)[1]) == GRAPHS


def test_an_update_with_a_graph_of_its_own_still_sees_the_named_ones():
    assert list(dataset(OXIGRAPH, "SELECT * { GRAPH ?g { ?s ?p ?o } }", ["urn:g"], every=True)[2]) == GRAPHS
    assert list(dataset(OXIGRAPH, "SELECT * { ?s ?p ?o }", ["urn:g"], every=True)[2]) == []


def test_virtuoso_is_told_every_graph():
    assert dataset(VIRTUOSO, "SELECT * { ?s ?p ?o }")[1:] == (GRAPHS, GRAPHS)
    _, default, named = dataset(VIRTUOSO, "SELECT * FROM <urn:g> { ?s ?p ?o }")
    assert (list(default), list(named)) == (["urn:g"], [NOTHING])


@pytest.mark.parametrize(
    "text", ["SELECT * { GRAPH <urn:g> { ?s ?p ?o } }", "ASK { GRAPH <urn:g> { ?s ?p ?o } GRAPH <urn:h> { ?s ?q ?o } }"]
)
def test_virtuoso_is_asked_for_a_graph_by_name_alone(text):
    assert dataset(VIRTUOSO, text) == (text, None, None)


@pytest.mark.parametrize(
    ("text", "default"),
    [
        ("SELECT * { GRAPH <urn:g> { ?s ?p ?o } ?s ?q ?x }", None),
        ("SELECT * { GRAPH <urn:g> { ?s ?p ?o } GRAPH ?g { ?s ?q ?x } }", None),
        ("SELECT * { GRAPH <urn:g> { ?s ?p ?o } }", ["urn:g"]),
    ],
)
def test_what_virtuoso_would_answer_wrongly_is_refused(text, default):
    with pytest.raises(EngineUnable, match="answers wrongly"):
        dataset(VIRTUOSO, text, default)


def test_a_truth_in_a_table_is_a_truth():
    from pyoxigraph import QueryResultsFormat, parse_query_results

    one = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"1"}}]}}'
    none = b'{"head":{"vars":["x"]},"results":{"bindings":[]}}'
    for table, truth in ((one, True), (none, False), (b'{"head":{},"boolean":true}', True)):
        assert bool(boolean(parse_query_results(table, QueryResultsFormat.JSON))) is truth


def test_the_refused_queries_exist_and_are_refused(tmp_path):
    for names in MISANSWERED.values():
        assert names <= set(catalogue())
    store, other = RemoteStore(VIRTUOSO, tmp_path, 60), RemoteStore(OXIGRAPH, tmp_path, 60)
    assert not answers_all(store)
    assert answers_all(other)
    name = sorted(MISANSWERED["virtuoso"])[0]
    check_named(other, name)
    with pytest.raises(EngineUnable, match="wrongly"):
        check_named(store, name)


def quad(graph: str | None, value: str) -> Quad:
    triple = NamedNode("urn:s"), NamedNode("urn:p"), NamedNode(value)
    return Quad(*triple, NamedNode(graph)) if graph else Quad(*triple)


def test_a_change_of_one_graph_is_one_operation():
    text = text_of(Parcel(frozenset([quad("urn:g", "urn:b")]), frozenset([quad("urn:g", "urn:a")])))
    assert " ".join(text.split()) == (
        "WITH <urn:g> DELETE { <urn:s> <urn:p> <urn:a> . } INSERT { <urn:s> <urn:p> <urn:b> . } WHERE { }"
    )
    both = text_of(Parcel(frozenset([quad("urn:g", "urn:b"), quad(None, "urn:b")]), frozenset()))
    assert both.startswith("INSERT DATA")
    assert both.count("<urn:b>") == 2


def test_what_could_stop_halfway_is_not_sent():
    several = Parcel(frozenset([quad("urn:g", "urn:a"), quad("urn:h", "urn:a")]), frozenset())
    with pytest.raises(EngineUnable, match="several graphs"):
        send(VIRTUOSO, several)
    many = Parcel(frozenset(quad("urn:g", f"urn:{n}") for n in range(1000)), frozenset())
    with pytest.raises(EngineUnable, match="more than 500 statements"):
        send(VIRTUOSO, many)
    with pytest.raises(EngineUnable, match="STRATEGRAPH_REMOTE_UPDATE"):
        send(Remote("http://h/q").known_as("Oxigraph"), several)
