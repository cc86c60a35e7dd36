"""The W3C's cases of the Graph Store HTTP Protocol, and the rules of our own."""

import httpx
import pytest

from service.graphs import DEFAULT_GRAPH

TURTLE = {"Content-Type": "text/turtle"}
BODY = "<http://e/s> <http://e/p> 'v' ."
FORMATS = {
    "text/turtle": BODY,
    "application/n-triples": '<http://e/s> <http://e/p> "v" .\n',
    "application/n-quads": '<http://e/s> <http://e/p> "v" .\n',
    "application/trig": BODY,
    "application/ld+json": '{"@context": {"p": "http://e/p"}, "@id": "http://e/s", "p": "v"}',
    "application/rdf+xml": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
    '<rdf:Description rdf:about="http://e/s"><e:p>v</e:p></rdf:Description></rdf:RDF>',
}


def test_the_life_of_a_graph(client: httpx.Client, writer: dict[str, str]) -> None:
    address = "/graphs/life"
    headers = {**writer, **TURTLE}
    assert client.get(address).status_code == 404
    assert client.delete(address, headers=writer).status_code == 404
    assert client.put(address, content=BODY, headers=headers).status_code == 201
    assert client.put(address, content=BODY.replace("v", "w"), headers=headers).status_code == 200
    assert client.post(address, content=BODY, headers=headers).status_code == 200
    got = client.get(address, headers={"Accept": "application/n-triples"})
    assert sorted(got.text.splitlines()) == ['<http://e/s> <http://e/p> "v" .', '<http://e/s> <http://e/p> "w" .']
    assert client.head(address).status_code == 200
    indirect = client.get("/graphs", params={"graph": str(client.base_url).rstrip("/") + address})
    assert indirect.status_code == 200
    assert client.delete(address, headers=writer).status_code == 200
    assert client.get(address).status_code == 404
    assert client.head(address).status_code == 404


def test_posting_creates_a_graph_with_an_address(client: httpx.Client, writer: dict[str, str]) -> None:
    answer = client.post("/graphs", content=BODY, headers={**writer, **TURTLE})
    assert answer.status_code == 201
    assert client.get(answer.headers["location"]).text == '<http://e/s> <http://e/p> "v" .\n'


@pytest.mark.parametrize("mode", ["union", "strict"])
def test_the_default_graph(serve, writer: dict[str, str], mode: str) -> None:  # type: ignore[no-untyped-def]
    with serve(default_graph=mode) as client:
        assert client.get("/graphs?default").status_code == 200
        assert client.put("/graphs?default", content=BODY, headers={**writer, **TURTLE}).status_code == 200
        assert '"v"' in client.get("/graphs?default").text
        named = client.get("/graphs", params={"graph": DEFAULT_GRAPH})
        assert named.status_code == (200 if mode == "union" else 404)
        ask = client.get("/sparql", params={"query": "ASK { ?s ?p 'v' }"})
        assert ask.json()["boolean"] is True
        assert client.delete("/graphs?default", headers=writer).status_code == 200
        assert client.get("/graphs?default").status_code == 200


@pytest.mark.parametrize(("media_type", "body"), FORMATS.items())
def test_every_format_in_and_out(client: httpx.Client, writer: dict[str, str], media_type: str, body: str) -> None:
    address = "/graphs/formats/" + media_type.replace("/", "-").replace("+", "-")
    headers = {**writer, "Content-Type": media_type}
    assert client.put(address, content=body, headers=headers).status_code == 201
    there = client.get(address, headers={"Accept": media_type})
    assert there.headers["content-type"].startswith(media_type)
    back = client.put(address, content=there.content, headers=headers)
    assert back.status_code == 200
    assert client.get(address, params={"format": "nt"}).text == '<http://e/s> <http://e/p> "v" .\n'


def test_files_of_a_form(client: httpx.Client, writer: dict[str, str]) -> None:
    files = [
        ("one", ("a.ttl", BODY, "text/turtle")),
        ("two", ("b.nt", "<http://e/s> <http://e/p> _:x .", "application/octet-stream")),
        ("two", ("c.nt", "<http://e/s> <http://e/p> _:x .", "application/octet-stream")),
    ]
    assert client.post("/graphs/form", files=files, headers=writer).status_code == 201
    # The blank nodes of two files are two nodes.
    assert len(client.get("/graphs/form", params={"format": "nt"}).text.splitlines()) == 3


