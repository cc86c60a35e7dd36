"""The examples in examples/: a small world that the others refer to, and good and bad things of every class."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, lru_cache
from pathlib import Path

import rdflib
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse

from ontology.terms import ontology_files
from shapes.report import Result

FOLDER = Path(__file__).parent / "examples"
SHAPE = "https://w3id.org/strategraph/shape/"
IN_SCHEME = NamedNode("http://www.w3.org/2004/02/skos/core#inScheme")
SUBCLASS = NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")

GOOD = sorted(path.stem for path in FOLDER.glob("*-good.ttl"))
BAD = sorted(path.stem for path in FOLDER.glob("*-bad.ttl"))


@lru_cache(maxsize=1)
def hierarchy() -> tuple[Quad, ...]:
    """The class hierarchy of the ontology."""
    return tuple(q for path in ontology_files() for q in parse(path=str(path)) if q.predicate == SUBCLASS)


@lru_cache(maxsize=1)
def surroundings() -> tuple[Quad, ...]:
    """What examples rely on: the class hierarchy, the members of the schemes, and the world."""
    schemes = (q for path in ontology_files() for q in parse(path=str(path)) if q.predicate == IN_SCHEME)
    return (*hierarchy(), *schemes, *example("world"))


@cache
def example(name: str) -> tuple[Quad, ...]:
    """The triples of one example."""
    return tuple(parse(path=str(FOLDER / f"{name}.ttl"), format=RdfFormat.TURTLE, rename_blank_nodes=True))


def example_store(*names: str) -> Store:
    """The named examples in their surroundings."""
    store = Store()
    store.extend(surroundings())
    for name in names:
        store.extend(example(name))
    return store


def expected(name: str) -> set[tuple[str, str]]:
    """The shapes that an example breaks, with their severities, from its `# expect:` lines."""
    text = (FOLDER / f"{name}.ttl").read_text(encoding="utf-8")
    found = re.findall(r"^# expect: (\S+) (\S+)$", text, flags=re.MULTILINE)
    return {(shape, severity) for shape, severity in found}


def found(results: list[Result]) -> set[tuple[str, str]]:
    """The shapes that a report names, with severities."""
    return {((result.shape or "").removeprefix(SHAPE), result.severity) for result in results}


def rows(results: list[Result], *, core: bool = False) -> Counter[tuple[str, ...]]:
    """Findings as comparable rows: focus, path, value, severity, component, source shape."""
    return Counter(
        (str(r.focus), r.path or "", _canonical(r.value), r.severity, r.component, r.shape or "")
        for r in results
        if not (core and r.component.endswith("SPARQLConstraintComponent"))
    )


def _canonical(term: object) -> str:
    """A literal as rdflib writes it: pySHACL reports `00:00+00:00` for `00:00Z`."""
    if not isinstance(term, Literal) or term.language:
        return str(term)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value)).n3()
