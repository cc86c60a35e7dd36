"""A change: exactly the quads and graphs that come and go, so that it can be validated, counted, undone and told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, cast

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

Graph: TypeAlias = NamedNode | BlankNode
_XSD = "http://www.w3.org/2001/XMLSchema#"
_STRING = NamedNode(_XSD + "string")
_NODE = NamedNode("urn:node")


@dataclass(frozen=True)
class Change:
    """Quads and named graphs that come and go; removal comes first, so what is in both stays."""

    added: frozenset[Quad] = frozenset()
    removed: frozenset[Quad] = frozenset()
    graphs_created: frozenset[Graph] = frozenset()
    graphs_dropped: frozenset[Graph] = frozenset()
    """Dropped with everything in them."""

    def __bool__(self) -> bool:
        """Tell whether anything changes."""
        return bool(self.added or self.removed or self.graphs_created or self.graphs_dropped)

    def then(self, later: Change) -> Change:
        """Return the net effect of this change, then another; both must be true changes of their states."""
        return Change(
            (self.added - later.removed) | (later.added - self.removed),
            (self.removed - later.added) | (later.removed - self.added),
            (self.graphs_created - later.graphs_dropped) | (later.graphs_created - self.graphs_dropped),
            (self.graphs_dropped - later.graphs_created) | (later.graphs_dropped - self.graphs_created),
        )

    def inverse(self) -> Change:
        """Return the change that undoes this one."""
        return Change(self.removed, self.added, self.graphs_dropped, self.graphs_created)


def normalised(quads: Iterable[Quad]) -> frozenset[Quad]:
    """Return quads as the engine will give them back: it rewrites some literals, e.g. the integer 01 to 1."""
    memory = Store()
    memory.extend(quads)
    return frozenset(memory)


def spelled(quads: list[Quad]) -> list[Quad]:
    """Return the same quads with literals spelled as the engine spells them, at the cost of those it may rewrite."""
    suspects = [*{quad.object for quad in quads if _may_be_rewritten(quad.object)}]
    memory = Store()
    memory.extend(Quad(BlankNode(f"n{at}"), _NODE, literal) for at, literal in enumerate(suspects))
    own = {}
    for quad in memory:
        written = suspects[int(cast(BlankNode, quad.subject).value[1:])]
        if quad.object != written:
            own[written] = quad.object
    if not own:
        return quads
    return [Quad(q.subject, q.predicate, own.get(q.object, q.object), q.graph_name) for q in quads]


def _may_be_rewritten(term: object) -> bool:
    """Numbers, dates and truth values; strings stay as they are."""
    return isinstance(term, Literal) and term.datatype != _STRING and term.datatype.value.startswith(_XSD)


def placed(triple: Triple, graph: NamedNode | BlankNode | DefaultGraph) -> Quad:
    """Return the quad of a triple in a graph."""
    return Quad(triple.subject, triple.predicate, triple.object, graph)
