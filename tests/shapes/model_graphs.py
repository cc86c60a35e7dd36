"""Random small graphs over the vocabulary of the data model, for property-based tests."""

from __future__ import annotations

from functools import lru_cache

from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from shape_examples import GOOD, example, hierarchy

from ontology.terms import PREFIXES

RDF_TYPE = NamedNode(PREFIXES["rdf"] + "type")
XSD = PREFIXES["xsd"]

Draw = st.DrawFn


@lru_cache(maxsize=1)
def material() -> tuple[list[Triple], list[NamedNode], list[NamedNode]]:
    """The triples of the good examples and their world, their subjects, and their predicates."""
    triples = [quad.triple for name in ("world", *GOOD) for quad in example(name)]
    triples = [t for t in triples if not any(isinstance(term, BlankNode) for term in (t.subject, t.object))]
    nodes = sorted({t.subject for t in triples if isinstance(t.subject, NamedNode)}, key=str)
    return triples, nodes, sorted({t.predicate for t in triples}, key=str)


LITERALS = [
    Literal("text"),
    Literal("text", language="en"),
    Literal("tekst", language="pl"),
    Literal(""),
    Literal("EUR"),
    Literal("2020", datatype=NamedNode(XSD + "gYear")),
    Literal("2031", datatype=NamedNode(XSD + "gYear")),
    Literal("2020-05", datatype=NamedNode(XSD + "gYearMonth")),
    Literal("2020-05-31", datatype=NamedNode(XSD + "date")),
    Literal("2020-13-45", datatype=NamedNode(XSD + "date")),
    Literal("2026-01-01T00:00:00Z", datatype=NamedNode(XSD + "dateTime")),
    Literal("0", datatype=NamedNode(XSD + "integer")),
    Literal("3", datatype=NamedNode(XSD + "integer")),
    Literal("-1.5", datatype=NamedNode(XSD + "decimal")),
    Literal("50.0", datatype=NamedNode(XSD + "decimal")),
    Literal("true", datatype=NamedNode(XSD + "boolean")),
]


@st.composite
def scrambled_triples(draw: Draw, max_size: int = 6) -> list[Triple]:
    """Triples that may make no sense: known nodes and predicates, any object, types included."""
    triples, nodes, predicates = material()
    objects = sorted({t.object for t in triples}, key=str)
    found = []
    for _ in range(draw(st.integers(0, max_size))):
        if draw(st.booleans()):
            known = draw(st.sampled_from(triples))
            found.append(Triple(draw(st.sampled_from(nodes)), known.predicate, known.object))
        else:
            predicate = draw(st.sampled_from([*predicates, RDF_TYPE]))
            found.append(Triple(draw(st.sampled_from(nodes)), predicate, draw(st.sampled_from([*objects, *LITERALS]))))
    return found


@st.composite
def model_graphs(draw: Draw) -> frozenset[Triple]:
    """Some of the good examples with triples taken out and put in."""
    triples, _, _ = material()
    kept = draw(st.lists(st.sampled_from(GOOD), min_size=1, max_size=3, unique=True))
    graph = {quad.triple for name in ("world", *kept) for quad in example(name)}
    removed = draw(st.lists(st.sampled_from(triples), max_size=8))
    return frozenset((graph - set(removed)) | set(draw(scrambled_triples())) | {q.triple for q in hierarchy()})


@st.composite
def changes(draw: Draw, before: frozenset[Triple]) -> tuple[frozenset[Triple], frozenset[Triple]]:
    """What a change adds to a graph and what it removes; the class hierarchy stays."""
    fixed = {q.triple for q in hierarchy()}
    movable = sorted(before - fixed, key=str)
    removed = frozenset(draw(st.lists(st.sampled_from(movable), max_size=3)))
    added = frozenset(draw(scrambled_triples(4))) - before - removed
    return added, removed
