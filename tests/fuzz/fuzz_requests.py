"""Makes requests of the texts, and says what is wrong with an answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

from fuzz_texts import Writer
from pyoxigraph import RdfFormat, parse

from service.store.query_errors import ReaderCrashed

GRAPH = "http://example.org/g"
BODIES = {
    "text/turtle": "turtle",
    "application/trig": "trig",
    "application/n-triples": "ntriples",
    "application/n-quads": "ntriples",
    "application/rdf+xml": "rdfxml",
    "application/ld+json": "",
}
PAGES = (
    *(
        "/",
        "/search",
        "/strategies",
        "/municipalities",
        "/organisations",
        "/network",
        "/network.json",
        "/compare",
        "/gaps",
    ),
    *(
        "/partners",
        "/concept",
        "/queries",
        "/sources",
        "/api/suggest",
        "/id/",
        "/scheme/",
        "/sdg/",
        "/region/",
        "/ontology",
    ),
    *("/.well-known/void", "/openapi.json", "/health/ready", "/sparql", "/nowhere", "/calls", "/quality", "/reconcile"),
)
NAMES = (
    "q",
    "lang",
    "country",
    "goal",
    "sort",
    "page",
    "kind",
    "theme",
    "id",
    "who",
    "iri",
    "from",
    "format",
    "generation",
)
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND")


@dataclass
class Sent:
    """One request."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def make(seed: int, token: str) -> Sent:
    """Make the request of that number."""
    writer = Writer(seed)
    kind = writer.random.choices((_query, _update, _graph, _model, _page, _parameters), (40, 15, 15, 10, 15, 5))[0]
    sent = kind(writer, token)
    if writer.random.random() < 0.5:
        sent.headers["Accept"] = _header(writer.write("accept", 4))
    if writer.random.random() < 0.1:
        sent.headers["Accept-Encoding"] = writer.random.choice(
            ("gzip", "zstd", "*;q=0", "br, identity;q=0", "gzip;q=x")
        )
    if writer.random.random() < 0.05:
        sent.body = _broken(writer, sent.body)
    return sent


def _text(writer: Writer, name: str) -> str:
    text = writer.write(name) if name else writer.jsonld()
    return writer.spoil(text) if writer.random.random() < 0.35 else text


def _query(writer: Writer, token: str) -> Sent:
    text = _text(writer, "query")
    way = writer.random.random()
    if way < 0.4 and len(text) < 4000:
        return Sent("GET", "/sparql?" + urlencode({"query": text}, errors="replace"))
    if way < 0.6:
        return Sent("POST", "/sparql", {"Content-Type": "application/sparql-query"}, text.encode())
    return Sent(
        "POST", "/sparql", {"Content-Type": "application/x-www-form-urlencoded"}, urlencode({"query": text}).encode()
    )


def _update(writer: Writer, token: str) -> Sent:
    headers = {"Content-Type": "application/sparql-update", "Authorization": f"Bearer {token}"}
    return Sent("POST", "/sparql", headers, _text(writer, "update").encode())


def _graph(writer: Writer, token: str) -> Sent:
    media_type = writer.random.choice(list(BODIES))
    target = writer.random.choice(
        (
            "/graphs?default",
            f"/graphs?graph={quote(GRAPH)}",
            "/graphs/x",
            "/graphs/" + quote("é/ż"),
            "/graphs?graph=é",
            "/graphs",
        )
    )
    target = quote(target, safe="/?=%&")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": media_type}
    if writer.random.random() < 0.1:
        headers["If-Match"] = writer.random.choice(('"x"', "*", "nonsense", 'W/"1"'))
    method = writer.random.choice(("PUT", "POST", "POST", "GET", "DELETE", "HEAD"))
    return Sent(
        method, target, headers, _text(writer, BODIES[media_type]).encode() if method in ("PUT", "POST") else b""
    )


def _model(writer: Writer, token: str) -> Sent:
    """What the shapes look at: right classes and properties, strange values."""
    text = "@prefix ex: <http://example.org/> .\n" + " .\n".join(writer.write("model", 4) for _ in range(3)) + " ."
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/turtle"}
    return Sent(writer.random.choice(("PUT", "POST")), "/graphs/model", headers, text.encode())


def _page(writer: Writer, token: str) -> Sent:
    values = [(name, _text(writer, writer.random.choice(("accept", "literal", "object", "regex")))) for name in NAMES]
    chosen = writer.random.sample(values, writer.random.randint(0, 4))
    path = writer.random.choice(PAGES)
    if path.endswith("/"):
        path += quote(_text(writer, "literal"), safe="/")
    headers = {"Accept": "text/html"} if writer.random.random() < 0.5 else {}
    return Sent(writer.random.choice(METHODS), f"{path}?{urlencode(chosen)}", headers)


def _parameters(writer: Writer, token: str) -> Sent:
    names = ("query", "timeout", "rows", "memory", "generation", "format", "default-graph-uri", "named-graph-uri", "x")
    values = ("ASK {}", "1", "0", "-1", "nan", "1e9", "9" * 30, "json", "é", "http://e/ x", "", "\0", "٣")
    pairs = [(writer.random.choice(names), writer.random.choice(values)) for _ in range(writer.random.randint(0, 5))]
    return Sent("GET", "/sparql?" + urlencode(pairs))


def _broken(writer: Writer, body: bytes) -> bytes:
    at = writer.random.randint(0, len(body))
    return body[:at] + bytes([writer.random.randint(128, 255)]) + body[at:]


def _header(text: str) -> str:
    return "".join(c for c in text.encode("utf-8").decode("latin-1") if c >= " " and c != "\x7f")


RDF = {
    "text/turtle": RdfFormat.TURTLE,
    "application/trig": RdfFormat.TRIG,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/n-quads": RdfFormat.N_QUADS,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
}


def wrong(method: str, status: int, headers: dict[str, str], body: bytes) -> str:
    """Return nothing for an answer as it should be, else what is wrong with it."""
    media_type = headers.get("content-type", "").partition(";")[0]
    if status >= 500 and not (status == 507 or (status == 503 and "retry-after" in headers) or status == 501):
        return f"status {status}"
    if status == 503 and ReaderCrashed.words.encode() in body:
        return "a reader crashed"
    if headers.get("x-content-type-options") != "nosniff" or "content-security-policy" not in headers:
        return "no security headers"
    if method == "HEAD" or status in (204, 304):
        return "a body" if body else ""
    if status >= 400 and media_type not in ("application/problem+json", "text/html"):
        return f"an error as {media_type!r}"
    try:
        return _unreadable(media_type, status, body)
    except (ValueError, SyntaxError) as error:
        return f"{media_type} that cannot be read: {str(error)[:100]}"


def _unreadable(media_type: str, status: int, body: bytes) -> str:
    if media_type == "application/problem+json":
        problem = json.loads(body)
        return "" if problem["status"] == status and problem["detail"] else "a problem that says another status"
    if media_type in RDF:
        for _ in parse(body, format=RDF[media_type], base_iri="http://e/"):
            continue
    elif media_type.endswith("json"):
        json.loads(body)
    elif media_type.endswith("+xml"):
        ElementTree.fromstring(body)
    elif media_type.startswith("text/"):
        body.decode()
    return ""
