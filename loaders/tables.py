"""The bundled tables: one small function per CSV file, so that someone who knows spreadsheets can add a row.

Every problem is reported with file, line and column, and nothing of a table with a problem is published silently.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from pyoxigraph import Literal, NamedNode, Triple

from loaders.base import Record, RecordRejected
from loaders.nuts import region
from loaders.statements import NATIONAL_LANGUAGE, About
from ontology.terms import LANGUAGES, PREFIXES, V4, concept_iri, mint

EUROPE = NamedNode("http://publications.europa.eu/resource/authority/country/EUR")
WORLD = NamedNode("https://sws.geonames.org/6295630/")
SCHEMES = {"SDG": "sdg", "SMART": "smart-concept", "GD": "green-deal"}
LANGUAGE_CODES = {"en": "ENG", "pl": "POL", "cs": "CES", "sk": "SLK", "hu": "HUN", "de": "DEU"}


def area_iri(code: str) -> NamedNode:
    """A municipality (`pl-1001121216101`), region (`PL21`), country (`PL`), `EU` or `WORLD`."""
    if re.fullmatch(r"[a-z]{2}-[0-9a-z-]+", code):
        return mint("municipality", code)
    if code in V4:
        return NamedNode(PREFIXES["country"] + V4[code])
    if code in {"EU", "WORLD"}:
        return EUROPE if code == "EU" else WORLD
    if re.fullmatch(r"[A-Z]{2}[0-9A-Z]{1,3}", code):
        return NamedNode(PREFIXES["nuts"] + code)
    raise RecordRejected(
        f"column area: {code!r} is neither a municipality (pl-...), a NUTS code, a country, EU nor WORLD"
    )


def covered_concept(code: str) -> NamedNode:
    """The concept of a compact code: `SDG 11.6`, `SMART MO1.2`, `GD GD5.2`."""
    scheme, _, notation = code.partition(" ")
    if scheme not in SCHEMES or not re.fullmatch(r"[A-Z]{0,2}[0-9]{0,2}(\.[0-9a-z]+)?", notation) or not notation:
        raise RecordRejected(f"column concept: {code!r} should look like 'SDG 11.6', 'SMART MO1.2' or 'GD GD5.2'")
    return concept_iri(SCHEMES[scheme], notation)


def strategy(row: Record) -> Iterable[Triple]:
    """A row of strategies.csv."""
    about = About(mint("strategy", _required(row, "id"))).types("sg:Strategy")
    language = _required(row, "title_lang")
    about.text("dct:title", _required(row, "title"), language)
    if row["title_en"] and language != "en":
        about.text("dct:title", row["title_en"], "en")
    if language in LANGUAGE_CODES:
        code = LANGUAGE_CODES[language]
        about.iri("dct:language", f"http://publications.europa.eu/resource/authority/language/{code}")
    for column, predicate, scheme in (
        ("kind", "sg:strategyKind", "strategy-kind"),
        ("level", "sg:level", "level"),
        ("status", "sg:status", "strategy-status"),
    ):
        about.add(predicate, concept_iri(scheme, _required(row, column)))
    about.add("dct:spatial", area_iri(_required(row, "area")))
    if row["adopted_by"]:
        about.add("sg:adoptedBy", area_iri(row["adopted_by"]))
    about.date("dct:issued", row["adopted"]).year("sg:startYear", row["start"]).year("sg:endYear", row["end"])
    about.iri("foaf:page", row["page"]).text("dct:description", row["description_en"], "en")
    if row["replaces"]:
        about.add("dct:replaces", mint("strategy", row["replaces"]))
    about.text("sg:sourceNote", row["source_note"], "en")
    return about.add("dct:source", _source(row))


def alignment(row: Record) -> Iterable[Triple]:
    """A row of alignments.csv."""
    concept = covered_concept(_required(row, "concept"))
    slug = re.sub(r"[^a-z0-9]+", "-", f"{_required(row, 'strategy')}-{row['concept']}".lower())
    about = About(mint("alignment", slug)).types("sg:Alignment")
    about.add("sg:alignmentOf", mint("strategy", row["strategy"])).add("sg:concept", concept)
    about.add("sg:alignmentMethod", concept_iri("alignment-method", "editorial"))
    about.decimal("sg:confidence", _required(row, "confidence"))
    about.text("sg:evidence", _required(row, "evidence"), row["evidence_lang"] or "en")
    about.add("sg:alignmentStatus", concept_iri("alignment-status", "proposed"))
    about.add("prov:wasAttributedTo", mint("organisation", "strategraph-editors"))
    return about.add("dct:source", _source(row))


def municipality(row: Record) -> Iterable[Triple]:
    """A row of municipalities.csv."""
    about = About(mint("municipality", _required(row, "id"))).types("sg:Municipality")
    about.text("skos:prefLabel", _required(row, "name"), _required(row, "lang"))
    about.text("skos:prefLabel", row["name_en"], "en").text("sg:lauCode", row["lau_code"])
    about.iri("schema:containedInPlace", PREFIXES["nuts"] + _required(row, "nuts3"))
    about.integer("sg:population", row["population"]).decimal("sg:areaKm2", row["area_km2"], 3)
    about.point(row["lon"], row["lat"]).integer("sg:degreeOfUrbanisation", row["degurba"])
    return about.add("dct:source", _source(row))


def nuts_region(row: Record) -> Iterable[Triple]:
    """A row of regions.csv: a country or NUTS region with its name and its exonyms."""
    code = _required(row, "code")
    # Two languages may well share a name: Slovakia is Slovensko in Czech and in Slovak.
    names = {language: row[f"name_{language}"] for language in LANGUAGES if row[f"name_{language}"]}
    labels = [Literal(name, language=language) for language, name in names.items()]
    national = row["name_lang"] or NATIONAL_LANGUAGE[code[:2]]
    if national not in names:
        labels.append(Literal(_required(row, "name"), language=national))
    return region(code, labels, mint("source", "eurostat-nuts-2021"))


def source(row: Record) -> Iterable[Triple]:
    """A row of sources.csv."""
    about = About(mint("source", _required(row, "id"))).types("sg:Source")
    about.text("dct:title", _required(row, "title"), row["lang"] or "en").iri("foaf:page", row["page"])
    about.text("dct:publisher", row["publisher"]).date("dct:issued", row["issued"])
    about.date("sg:retrieved", row["retrieved"])
    if row["licence"] and row["licence"] != "facts only":
        about.iri("dct:license", f"https://spdx.org/licenses/{row['licence']}")
    return about


def programme(row: Record) -> Iterable[Triple]:
    """A row of programmes.csv."""
    about = About(mint("programme", _required(row, "id"))).types("sg:FundingProgramme")
    for language in LANGUAGES:
        about.text("dct:title", row[f"title_{language}"], language)
    return about.iri("foaf:page", row["page"]).add("dct:source", _source(row))


def call(row: Record) -> Iterable[Triple]:
    """A row of calls.csv; several countries are parted by spaces, several themes by semicolons."""
    about = About(mint("call", _required(row, "id"))).types("sg:FundingCall")
    about.text("dct:title", _required(row, "title"), _required(row, "lang"))
    about.text("dct:identifier", row["identifier"])
    about.add("dct:isPartOf", mint("programme", _required(row, "programme")))
    about.date("sg:opens", row["opens"]).date("sg:deadline", row["deadline"])
    about.integer("sg:minimumPartners", row["minimum_partners"]).integer(
        "sg:minimumCountries", row["minimum_countries"]
    )
    for country in row["eligible"].split():
        about.add("sg:eligibleCountry", area_iri(country))
    for theme in filter(None, (part.strip() for part in row["themes"].split(";"))):
        about.add("sg:theme", covered_concept(theme))
    return about.iri("foaf:page", row["page"]).add("dct:source", _source(row))


TABLES: dict[str, Callable[[Record], Iterable[Triple]]] = {
    "sources.csv": source,
    "regions.csv": nuts_region,
    "municipalities.csv": municipality,
    "strategies.csv": strategy,
    "alignments.csv": alignment,
    "programmes.csv": programme,
    "calls.csv": call,
}


def _required(row: Record, column: str) -> str:
    if not row[column]:
        raise RecordRejected(f"column {column} is empty")
    return row[column]


def _source(row: Record) -> NamedNode:
    return mint("source", _required(row, "source"))
