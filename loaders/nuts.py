"""NUTS regions of the four countries, from Eurostat's workbook, GISCO's attribute table or a plain list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pyoxigraph import Literal, NamedNode, Triple

from loaders.base import Input, InputError, Loader, Record, RecordRejected, read_csv
from loaders.inputs import check_unpacked
from loaders.statements import NATIONAL_LANGUAGE, About
from ontology.terms import PREFIXES, V4, mint

# The columns that mean the same in the three kinds of file.
COLUMNS = {
    "code": ("code", "NUTS_ID", "Code 2021"),
    "name": ("name", "NUTS_NAME", "NAME_LATN"),
}


def region_iri(code: str) -> NamedNode:
    """The EU's IRI of a NUTS code; level 0 is the country in the EU's authority table."""
    if code in V4:
        return NamedNode(PREFIXES["country"] + V4[code])
    return NamedNode(PREFIXES["nuts"] + code)


def region(code: str, names: Iterable[Literal], source: NamedNode) -> About:
    """The statements about a region or country, from its code and names."""
    about = About(region_iri(code))
    if code in V4:
        about.types("sg:Country").text("skos:notation", code)
        about.add("skos:exactMatch", NamedNode(PREFIXES["nuts"] + code))
    else:
        about.types("sg:Region").text("sg:nutsCode", code).integer("sg:nutsLevel", str(len(code) - 2))
        about.add("schema:containedInPlace", region_iri(code[:-1]))
    for name in names:
        about.add("skos:prefLabel", name)
    return about.add("dct:source", source)


class Nuts(Loader[Record]):
    """Regions of level 1 to 3 and the countries above them."""

    name = "nuts"
    title = "NUTS 2021 regions (Eurostat)"
    origin = "https://ec.europa.eu/eurostat/web/nuts"
    licence = "http://publications.europa.eu/resource/authority/licence/COM_REUSE"
    accepts = "NUTS2016-NUTS2021.xlsx (Eurostat), NUTS_AT_2021.csv (GISCO), or a CSV with code and name"

    def read(self, inputs: Sequence[Input]) -> Iterator[Record]:
        """A record for each region of the four countries, extra-regio left out, with columns code and name."""
        for source in inputs:
            rows = _workbook(source) if source.path.suffix.lower() == ".xlsx" else _table(source)
            yield from (row for row in rows if _wanted(row["code"]))

    def triples(self, record: Record) -> Iterable[Triple]:
        """A region with its name in the national language."""
        code, name = record["code"], " ".join(record["name"].split())
        if not code.isalnum() or not 2 <= len(code) <= 5:
            raise RecordRejected(f"{code!r} is not a NUTS code")
        if not name:
            raise RecordRejected(f"{code} has no name")
        label = Literal(name, language=NATIONAL_LANGUAGE[code[:2]])
        return region(code, [label], mint("source", "eurostat-nuts-2021"))


def _wanted(code: str) -> bool:
    """Of the four countries, and not extra-regio (codes that end with Z, as CZ itself does)."""
    return code in V4 or (code[:2] in V4 and not code.endswith("Z"))


def _table(source: Input) -> Iterator[Record]:
    for row in read_csv(source, ()):
        found = {name: next((row[c] for c in columns if row[c]), "") for name, columns in COLUMNS.items()}
        if not found["code"]:
            wanted = ", ".join(COLUMNS["code"])
            raise InputError(f"{row.where}: no region code (column {wanted}); is this a table of NUTS regions?")
        yield Record(row.where, found)


def _workbook(source: Input) -> Iterator[Record]:
    """The sheet of regions; the name stands in the column of its level."""
    import openpyxl

    check_unpacked(source)
    try:
        book = openpyxl.load_workbook(source.path, read_only=True)
    except Exception as error:
        raise InputError(f"{source.origin}: not a readable workbook ({error})") from error
    sheet = next((book[name] for name in book.sheetnames if name.startswith("NUTS & SR")), None)
    if sheet is None:
        raise InputError(f"{source.origin}: no sheet 'NUTS & SR ...'; give Eurostat's workbook of NUTS 2021")
    for number, row in enumerate(sheet.iter_rows(min_row=2, max_col=6, values_only=True), start=2):
        code, level = row[0], row[5]
        if isinstance(code, str) and isinstance(level, int) and 0 <= level <= 3:
            yield Record(f"{source.origin}:{sheet.title}:{number}", {"code": code.strip(), "name": str(row[1 + level])})
    book.close()
