"""Traces: spans of requests and what happens in them, continued from the caller; nothing at all unless asked for."""

import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from live import TOKEN, WRITER, running
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from served import service, until_ready
from starlette.types import ASGIApp, Receive, Scope, Send

from service.app import create_app
from service.operations.tracing import Tracing, tracing_of
from service.settings import Settings, SettingsError
from service.store import outbound
from service.store.generations import GenerationStore
from service.store.remote.address import Remote
from service.store.remote.store import RemoteStore

TURTLE = {**WRITER, "Content-Type": "text/turtle"}
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Accepting:
    accepted = True

    def as_json(self, language: str = "en") -> dict[str, Any]:
        return {"language": language}


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def client(tmp_path: Path, exporter: InMemorySpanExporter) -> Iterator[httpx.Client]:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing = Tracing(provider)

    def build(settings: Settings, store: GenerationStore) -> FastAPI:
        return create_app(settings, store, validate=lambda draft, change: Accepting(), tracing=tracing)

    with running(tmp_path / "store", app=build) as found:
        yield found
    tracing.close()


def spans(exporter: InMemorySpanExporter, name: str) -> dict[str, ReadableSpan]:
    """The spans by name, once that of the request is there: it ends just after the answer."""
    wait = threading.Event()
    for _ in range(2000):
        found = {span.name: span for span in exporter.get_finished_spans()}
        if name in found:
            return found
        wait.wait(0.01)
    raise AssertionError(f"no span {name!r}")


def test_a_query_is_a_span_in_that_of_its_request_which_continues_the_callers(
    client: httpx.Client, exporter: InMemorySpanExporter
) -> None:
    asked = {"query": "SELECT * { ?s ?p 'Kowalski' }"}
    answer = client.get("/sparql", params=asked, headers={"traceparent": PARENT})
    found = spans(exporter, "GET /sparql")
    request, query, wait = found["GET /sparql"], found["query"], found["query wait"]
    assert request.parent is not None
    assert f"{request.parent.trace_id:032x}-{request.parent.span_id:016x}" in PARENT
    assert answer.headers["traceparent"] == f"00-{PARENT[3:35]}-{request.context.span_id:016x}-01"
    assert [span.parent.span_id for span in (query, wait) if span.parent] == [request.context.span_id] * 2
    assert request.attributes == {
        "http.request.method": "GET",
        "url.scheme": "http",
        "http.route": "/sparql",
        "http.response.status_code": 200,
    }
    assert query.attributes is not None
    assert query.attributes["db.query.text"] == 'SELECT * { ?v1 ?v2 "…" }'
    assert query.attributes["strategraph.outcome"] == "ok"
    assert query.attributes["db.response.returned_rows"] == 0


def test_a_write_and_its_validation_are_spans(client: httpx.Client, exporter: InMemorySpanExporter) -> None:
    assert client.put("/graphs?default", content="<urn:a> <urn:p> 1 .", headers=TURTLE).status_code == 200
    found = spans(exporter, "PUT /graphs")
    write, validation = found["write"], found["validation"]
    assert validation.parent is not None
    assert validation.parent.span_id == write.context.span_id
    assert write.parent is not None
    assert write.parent.span_id == found["PUT /graphs"].context.span_id == found["write wait"].parent.span_id  # type: ignore[union-attr]
    assert write.attributes == {"strategraph.outcome": "ok", "strategraph.generation": 2}
    assert write.start_time <= validation.start_time <= validation.end_time <= write.end_time  # type: ignore[operator]


def test_what_an_update_loads_is_asked_for_within_the_trace(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, str]] = []

    def fetch(address: str, *, headers: dict[str, str], **_: object) -> outbound.Fetched:
        sent.append(headers)
        return outbound.Fetched(address, "text/turtle", b"<urn:a> <urn:p> 1 .")

    monkeypatch.setattr(outbound, "fetch", fetch)
    update = {"update": "LOAD <https://data.gov.pl/x.ttl>"}
    answer = client.post("/sparql", data=update, headers={**WRITER, "traceparent": PARENT})
    assert answer.status_code == 200, answer.text
    assert sent == [{"traceparent": answer.headers["traceparent"]}]
    assert PARENT[3:35] in sent[0]["traceparent"]


