"""The cases of the W3C's SPARQL 1.1 Protocol test suite, and the rules of our own."""

from typing import Any

import httpx
import pytest

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
UTF_16_QUERY = {"Content-Type": f"{QUERY}; charset=UTF-16"}
UTF_16_UPDATE = {"Content-Type": f"{UPDATE}; charset=UTF-16"}
JSON = "application/sparql-results+json"
ONE, TWO = "http://example.org/graph/one", "http://example.org/graph/two"
DATA = "http://kasei.us/2009/09/sparql/data/data"
INSERT = "INSERT DATA { GRAPH <http://example.org/graph/w3c> { <http://example.org/s> <http://example.org/p> 1 } }"

GOOD_QUERIES: dict[str, dict[str, Any]] = {
    "query_get": {"method": "GET", "params": {"query": "ASK {}"}},
    "query_post_form": {"method": "POST", "data": {"query": "ASK {}"}},
    "query_post_direct": {"method": "POST", "content": "ASK {}", "headers": {"Content-Type": QUERY}},
    "query_content_type_charset": {
        "method": "POST",
        "content": "ASK {}",
        "headers": {"Content-Type": f"{QUERY}; charset=UTF-8"},
    },
    "query_dataset_default_graph": {"method": "POST", "data": {"query": "ASK { <http://example.org/z> ?p ?o }",
                                                               "default-graph-uri": TWO}},
    "query_dataset_default_graphs_get": {
        "method": "GET",
        "params": {"query": "ASK { <http://example.org/a> ?p ?o . <http://example.org/z> ?q ?r }",
                   "default-graph-uri": [ONE, TWO]},
    },
    "query_dataset_named_graphs_post": {
        "method": "POST",
        "params": {"named-graph-uri": [ONE, TWO]},
        "content": "ASK { GRAPH ?g { <http://example.org/z> ?p ?o } FILTER NOT EXISTS { ?s ?p ?o } }",
        "headers": {"Content-Type": QUERY},
    },
    "query_dataset_full": {
        "method": "GET",
        "params": {"query": f"ASK {{ ?s a ?c . GRAPH <{TWO}> {{ ?z ?p ?o }} }}", "default-graph-uri": ONE,
                   "named-graph-uri": [TWO]},
    },
    "query_multiple_dataset": {
        "method": "GET",
        "params": {"query": f"ASK FROM <{DATA}1.rdf> {{ <http://example.org/z> ?p ?o }}", "default-graph-uri": TWO},
    },
}  # fmt: skip
GOOD_UPDATES: dict[str, dict[str, Any]] = {
    "update_post_form": {"data": {"update": INSERT}},
    "update_post_direct": {"content": INSERT, "headers": {"Content-Type": UPDATE}},
    "update_base_uri": {
        "content": "BASE <http://example.org/> INSERT DATA { GRAPH <graph/w3c> { <s> <p> 2 } }",
        "headers": {"Content-Type": UPDATE},
    },
    "update_dataset_default_graph": {
        "params": {"using-graph-uri": ONE},
        "content": "INSERT { GRAPH <http://example.org/graph/w3c> { ?s <http://example.org/seen> true } }"
        " WHERE { ?s a ?c }",
        "headers": {"Content-Type": UPDATE},
    },
    "update_dataset_named_graphs": {
        "params": {"using-named-graph-uri": [ONE, TWO]},
        "content": "INSERT { GRAPH <http://example.org/graph/w3c> { ?s <http://example.org/in> ?g } }"
        " WHERE { GRAPH ?g { ?s ?p ?o } }",
        "headers": {"Content-Type": UPDATE},
    },
}
BAD: dict[str, tuple[int, dict[str, Any]]] = {
    "bad_query_method": (405, {"method": "PUT", "params": {"query": "ASK {}"}}),
    "bad_multiple_queries": (400, {"method": "GET", "params": {"query": ["ASK {}", "SELECT * {}"]}}),
    "bad_query_wrong_media_type": (
        415,
        {"method": "POST", "content": "ASK {}", "headers": {"Content-Type": "text/plain"}},
    ),
    "bad_query_missing_form_type": (415, {"method": "POST", "content": "query=ASK%20%7B%7D"}),
    "bad_query_missing_direct_type": (415, {"method": "POST", "content": "ASK {}"}),
    "bad_query_non_utf8": (
        415,
        {"method": "POST", "content": "ASK {}".encode("utf-16"), "headers": UTF_16_QUERY},
    ),
    "bad_query_broken_utf8": (400, {"method": "POST", "content": b"ASK {} #\xff", "headers": {"Content-Type": QUERY}}),
    "bad_query_syntax": (400, {"method": "GET", "params": {"query": "ASK {\n ?s ?p"}}),
    "bad_update_get": (400, {"method": "GET", "params": {"update": "CLEAR ALL"}}),
    "bad_multiple_updates": (400, {"method": "POST", "data": {"update": ["CLEAR NAMED", "CLEAR DEFAULT"]}}),
    "bad_update_wrong_media_type": (
        415,
        {"method": "POST", "content": "CLEAR NAMED", "headers": {"Content-Type": "text/plain"}},
    ),
    "bad_update_missing_form_type": (415, {"method": "POST", "content": "update=CLEAR%20NAMED"}),
    "bad_update_non_utf8": (
        415,
        {"method": "POST", "content": "CLEAR".encode("utf-16"), "headers": UTF_16_UPDATE},
    ),
    "bad_update_syntax": (400, {"method": "POST", "content": "CLEAR XYZ", "headers": {"Content-Type": UPDATE}}),
    "bad_update_dataset_conflict": (
        400,
        {
            "method": "POST",
            "data": {
                "using-named-graph-uri": ONE,
                "update": "INSERT { GRAPH <http://e/g> { ?s ?p ?o } } USING <http://e/x> WHERE { ?s ?p ?o }",
            },
        },
    ),
    "both": (400, {"method": "POST", "data": {"query": "ASK {}", "update": "CLEAR ALL"}}),
    "neither": (400, {"method": "POST", "data": {"format": "json"}}),
    "form_and_address": (400, {"method": "POST", "params": {"query": "ASK {}"}, "data": {"query": "ASK {}"}}),
    "body_and_address": (
        400,
        {"method": "POST", "params": {"query": "ASK {}"}, "content": "ASK {}", "headers": {"Content-Type": QUERY}},
    ),
    "unknown_parameter": (400, {"method": "GET", "params": {"query": "ASK {}", "default-graph": ONE}}),
    "graph_without_query": (400, {"method": "GET", "params": {"default-graph-uri": ONE}}),
    "relative_graph": (400, {"method": "GET", "params": {"query": "ASK {}", "default-graph-uri": "one"}}),
    "bad_timeout": (400, {"method": "GET", "params": {"query": "ASK {}", "timeout": "soon"}}),
    "bad_generation": (400, {"method": "GET", "params": {"query": "ASK {}", "generation": "-1"}}),
    "unknown_generation": (404, {"method": "GET", "params": {"query": "ASK {}", "generation": "99999"}}),
    "unknown_format": (400, {"method": "GET", "params": {"query": "ASK {}", "format": "docx"}}),
    "format_of_the_other_kind": (406, {"method": "GET", "params": {"query": "ASK {}", "format": "turtle"}}),
    "not_acceptable": (406, {"method": "GET", "params": {"query": "ASK {}"}, "headers": {"Accept": "image/png"}}),
    "service": (403, {"method": "GET", "params": {"query": "SELECT * { SERVICE <http://localhost:1/> { ?s ?p ?o } }"}}),
    "unknown_function": (422, {"method": "GET", "params": {"query": "SELECT (<http://e/f>(1) AS ?x) {}"}}),
    "service_silent": (
        403,
        {"method": "GET", "params": {"query": "SELECT * { service silent <http://localhost:1/> { ?s ?p ?o } }"}},
    ),
    "query_as_update": (400, {"method": "POST", "data": {"update": "SELECT * {}"}}),
    "update_as_query": (400, {"method": "POST", "data": {"query": "CLEAR ALL"}}),
}  # fmt: skip


