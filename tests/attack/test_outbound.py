"""No way out: what leads inside, elsewhere or to another scheme is refused, by whatever door it comes."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

import httpx
import pytest
from live import WRITER, running

from service.portal import create_portal
from service.settings import Settings
from service.store import outbound
from service.store.outbound import OPEN_DATA_PORTALS, OutboundFailed, OutboundRefused, fetch

INSIDE = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0x7f.1",
    "0",
    "0.0.0.0",
    "localhost",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::a9fe:a9fe]",
    "[2002:7f00:1::]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
]
STRANGE = [
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "ftp://example.org/x",
    "gopher://example.org/x",
    "data:text/turtle,<a:b> <a:c> <a:d>.",
    "jar:http://example.org/x!/y",
    "//example.org/x",
    "http://",
    "http:///x",
    "http://user@example.org/x",
    "http://user:secret@example.org/x",
    "http://example.org@127.0.0.1/x",
    "http://127.0.0.1#@example.org/",
    "http://127.0.0.1\\@example.org/",
    "http://example.org:22/x",
    "http://example.org:99999/x",
    "http://example.org.evil.net/x",
    "http://evil-example.org/x",
    "http://example.org%2eevil.net/x",
    "http://example.org%00.evil.net/x",
    "http://ⓔxample.org/x",
    "http://[::1/x",
]


def host_of(address: str) -> str:
    return (urlsplit(address).hostname or "").lower()


@pytest.mark.parametrize("host", INSIDE)
def test_what_is_inside_is_refused_even_if_an_operator_allowed_it(host: str) -> None:
    address = f"http://{host}/x"
    with pytest.raises(OutboundRefused):
        fetch(address, allow=OPEN_DATA_PORTALS)
    with pytest.raises((OutboundRefused, OutboundFailed), match=r"not a public address|cannot be resolved"):
        fetch(address, allow=[host_of(address)])


@pytest.mark.parametrize("address", STRANGE)
def test_strange_addresses_are_refused_before_anything_is_resolved(address: str) -> None:
    def resolver(host: str, port: int) -> list[str]:
        raise AssertionError(f"{host} was resolved")

    with pytest.raises(OutboundRefused):
        fetch(address, allow=["example.org"], resolver=resolver)


def test_one_private_address_among_public_ones_is_enough() -> None:
    with pytest.raises(OutboundRefused, match="not a public address"):
        fetch("http://example.org/", allow=["example.org"], resolver=lambda *_: ["93.184.216.34", "10.1.2.3"])


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that means another address a moment later leads nowhere."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    reached: list[str] = []

    def connect(address: tuple[str, int], *more: object) -> socket.socket:
        reached.append(address[0])
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(OutboundFailed):
        fetch("http://example.org/", allow=["example.org"], resolver=lambda *_: next(answers))
    assert reached == ["93.184.216.34"]


class Site(BaseHTTPRequestHandler):
    """Answers as its path says."""

    def do_GET(self) -> None:
        kind, _, rest = self.path.removeprefix("/").partition("/")
        if kind == "redirect":
            self.send_response(302)
            self.send_header("Location", rest.replace("PORT", str(self.server.server_address[1])))
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/turtle; charset=utf-8")
        if kind == "short":
            self.send_header("Content-Length", "1000")
        self.end_headers()
        try:
            while kind == "endless":
                self.wfile.write(b"#" * 1000)
            self.wfile.write(b"<a:b> <a:c> <a:d> .")
        except ConnectionError:
            return

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A site at `http://public.example:PORT`, which is taken for public; nothing else is."""
    real = outbound.public_address

    def address(host: str, port: int, resolver: outbound.Resolve) -> str:
        return "127.0.0.1" if host == "public.example" else real(host, port, resolver)

    monkeypatch.setattr(outbound, "public_address", address)
    server = HTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://public.example:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_is_allowed_is_fetched(site: str) -> None:
    found = fetch(site + "/ok/żółć?q=ż", allow=[urlsplit(site).netloc])
    assert (found.media_type, found.body) == ("text/turtle", b"<a:b> <a:c> <a:d> .")
    again = fetch(f"{site}/redirect//ok", allow=[urlsplit(site).netloc])
    assert again.address == f"{site}/ok"


@pytest.mark.parametrize(
    "where",
    ["http://127.0.0.1:PORT/", "http://localhost:PORT/", "http://other.example/", "file:///etc/passwd", "//[::1]/"],
)
def test_redirects_are_checked_like_addresses(site: str, where: str) -> None:
    port = urlsplit(site).port
    allow = [urlsplit(site).netloc, f"127.0.0.1:{port}", f"localhost:{port}", "::1"]
    with pytest.raises(OutboundRefused):
        fetch(f"{site}/redirect/{where}", allow=allow)


def test_a_circle_of_redirects_ends(site: str) -> None:
    with pytest.raises(OutboundRefused, match="redirects"):
        fetch(site + "/redirect/" * 20, allow=[urlsplit(site).netloc])


@pytest.mark.parametrize(
    ("path", "limits", "told"),
    [
        ("/endless", {"max_bytes": 100_000}, "larger than"),
        ("/endless", {"max_seconds": 0.05}, "too long"),
        ("/short", {}, "before its end|IncompleteRead|timed out"),
    ],
)
def test_answers_are_bounded(site: str, path: str, limits: dict, told: str) -> None:
    with pytest.raises(OutboundFailed, match=told):
        fetch(site + path, allow=[urlsplit(site).netloc], **{"timeout": 2, **limits})


