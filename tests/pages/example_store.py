"""Builds the store that the page tests and the preview look at: ontology and bundled data, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple, parse

from loaders.base import Input, RecordRejected, read_csv
from loaders.tables import TABLES
from ontology.terms import graph_iri, ontology_files


def example_store(*, municipalities: Iterable[Path] = ()) -> Store:
    """A store like a union-mode generation; tables of all municipalities make it as large as the full one."""
    store = Store()
    _add(store, graph_iri("ontology"), (t for path in ontology_files() for t in _turtle(path)))
    data = Path(str(resources.files("loaders"))) / "data"
    turtle = (t for path in sorted(data.glob("*.ttl")) for t in _turtle(path))
    _add(store, graph_iri("bundled"), turtle)
    for path in sorted(data.glob("*.csv")):
        _add(store, graph_iri("bundled"), _table(path))
    if municipalities:
        from loaders.lau import Lau

        loader = Lau()
        records = loader.read([Input(path, str(path)) for path in municipalities])
        _add(store, graph_iri("lau"), (t for record in records for t in loader.triples(record)))
    return store


def _table(path: Path) -> Iterator[Triple]:
    for row in read_csv(Input(path, path.name), ()):
        try:
            yield from TABLES[path.name](row)
        except (RecordRejected, ValueError):
            continue


def _turtle(path: Path) -> Iterator[Triple]:
    for quad in parse(path=path, format=RdfFormat.TURTLE):
        yield quad.triple


def _add(store: Store, graph: NamedNode, triples: Iterable[Triple]) -> None:
    found = list(triples)
    for place in (graph, DefaultGraph()):
        store.extend(Quad(t.subject, t.predicate, t.object, place) for t in found)
