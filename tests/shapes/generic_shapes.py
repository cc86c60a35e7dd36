"""Random shapes of every construct that reads other nodes, and random graphs for them."""

from __future__ import annotations

import re

from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, Store, Triple

E = "https://example.org/"
PREFIXES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix e: <https://example.org/> .
"""
RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
SUBCLASS = NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")
CLASSES = [NamedNode(E + "C"), NamedNode(E + "D")]
HIERARCHY = Triple(CLASSES[1], SUBCLASS, CLASSES[0])
PREDICATES = [NamedNode(E + name) for name in "pqr"]
NODES = [NamedNode(E + name) for name in "abcd"]
VALUES: list[NamedNode | Literal] = [*NODES, Literal(1), Literal("x")]

Draw = st.DrawFn

simple_paths = st.sampled_from(["e:p", "e:q", "e:r", "rdf:type", "[ sh:inversePath e:p ]"])
paths = st.recursive(
    simple_paths,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"( {two[0]} {two[1]} )"),
        st.tuples(inner, inner).map(lambda two: f"[ sh:alternativePath ( {two[0]} {two[1]} ) ]"),
        inner.map(lambda path: f"[ sh:inversePath {path} ]"),
        inner.map(lambda path: f"[ sh:zeroOrMorePath {path} ]"),
        inner.map(lambda path: f"[ sh:oneOrMorePath {path} ]"),
        inner.map(lambda path: f"[ sh:zeroOrOnePath {path} ]"),
    ),
    max_leaves=3,
)
targets = st.lists(
    st.sampled_from(
        [
            "sh:targetClass e:C",
            "sh:targetClass e:D",
            "sh:targetSubjectsOf e:p",
            "sh:targetObjectsOf e:q",
            "sh:targetNode e:a",
        ]
    ),
    max_size=2,
    unique=True,
)

# Node shapes e:N0 to e:N3; each refers only to later ones, since recursion is undefined in SHACL.
SHAPES = 4


@st.composite
def _property(draw: Draw, number: int, parent: int, any_inverse: bool) -> str:
    later = f"e:N{draw(st.integers(parent + 1, SHAPES - 1))}"
    own = [
        "sh:minCount 1", "sh:maxCount 1", "sh:class e:C", "sh:class e:D", "sh:nodeKind sh:IRI", "sh:hasValue e:b",
        "sh:in ( e:a e:b 1 )", "sh:datatype xsd:integer", "sh:equals e:r", "sh:disjoint e:q",
        f"sh:node {later}", f"sh:not {later}",
        f"sh:qualifiedValueShape {later} ; sh:qualifiedMinCount 1",
        f"sh:qualifiedValueShape {later} ; sh:qualifiedMaxCount 1",
        f"sh:qualifiedValueShape {later} ; sh:qualifiedMinCount 1 ; sh:qualifiedValueShapesDisjoint true",
    ]  # fmt: skip
    chosen = draw(st.lists(st.sampled_from(own), min_size=1, max_size=2, unique=True))
    if sum("qualified" in text for text in chosen) > 1:
        chosen = chosen[:1]
    path = draw(paths)
    if not any_inverse and re.search(r"sh:inversePath [\[(]", path):
        path = draw(simple_paths)
    return f"e:P{number} a sh:PropertyShape ; sh:path {path} ; {' ; '.join(chosen)} ."


@st.composite
def shapes_texts(draw: Draw, *, any_inverse: bool) -> str:
    """A shapes graph as Turtle; pySHACL evaluates the inverse of a sequence in the wrong order, so that is optional."""
    parts, number = [PREFIXES], 0
    for n in range(SHAPES):
        statements = ["a sh:NodeShape", *([draw(st.just("sh:targetClass e:C"))] if n == 0 else draw(targets))]
        statements += draw(st.lists(st.sampled_from(["sh:class e:C", "sh:nodeKind sh:IRI"]), max_size=1))
        if draw(st.integers(0, 5)) == 0:
            statements.append("sh:closed true ; sh:ignoredProperties ( rdf:type e:p )")
        if n < SHAPES - 1:
            later = st.integers(n + 1, SHAPES - 1).map(lambda k: f"e:N{k}")
            nested = st.one_of(
                later.map(lambda one: f"sh:node {one}"),
                later.map(lambda one: f"sh:not {one}"),
                st.tuples(st.sampled_from(["or", "and", "xone"]), later, later).map(
                    lambda three: f"sh:{three[0]} ( {three[1]} {three[2]} )"
                ),
            )
            statements += draw(st.lists(nested, max_size=1))
            for _ in range(draw(st.integers(0, 2))):
                parts.append(draw(_property(number, n, any_inverse)))
                statements.append(f"sh:property e:P{number}")
                number += 1
        parts.append(f"e:N{n} {' ; '.join(statements)} .")
    return "\n".join(parts)


@st.composite
def triples(draw: Draw) -> Triple:
    """Any triple over the few nodes, properties and classes."""
    if draw(st.integers(0, 3)) == 0:
        return Triple(draw(st.sampled_from(NODES)), RDF_TYPE, draw(st.sampled_from(CLASSES)))
    return Triple(draw(st.sampled_from(NODES)), draw(st.sampled_from(PREDICATES)), draw(st.sampled_from(VALUES)))


def shapes_store(text: str) -> Store:
    """The shapes graph of a text."""
    store = Store()
    store.load(text, format=RdfFormat.TURTLE)
    return store