@pytest.mark.parametrize(
    ("method", "address", "media_type", "body", "status"),
    [
        ("GET", "/graphs", None, None, 400),
        ("PUT", "/graphs", "text/turtle", BODY, 400),
        ("GET", "/graphs?default&graph=http://e/g", None, None, 400),
        ("GET", "/graphs?graph=relative", None, None, 400),
        ("GET", "/graphs?graph=http://e/a&graph=http://e/b", None, None, 400),
        ("GET", "/graphs?grpah=http://e/g", None, None, 400),
        ("GET", "/graphs/x?default", None, None, 400),
        ("GET", "/graphs?graph=http://e/missing", None, None, 404),
        ("PUT", "/graphs/x", "text/html", "<p>", 415),
        ("PUT", "/graphs/x", None, BODY.encode(), 415),
        ("PUT", "/graphs/x", "text/turtle", "<http://e/s> <http://e/p>\n oops .", 400),
        ("PUT", "/graphs/x", "application/trig", "<http://e/g> { <http://e/s> <http://e/p> 1 }", 400),
        ("PUT", "/graphs/x", "application/ld+json", '{"@context": "http://127.0.0.1:1/c", "@id": "http://e/s"}', 400),
        ("POST", "/graphs/x", "multipart/form-data; boundary=b", "--b--\r\n", 400),
        ("POST", "/graphs/x", "multipart/form-data", "", 400),
        ("PATCH", "/graphs/x", "text/turtle", BODY, 405),
    ],
)
def test_bad_requests(
    client: httpx.Client,
    writer: dict[str, str],
    method: str,
    address: str,
    media_type: str | None,
    body: str,
    status: int,
) -> None:
    headers = {**writer, **({"Content-Type": media_type} if media_type else {})}
    answer = client.request(method, address, content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_broken_body_names_its_place(client: httpx.Client, writer: dict[str, str]) -> None:
    body = "<http://e/s> <http://e/p>\n  oops ."
    problem = client.put("/graphs/x", content=body, headers={**writer, **TURTLE}).json()
    assert (problem["line"], problem["column"] > 0) == (2, True)
    assert client.get("/graphs/x").status_code == 404


def test_an_empty_graph(client: httpx.Client, writer: dict[str, str]) -> None:
    assert client.put("/graphs/empty", content=b"", headers={**writer, **TURTLE}).status_code == 201
    answer = client.get("/graphs/empty")
    assert (answer.status_code, answer.content) == (200, b"")


def test_not_acceptable(client: httpx.Client) -> None:
    assert client.get("/graphs?default", headers={"Accept": "image/png"}).status_code == 406


def test_conditional_writes(client: httpx.Client, writer: dict[str, str]) -> None:
    headers = {**writer, **TURTLE}
    address = "/graphs/conditional"
    assert client.put(address, content=BODY, headers={**headers, "If-Match": "*"}).status_code == 412
    assert client.put(address, content=BODY, headers={**headers, "If-None-Match": "*"}).status_code == 201
    assert client.put(address, content=BODY, headers={**headers, "If-None-Match": "*"}).status_code == 412
    tag = client.get(address).headers["etag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    other = client.get("/graphs?default").headers["etag"]
    assert client.put(address, content=BODY, headers={**headers, "If-Match": other}).status_code == 412
    assert client.put(address, content=BODY.replace("v", "w"), headers={**headers, "If-Match": tag}).status_code == 200
    assert client.delete(address, headers={**writer, "If-Match": tag}).status_code == 412


def test_options(client: httpx.Client) -> None:
    answer = client.options("/graphs/x")
    assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, POST, PUT"
    assert "text/turtle" in answer.headers["accept-post"]


def test_bodies_have_a_limit(serve, writer: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    with serve(max_body=4) as client:
        large = b"# " + b"x" * (3 * 1024 * 1024) + b"\n" + BODY.encode()
        assert client.put("/graphs/x", content=large, headers={**writer, **TURTLE}).status_code == 201
        too_large = b"# " + b"x" * (5 * 1024 * 1024)
        assert client.put("/graphs/x", content=too_large, headers={**writer, **TURTLE}).status_code == 413
        parts = iter([too_large])
        assert client.put("/graphs/x", content=parts, headers={**writer, **TURTLE}).status_code == 413


def test_no_writes_without_a_token_or_read_only(serve, writer: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    with serve(write_token=None) as client:
        answer = client.put("/graphs/x", content=BODY, headers=TURTLE)
        assert answer.status_code == 403
        assert "STRATEGRAPH_WRITE_TOKEN" in answer.json()["detail"]
        assert client.put("/graphs/x", content=BODY, headers={**writer, **TURTLE}).status_code == 401  # Of no store.
    with serve(read_only=True) as client:
        assert client.put("/graphs/x", content=BODY, headers={**writer, **TURTLE}).status_code == 403


def test_the_public_address_names_direct_graphs(serve, writer: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    with serve(base_url="https://data.example.org") as client:
        client.put("/graphs/a%20b", content="<> <http://e/p> 1 .", headers={**writer, **TURTLE}).raise_for_status()
        answer = client.get("/graphs", params={"graph": "https://data.example.org/graphs/a%20b", "format": "nt"})
        assert answer.text.startswith("<https://data.example.org/graphs/a%20b> ")
