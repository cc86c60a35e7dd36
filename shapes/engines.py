"""The two engines that run SHACL Core, and the variants of a shapes graph that they are given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, Triple, parse, serialize

from shapes.report import Report, sh
from shapes.targets import CLASS_TYPES, RDF_TYPE, TARGETS, Target, target_shapes

# A node is made a focus node of the n-th target by `<FOCUS> <FOCUS/n> <node>`.
FOCUS = NamedNode("urn:strategraph:focus")


class Engine(Protocol):
    """Runs SHACL Core over a file of N-Triples."""

    def run(self, data: Path, max_results: int) -> Report:
        """Validate the file; at most `max_results` findings."""


class RustEngine:
    """The `shacl` package: 98 of the 98 core tests of the W3C suite, and much faster than the reference."""

    def __init__(self, shapes: Store) -> None:
        """Compile the shapes once."""
        import shacl

        self._shapes = shacl.Shapes.from_text(_ntriples(shapes).decode(), format="ntriples")

    def run(self, data: Path, max_results: int) -> Report:
        """Validate the file; at most `max_results` findings."""
        found = self._shapes.validate_file(str(data), max_results=max_results)
        return Report(_triples(found.serialize("ntriples")), truncated=len(found) >= max_results)


class ReferenceEngine:
    """pySHACL: the reference in tests, and the fallback where `shacl` cannot be imported."""

    def __init__(self, shapes: Store) -> None:
        """Parse the shapes once."""
        import rdflib

        self._shapes = rdflib.Graph().parse(data=_ntriples(shapes), format="nt")

    def run(self, data: Path, max_results: int) -> Report:
        """Validate the file; all findings, then cut at `max_results`, worst first."""
        import pyshacl
        import rdflib

        graph = rdflib.Graph().parse(data, format="nt")
        _, report, _ = pyshacl.validate(graph, shacl_graph=self._shapes, advanced=False, do_owl_imports=False)
        return Report(_triples(report.serialize(format="nt"))).first(max_results)


def best_engine() -> type[RustEngine] | type[ReferenceEngine]:
    """The fast engine where it is installed."""
    try:
        import shacl  # noqa: F401
    except ImportError:
        return ReferenceEngine
    return RustEngine


def without_sparql(shapes: Store) -> Store:
    """The shapes without `sh:sparql`, which is run elsewhere."""
    return _copy(q for q in shapes if q.predicate != sh("sparql"))


def with_marked_targets(shapes: Store, targets: Sequence[Target]) -> Store:
    """The shapes with each target replaced by a mark in the data, so that chosen nodes alone are validated."""
    shaped = set(target_shapes(shapes))
    target_names = {sh(name) for name in TARGETS}
    kept = [
        q
        for q in shapes
        if q.predicate not in target_names
        and not (q.subject in shaped and q.predicate == RDF_TYPE and q.object in CLASS_TYPES)
    ]
    marks = [Quad(target.shape, sh("targetObjectsOf"), mark(n)) for n, target in enumerate(targets)]
    return _copy([*kept, *marks])


def mark(number: int) -> NamedNode:
    """The predicate that marks the focus nodes of the n-th target."""
    return NamedNode(f"{FOCUS.value}/{number}")


def violations_only(shapes: Store) -> Store:
    """The shapes without those that can only warn or inform, as far as that leaves all violations in place."""
    referred = {q.object for q in shapes if q.predicate != RDF_TYPE}
    severities: dict[Any, Any] = {q.subject: q.object for q in shapes.quads_for_pattern(None, sh("severity"), None)}
    lenient = {shape for shape, severity in severities.items() if severity in (sh("Warning"), sh("Info"))}
    roots = {shape for shape in target_shapes(shapes) if shape not in referred}
    nested = {q.subject for q in shapes if q.predicate == sh("property")}
    dropped = {
        q
        for q in shapes.quads_for_pattern(None, sh("property"), None)
        if q.subject in roots and q.object in lenient and q.object not in nested
    }
    left = {q.subject for q in shapes.quads_for_pattern(None, sh("property"), None) if q not in dropped}
    silent = {shape for shape in roots & lenient if shape not in left}
    target_names = {sh(name) for name in TARGETS}
    return _copy(q for q in shapes if q not in dropped and not (q.subject in silent and q.predicate in target_names))


def _copy(quads: Iterable[Quad]) -> Store:
    store = Store()
    store.extend(quads)
    return store


def _triples(text: str) -> Iterator[Triple]:
    """The triples of a report; blank nodes get new names, so that reports can be merged."""
    return (q.triple for q in parse(text, format=RdfFormat.N_TRIPLES, rename_blank_nodes=True))


def _ntriples(store: Store) -> bytes:
    body = serialize((q.triple for q in store), format=RdfFormat.N_TRIPLES)
    assert body is not None  # bytes are returned when no output is given
    return body
