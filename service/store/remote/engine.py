"""Asks an engine: queries with their dataset and parameters, answers as the embedded engine would give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO, Any, TypeAlias, cast

import pyoxigraph as ox

from service.store import trace
from service.store.reader_process import parse_term
from service.store.remote import wire
from service.store.remote.address import Remote
from service.store.remote.dataset import SYSTEM_GRAPHS, Graphs, told
from service.store.remote.errors import EngineFailed, RemoteError
from service.store.remote.spelling import spelled
from service.store.text import form

Answer: TypeAlias = "ox.QuerySolutions | ox.QueryBoolean | Iterator[ox.Triple]"

JSON = "application/sparql-results+json"
N_TRIPLES = "application/n-triples, text/plain;q=0.8"
GRAPHS = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
# Virtuoso takes 10 s for DISTINCT on 44,000 statements, and no time for this.
GRAPHS_COUNTED = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
# The graphs of an engine that must be told them, in one of its states.
_listed: dict[tuple[str, int], list[str]] = {}


class Engine:
    """An engine, as one asks it."""

    def __init__(self, remote: Remote, seconds: float = 60.0) -> None:
        """Ask that engine, and wait that long for each piece of an answer."""
        self.remote = remote
        self._graphs: list[str] | None = None
        self._seconds = seconds

    def query(
        self,
        text: str,
        *,
        base_iri: str | None = None,
        default_graphs: Graphs = None,
        named_graphs: Graphs = None,
        every_named_graph: bool = False,
        substitutions: Mapping[str, str] | None = None,
    ) -> Answer:
        """Run a query; `substitutions` are terms in N-Triples syntax, and "" is the name of the default graph.

        With `every_named_graph` a list of default graphs leaves the named ones as they are.
        """
        values = dict(substitutions or {})
        check(text, base_iri, values)
        text, default, named = told(
            self.remote,
            spelled(text, values),
            base_iri,
            default_graphs,
            named_graphs,
            every=every_named_graph,
            listed=self.graphs,
            ask=self.ask,
        )
        return self._asked(f"BASE <{base_iri}> {text}" if base_iri else text, default, named)

    def _asked(self, text: str, default: Graphs = None, named: Graphs = None) -> Answer:
        kind = (form(text) or "select").upper()
        accept = N_TRIPLES if kind in ("CONSTRUCT", "DESCRIBE") else JSON
        body, response = wire.send(
            self.remote,
            kind,
            text,
            accept=accept,
            seconds=self._seconds,
            default_graphs=default or (),
            named_graphs=named or (),
        )
        if accept == JSON:
            return self._parsed(body, kind)
        if not body.framed:
            body.close()
            raise EngineFailed(f"{self.remote.place} sends graphs without their length: nobody would see them cut off.")
        return self.triples(body, response.headers.get_content_type())

    def server(self) -> str:
        """What the engine calls itself."""
        body, response = wire.send(self.remote, "ASK", "ASK {}", accept=JSON, seconds=self._seconds)
        self._parsed(body, "ASK")
        return str(response.headers.get("server", ""))

    def triples(self, body: wire.Body, media_type: str = "text/plain") -> Iterator[ox.Triple]:
        """Read triples as they come."""
        known = ox.RdfFormat.from_media_type(media_type) or ox.RdfFormat.N_TRIPLES
        known = ox.RdfFormat.N_TRIPLES if media_type == "text/plain" else known
        try:
            for quad in ox.parse(cast("IO[bytes]", body), known, lenient=True):
                yield quad.triple
        except (OSError, ValueError, SyntaxError) as error:
            raise self._unreadable(error, body) from error
        finally:
            body.close()

    def _parsed(self, body: wire.Body, kind: str) -> ox.QuerySolutions | ox.QueryBoolean:
        try:
            found = ox.parse_query_results(cast("IO[bytes]", body), ox.QueryResultsFormat.JSON)
            return boolean(found) if kind == "ASK" else found
        except (OSError, ValueError, SyntaxError) as error:
            raise self._unreadable(error, body) from error

    def _unreadable(self, error: Exception, body: wire.Body) -> RemoteError:
        return body.cause() or EngineFailed(f"{self.remote.place} sent what is no answer ({error}).")

    def graphs(self) -> list[str]:
        """The names of all graphs that hold something."""
        if self.remote.engine != "virtuoso":
            return [row["g"].value for row in self.select(GRAPHS)]
        key = (self.remote.query, -1 if self.remote.state is None else self.remote.state)
        known = _listed.get(key) if self.remote.state is not None else self._graphs
        if known is None:
            answer = self._asked(GRAPHS_COUNTED)
            assert isinstance(answer, ox.QuerySolutions)
            known = self._graphs = [row["g"].value for row in answer if row["g"].value not in SYSTEM_GRAPHS]
            _listed.clear()
            _listed[key] = known
        return known

    def ask(self, text: str) -> bool:
        """Run an ASK query."""
        answer = self.query(text)
        assert isinstance(answer, ox.QueryBoolean)
        return bool(answer)

    def select(self, text: str, **more: Any) -> Iterator[ox.QuerySolution]:
        """Run a SELECT query and return its rows as they come."""
        answer = self.query(text, **more)
        assert isinstance(answer, ox.QuerySolutions)
        try:
            yield from answer
        except (SyntaxError, ValueError) as error:
            raise EngineFailed(f"{self.remote.place} sent what is no answer ({error}).") from error


def boolean(found: ox.QuerySolutions | ox.QueryBoolean) -> ox.QueryBoolean:
    """The answer to ASK; Virtuoso may give it as a table with one number."""
    if isinstance(found, ox.QueryBoolean):
        return found
    told = any(getattr(row[0], "value", "0") == "1" for row in found)
    text = b'{"head":{},"boolean":%s}' % (b"true" if told else b"false")
    return cast("ox.QueryBoolean", ox.parse_query_results(text, ox.QueryResultsFormat.JSON))


def answer(request: Mapping[str, Any]) -> Answer:
    """Answer a request as a reader process gets it."""
    trace.follow(request["traceparent"])
    engine = Engine(Remote.unpacked(request["path"]), request["seconds"])
    names = ("base_iri", "default_graphs", "named_graphs", "every_named_graph", "substitutions")
    return engine.query(request["text"], **{name: request[name] for name in names})


def check(text: str, base_iri: str | None, values: Mapping[str, str]) -> None:
    """Raise the embedded engine's own error for a text that is not SPARQL 1.1, before another engine sees it."""
    terms = {ox.Variable(name): parse_term(value) for name, value in values.items()}
    ox.Store().query(text, base_iri=base_iri, substitutions=terms)
