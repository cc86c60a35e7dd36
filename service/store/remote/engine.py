"""Asks an engine: queries with their dataset and parameters, answers as the embedded engine would give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import IO, Any, TypeAlias, cast

import pyoxigraph as ox

from service.store.reader_process import parse_term
from service.store.remote import wire
from service.store.remote.address import Remote
from service.store.remote.errors import EngineFailed, EngineUnable, RemoteError
from service.store.remote.spelling import spelled
from service.store.text import form, tokens

Answer: TypeAlias = "ox.QuerySolutions | ox.QueryBoolean | Iterator[ox.Triple]"
Graphs: TypeAlias = Sequence[str] | None

JSON = "application/sparql-results+json"
N_TRIPLES = "application/n-triples, text/plain;q=0.8"
# The name of no graph.
NOTHING = "urn:strategraph:nothing"


class Engine:
    """An engine, as one asks it."""

    def __init__(self, remote: Remote, seconds: float = 60.0) -> None:
        """Ask that engine, and wait that long for each piece of an answer."""
        self.remote = remote
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
        text = spelled(text, values)
        if every_named_graph and default_graphs is not None and any(token.word == "GRAPH" for token in tokens(text)):
            named_graphs = self.graphs()
        default, named = self._dataset(default_graphs, named_graphs)
        if default_graphs is not None or named_graphs is not None:
            text = without_dataset(text)
        kind = (form(text) or "select").upper()
        based = f"BASE <{base_iri}> {text}" if base_iri else text
        accept = N_TRIPLES if kind in ("CONSTRUCT", "DESCRIBE") else JSON
        body, response = wire.send(
            self.remote,
            kind,
            based,
            accept=accept,
            seconds=self._seconds,
            default_graphs=default,
            named_graphs=named,
        )
        if accept == JSON:
            return self._parsed(body)
        if not body.framed:
            body.close()
            raise EngineFailed(f"{self.remote.place} sends graphs without their length: nobody would see them cut off.")
        return self.triples(body, response.headers.get_content_type())

    def server(self) -> str:
        """What the engine calls itself."""
        body, response = wire.send(self.remote, "ASK", "ASK {}", accept=JSON, seconds=self._seconds)
        self._parsed(body)
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

    def _parsed(self, body: wire.Body) -> ox.QuerySolutions | ox.QueryBoolean:
        try:
            return ox.parse_query_results(cast("IO[bytes]", body), ox.QueryResultsFormat.JSON)
        except (OSError, ValueError, SyntaxError) as error:
            raise self._unreadable(error, body) from error

    def _unreadable(self, error: Exception, body: wire.Body) -> RemoteError:
        return body.failure or EngineFailed(f"{self.remote.place} sent what is no answer ({error}).")

    def _dataset(self, default: Graphs, named: Graphs) -> tuple[Sequence[str], Sequence[str]]:
        """The dataset in the protocol's terms."""
        if default is None and named is None:
            return (), ()
        default, named = tuple(default or ()), tuple(named or ())
        if default == ("",):
            if named:
                raise EngineUnable("A remote engine cannot be asked for its default graph together with named graphs.")
            return (), ()
        if "" in default:
            raise EngineUnable("A remote engine cannot be asked for its default graph together with other graphs.")
        self._check_disjoint(default)
        if self.remote.engine == "virtuoso":
            # It takes an empty list for all graphs.
            return default or (NOTHING,), named or (NOTHING,)
        return default, named

    def _check_disjoint(self, graphs: Sequence[str]) -> None:
        """Several graphs as one must be a set, and engines repeat what two of them hold."""
        for one, other in combinations(graphs, 2):
            pair = f"GRAPH {ox.NamedNode(one)} {{ ?s ?p ?o }} GRAPH {ox.NamedNode(other)} {{ ?s ?p ?o }}"
            if self.ask(f"ASK {{ {pair} }}"):
                raise EngineUnable(
                    f"The graphs <{one}> and <{other}> share statements, which {self.remote.place} would repeat: "
                    "ask for one graph, or use GRAPH and DISTINCT."
                )

    def graphs(self) -> list[str]:
        """The names of all graphs that hold something."""
        return [row["g"].value for row in self.select("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")]

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


def answer(request: Mapping[str, Any]) -> Answer:
    """Answer a request as a reader process gets it."""
    engine = Engine(Remote.unpacked(request["path"]), request["seconds"])
    names = ("base_iri", "default_graphs", "named_graphs", "every_named_graph", "substitutions")
    return engine.query(request["text"], **{name: request[name] for name in names})


def check(text: str, base_iri: str | None, values: Mapping[str, str]) -> None:
    """Raise the embedded engine's own error for a text that is not SPARQL 1.1, before another engine sees it."""
    terms = {ox.Variable(name): parse_term(value) for name, value in values.items()}
    ox.Store().query(text, base_iri=base_iri, substitutions=terms)


def without_dataset(text: str) -> str:
    """Return a query without FROM and FROM NAMED: the request names the dataset."""
    pieces, at, depth = [], 0, 0
    found = list(tokens(text))
    for number, token in enumerate(found):
        depth += (token.text == "{") - (token.text == "}")
        if token.word == "FROM" and depth == 0 and number + 1 < len(found):
            last = found[number + 1 + (found[number + 1].word == "NAMED")]
            pieces.append(text[at : token.start])
            at = last.end
    return "".join([*pieces, text[at:]])
