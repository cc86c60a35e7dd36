"""No text becomes markup: every parameter of every page reflected, and every label of the data stored, as an attack."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

import pytest
from example_store import example_store
from page_addresses import PAGES
from page_visitor import Visitor
from portal_example import example_app
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from ontology.terms import PREFIXES, graph_iri

# Each works somewhere: in text, in an attribute, in a script, in a style, in an address, in a comment, in JSON.
PAYLOADS = (
    "\"><xsstag xssattr=1>'><xsstag xssattr=1>",
    "</script></style></title></textarea><xsstag xssattr=1><!--",
    "' xssattr='1' onfocus='alert(1)' autofocus x='\" xssattr=\"1\" onmouseover=\"alert(1)\" x=\"",
    "javascript:alert(1)//<xsstag>",
    "<img src=x onerror=alert(1)><svg/onload=alert(1)><xsstag xssattr=1>",
    "{{7*7}}${7*7}<%=7*7%>#{7*7}<xsstag>",
    "\\u003cxsstag\\u003e&lt;xsstag&gt;&#60;xsstag&#62;%3Cxsstag%3E\r\nSet-Cookie: xss=1\r\n\r\n<xsstag>",
)
PARAMETERS = (
    *("q", "lang", "country", "goal", "sort", "view", "page", "kind", "theme", "add", "id", "who", "find", "state"),
    *("iri", "from", "to", "measure", "path_from", "path_to", "expand", "back", "format", "w_distance", "w_theme"),
    *("run", "thing", "call", "level", "status", "area", "group", "limit", "year", "strategy", "concept"),
)
ADDRESSES = sorted({urlsplit(page).path for page in PAGES} | {"/preferences", "/api/suggest", "/nowhere"})
ACTIVE = ("javascript:", "data:text", "vbscript:")
LINKS = ("href", "src", "action", "formaction", "xlink:href", "data", "poster", "srcset")


class Inspector(HTMLParser):
    """Finds what must not be in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._data_script = False
        self.linked_data: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: (value or "") for name, value in attrs}
        if tag == "xsstag" or any(name in ("xssattr", "style") or name.startswith("on") for name in values):
            self.found.append(self.get_starttag_text() or tag)
        for name in LINKS:
            if values.get(name, "").strip().lower().startswith(ACTIVE):
                self.found.append(f"{name}={values[name]}")
        self._data_script = tag == "script" and values.get("type") == "application/ld+json"
        if tag == "script" and not self._data_script and not values.get("src", "").startswith("/"):
            self.found.append(self.get_starttag_text() or tag)

    def handle_data(self, data: str) -> None:
        if self._data_script:
            self.linked_data.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._data_script = False


def check(answer: object) -> None:
    """What came is a page without anything foreign, or not a page."""
    policy = answer.headers.get("content-security-policy", "")
    assert "xss" not in answer.headers.get("set-cookie", "")
    assert answer.status_code < 500, answer.text[:500]
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    inspector = Inspector()
    inspector.feed(answer.text)
    assert not inspector.found, answer.url
    assert "49${" not in answer.text
    for text in inspector.linked_data:
        json.loads(text)


@pytest.mark.parametrize("address", ADDRESSES)
def test_parameters_stay_texts(visitor: Visitor, address: str) -> None:
    """Every parameter carries another payload."""
    asked = [(name, PAYLOADS[n % len(PAYLOADS)]) for n, name in enumerate(PARAMETERS)]
    check(visitor.get(f"{address}?{urlencode(asked)}"))


@pytest.mark.slow
@pytest.mark.parametrize("address", ADDRESSES)
def test_each_parameter_alone_stays_text(visitor: Visitor, address: str) -> None:
    for payload in PAYLOADS:
        check(visitor.get(f"{address}?{urlencode([(name, payload) for name in PARAMETERS])}"))
    for name in PARAMETERS:
        for payload in (PAYLOADS[0], PAYLOADS[3], "https://w3id.org/strategraph/id/x" + PAYLOADS[1]):
            check(visitor.get(f"{address}?{urlencode({name: payload})}"))


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_paths_and_headers_stay_texts(visitor: Visitor, payload: str) -> None:
    quoted = urlencode({"": payload})[1:]
    for place in ("/", "/id/", "/id/strategy/", "/scheme/", "/queries/", "/sdg/", "/region/"):
        check(visitor.get(place + quoted))
    plain = payload.encode("ascii", "ignore").decode().replace("\r", "").replace("\n", "")
    for header in ("accept-language", "referer", "user-agent", "cookie", "x-forwarded-host", "x-forwarded-prefix"):
        check(visitor.get("/strategies", **{header: plain}))


@pytest.fixture(scope="module")
def poisoned() -> Iterator[Visitor]:
    """The portal over data in which every text and every link attacks."""
    clean, store = example_store(), Store()
    bundled = graph_iri("bundled")
    for number, quad in enumerate(clean):
        value, payload = quad.object, PAYLOADS[number % len(PAYLOADS)]
        # The ontology and the schemes are ours; everything that loaders or writers bring is not.
        if quad.graph_name == bundled and isinstance(value, Literal):
            if value.language:
                value = Literal(value.value + payload, language=value.language)
            elif value.datatype.value.endswith("#string"):
                value = Literal(value.value + payload)
        if quad.predicate.value in (PREFIXES["foaf"] + "page", PREFIXES["foaf"] + "homepage"):
            value = NamedNode("javascript:alert(1)")
        for graph in (quad.graph_name, DefaultGraph()):
            store.add(Quad(quad.subject, quad.predicate, value, graph))
    for quad in list(store.quads_for_pattern(None, None, None, DefaultGraph())):
        if quad.triple not in {
            q.triple for q in store.quads_for_pattern(*quad.triple, None) if q.graph_name != quad[3]
        }:
            store.remove(quad)
    with asyncio.Runner() as runner:
        yield Visitor(example_app(store), runner)


@pytest.mark.slow
@pytest.mark.parametrize("address", PAGES)
def test_stored_texts_stay_texts(poisoned: Visitor, address: str) -> None:
    answer = poisoned.get(address)
    # Poisoned names can no longer be searched for; what then comes is a page too.
    assert answer.status_code in (200, 404, 422)
    check(answer)


@pytest.mark.slow
def test_the_poison_reaches_the_pages(poisoned: Visitor) -> None:
    assert "&lt;xsstag" in poisoned.get("/id/network/urbanhub-europe").text


@pytest.mark.parametrize(
    "back",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "\\\\evil",
    ],
)
def test_nothing_leads_to_another_site(visitor: Visitor, back: str) -> None:
    location = visitor.get(f"/preferences?{urlencode({'back': back})}").headers["location"]
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert "\t" not in location
