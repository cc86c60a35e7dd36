"""The service tells truly what it can do and what it holds."""

import httpx
import pytest
from pyoxigraph import NamedNode, RdfFormat, Store

SD = "http://www.w3.org/ns/sparql-service-description#"
VOID = "http://rdfs.org/ns/void#"


def graph_of(answer: httpx.Response) -> Store:
    answer.raise_for_status()
    store = Store()
    store.load(answer.content, RdfFormat.from_media_type(answer.headers["content-type"].split(";")[0]))
    return store


def values(store: Store, predicate: str) -> set[str]:
    found = store.quads_for_pattern(None, NamedNode(predicate), None)
    return {getattr(quad.object, "value", "") for quad in found}


@pytest.mark.parametrize(
    "media_type", ["text/turtle", "application/ld+json", "application/rdf+xml", "application/n-triples"]
)
def test_service_description(client: httpx.Client, media_type: str) -> None:
    answer = client.get("/sparql", headers={"Accept": media_type})
    assert answer.headers["content-type"].startswith(media_type)
    store = graph_of(answer)
    assert values(store, SD + "endpoint") == {str(client.base_url).rstrip("/") + "/sparql"}
    assert values(store, SD + "supportedLanguage") == {SD + "SPARQL11Query", SD + "SPARQL11Update"}
    assert values(store, SD + "feature") == {SD + "UnionDefaultGraph"}
    assert "http://example.org/graph/one" in values(store, SD + "name")
    assert "6" not in values(store, VOID + "properties")


def test_a_browser_gets_a_page(client: httpx.Client) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    answer = client.get("/sparql", headers={"Accept": accept})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script" not in answer.text


def test_a_service_that_cannot_be_written_does_not_say_so(serve) -> None:  # type: ignore[no-untyped-def]
    with serve(write_token=None, default_graph="strict") as client:
        store = graph_of(client.get("/sparql"))
        assert values(store, SD + "supportedLanguage") == {SD + "SPARQL11Query"}
        assert values(store, SD + "feature") == set()


def test_void_counts(client: httpx.Client) -> None:
    store = graph_of(client.get("/.well-known/void"))
    sizes = store.query(
        f"SELECT ?n {{ ?d <{SD}namedGraph> ?g . ?g <{SD}name> <http://example.org/graph/one> ;"
        f" <{SD}graph>/<{VOID}triples> ?n }}"
    )
    assert [row[0].value for row in sizes] == ["5"]  # type: ignore[union-attr]
    dumps = {address for address in values(store, VOID + "dataDump") if "graph%2Fone" in address}
    assert [client.get(address).status_code for address in dumps] == [200]
    partitions = store.query(f"SELECT ?n {{ ?x <{VOID}property> <http://example.org/p> ; <{VOID}triples> ?n }}")
    assert [row[0].value for row in partitions] == ["4"]  # type: ignore[union-attr]
    assert values(store, VOID + "class") == {"http://example.org/C"}
    assert values(store, VOID + "classes") == {"1"}
    tag = client.get("/.well-known/void").headers["etag"]
    assert client.get("/.well-known/void", headers={"If-None-Match": tag}).status_code == 304
    assert client.head("/.well-known/void").status_code == 200


def test_health(client: httpx.Client) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    ready = client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json()["generation"] >= 3


def test_openapi(client: httpx.Client) -> None:
    description = client.get("/openapi.json").json()
    assert set(description["paths"]) >= {"/sparql", "/graphs", "/.well-known/void", "/health/live", "/health/ready"}
    assert "ProblemDetails" in description["components"]["schemas"]
    names = [o["operationId"] for path in description["paths"].values() for o in path.values()]
    assert len(names) == len(set(names))
    for operations in description["paths"].values():
        for operation in operations.values():
            assert operation["summary"]
            assert operation["responses"]
    for page in ("/docs", "/redoc"):
        assert client.get(page).status_code == 404
