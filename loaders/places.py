"""Finds the municipality that a name and a point mean, among those the graph already knows."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Any

from pyoxigraph import Literal, NamedNode, Store

from loaders.statements import term

EARTH_RADIUS_KM = 6371.0
# A municipality's centre and the point others give for it lie within this distance; homonyms lie further apart.
NEAR_KM = 12.0
# Some sources give whole degrees only; a name that is the only one in its country may lie one degree off (111 km).
ONLY_KM = 111.0
# Words that stand before a municipality's name in the four languages and say only what it is.
KINDS = re.compile(
    r"^(urzad gminy|gmina( miejska| wiejska)?|miasto( stoleczne)?|m\. ?st\.|powiat|mesto|statutarni mesto|obec|mestys|"
    r"hlavni mesto( sr)?|hlavne mesto( sr)?|kozseg|varos|municipality of|city of)\s+",
)
# The same behind the name, as Hungarian and English have it.
KINDS_BEHIND = re.compile(r"(\s+(megyei jogu varos|varosi?|(nagy)?kozsegi?|onkormanyzata?|municipality))+$")


@dataclass(frozen=True)
class Place:
    """A municipality with its centre in degrees."""

    iri: NamedNode
    longitude: float
    latitude: float


def fold(name: str) -> str:
    """A name without diacritics, case, punctuation and words of kind, for comparison only."""
    text = name.replace("ł", "l").replace("Ł", "L").replace("đ", "d").replace("ß", "ss")
    text = unicodedata.normalize("NFKD", text)
    text = "".join(c for c in text if not unicodedata.combining(c)).casefold()
    text = " ".join(re.sub(r"[^\w.]+", " ", text).split())
    return KINDS_BEHIND.sub("", KINDS.sub("", text))


def distance_km(longitude: float, latitude: float, place: Place) -> float:
    """Great-circle distance by the haversine formula."""
    lat1, lat2 = radians(latitude), radians(place.latitude)
    dlat, dlon = lat2 - lat1, radians(place.longitude - longitude)
    a = sin(dlat / 2) ** 2 + cos(lat1) * cos(lat2) * sin(dlon / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(a))


class PlaceIndex:
    """Municipalities by country and folded name."""

    def __init__(self, store: Store) -> None:
        """Read every municipality with a point from the store, whatever graph holds it."""
        self._by_name: dict[tuple[str, str], dict[NamedNode, Place]] = defaultdict(dict)
        for quad in store.quads_for_pattern(None, term("rdf:type"), term("sg:Municipality")):
            self._add(store, quad.subject)

    def __len__(self) -> int:
        """How many names are known."""
        return len(self._by_name)

    def find(self, country: str, name: str, longitude: float, latitude: float) -> NamedNode | None:
        """The nearest municipality of that name within 12 km, or the only one of that name within a degree.

        Of several parts of a name, any may match.
        """
        candidates: dict[NamedNode, Place] = {}
        for variant in {name, *re.split(r"[/(),]| - ", name)}:
            candidates |= self._by_name.get((country.upper(), fold(variant)), {})
        near = [(distance_km(longitude, latitude, place), place.iri.value) for place in candidates.values()]
        best = min(near, default=None)
        limit = ONLY_KM if len(near) == 1 else NEAR_KM
        return NamedNode(best[1]) if best and best[0] <= limit else None

    def _add(self, store: Store, iri: Any) -> None:
        def values(predicate: str) -> list[Any]:
            return [q.object for q in store.quads_for_pattern(iri, term(predicate), None)]

        longitudes, latitudes = values("wgs:long"), values("wgs:lat")
        if not (longitudes and latitudes):
            return
        place = Place(iri, float(longitudes[0].value), float(latitudes[0].value))
        country = iri.value.rpartition("/")[2][:2].upper()
        for label in values("skos:prefLabel") + values("skos:altLabel"):
            if isinstance(label, Literal):
                self._by_name[country, fold(label.value)][iri] = place
