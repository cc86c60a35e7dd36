"""What a page shows as a table, for those who want it as data: CSV, JSON, Turtle and JSON-LD of the same rows."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from ontology.terms import PREFIXES
from service.pages.language import Text
from service.spreadsheets import harmless

RDF: Final = {"ttl": RdfFormat.TURTLE, "jsonld": RdfFormat.JSON_LD}
XSD: Final = PREFIXES["xsd"]
# Lists that name a thing twice mean it once.
Iris: TypeAlias = tuple[str, ...]
Cell: TypeAlias = str | int | float | Text | Iris | None


@dataclass(frozen=True)
class Column:
    """A column, and the property that it is in RDF; columns without one are only in the other formats."""

    name: str
    term: str = ""
    """Prefixed name."""

    @property
    def predicate(self) -> NamedNode | None:
        """The IRI of the property."""
        return _named(self.term) if self.term else None


@dataclass(frozen=True)
class Table:
    """Rows about things, each with the thing's IRI (empty where a row is about none) and a cell for each column."""

    columns: Sequence[Column]
    rows: Iterable[tuple[str, Sequence[Any]]]
    """Each with a `Cell` for each column."""

    def csv(self) -> str:
        """Comma-separated values (RFC 4180), several IRIs of one cell apart by a space."""
        out = io.StringIO()
        writer = csv.writer(out)
        rows = list(self.rows)
        # Rows that are about nothing, such as the answers of queries, need no column for it.
        about = not rows or any(iri for iri, _ in rows)
        writer.writerow([*(["iri"] if about else []), *(column.name for column in self.columns)])
        for iri, cells in rows:
            writer.writerow([*([iri] if about else []), *map(flat, cells)])
        return out.getvalue()

    def json(self, about: Mapping[str, Any]) -> str:
        """What the page is, and `rows` as objects; an IRI list stays a list, a text with another language keeps it."""
        names = [column.name for column in self.columns]
        rows = [
            {"iri": iri} | {n: plain(c) for n, c in zip(names, cells, strict=True)} if iri
            else {n: plain(c) for n, c in zip(names, cells, strict=True)}
            for iri, cells in self.rows
        ]  # fmt: skip
        return json.dumps({**about, "rows": rows}, ensure_ascii=False)

    def rdf(self, suffix: str, address: str, title: Text) -> str:
        """The page as an item list, and what the columns say about each item."""
        body = serialize(self._triples(address, title), format=RDF[suffix], prefixes=dict(PREFIXES))
        assert body is not None  # bytes are returned when no output is given
        return body.decode()

    def _triples(self, address: str, title: Text) -> Iterator[Triple]:
        page = NamedNode(address)
        yield Triple(page, _named("rdf:type"), _named("schema:ItemList"))
        yield Triple(page, _named("schema:name"), _literal(title))
        predicates = [column.predicate for column in self.columns]
        for number, (iri, cells) in enumerate(self.rows, 1):
            subject: NamedNode | BlankNode = _resource(iri) if iri else BlankNode(f"row{number}")
            yield Triple(page, _named("schema:itemListElement"), subject)
            for predicate, cell in zip(predicates, cells, strict=True):
                if predicate is not None:
                    yield from (Triple(subject, predicate, term) for term in _terms(cell))


@dataclass(frozen=True)
class Statements:
    """What is known about one thing, a row for each statement."""

    iri: str
    facts: Sequence[tuple[str, Mapping[str, str]]]
    """Property and value; the value as in SPARQL JSON."""

    def csv(self) -> str:
        """Subject, property, value, language, datatype."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["subject", "property", "value", "language", "datatype"])
        for name, term in self.facts:
            text = (term["value"], term.get("xml:lang", ""), term.get("datatype", ""))
            writer.writerow([self.iri, name, *map(flat, text)])
        return out.getvalue()

    def json(self, about: Mapping[str, Any]) -> str:
        """What the page is, and `statements` with the values as in SPARQL JSON."""
        found = [{"property": name, "value": dict(term)} for name, term in self.facts]
        return json.dumps({**about, "iri": self.iri, "statements": found}, ensure_ascii=False)

    def rdf(self, suffix: str, address: str, title: Text) -> str:
        """The statements."""
        del address, title
        subject = _resource(self.iri)
        triples = [Triple(subject, NamedNode(name), _term(value)) for name, value in self.facts]
        body = serialize(triples, format=RDF[suffix], prefixes=dict(PREFIXES))
        assert body is not None  # bytes are returned when no output is given
        return body.decode()


Data: TypeAlias = Table | Statements


def flat(cell: Cell) -> str | int | float:
    """A cell in CSV."""
    if cell is None:
        return ""
    if isinstance(cell, tuple):
        return " ".join(cell)
    if isinstance(cell, bool):
        return str(cell).lower()
    return cell if isinstance(cell, int | float) else harmless(str(cell))


def plain(cell: Cell) -> Any:
    """A cell in JSON."""
    if isinstance(cell, Text):
        return {"value": cell.value, "language": cell.language} if cell.language else cell.value
    return list(cell) if isinstance(cell, tuple) else cell


def _named(short: str) -> NamedNode:
    prefix, _, local = short.partition(":")
    return NamedNode(PREFIXES[prefix] + local)


def _resource(iri: str) -> NamedNode | BlankNode:
    return BlankNode(iri.removeprefix("_:")) if iri.startswith("_:") else NamedNode(iri)


def _terms(cell: Cell) -> Iterator[NamedNode | BlankNode | Literal]:
    if isinstance(cell, tuple):
        yield from map(_resource, cell)
    elif cell is not None and cell != "":
        yield _literal(cell)


def _literal(cell: str | int | float | Text) -> Literal:
    if isinstance(cell, Text):
        known = cell.language not in ("", "und")
        return Literal(cell.value, language=cell.language) if known else Literal(cell.value)
    return Literal(cell)


def _term(term: Mapping[str, str]) -> NamedNode | BlankNode | Literal:
    if term["type"] == "uri":
        return NamedNode(term["value"])
    if term["type"] == "bnode":
        return BlankNode(term["value"])
    if language := term.get("xml:lang"):
        return Literal(term["value"], language=language)
    return Literal(term["value"], datatype=NamedNode(term.get("datatype", XSD + "string")))
