"""What ships with Strategraph: ontology and schemes, shapes, named queries, and the dataset of facts and strategies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from pathlib import Path

from pyoxigraph import Triple

from loaders.base import Input, Loader, RdfRecord, Record, RecordRejected, read_csv
from loaders.rdf import RdfLoader, read_rdf
from loaders.tables import TABLES
from queries.publish import catalogue_triples

CC_BY = "https://creativecommons.org/licenses/by/4.0/"
ORIGIN = "https://w3id.org/strategraph/"


def packaged(package: str, *extensions: str, folder: str = "") -> list[Path]:
    """The files of a package, or of a folder in it, with those extensions, by name."""
    folder_path = Path(str(resources.files(package))) / folder
    return sorted(path for path in folder_path.iterdir() if path.suffix in extensions)


class Ontology(RdfLoader):
    """The ontology, its alignments and the SKOS schemes."""

    name = "ontology"
    title = "Strategraph ontology and schemes"
    origin = ORIGIN + "ontology"
    licence = CC_BY
    accepts = "Turtle files; ships with Strategraph"

    def default_inputs(self) -> Sequence[Path]:
        """The Turtle files of ontology/."""
        return packaged("ontology", ".ttl")


class Shapes(RdfLoader):
    """The SHACL shapes that every write is validated against."""

    name = "shapes"
    title = "Strategraph shapes"
    origin = ORIGIN + "shape/"
    licence = CC_BY
    accepts = "Turtle files; ships with Strategraph"

    def default_inputs(self) -> Sequence[Path]:
        """The Turtle files of shapes/."""
        return packaged("shapes", ".ttl")


class Queries(Loader[RdfRecord]):
    """The named queries, described as data."""

    name = "queries"
    title = "Strategraph named queries"
    origin = ORIGIN + "id/query/"
    licence = CC_BY
    accepts = "nothing; ships with Strategraph"

    def default_inputs(self) -> Sequence[Path]:
        """The .rq files of queries/."""
        return packaged("queries", ".rq")

    def read(self, inputs: Sequence[Input]) -> Iterator[RdfRecord]:
        """The whole catalogue as one record."""
        yield RdfRecord("queries", tuple(catalogue_triples()))

    def triples(self, record: RdfRecord) -> Iterable[Triple]:
        """The triples as they stand."""
        return record.triples


class Bundled(Loader[Record | RdfRecord]):
    """The dataset: tables of strategies, places and sources, and facts about organisations and networks."""

    name = "bundled"
    title = "Strategraph bundled dataset"
    origin = ORIGIN
    licence = CC_BY
    accepts = "the tables and Turtle files of loaders/data; ships with Strategraph"

    def default_inputs(self) -> Sequence[Path]:
        """The files of loaders/data, tables first."""
        return packaged("loaders", ".csv", folder="data") + packaged("loaders", ".ttl", folder="data")

    def read(self, inputs: Sequence[Input]) -> Iterator[Record | RdfRecord]:
        """Rows of the tables, marked with the table they stand in, and triples of the Turtle files."""
        for source in inputs:
            if source.path.suffix == ".csv":
                for row in read_csv(source, ()):
                    yield Record(row.where, row.fields | {"": source.path.name})
            else:
                yield from read_rdf(source)

    def triples(self, record: Record | RdfRecord) -> Iterable[Triple]:
        """The triples of a row or of a piece of Turtle."""
        if isinstance(record, RdfRecord):
            return record.triples
        table = record.fields[""]
        if table not in TABLES:
            raise RecordRejected(f"{table} is not one of the bundled tables ({', '.join(TABLES)})")
        try:
            return TABLES[table](record)
        except ValueError as error:
            raise RecordRejected(str(error)) from error
