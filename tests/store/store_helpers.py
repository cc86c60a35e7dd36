"""What several tests of the store share."""

from __future__ import annotations

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

EX = "http://example.org/"


def iri(name: str) -> NamedNode:
    return NamedNode(EX + name)


def quad(s: str, p: str, o: str | int, g: str | None = "g") -> Quad:
    value = iri(o) if isinstance(o, str) else Literal(o)
    return Quad(iri(s), iri(p), value, DefaultGraph() if g is None else iri(g))


def many(count: int, graph: str = "g", first: int = 0):
    g, p = iri(graph), iri("p")
    for n in range(first, first + count):
        yield Quad(NamedNode(f"{EX}s{n}"), p, Literal(n), g)


def assert_union(store: Store) -> None:
    """The default graph is the set union of the named graphs."""
    named = {q.triple for g in store.named_graphs() for q in store.quads_for_pattern(None, None, None, g)}
    default = {q.triple for q in store.quads_for_pattern(None, None, None, DefaultGraph())}
    assert default == named


def assert_counts(generation) -> None:
    """The manifest counts what the store holds."""
    store, manifest = generation.reader(), generation.manifest
    counts = {g.value: sum(1 for _ in store.quads_for_pattern(None, None, None, g)) for g in store.named_graphs()}
    default = sum(1 for _ in store.quads_for_pattern(None, None, None, DefaultGraph()))
    assert dict(manifest.graphs) == counts
    assert manifest.default == default
    assert manifest.quads == sum(counts.values()) + (default if manifest.default_graph == "strict" else 0)
