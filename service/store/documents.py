"""Reads RDF documents of strangers: bodies that were sent, answers that were fetched, files; all within the bounds."""

from __future__ import annotations

from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, parse

from service.store.expansion import Text, bounded, check_abbreviations
from service.store.nesting import check_rdf


def read_document(kind: RdfFormat, body: bytes, base_iri: str, *, named_graphs: bool = True) -> Iterator[Quad]:
    """Parse a document held in memory; its blank nodes get fresh names, since those of another mean something else.

    Raises TooDeep and TooLarge before the engine could come to harm, SyntaxError and ValueError for what is not RDF.
    """
    check(kind, body)
    quads = parse(body, format=kind, base_iri=base_iri, without_named_graphs=not named_graphs, rename_blank_nodes=True)
    return bounded(quads)


def read_file(kind: RdfFormat, path: Path, base_iri: str) -> Iterator[Quad]:
    """Parse a file piece by piece, however large it is, after the same checks."""
    if path.stat().st_size:
        with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
            check(kind, content)
    return parse(path=str(path), format=kind, base_iri=base_iri)


def check(kind: RdfFormat, body: Text) -> None:
    """Raise TooDeep or TooLarge for a document that would end the process."""
    check_rdf(kind, body)
    check_abbreviations(kind, body)