@pytest.fixture
def remote(tmp_path: Path, exporter: InMemorySpanExporter) -> Iterator[tuple[httpx.Client, list[str]]]:
    """A traced service whose engine is another service of ours, and the traces that the engine is told."""
    told: list[str] = []

    class Engine:
        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                told.append(dict(scope["headers"]).get(b"traceparent", b"").decode())
            await self.app(scope, receive, send)

    def engine(settings: Settings, store: GenerationStore) -> FastAPI:
        app = create_app(settings, store)
        app.add_middleware(Engine)
        return app

    with running(tmp_path / "engine", app=engine, validation="off") as behind:
        address = f"{behind.base_url}/sparql"
        found = RemoteStore.meet(Remote(address, address, token=TOKEN), tmp_path / "folder")
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))

        def build(settings: Settings, store: GenerationStore) -> FastAPI:
            return create_app(settings, found, tracing=Tracing(provider))

        with running(tmp_path / "unused", app=build, workers=1) as client:
            told.clear()
            yield client, told


def test_a_remote_engine_is_told_the_trace(remote: tuple[httpx.Client, list[str]]) -> None:
    client, told = remote
    asked = {"query": "ASK {}"}
    first = client.get("/sparql", params=asked, headers={"traceparent": PARENT})
    assert first.status_code == 200, first.text
    assert told == [first.headers["traceparent"]]
    assert PARENT[3:35] in told[0]
    second = client.get("/sparql", params=asked)
    assert told[1:] == [second.headers["traceparent"]]
    assert PARENT[3:35] not in told[1]
    told.clear()
    update = (
        "DELETE { GRAPH <urn:g> { ?s ?p 1 } } INSERT { GRAPH <urn:g> { <urn:a> <urn:p> 2 } } WHERE { <urn:x> ?p ?o }"
    )
    written = client.post("/sparql", data={"update": update}, headers={**WRITER, "traceparent": PARENT})
    assert written.status_code == 200, written.text
    insert = {"update": "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:p> 1 } }"}
    inserted = client.post("/sparql", data=insert, headers={**WRITER, "traceparent": PARENT})
    assert inserted.status_code == 200, inserted.text
    assert set(told) == {written.headers["traceparent"], inserted.headers["traceparent"]}


def test_a_malformed_parent_begins_a_new_trace_and_machines_are_not_traced(
    client: httpx.Client, exporter: InMemorySpanExporter
) -> None:
    assert "traceparent" not in client.get("/metrics").headers
    client.get("/sparql", params={"query": "SELECT"}, headers={"traceparent": "00-zz-1-01"})
    found = spans(exporter, "GET /sparql")
    assert found["GET /sparql"].parent is None
    assert found["query"].attributes is not None
    assert found["query"].attributes["strategraph.outcome"] == "syntax"
    assert not [name for name in found if "metrics" in name]


def test_off_by_default(tmp_path: Path) -> None:
    assert tracing_of(Settings(), "1") is None
    with running(tmp_path / "store") as client:
        assert "traceparent" not in client.get("/sparql", params={"query": "ASK {}"}).headers


def test_without_the_extra_it_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, run: Callable[..., Any], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingsError, match="strategraph\\[otel\\]"):
        tracing_of(Settings(otlp_endpoint="http://127.0.0.1:1"), "1")
    monkeypatch.setenv("STRATEGRAPH_OTLP_ENDPOINT", "http://127.0.0.1:1")
    outcome = run("serve", "--store", tmp_path / "store", "--no-bundled-data", "--quiet")
    assert outcome.status == 1
    assert outcome.err.count("\n") == 1
    assert "OpenTelemetry is not installed" in outcome.err


@pytest.mark.slow
def test_spans_reach_a_collector_also_those_of_the_last_moment(tmp_path: Path) -> None:
    received: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{collector.server_port}"
        options = ("--no-bundled-data", "--store", str(tmp_path / "store"))
        with service(tmp_path, *options, otlp_endpoint=endpoint) as running_service:
            with httpx.Client(base_url=running_service.url, timeout=60) as client:
                until_ready(client)
                client.get("/sparql", params={"query": "ASK {}"})
            running_service.process.terminate()
            assert running_service.ended() == 0
        collector.shutdown()
    assert {path for path, _ in received} == {"/v1/traces"}
    assert any(b"GET /sparql" in body for _, body in received)
