"""What is stated about a thing, in the forms of the Reconciliation API: for new columns, and to compare with others."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from ontology.terms import PREFIXES
from service.pages.ask import Row, language, value
from service.pages.corpus import Corpus
from service.reconcile.matching import tidy

XSD: Final = PREFIXES["xsd"]
INTEGERS: Final = {XSD + name for name in ("integer", "int", "long", "nonNegativeInteger", "positiveInteger")}
NUMBERS: Final = {XSD + name for name in ("decimal", "double", "float")}
# Properties that lead up to regions and countries: what lies in a region lies in its country.
_SCHEMA: Final = PREFIXES["schema"]
WITHIN: Final = {_SCHEMA + "containedInPlace", _SCHEMA + "areaServed", PREFIXES["dct"] + "spatial"}
TYPE: Final = PREFIXES["rdf"] + "type"


@dataclass(frozen=True)
class Statements:
    """The rows of `statements-about-an-entity`."""

    rows: list[Row]

    def of(self, prop: str) -> list[Row]:
        """The statements with a property, each value once, whichever graphs hold it."""
        found = {str(row["value"]): row for row in self.rows if value(row, "property") == prop}
        return list(found.values())


def cells(rows: Iterable[Row], code: str, limit: int) -> list[dict[str, Any]]:
    """The values for the cells of a new column; texts in one language where that is there."""
    found = list(rows)
    languages = {language(row, "value") for row in found} - {""}
    wanted = next((tag for tag in (code, "en") if tag in languages), None)
    if wanted:
        found = [row for row in found if language(row, "value") in ("", wanted)]
    return [cell(row) for row in found[: limit or None]]


def cell(row: Row) -> dict[str, Any]:
    """One value: a thing with its name, a number, a date or a text."""
    term = row["value"]
    text, datatype = str(term["value"]), term.get("datatype", "")
    if term["type"] == "uri":
        return {"id": text, "name": value(row, "valueLabel")} if "valueLabel" in row else {"str": text}
    number = number_of(text, datatype)
    if number is not None:
        return {"int" if isinstance(number, int) else "float": number}
    if datatype == XSD + "date" and re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return {"date": text + "T00:00:00Z"}
    if datatype == XSD + "dateTime":
        return {"date": text}
    return {"str": text}


def number_of(text: str, datatype: str) -> int | float | None:
    """The number that a literal stands for; None for other literals, for ill-typed ones, and for INF and NaN."""
    try:
        if datatype in INTEGERS:
            return int(text)
        number = float(text) if datatype in NUMBERS else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def agrees(wanted: Any, prop: str, statements: Statements, corpus: Corpus) -> bool:
    """Whether a value of the property is the one wanted, or one of those wanted."""
    if isinstance(wanted, list):
        return any(agrees(one, prop, statements, corpus) for one in wanted)
    text = str(wanted.get("id", wanted.get("name", ""))) if isinstance(wanted, dict) else str(wanted)
    known: set[str] = set()
    for row in statements.of(prop):
        known |= spellings(value(row, "value"), corpus)
        if prop in WITHIN:
            for area in corpus.areas_above(value(row, "value")):
                known |= spellings(area, corpus)
            known.add(tidy(corpus.country(value(row, "value"))))
    return tidy(text) in known or text in known or _number(text) in known


def spellings(text: str, corpus: Corpus) -> set[str]:
    """How people may write a value: it itself, its names in all languages, the code at its end."""
    found = {text, tidy(text), _number(text)}
    if named := corpus.names.get(text):
        found.update(tidy(name) for name in (*named.labels.values(), *named.other))
    if text.startswith("http"):
        found.add(tidy(text.rstrip("/#").rsplit("/", 1)[-1]))
    return found - {""}


def _number(text: str) -> str:
    """A number without thousands separators and noughts at its end, as one spelling."""
    plain = re.sub(r"[\s\u00a0_]", "", text).replace(",", ".")
    return f"{float(plain):.6g}" if re.fullmatch(r"-?\d+(\.\d+)?", plain) else ""
