"""Small builders of triples, shared by the loaders, so that each reads like the record it turns into RDF."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from loaders.base import RecordRejected
from ontology.terms import PREFIXES

Object = NamedNode | BlankNode | Literal
NATIONAL_LANGUAGE = {"PL": "pl", "CZ": "cs", "SK": "sk", "HU": "hu"}


def term(compact: str) -> NamedNode:
    """The IRI of a prefixed name such as `sg:Strategy`; KeyError for an unknown prefix."""
    prefix, _, local = compact.partition(":")
    return NamedNode(PREFIXES[prefix] + local)


def typed(value: str, datatype: str) -> Literal:
    """A literal of an XSD datatype given by its local name."""
    return Literal(value, datatype=term(f"xsd:{datatype}"))


class About:
    """Collects triples about one subject; empty values are left out, so that optional columns need no `if`."""

    def __init__(self, subject: NamedNode) -> None:
        """Start with no triples."""
        self.subject = subject
        self._triples: list[Triple] = []

    def __iter__(self) -> Iterator[Triple]:
        """The triples collected so far."""
        return iter(self._triples)

    def add(self, predicate: str, value: Object | None) -> About:
        """Any term."""
        if value is not None:
            self._triples.append(Triple(self.subject, term(predicate), value))
        return self

    def types(self, *names: str) -> About:
        """`rdf:type` for each prefixed name."""
        for name in names:
            self.add("rdf:type", term(name))
        return self

    def text(self, predicate: str, value: str, language: str | None = None) -> About:
        """A string, with its language where it has one."""
        return self.add(predicate, Literal(value, language=language) if value else None)

    def iri(self, predicate: str, value: str) -> About:
        """An absolute IRI; raises RecordRejected when the text is none."""
        if not value:
            return self
        try:
            return self.add(predicate, NamedNode(value))
        except ValueError as error:
            raise RecordRejected(f"{value!r} is not an address") from error

    def integer(self, predicate: str, value: str) -> About:
        """A whole number; thousands separators and a trailing `.0` are understood."""
        text = re.sub(r"\.0+$", "", value.replace(" ", "").replace("\u00a0", ""))
        if not text:
            return self
        if not re.fullmatch(r"-?\d+", text):
            raise RecordRejected(f"{value!r} is not a whole number")
        return self.add(predicate, typed(str(int(text)), "integer"))

    def decimal(self, predicate: str, value: str, places: int | None = None) -> About:
        """A decimal number, rounded to `places`; a decimal comma is understood."""
        if not value:
            return self
        try:
            number = Decimal(value.replace(" ", "").replace(",", "."))
        except InvalidOperation as error:
            raise RecordRejected(f"{value!r} is not a number") from error
        if not number.is_finite():
            raise RecordRejected(f"{value!r} is not a number")
        if places is not None:
            number = round(number, places)
        return self.add(predicate, typed(f"{number:f}", "decimal"))

    def date(self, predicate: str, value: str) -> About:
        """A date or, where only that is known, a year or a year and month."""
        for pattern, datatype in ((r"\d{4}-\d\d-\d\d", "date"), (r"\d{4}-\d\d", "gYearMonth"), (r"\d{4}", "gYear")):
            if re.fullmatch(pattern, value):
                return self.add(predicate, typed(value, datatype))
        if value:
            raise RecordRejected(f"{value!r} is not a date (YYYY-MM-DD, YYYY-MM or YYYY)")
        return self

    def year(self, predicate: str, value: str) -> About:
        """A calendar year."""
        if value and not re.fullmatch(r"\d{4}", value):
            raise RecordRejected(f"{value!r} is not a year (YYYY)")
        return self.add(predicate, typed(value, "gYear") if value else None)

    def point(self, longitude: str, latitude: str) -> About:
        """Coordinates in WGS 84, as `wgs:lat`/`wgs:long` and as a GeoSPARQL geometry; six decimals are 0.1 m."""
        if not (longitude and latitude):
            return self
        self.decimal("wgs:long", longitude, 6).decimal("wgs:lat", latitude, 6)
        x, y = self._triples[-2].object, self._triples[-1].object
        assert isinstance(x, Literal)
        assert isinstance(y, Literal)
        if not (-180 <= Decimal(x.value) <= 180 and -90 <= Decimal(y.value) <= 90):
            raise RecordRejected(f"{longitude} {latitude} is not a longitude and a latitude")
        geometry = NamedNode(self.subject.value + "#point")
        self.add("geo:hasGeometry", geometry)
        wkt = Literal(f"POINT({x.value} {y.value})", datatype=term("geo:wktLiteral"))
        self._triples.append(Triple(geometry, term("rdf:type"), term("geo:Geometry")))
        self._triples.append(Triple(geometry, term("geo:asWKT"), wkt))
        return self
