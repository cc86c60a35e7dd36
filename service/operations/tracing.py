"""OpenTelemetry traces, off by default: spans of requests, of queries and writes in them, of waiting and validation.

The packages are an extra (`strategraph[otel]`); nothing here is imported before tracing is asked for.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from service.operations.records import RequestRecord, WriteRecord
from service.operations.slow_queries import digest, shape
from service.settings import Settings, SettingsError
from service.store.query import QueryRecord

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from starlette.types import Scope

MISSING: Final = (
    "STRATEGRAPH_OTLP_ENDPOINT is set, but OpenTelemetry is not installed: pip install 'strategraph[otel]', or unset it"
)
TRACES: Final = "/v1/traces"
UNTRACED: Final = ("/health/", "/metrics", "/static/")
EXPORT_SECONDS: Final = 5


class RequestSpan:
    """The span of one request: headers that pass it on, and its end."""

    def __init__(self, span: Any, headers: dict[str, str]) -> None:
        """Take an open span."""
        self.headers = headers
        self._span = span

    def end(self, record: RequestRecord) -> None:
        """Say how the request went."""
        self._span.update_name(f"{record.method} {record.route}")
        self._span.set_attribute("http.route", record.route)
        self._span.set_attribute("http.response.status_code", record.status)
        if record.aborted:
            self._span.set_attribute("strategraph.aborted", record.aborted)
        if record.status >= 500 or record.aborted:
            from opentelemetry.trace import Status, StatusCode

            self._span.set_status(Status(StatusCode.ERROR))


class Tracing:
    """Writes spans with one provider; never a global one, so that two apps of a process do not mix."""

    def __init__(self, provider: TracerProvider) -> None:
        """Use that provider."""
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer("strategraph")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def request(self, scope: Scope) -> Iterator[RequestSpan | None]:
        """Open the span of a request, below that of the caller if `traceparent` names one."""
        from opentelemetry.trace import SpanKind

        if scope["path"].startswith(UNTRACED):
            yield None
            return
        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        context = self._propagator.extract(carrier)
        method = scope["method"]
        attributes = {"http.request.method": method, "url.scheme": scope.get("scheme", "http")}
        with self._tracer.start_as_current_span(method, context, SpanKind.SERVER, attributes) as span:
            headers: dict[str, str] = {}
            self._propagator.inject(headers)
            yield RequestSpan(span, headers)

    def query(self, record: QueryRecord) -> None:
        """Write the spans of a query that is over."""
        end = time.time_ns()
        begin = end - _ns(record.seconds)
        form = shape(record.query.text)
        attributes: dict[str, Any] = {
            "strategraph.outcome": record.outcome,
            "strategraph.engine": record.engine,
            "strategraph.generation": record.generation,
            "strategraph.query.hash": digest(form),
            "db.query.text": form,
        }
        if record.rows is not None:
            attributes["db.response.returned_rows"] = record.rows
        self._span("query wait", begin - _ns(record.waited), begin)
        self._span("query", begin, end, attributes)

    def write(self, record: WriteRecord) -> None:
        """Write the spans of a write that is over; validation is a part of it that ends before publication."""
        from opentelemetry.trace import set_span_in_context

        end = time.time_ns()
        begin = end - _ns(record.seconds)
        attributes: dict[str, Any] = {"strategraph.outcome": record.outcome}
        if record.generation is not None:
            attributes["strategraph.generation"] = record.generation
        self._span("write wait", begin - _ns(record.waited), begin)
        span = self._tracer.start_span("write", attributes=attributes, start_time=begin)
        if record.validated:
            validated = begin + _ns(record.applied)
            inner = self._tracer.start_span("validation", set_span_in_context(span), start_time=validated)
            inner.end(validated + _ns(record.validated))
        span.end(end)

    def close(self) -> None:
        """Send what has not been sent."""
        self._provider.shutdown()

    def _span(self, name: str, begin: int, end: int, attributes: dict[str, Any] | None = None) -> None:
        self._tracer.start_span(name, attributes=attributes, start_time=begin).end(end)


def tracing_of(settings: Settings, version: str) -> Tracing | None:
    """Traces to where the settings say; None if they say nothing. Raises SettingsError if the extra is missing."""
    if not settings.otlp_endpoint:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise SettingsError(MISSING) from error
    endpoint = settings.otlp_endpoint.rstrip("/").removesuffix(TRACES) + TRACES
    provider = TracerProvider(resource=Resource.create({"service.name": "strategraph", "service.version": version}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint, timeout=EXPORT_SECONDS)))
    return Tracing(provider)


def _ns(seconds: float) -> int:
    return int(seconds * 1e9)
