"""A store as validation sees it: one of its graphs, or the merge of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple, serialize

# None is the merge of all graphs, the default one included.
GraphName = NamedNode | BlankNode | DefaultGraph | None


@dataclass(frozen=True)
class View:
    """The triples of one graph of a store, or of all graphs, each triple once."""

    store: Store
    graph: GraphName

    def triples(self, subject: Any = None, predicate: Any = None, obj: Any = None) -> Iterator[Triple]:
        """The triples that match; a literal as subject matches nothing."""
        if subject is not None and not isinstance(subject, NamedNode | BlankNode):
            return iter(())
        found = (q.triple for q in self.store.quads_for_pattern(subject, predicate, obj, self.graph))
        return found if self.graph is not None else iter(dict.fromkeys(found))

    def dump(self, path: Path) -> None:
        """Write all triples as N-Triples, in constant memory."""
        if self.graph is not None:
            self.store.dump(path, format=RdfFormat.N_TRIPLES, from_graph=self.graph)
        else:
            serialize(self._merged(), output=path, format=RdfFormat.N_TRIPLES)

    def solutions(self, query: str, substitutions: Any) -> Any:
        """Run a SELECT query on this view, which must be of one graph."""
        if self.graph is None:
            raise ValueError("a query needs one graph; copy what it reads into a store of its own")
        return self.store.query(query, default_graph=self.graph, substitutions=substitutions)

    def copied(self) -> View:
        """The same triples in the default graph of a store in memory."""
        store = Store()
        store.extend(Quad(*triple) for triple in self._merged())
        return View(store, DefaultGraph())

    def _merged(self) -> Iterator[Triple]:
        """Every triple, taken from the first of the graphs that hold it."""
        for quad in self.store.quads_for_pattern(None, None, None, self.graph):
            if self.graph is not None:
                yield quad.triple
                continue
            first = next(self.store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None))
            if first.graph_name == quad.graph_name:
                yield quad.triple
