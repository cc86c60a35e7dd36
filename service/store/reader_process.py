"""The program of one reader process: one query at a time over a published generation, so that it can be killed alone.

It speaks frames over its standard streams: a letter, four bytes of length, a payload. To it: `Q` (a query as JSON).
From it: `R` ready, `H` header (kind, variables, media type), `D` data, `E` end (number of rows), `X` error.
"""

import json
import os
import re
import struct
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, cast

import pyoxigraph as ox

from service.store.errors import FAULTY_WORDS
from service.store.files import hold
from service.store.manifest import NAME, GraphName
from service.store.remote.errors import KINDS as ENGINE_ERRORS
from service.store.remote.errors import EngineFailed
from service.store.rows import CsvRows, JsonRows, RowCounter, TsvRows, XmlRows, check_xml

FRAME = struct.Struct(">cI")
CHUNK = 64 * 1024
KEPT_GENERATIONS = 2
# The watching parent samples memory every 50 ms; the kernel stops what grows faster than that.
MEMORY_SLACK = 128 * 1024 * 1024

SOLUTION_FORMATS: dict[str, tuple[ox.QueryResultsFormat, type[RowCounter]]] = {
    "application/sparql-results+json": (ox.QueryResultsFormat.JSON, JsonRows),
    "application/sparql-results+xml": (ox.QueryResultsFormat.XML, XmlRows),
    "text/csv": (ox.QueryResultsFormat.CSV, CsvRows),
    "text/tab-separated-values": (ox.QueryResultsFormat.TSV, TsvRows),
}
GRAPH_FORMATS: dict[str, ox.RdfFormat] = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.STREAMING_JSON_LD,
    "application/n-quads": ox.RdfFormat.N_QUADS,
    "application/trig": ox.RdfFormat.TRIG,
}


class TooManyRowsError(Exception):
    """The result passed the number of rows that the request allows."""


class GenerationGoneError(Exception):
    """The generation was collected before this process opened it."""


class Channel:
    """The framed pipe to the parent."""

    def __init__(self, source: IO[bytes], sink: IO[bytes]) -> None:
        """Talk over these two streams."""
        self._source = source
        self._sink = sink

    def send(self, kind: bytes, payload: bytes | memoryview = b"") -> None:
        """Write one frame; blocks while the parent does not read, which is the back-pressure."""
        self._sink.write(FRAME.pack(kind, len(payload)))
        self._sink.write(payload)
        self._sink.flush()

    def requests(self) -> Iterator[dict[str, Any]]:
        """Yield the requests until the parent closes the pipe."""
        while head := self._source.read(FRAME.size):
            _, length = FRAME.unpack(head)
            yield json.loads(self._source.read(length))


class Sink:
    """The file that the engine's serializer writes to: gathers its small writes into frames and counts rows."""

    def __init__(self, channel: Channel, rows: RowCounter | None, limit: int, media_type: str) -> None:
        """Send to that channel, up to that many rows."""
        self._xml = media_type.endswith("+xml")
        self._channel = channel
        self._rows = rows
        self._limit = limit
        self._buffer = bytearray()
        self.count = 0

    def write(self, data: bytes) -> int:
        """Take what the serializer wrote."""
        self._buffer += data
        if len(self._buffer) >= CHUNK:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Send what has gathered, unless it holds a row too many."""
        if not self._buffer:
            return
        piece = bytes(self._buffer)
        self._buffer.clear()
        if self._xml:
            check_xml(piece)
        if self._rows is not None:
            self.count += self._rows.feed(piece)
            if self.count > self._limit:
                raise TooManyRowsError
        self._channel.send(b"D", piece)


class Counted:
    """Triples that are counted as they pass, and stop at the limit."""

    def __init__(self, triples: Iterable[ox.Triple], limit: int) -> None:
        """Pass these on, up to that many."""
        self._triples = triples
        self._limit = limit
        self.number = 0

    def __iter__(self) -> Iterator[ox.Triple]:
        """Pass them on."""
        for triple in self._triples:
            if self.number >= self._limit:
                raise TooManyRowsError
            self.number += 1
            yield triple


def graph_name(iri: str) -> ox.NamedNode | ox.DefaultGraph:
    """Read a graph's name as it comes in a request: the empty one is the default graph."""
    return ox.NamedNode(iri) if iri else ox.DefaultGraph()