@pytest.mark.parametrize("case", GOOD_QUERIES.values(), ids=GOOD_QUERIES)
def test_w3c_good_query(client: httpx.Client, case: dict[str, Any]) -> None:
    answer = client.request(url="/sparql", **case)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == JSON
    assert answer.json()["boolean"] is True


@pytest.mark.parametrize("case", GOOD_UPDATES.values(), ids=GOOD_UPDATES)
def test_w3c_good_update(client: httpx.Client, writer: dict[str, str], case: dict[str, Any]) -> None:
    case = {**case, "headers": {**case.get("headers", {}), **writer}}
    answer = client.post("/sparql", **case)
    assert answer.status_code == 200, answer.text
    assert answer.json()["added"] >= 0
    assert int(answer.headers["strategraph-generation"]) == answer.json()["generation"]


@pytest.mark.parametrize(("status", "case"), BAD.values(), ids=BAD)
def test_bad_request(client: httpx.Client, writer: dict[str, str], status: int, case: dict[str, Any]) -> None:
    case = {**case, "headers": {**case.get("headers", {}), **writer}}
    answer = client.request(url="/sparql", **case)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]


def test_a_syntax_error_names_its_place(client: httpx.Client) -> None:
    problem = client.get("/sparql", params={"query": "SELECT *\n{ ?s ex:p ?o }"}).json()
    assert problem["line"] == 2
    assert problem["column"] > 1
    assert "prefix ex: is not declared" in problem["detail"]