@pytest.fixture
def canary() -> Iterator[socket.socket]:
    """A socket that nobody may connect to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def reached(canary: socket.socket) -> bool:
    try:
        canary.accept()
    except BlockingIOError:
        return False
    return True


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A service whose operator allowed too much."""
    hosts = ("127.0.0.1", "localhost", "2130706433", "[::1]")
    with running(tmp_path_factory.mktemp("out") / "store", app=create_portal, allow_hosts=hosts) as client:
        yield client


def test_the_service_fetches_from_nowhere_unless_told() -> None:
    assert Settings().allow_hosts == ()


@pytest.mark.parametrize(
    "update",
    [
        "LOAD <{0}>",
        "LOAD SILENT <{0}> INTO GRAPH <a:g>",
        "PREFIX x: <{0}> LOAD x:y",
        "BASE <{0}> LOAD <y>",
        "INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE <{0}> {{ ?s ?p ?o }} }}",
        "INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE SILENT <{0}> {{ ?s ?p ?o }} }}",
        "DELETE {{ ?s ?p ?o }} WHERE {{ BIND(<{0}> AS ?x) SERVICE ?x {{ ?s ?p ?o }} }}",
    ],
)
def test_updates_do_not_go_out(service: httpx.Client, canary: socket.socket, update: str) -> None:
    text = update.format(f"http://127.0.0.1:{canary.getsockname()[1]}/")
    answer = service.post("/sparql", data={"update": text}, headers=WRITER)
    assert answer.status_code == (200 if "LOAD SILENT" in text else 403), answer.text
    assert not reached(canary)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * {{ SERVICE <{0}> {{ ?s ?p ?o }} }}",
        "SELECT * {{ SERVICE SILENT <{0}> {{ ?s ?p ?o }} }}",
        "SELECT * {{ VALUES ?x {{ <{0}> }} SERVICE ?x {{ ?s ?p ?o }} }}",
        "SELECT * {{ {{ SELECT * {{ OPTIONAL {{ SERVICE <{0}> {{ }} }} }} }} }}",
        "ASK {{ FILTER EXISTS {{ SERVICE <{0}> {{ ?s ?p ?o }} }} }}",
        "PREFIX SERVICE: <{0}> ASK {{ BIND(true AS ?x)SERVICE SERVICE:x {{ }} }}",
    ],
)
def test_queries_do_not_go_out(service: httpx.Client, canary: socket.socket, query: str) -> None:
    text = query.format(f"http://127.0.0.1:{canary.getsockname()[1]}/")
    answer = service.post("/sparql", data={"query": text})
    assert answer.status_code == 403, answer.text
    assert not reached(canary)


@pytest.mark.parametrize("kind", ["context", "import", "list", "xxe", "dtd", "owl"])
def test_bodies_do_not_go_out(service: httpx.Client, canary: socket.socket, kind: str) -> None:
    address = f"http://127.0.0.1:{canary.getsockname()[1]}/x"
    space = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="a:e#"'
    rdf = f'<rdf:RDF {space}><rdf:Description e:p="{{}}"/></rdf:RDF>'
    bodies = {
        "context": ("application/ld+json", json.dumps({"@context": address, "@id": "a:b"})),
        "import": ("application/ld+json", json.dumps({"@context": {"@import": address}, "@id": "a:b"})),
        "list": ("application/ld+json", json.dumps({"@context": ["file:///etc/passwd", address], "@id": "a:b"})),
        "xxe": ("application/rdf+xml", f'<!DOCTYPE r [<!ENTITY x SYSTEM "{address}">]>{rdf.format("&x;")}'),
        "dtd": ("application/rdf+xml", f'<!DOCTYPE r SYSTEM "{address}">{rdf.format("")}'),
        "owl": ("text/turtle", f"<a:b> <http://www.w3.org/2002/07/owl#imports> <{address}> ."),
    }
    media_type, body = bodies[kind]
    answer = service.put("/graphs/out", content=body, headers={**WRITER, "Content-Type": media_type})
    assert answer.status_code in ((200, 201) if kind in ("owl", "dtd") else (400,)), answer.text
    assert not reached(canary)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "user@127.0.0.1"]
)
@pytest.mark.parametrize("way", ["json", "form"])
def test_texts_to_classify_are_not_fetched_from_inside(
    service: httpx.Client, canary: socket.socket, host: str, way: str
) -> None:
    address = f"http://{host}:{canary.getsockname()[1]}/plan.html"
    asked = {"json": {"address": address}} if way == "json" else {"data": {"address": address}}
    answer = service.post("/api/classify", **asked)
    assert answer.status_code == 403, answer.text
    assert not reached(canary)


@pytest.mark.parametrize("address", ["http://127.0.0.1:{0}/x.ttl", "http://localhost:{0}/x.ttl", "file:///etc/passwd"])
def test_loaders_do_not_go_inside(run, canary: socket.socket, tmp_path, address: str, monkeypatch) -> None:
    monkeypatch.setenv("STRATEGRAPH_ALLOW_HOSTS", "127.0.0.1:{0},localhost:{0}".format(canary.getsockname()[1]))
    outcome = run("load", "rdf", address.format(canary.getsockname()[1]), "--store", tmp_path / "store")
    assert outcome.status != 0
    assert "Traceback" not in outcome.err
    assert len(outcome.err.strip().splitlines()) == 1
    assert not reached(canary)