def parse_term(text: str) -> ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple:
    """Read one term in N-Triples syntax."""
    quad = next(iter(ox.parse(f"<x:s> <x:p> {text} .", ox.RdfFormat.N_TRIPLES)))
    return cast("ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple", quad.object)


def arguments(request: dict[str, Any]) -> dict[str, Any]:
    """Translate a request into the engine's arguments."""
    found: dict[str, Any] = {"base_iri": request["base_iri"]}
    default, named = request["default_graphs"], request["named_graphs"]
    if default is not None or named is not None:
        # A protocol dataset is complete: a request that names only one of the two leaves the other empty.
        found["default_graph"] = [graph_name(iri) for iri in default or ()]
        if not request["every_named_graph"]:
            found["named_graphs"] = [ox.NamedNode(iri) for iri in named or ()]
    if request["substitutions"]:
        found["substitutions"] = {ox.Variable(k): parse_term(v) for k, v in request["substitutions"].items()}
    return found


def opened(path: Path) -> tuple[ox.Store, int]:
    """Open a generation, and hold the lease that keeps it from being collected as garbage."""
    try:
        lease = hold(path / NAME, exclusive=False)
    except FileNotFoundError:
        lease = None
    if lease is None:
        raise GenerationGoneError
    try:
        return ox.Store.read_only(str(path / "data")), lease
    except BaseException:
        os.close(lease)
        raise


def merged(store: ox.Store, default: list[GraphName], named: list[ox.NamedNode]) -> ox.Store:
    """Copy a dataset into memory, with several graphs as one set: the engine would repeat a triple of two."""
    copy = ox.Store()
    for graph in default:
        copy.extend(ox.Quad(*quad.triple) for quad in store.quads_for_pattern(None, None, None, graph))
    for graph in named:
        copy.add_graph(graph)
        copy.extend(store.quads_for_pattern(None, None, None, graph))
    return copy


class Reader:
    """Answers requests over the generations it has opened."""

    def __init__(self, channel: Channel) -> None:
        """Answer over that channel."""
        self._channel = channel
        self._stores: OrderedDict[str, tuple[ox.Store, int]] = OrderedDict()
        self._engine = "oxigraph"

    def serve(self) -> None:
        """Answer until the parent goes away."""
        self._channel.send(b"R")
        for request in self._channel.requests():
            try:
                rows = self._answer(request)
                self._channel.send(b"E", json.dumps({"rows": rows}).encode())
            except Exception as error:
                self._channel.send(b"X", json.dumps(describe(error, request)).encode())
            if not request.get("kept_open", True):
                self._let_go(request["path"])

    def _store(self, path: str) -> ox.Store:
        if path not in self._stores:
            self._stores[path] = opened(Path(path))
        self._stores.move_to_end(path)
        while len(self._stores) > KEPT_GENERATIONS:
            self._let_go(next(iter(self._stores)))
        return self._stores[path][0]

    def _let_go(self, path: str) -> None:
        if path in self._stores:
            _, lease = self._stores.pop(path)
            os.close(lease)

    def _answer(self, request: dict[str, Any]) -> int:
        remote = request["path"].startswith("{")
        self._engine = "remote" if remote else "oxigraph"
        store = None if remote else self._store(request["path"])
        if "text" not in request:  # A request that only opens a new generation ahead of need.
            return 0
        limit_memory(request["megabytes"])
        results = self._local(store, request) if store is not None else self._remote(request)
        accept, limit = request["accept"], request["rows"]
        try:
            if isinstance(results, ox.QuerySolutions | ox.QueryBoolean):
                return self._solutions(results, accept, limit)
            return self._graph(results, accept, limit)
        except (SyntaxError, ValueError) as error:
            if not remote:
                raise
            raise EngineFailed(f"The engine sent what is no answer ({error}).") from error

    @staticmethod
    def _remote(request: dict[str, Any]) -> Any:
        from service.store.remote.engine import answer  # Its library is only read where there is an engine.

        return answer(request)

    @staticmethod
    def _local(store: ox.Store, request: dict[str, Any]) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        asked = arguments(request)
        if len(asked.get("default_graph", ())) > 1:
            store = merged(store, asked["default_graph"], asked["named_graphs"])
            asked["default_graph"] = [ox.DefaultGraph()]
        return store.query(request["text"], **asked)

    def _graph(self, results: Iterable[ox.Triple], accept: str, limit: int) -> int:
        media_type = accept if accept in GRAPH_FORMATS else "text/turtle"
        self._header("graph", media_type, [])
        sink = Sink(self._channel, None, limit, media_type)
        triples = Counted(results, limit)
        ox.serialize(triples, cast("IO[bytes]", sink), GRAPH_FORMATS[media_type])
        sink.flush()
        return triples.number

    def _solutions(self, results: ox.QuerySolutions | ox.QueryBoolean, accept: str, limit: int) -> int:
        media_type = accept if accept in SOLUTION_FORMATS else "application/sparql-results+json"
        result_format, rows = SOLUTION_FORMATS[media_type]
        is_table = isinstance(results, ox.QuerySolutions)
        variables = [v.value for v in results.variables] if isinstance(results, ox.QuerySolutions) else []
        self._header("solutions" if is_table else "boolean", media_type, variables)
        sink = Sink(self._channel, rows() if is_table else None, limit, media_type)
        results.serialize(cast("IO[bytes]", sink), result_format)
        sink.flush()
        return sink.count if is_table else 1

    def _header(self, kind: str, media_type: str, variables: list[str]) -> None:
        head = {"kind": kind, "media_type": media_type, "variables": variables, "engine": self._engine}
        self._channel.send(b"H", json.dumps(head).encode())