def test_a_triple_of_two_graphs_counts_once(client: httpx.Client, writer: dict[str, str]) -> None:
    graphs = [f"http://example.org/graph/same{i}" for i in range(2)]
    for graph in graphs:
        update = f"INSERT DATA {{ GRAPH <{graph}> {{ <http://e/same> <http://e/same> 1 }} }}"
        client.post("/sparql", data={"update": update}, headers=writer).raise_for_status()
    where = "{ <http://e/same> ?p ?o }"
    by_text = f"SELECT * FROM <{graphs[0]}> FROM <{graphs[1]}> {where}"
    for params in ({"query": by_text}, {"query": f"SELECT * {where}", "default-graph-uri": graphs}):
        assert len(client.get("/sparql", params=params).json()["results"]["bindings"]) == 1
    both = {"query": "SELECT * { GRAPH ?g { ?s ?p ?o } }", "default-graph-uri": graphs, "named-graph-uri": graphs}
    assert len(client.get("/sparql", params=both).json()["results"]["bindings"]) == 2


def test_a_dataset_of_one_list_leaves_the_other_empty(client: httpx.Client) -> None:
    query = "SELECT * { { GRAPH ?g { ?s ?p ?o } } }"
    rows = client.get("/sparql", params={"query": query, "default-graph-uri": ONE}).json()["results"]["bindings"]
    assert rows == []


