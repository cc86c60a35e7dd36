"""Any RDF file as a source: the base of the loaders whose input is RDF already, and `strategraph load rdf`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pyoxigraph import NamedNode, RdfFormat, Triple

from loaders.base import Input, InputError, Loader, RdfRecord
from service.store.documents import read_file
from service.store.errors import UpdateError

# One subject of a hub could hold more; a record is only a unit of reading, so it may be cut anywhere.
MAX_TRIPLES = 1000


def read_rdf(source: Input) -> Iterator[RdfRecord]:
    """The triples of a file, streamed, grouped by runs of the same subject; graph names in the file are not kept.

    Raises InputError with line and column where the file breaks.
    """
    extension = source.path.suffix.removeprefix(".").lower()
    rdf_format = RdfFormat.from_extension(extension) if extension else None
    if rdf_format is None:
        raise InputError(f"{source.origin}: unknown RDF format; use .ttl, .nt, .nq, .trig, .rdf, .xml, .jsonld or .n3")
    group: list[Triple] = []
    try:
        for quad in read_file(rdf_format, source.path, "https://w3id.org/strategraph/"):
            if group and (quad.subject != group[-1].subject or len(group) >= MAX_TRIPLES):
                yield RdfRecord(source.origin, tuple(group))
                group = []
            group.append(quad.triple)
    except UpdateError as error:
        raise InputError(f"{source.origin}: {error}") from error
    except SyntaxError as error:
        raise InputError(f"{source.origin}:{error.lineno or '?'}: {error.msg or error}") from error
    if group:
        yield RdfRecord(source.origin, tuple(group))


class RdfLoader(Loader[RdfRecord]):
    """RDF in, the same RDF out."""

    def read(self, inputs: Sequence[Input]) -> Iterator[RdfRecord]:
        """The triples of every input."""
        for source in inputs:
            yield from read_rdf(source)

    def triples(self, record: RdfRecord) -> Iterable[Triple]:
        """The triples as they stand."""
        return record.triples


class AnyRdf(RdfLoader):
    """Your own RDF files, into a graph of your choice (`--graph`), under your licence (`--licence`)."""

    name = "rdf"
    title = "RDF files"
    origin = "given on the command line"
    licence = ""
    accepts = "RDF files (.ttl .nt .nq .trig .rdf .jsonld); --graph, --title, --licence tell where and on which terms"

    def __init__(self, graph: NamedNode | None = None, title: str = "", licence: str = "") -> None:
        """Load into `graph`, by default `.../graph/rdf`."""
        self._graph = graph
        if title:
            self.title = title
        if licence:
            self.licence = licence

    @property
    def graph(self) -> NamedNode:
        """The chosen graph."""
        return self._graph or super().graph