def limit_memory(megabytes: int) -> None:
    """Let the kernel refuse memory well past the limit; where it cannot (not Linux), the parent's sampling remains."""
    try:
        import resource

        with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - pathlib costs more than the query's own start
            used = int(statm.read().split()[5]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (used + megabytes * 1024 * 1024 * 5 // 4 + MEMORY_SLACK, hard))
    except (ImportError, OSError, ValueError):
        return


def describe(error: Exception, request: dict[str, Any]) -> dict[str, Any]:
    """Turn an exception into what the parent needs to raise its own."""
    if isinstance(error, TooManyRowsError):
        return {"error": "rows"}
    if isinstance(error, GenerationGoneError):
        return {"error": "gone"}
    if isinstance(error, MemoryError):
        return {"error": "memory"}
    if isinstance(error, SyntaxError):
        return {"error": "syntax", **syntax_error(str(error), request.get("text", ""))}
    if isinstance(error, OSError) or any(word in str(error) for word in FAULTY_WORDS):
        return {"error": "damaged", "message": str(error)[:500]}
    kind = type(error).__name__
    return {"error": kind if kind in ENGINE_ERRORS else "refused", "message": str(error)[:500] or kind}


def syntax_error(message: str, text: str) -> dict[str, Any]:
    """Shorten the engine's message, which lists every token of the grammar, and show what stands at the place."""
    match = re.match(r"error at (\d+):(\d+): (?:expected )?(?:one of )?(.*)", message, re.DOTALL)
    if not match:
        return {"line": None, "column": None, "message": message[:300]}
    line, column = int(match[1]), int(match[2])
    lines = text.split("\n")
    before, after = ("", "") if line > len(lines) else (lines[line - 1][: column - 1], lines[line - 1][column - 1 :])
    expected = match[3].split("['0'")[0].split(", ")
    return {"line": line, "column": column, "message": _explain(before, after.strip(), text, expected)}


def _explain(before: str, after: str, text: str, expected: list[str]) -> str:
    for place in (re.match(r"([^\W\d_][\w.-]*)?:", after), re.search(r"(?<!\S)([^\W\d_][\w.-]*)?:(?=\S*\s*$)", before)):
        if place and not re.search(rf"PREFIX\s+{re.escape(place[0])}\s*<", text, re.IGNORECASE):
            return f"the prefix {place[0]} is not declared"
    for item in expected:
        if re.fullmatch(r"[A-Z][\w']+( [\w'?]+)+\.?", item):
            return item
    found = f"unexpected {after[:40]!r}" if after else "something is missing before this place"
    words = [item for item in expected if re.fullmatch(r"[A-Z]+|\"[^\w\s]{1,2}\"", item)]
    return f"{found}; expected one of {', '.join(words)}" if 1 < len(words) <= 8 else found


def leave_with(parent: int) -> None:
    """End this process when its parent is gone: a long query would otherwise outlive a killed service."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def main() -> None:
    """Keep the frames' pipe to ourselves, then serve."""
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # Whatever a library prints goes to the log, not between frames.
    threading.Thread(target=leave_with, args=(os.getppid(),), daemon=True).start()
    Reader(Channel(sys.stdin.buffer, sink)).serve()


if __name__ == "__main__":
    main()
