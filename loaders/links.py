"""Links to Wikidata and UN/LOCODE from others' tables: regions from Kohesio, signatories from OpenClimate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Store, Triple

from loaders.base import Input, InputError, Loader, Record, RecordRejected, read_csv
from loaders.nuts import region_iri
from loaders.places import Place, distance_km
from loaders.statements import About, term
from ontology.terms import ID, V4, mint

WIKIDATA: Final = "http://www.wikidata.org/entity/"
# The UN's own vocabulary (UNECE, vocabulary.uncefact.org): country and location without the space between them.
UNLOCODE: Final = "https://vocabulary.uncefact.org/unlocode#"
# A code whose point lies further from the signatory's own is a namesake's (seen up to 133 km off).
NEAR_KM: Final = 15.0
ITEM = re.compile(r"\bQ[1-9][0-9]*\b")
SIGNATORY = re.compile(r"scity_id=(\d+)")


class Links(Loader[Record]):
    """`skos:exactMatch` statements in a graph of their own, so that each tells which table it came from."""

    name = "links"
    title = "Links to Wikidata and UN/LOCODE (Kohesio, OpenClimate)"
    origin = "https://github.com/Open-Earth-Foundation/OpenClimate"
    licence = "https://creativecommons.org/publicdomain/zero/1.0/"
    accepts = (
        "Kohesio's regions*.csv; OpenClimate's DDL-EUCoM_Target.csv, UNLOCODE_Territory.csv and "
        "wikidata_unlocode_ActorIdentifier.csv together, after `covenant-of-mayors`"
    )

    def __init__(self) -> None:
        """Know no signatory yet."""
        self._signatories: dict[str, Place] = {}

    def prepare(self, store: Store) -> None:
        """Find the municipality behind each signatory's number."""
        prefix = mint("membership", "covenant-of-mayors-0").value[:-1]
        for quad in store.quads_for_pattern(None, term("org:member"), None):
            number = quad.subject.value.removeprefix(prefix) if isinstance(quad.subject, NamedNode) else ""
            if number.isdigit() and (place := _place(store, quad.object)):
                self._signatories[number] = place

    def read(self, inputs: Sequence[Input]) -> Iterator[Record]:
        """A record for each region, and for each signatory with a code, joined over the tables."""
        codes: list[Record] = []
        points: dict[str, Record] = {}
        items: dict[str, str] = {}
        for source in inputs:
            for row in read_csv(source, ()):
                if row["NUTS CODE"][:2] in V4:
                    yield Record(row.where, {"nuts": row["NUTS CODE"], "item": _item(row.fields.values())})
                elif row["lat"]:
                    points[row["actor_id"]] = row
                elif row["namespace"] == "Wikidata":
                    items[row["actor_id"]] = row["identifier"]
                elif found := SIGNATORY.search(row["URL"]):
                    codes.append(Record(row.where, {"code": row["actor_id"], "signatory": found[1]}))
                elif not {"actor_id", "NUTS CODE"} & set(row.fields):
                    raise InputError(f"{source.origin}: neither Kohesio's regions nor a table of OpenClimate's")
        for record in codes:
            code = record["code"]
            if code[:2] in V4:
                point = points.get(code, Record(""))
                fields = record.fields | {"item": items.get(code, ""), "lat": point["lat"], "lng": point["lng"]}
                yield Record(record.where, fields)

    def triples(self, record: Record) -> Iterable[Triple]:
        """The links of a region or of a municipality."""
        if code := record["nuts"]:
            if not record["item"]:
                raise RecordRejected(f"region {code} has no Wikidata item")
            return About(region_iri(code)).iri("skos:exactMatch", WIKIDATA + record["item"])
        place = self._signatories.get(record["signatory"])
        if place is None:
            raise RecordRejected(
                f"signatory {record['signatory']} is no known municipality; load covenant-of-mayors first"
            )
        _check_near(record, place)
        about = About(place.iri).iri("skos:exactMatch", UNLOCODE + record["code"].replace(" ", ""))
        return about.iri("skos:exactMatch", WIKIDATA + record["item"]) if record["item"] else about


def _check_near(record: Record, place: Place) -> None:
    """Reject a code without a point, or whose point (in ten-thousandths of a degree) is elsewhere."""
    if not re.fullmatch(r"-?\d+", record["lat"]) or not re.fullmatch(r"-?\d+", record["lng"]):
        raise RecordRejected(f"{record['code']} has no point, so that a namesake cannot be told apart")
    off = distance_km(int(record["lng"]) / 10_000, int(record["lat"]) / 10_000, place)
    if off > NEAR_KM:
        raise RecordRejected(f"{record['code']} lies {off:.0f} km from {place.iri.value}")


def _item(cells: Iterable[Any]) -> str:
    """The Wikidata item among the cells of a row; Kohesio's columns have no names and differ between its tables."""
    for cell in cells:
        if isinstance(cell, str) and cell.startswith(WIKIDATA) and (found := ITEM.search(cell)):
            return found[0]
    return ""


def _place(store: Store, thing: Any) -> Place | None:
    if not isinstance(thing, NamedNode) or not thing.value.startswith(ID + "municipality/"):
        return None
    lon, lat = (
        next((q.object for q in store.quads_for_pattern(thing, term(p), None)), None) for p in ("wgs:long", "wgs:lat")
    )
    if not isinstance(lon, Literal) or not isinstance(lat, Literal):
        return None
    return Place(thing, float(lon.value), float(lat.value))
