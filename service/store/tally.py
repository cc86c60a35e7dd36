"""Counts the quads of a draft while it changes, so that publishing does not have to."""

from collections import Counter
from collections.abc import Iterable

from pyoxigraph import DefaultGraph, Quad, QuerySolutions, Store

from service.store.manifest import DEFAULT_KEY, GraphName, Manifest, graph_key


class Tally:
    """How many quads each graph of a draft holds, which graphs it touched, and what came and went."""

    def __init__(self, base: Manifest) -> None:
        """Begin with what the parent counted."""
        self.counts: dict[str, int] = dict(base.graphs)
        self.default = base.default
        self.touched: set[str] = set()
        self._mark: tuple[int, int, set[str]] = (base.quads, 0, set())
        self.removed = 0
        self._quads_before = base.quads
        self._stale: set[GraphName] = set()

    def record(self, added: Iterable[Quad], removed: Iterable[Quad], *, union: bool) -> None:
        """Count quads that truly came and went."""
        came = Counter(quad.graph_name for quad in added)
        went = Counter(quad.graph_name for quad in removed)
        self.removed += went.total()
        for graph in {*came, *went}:
            self._shift(graph, came[graph] - went[graph], union)

    def _shift(self, graph: GraphName, by: int, union: bool) -> None:
        key = graph_key(graph)
        self._touch(key)
        if key != DEFAULT_KEY:
            self.counts[key] = self.counts.get(key, 0) + by
        elif not union:
            self.default += by

    def create(self, graph: GraphName) -> None:
        """Note a named graph that may be empty."""
        self._touch(graph_key(graph))
        self.counts.setdefault(graph_key(graph), 0)

    def drop(self, graph: GraphName) -> None:
        """Note that a named graph is gone; what was in it has been recorded as removed."""
        self._touch(graph_key(graph))
        self.counts.pop(graph_key(graph), None)
        self._stale.discard(graph)

    def bulk(self, graphs: Iterable[GraphName]) -> None:
        """Note graphs that were written without counting."""
        for graph in graphs:
            self._stale.add(graph)
            self._touch(graph_key(graph))

    def recount_default(self) -> None:
        """Note that the default graph followed the named ones without counting."""
        self._stale.add(DefaultGraph())

    def mark(self, *, union: bool) -> None:
        """Begin to count for `since_mark`."""
        self._mark = (self.quads(union=union), self.removed, set())

    def since_mark(self, *, union: bool) -> tuple[int | None, int | None, list[str]]:
        """What came and went since the mark, and in which graphs; None where nobody counted."""
        quads, removed, touched = self._mark
        if self._stale:
            return None, None, sorted(touched)
        gone = self.removed - removed
        return self.quads(union=union) - quads + gone, gone, sorted(touched)

    def _touch(self, key: str) -> None:
        self.touched.add(key)
        self._mark[2].add(key)

    def settle(self, store: Store) -> None:
        """Count what is not known."""
        for graph in self._stale:
            counted = count(store, graph)
            if graph == DefaultGraph():
                self.default = counted
            else:
                self.counts[graph_key(graph)] = counted
        self._stale.clear()

    def quads(self, *, union: bool) -> int:
        """Return how many statements there are."""
        return sum(self.counts.values()) + (0 if union else self.default)

    def added(self, *, union: bool) -> int:
        """Return how many came: what cannot be explained otherwise."""
        return self.quads(union=union) - self._quads_before + self.removed


def count(store: Store, graph: GraphName) -> int:
    """Return how many triples a graph holds."""
    solutions = store.query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }", default_graph=graph)
    assert isinstance(solutions, QuerySolutions)
    return int(next(solutions)["n"].value)
