"""Local administrative units: every municipality of the four countries with population, area, centre and region."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pyoxigraph import NamedNode, Triple

from loaders.base import Input, Loader, Record, RecordRejected, read_csv
from loaders.statements import NATIONAL_LANGUAGE, About
from ontology.terms import PREFIXES, V4, mint

SOURCE = mint("source", "eurostat-lau-2020")


def municipality_iri(gisco_id: str) -> NamedNode:
    """The IRI of a municipality from its GISCO identifier, `PL_1001121216101`."""
    if not re.fullmatch(r"[A-Z]{2}_[0-9A-Z]+", gisco_id):
        raise RecordRejected(f"{gisco_id!r} is not a GISCO identifier (country, underscore, code)")
    return mint("municipality", gisco_id.lower().replace("_", "-"))


class Lau(Loader[Record]):
    """LAU 2020 with centre points; a LAU table with `degurba` adds the degree of urbanisation."""

    name = "lau"
    title = "Local administrative units 2020 (Eurostat, GISCO; centres by EDJNet)"
    origin = "https://ec.europa.eu/eurostat/web/nuts/local-administrative-units"
    licence = "http://publications.europa.eu/resource/authority/licence/COM_REUSE"
    accepts = "*_lau_2020_nuts_2021_*.csv (EDJNet), nuts_lau_2019 tables with degurba (CSV)"

    def read(self, inputs: Sequence[Input]) -> Iterator[Record]:
        """The rows of every table."""
        for source in inputs:
            yield from read_csv(source, ("gisco_id", "country"))

    def triples(self, record: Record) -> Iterable[Triple]:
        """A municipality; from a table of degrees of urbanisation, that alone."""
        country = record["country"]
        if country not in V4:
            raise RecordRejected(f"{country!r} is not one of {', '.join(V4)}")
        about = About(municipality_iri(record["gisco_id"]))
        if record["degurba"]:
            return about.integer("sg:degreeOfUrbanisation", record["degurba"])
        if not record["lau_name"]:
            raise RecordRejected("no name (lau_name)")
        about.types("sg:Municipality")
        about.text("skos:prefLabel", record["lau_name"], NATIONAL_LANGUAGE[country])
        about.text("sg:lauCode", record["lau_id"])
        about.iri("schema:containedInPlace", PREFIXES["nuts"] + record["nuts_3"])
        about.integer("sg:population", record["population"]).decimal("sg:areaKm2", record["area_km2"], 3)
        about.point(record["longitude"], record["latitude"])
        return about.add("dct:source", SOURCE)