@pytest.mark.parametrize(
    ("query", "format_name", "media_type"),
    [
        ("SELECT * { ?s ?p ?o }", "json", "application/sparql-results+json"),
        ("SELECT * { ?s ?p ?o }", "xml", "application/sparql-results+xml"),
        ("SELECT * { ?s ?p ?o }", "csv", "text/csv; charset=utf-8"),
        ("SELECT * { ?s ?p ?o }", "text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "turtle", "text/turtle; charset=utf-8"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "ntriples", "application/n-triples"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "rdfxml", "application/rdf+xml"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "xml", "application/rdf+xml"),
        ("DESCRIBE <http://example.org/a>", "jsonld", "application/ld+json"),
        ("DESCRIBE <http://example.org/a>", "nquads", "application/n-quads"),
        ("DESCRIBE <http://example.org/a>", "trig", "application/trig"),
    ],
)
def test_every_format(client: httpx.Client, query: str, format_name: str, media_type: str) -> None:
    by_name = client.get("/sparql", params={"query": query, "format": format_name})
    by_header = client.get("/sparql", params={"query": query}, headers={"Accept": media_type.split(";", maxsplit=1)[0]})
    assert by_name.headers["content-type"] == by_header.headers["content-type"] == media_type
    assert by_name.content
    # The order of statements is the engine's.
    assert len(by_name.content) == len(by_header.content)


def test_browsers_get_the_default_format(client: httpx.Client) -> None:
    accept = {"Accept": "text/html,application/xhtml+xml;q=0.9"}
    assert client.get("/sparql", params={"query": "ASK {}"}, headers=accept).headers["content-type"] == JSON
    graph = client.get("/sparql", params={"query": "CONSTRUCT WHERE { ?s ?p ?o }"}, headers=accept)
    assert graph.headers["content-type"].startswith("text/turtle")


@pytest.mark.parametrize(
    ("encoding", "sent"), [("gzip", "gzip"), ("gzip;q=0.5, zstd", "zstd"), ("br", None), ("", None)]
)
def test_compression(client: httpx.Client, encoding: str, sent: str | None) -> None:
    query = {"query": "SELECT * { ?s ?p ?o }"}
    answer = client.get("/sparql", params=query, headers={"Accept-Encoding": encoding})
    assert answer.headers.get("content-encoding") == sent
    assert "Accept-Encoding" in answer.headers["vary"]
    assert answer.json()["results"]["bindings"]


def test_tags_and_not_modified(client: httpx.Client) -> None:
    query = {"query": "SELECT * { ?s ?p ?o }"}
    first = client.get("/sparql", params=query)
    tag = first.headers["etag"]
    assert tag.startswith('"' + first.headers["strategraph-generation"])
    assert first.headers["strategraph-engine"] == "oxigraph"
    again = client.get("/sparql", params=query, headers={"If-None-Match": f'"x", {tag}'})
    assert again.status_code == 304
    assert not again.content
    assert client.get("/sparql", params={**query, "format": "csv"}).headers["etag"] != tag
    assert client.get("/sparql", params=query, headers={"Accept-Encoding": "gzip"}).headers["etag"] != tag
    assert "etag" not in client.get("/sparql", params={"query": "SELECT (RAND() AS ?r) {}"}).headers


def test_a_pinned_generation_never_changes(client: httpx.Client, writer: dict[str, str]) -> None:
    query = {"query": "SELECT (COUNT(*) AS ?n) { ?s <http://example.org/pinned> ?o }"}
    before = client.get("/sparql", params=query).headers["strategraph-generation"]
    update = "INSERT DATA { GRAPH <http://example.org/graph/w3c> { <http://e/s> <http://example.org/pinned> 1 } }"
    client.post("/sparql", data={"update": update}, headers=writer).raise_for_status()
    now = client.get("/sparql", params=query)
    old = client.get("/sparql", params={**query, "generation": before})
    assert now.json()["results"]["bindings"][0]["n"]["value"] == "1"
    assert old.json()["results"]["bindings"][0]["n"]["value"] == "0"
    assert "immutable" in old.headers["cache-control"]
    assert old.headers["strategraph-generation"] == before


def test_head_options_and_cors(client: httpx.Client) -> None:
    head = client.head("/sparql", params={"query": "ASK {}"})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == JSON
    assert head.headers["etag"]
    options = client.options("/sparql")
    assert options.status_code == 204
    assert options.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    preflight = client.options(
        "/sparql",
        headers={
            "Origin": "https://yasgui.org",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type",
        },
    )
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    for answer in (head, client.get("/sparql", params={"query": "nonsense"}), client.get("/nowhere")):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "ETag" in answer.headers["access-control-expose-headers"]


def test_wrong_methods_name_the_right_ones(client: httpx.Client) -> None:
    answer = client.patch("/sparql")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert answer.json()["status"] == 405


def test_who_may_write(client: httpx.Client, writer: dict[str, str]) -> None:
    update = {"update": "INSERT DATA { <http://e/s> <http://e/p> 1 }"}
    missing = client.post("/sparql", data=update)
    wrong = client.post("/sparql", data=update, headers={"Authorization": "Bearer wrong"})
    basic = client.post(
        "/sparql", data=update, headers={"Authorization": writer["Authorization"].replace("Bearer", "Basic")}
    )
    assert [a.status_code for a in (missing, wrong, basic)] == [401, 401, 401]
    assert missing.headers["www-authenticate"].startswith("Bearer")
    assert "invalid_token" in wrong.headers["www-authenticate"]


def test_conditional_update(client: httpx.Client, writer: dict[str, str]) -> None:
    update = {"update": INSERT.replace(" 1 ", " 77 ")}
    done = client.post("/sparql", data=update, headers=writer)
    tag = done.headers["etag"]
    second = {"update": INSERT.replace(" 1 ", " 78 ")}
    assert client.post("/sparql", data=second, headers={**writer, "If-Match": '"1"'}).status_code == 412
    assert client.post("/sparql", data=second, headers={**writer, "If-Match": tag}).status_code == 200
    assert client.post("/sparql", data=update, headers={**writer, "If-Match": tag}).status_code == 412


@pytest.mark.parametrize("character", ["\\u0000", "\\u0001", "\\u000B", "\\u001F", "\\uFFFE", "\\uFFFF"])
@pytest.mark.parametrize(
    ("query", "xml", "other"),
    [
        ('SELECT ("a{}b" AS ?x) {{}}', "application/sparql-results+xml", "application/sparql-results+json"),
        ('CONSTRUCT {{ <a:a> <a:b> "a{}b" }} {{}}', "application/rdf+xml", "text/turtle"),
    ],
)
def test_what_xml_cannot_hold_is_told(client: httpx.Client, character: str, query: str, xml: str, other: str) -> None:
    params = {"query": query.format(character)}
    answer = client.get("/sparql", params=params, headers={"Accept": xml})
    assert answer.status_code == 422, answer.text
    assert "XML cannot hold" in answer.json()["detail"]
    assert client.get("/sparql", params=params, headers={"Accept": other}).status_code == 200
