"""What the service makes of an engine's answers, good and bad, with engines that only exist in this test."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from service.store.remote.address import Remote, is_remote
from service.store.remote.checks import met
from service.store.remote.engine import Engine
from service.store.remote.errors import (
    EngineDenied,
    EngineFailed,
    EngineIncomplete,
    EngineTimeout,
    EngineUnable,
    EngineUnreachable,
)
from service.store.remote.store import RemoteStore
from service.store.remote.wire import Body

JSON = b'{"head":{"vars":["s"]},"results":{"bindings":[{"s":{"type":"uri","value":"urn:x"}}]}}'
HEADERS = {"Content-Type": "application/sparql-results+json"}
Respond = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def engine(respond: Respond) -> Iterator[str]:
    """A server that answers every request in one way; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            respond(self)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/query"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def sends(status: int, body: bytes, length: int | None = None, **headers: str) -> Respond:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        handler.wfile.write(body)

    return respond


def ask(respond: Respond, text: str = "SELECT ?s { ?s ?p ?o }", **remote: str) -> list[str]:
    with engine(respond) as address:
        return [row["s"].value for row in Engine(Remote(address, **remote), 30).select(text)]  # type: ignore[arg-type]


def test_a_good_answer():
    assert ask(sends(200, JSON)) == ["urn:x"]


@pytest.mark.parametrize(
    ("respond", "error"),
    [
        (sends(401, b"no"), EngineDenied),
        (sends(403, b"no"), EngineDenied),
        (sends(302, b"", Location="http://127.0.0.1:9/"), EngineFailed),
        (sends(400, b"<p>Virtuoso 37000 Error SP030</p>"), EngineUnable),
        (sends(500, b"broken"), EngineFailed),
        (sends(504, b"late"), EngineTimeout),
        (sends(200, b"<html>"), EngineFailed),
        (sends(200, JSON[:-20]), EngineFailed),
        (sends(200, JSON[:-20], len(JSON)), EngineFailed),
        (sends(200, JSON, X_SPARQL_MaxRows="1"), EngineIncomplete),
        (sends(200, JSON, X_SQL_State="S1TAT"), EngineTimeout),
    ],
)
def test_a_bad_answer_is_an_error_with_a_name(respond, error):
    with pytest.raises(error) as caught:
        ask(respond)
    assert "127.0.0.1" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "respond", [sends(200, b"<html>"), sends(200, JSON[:-20], len(JSON)), sends(200, JSON[:20], 99)]
)
def test_a_bad_answer_leaves_nothing_to_the_garbage_collector(respond):
    """It might collect in another thread, where the engine's iterators cannot end."""
    gc.collect()
    gc.disable()
    try:
        with pytest.raises(EngineFailed):
            ask(respond)
        assert not [thing for thing in gc.get_objects() if isinstance(thing, Body)]
    finally:
        gc.enable()


def test_a_graph_that_ends_too_early_is_no_graph():
    whole = b"<urn:s> <urn:p> <urn:o> .\n" * 2
    with engine(sends(200, whole[:26], len(whole), Content_Type="application/n-triples")) as address:
        answer = Engine(Remote(address), 30).query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
        with pytest.raises(EngineFailed, match="too early"):
            list(answer)


def test_nobody_there():
    with engine(sends(200, JSON)) as address:
        pass
    with pytest.raises(EngineUnreachable, match="cannot be reached"):
        Engine(Remote(address), 30).ask("ASK {}")


def test_credentials_are_sent_and_shown_nowhere():
    seen = []

    def respond(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers["Authorization"])
        sends(200, JSON)(handler)

    ask(respond, user="ola", password="s3cret")
    ask(respond, token="t0ken")
    assert seen == ["Basic b2xhOnMzY3JldA==", "Bearer t0ken"]
    remote = Remote("http://ola:s3cret@h/q?key=s3cret", user="ola", password="s3cret", token="s3cret")
    assert "s3cret" not in remote.place
    assert Remote("http://inside.example/q", label="the engine").place == "the engine"
    assert "s3cret" not in repr(Remote("http://h/q", user="ola", password="s3cret", token="s3cret"))
    with pytest.raises(EngineDenied) as caught:
        ask(sends(401, b"no"), user="ola", password="s3cret")
    assert "s3cret" not in str(caught.value)


def test_an_engine_is_known_by_what_it_calls_itself():
    assert Remote("http://h/q").known_as("Oxigraph/0.5.13").union == "kept"
    virtuoso = Remote("http://h/q").known_as("Virtuoso/07.20.3229 (Linux)")
    assert (virtuoso.engine, virtuoso.union, virtuoso.atomic) == ("virtuoso", "engine", False)
    assert Remote("http://h/q", atomic=True).known_as("nginx").atomic is True


def test_a_default_graph_that_is_not_the_union_is_noticed():
    def respond(handler: BaseHTTPRequestHandler) -> None:
        ask = b'{"head":{},"boolean":true}'
        rows = JSON.replace(b'["s"]', b'["s","p","o"]').replace(
            b"}}]", b'},"p":{"type":"uri","value":"urn:p"},"o":{"type":"uri","value":"urn:o"}}]'
        )
        empty = b'{"head":{"vars":["s","p","o","n"]},"results":{"bindings":[]}}'
        body = next(answers)
        sends(200, {"ask": ask, "rows": rows, "empty": empty}[body])(handler)

    answers = iter(["ask", "rows", "empty"])
    with engine(respond) as address, pytest.raises(EngineUnable, match="does not hold what its named graphs say"):
        met(Remote(address), 30)


def test_what_a_remote_engine_does_not_have_is_said(tmp_path):
    assert is_remote("https://e.org/sparql")
    assert not is_remote("store")
    empty = b'{"head":{"vars":["s","p","o"]},"results":{"bindings":[]}}'
    replies = iter([b'{"head":{},"boolean":true}', empty, empty])

    def respond(handler: BaseHTTPRequestHandler) -> None:
        sends(200, next(replies))(handler)

    with engine(respond) as address:
        store = RemoteStore.meet(Remote(address), tmp_path)
    for call in (
        store.history,
        store.pins,
        store.collect_garbage,
        lambda: store.rollback(1, "x"),
        lambda: store.diff(1, 2),
    ):
        with pytest.raises(EngineUnable, match="keeps no versions"):
            call()
