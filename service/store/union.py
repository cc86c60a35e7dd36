"""The default graph in union mode: physically the set union of the named graphs, kept true by every write.

The engine has a union view of its own, but it repeats a triple that two graphs hold, and a set must not.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple, serialize

from service.store.changes import placed, spelled
from service.store.ingest import ingest, ingest_file
from service.store.manifest import GraphName

GRAPH_DEFAULT = NamedNode("https://w3id.org/strategraph/graph/default")
DEFAULT = DefaultGraph()
# Below this many named graphs it is faster to ask each whether it holds a triple than to scan the index of all.
FEW_GRAPHS = 8
CHUNK = 10_000


def redirected(graph: GraphName) -> GraphName:
    """Return where statements for a graph are kept in union mode."""
    return GRAPH_DEFAULT if graph == DEFAULT else graph


def redirect(quads: Iterable[Quad]) -> Iterator[Quad]:
    """Move statements made without naming a graph to the graph for them."""
    for quad in quads:
        yield placed(quad.triple, GRAPH_DEFAULT) if quad.graph_name == DEFAULT else quad


def add(store: Store, added: Iterable[Quad]) -> int:
    """Put triples that named graphs gained into the default graph; how many it lacked."""
    lacking = {triple for triple in {quad.triple for quad in added} if Quad(*triple) not in store}
    store.extend(Quad(*triple) for triple in lacking)
    return len(lacking)


def remove(store: Store, removed: Iterable[Quad]) -> int:
    """Take triples that named graphs lost out of the default graph unless another graph holds them; how many went."""
    graphs: list[GraphName] = list(store.named_graphs())
    gone = 0
    for triple in {quad.triple for quad in removed}:
        if not _held(store, triple, graphs):
            store.remove(Quad(*triple))
            gone += 1
    return gone


def _held(store: Store, triple: Triple, graphs: list[GraphName]) -> bool:
    if len(graphs) <= FEW_GRAPHS:
        return any(placed(triple, graph) in store for graph in graphs)
    found = store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
    return any(quad.graph_name != DEFAULT for quad in found)


def bulk_add(store: Store, chunks: Iterable[list[Quad]], spool: Path) -> bool:
    """Add many quads and their triples to the default graph, in bounded memory; whether the spool holds all triples.

    Making a second quad of each in Python costs more than writing it: the triples go through a file instead, which the
    engine reads by itself. It renames blank nodes as it reads, so chunks with blank nodes take the slow way.
    """
    complete = True
    with spool.open("wb") as file:

        def passing() -> Iterator[Quad]:
            nonlocal complete
            for chunk in map(spelled, chunks):
                yield from chunk
                lines = cast(bytes, serialize((quad.triple for quad in chunk), format=RdfFormat.N_TRIPLES))
                if b"_:" in lines:
                    complete = False
                    yield from (Quad(*quad.triple) for quad in chunk)
                else:
                    file.write(lines)

        ingest(store, passing())
    if spool.stat().st_size:
        ingest_file(store, spool)
    return complete


def materialise(store: Store, spool: Path) -> None:
    """Fill an empty default graph with the union of the named graphs."""
    bulk_add(store, chunked(quad for quad in store if quad.graph_name != DEFAULT), spool)
    spool.unlink()


def chunked(quads: Iterable[Quad], size: int = CHUNK) -> Iterator[list[Quad]]:
    """Cut a stream into lists."""
    chunk: list[Quad] = []
    for quad in quads:
        chunk.append(quad)
        if len(chunk) >= size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def quads(store: Store, union: bool) -> Iterator[Quad]:
    """Return what a store says: every quad, without the default graph where it only repeats the named ones."""
    if not union:
        yield from store
        return
    for graph in store.named_graphs():
        yield from store.quads_for_pattern(None, None, None, graph)
