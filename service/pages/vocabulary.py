"""What properties are called: ours by the labels of the ontology, the reused ones by words of our own."""

from functools import cache
from typing import Final

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from ontology.terms import PREFIXES, ontology_files
from service.pages.language import Language, msg, pick

_REUSED: Final = {
    "skos:prefLabel": msg("Name"),
    "dct:title": msg("Title"),
    "dct:alternative": msg("Also called"),
    "skos:altLabel": msg("Also called"),
    "dct:description": msg("Description"),
    "dct:spatial": msg("Place"),
    "dct:issued": msg("Adopted or issued"),
    "dct:date": msg("Date"),
    "dct:created": msg("Created"),
    "dct:replaces": msg("Replaces"),
    "dct:isPartOf": msg("Part of"),
    "dct:subject": msg("Subject"),
    "dct:publisher": msg("Publisher"),
    "dct:license": msg("Licence"),
    "dct:identifier": msg("Identifier"),
    "dct:source": msg("Source"),
    "foaf:page": msg("Document"),
    "foaf:homepage": msg("Web site"),
    "dct:language": msg("Language"),
    "eli:based_on": msg("Legal basis"),
    "prov:wasInfluencedBy": msg("Grew out of"),
    "prov:wasAttributedTo": msg("Stated by"),
    "org:classification": msg("Kind"),
    "org:member": msg("Member"),
    "org:organization": msg("Organisation"),
    "org:role": msg("Role"),
    "schema:containedInPlace": msg("Lies in"),
    "schema:areaServed": msg("Area served"),
    "schema:address": msg("Address"),
    "schema:foundingDate": msg("Founded"),
    "schema:startDate": msg("From"),
    "schema:endDate": msg("Until"),
    "schema:funding": msg("Funding"),
    "schema:funder": msg("Funder"),
    "schema:amount": msg("Amount"),
    "schema:currency": msg("Currency"),
    "schema:attendee": msg("Attended by"),
    "schema:about": msg("About"),
    "schema:value": msg("Value"),
    "schema:observationAbout": msg("About"),
    "schema:measuredProperty": msg("Indicator"),
    "schema:observationDate": msg("Date"),
    "skos:definition": msg("Definition"),
    "skos:notation": msg("Code"),
    "skos:broader": msg("Part of"),
    "skos:inScheme": msg("Concept scheme"),
    "skos:relatedMatch": msg("Related to"),
    "skos:broadMatch": msg("Part of"),
    "skos:closeMatch": msg("Close to"),
    "skos:exactMatch": msg("Same as"),
    "owl:sameAs": msg("Same as"),
    "rdfs:seeAlso": msg("See also"),
    "wgs:lat": msg("Latitude"),
    "wgs:long": msg("Longitude"),
}
REUSED: Final = {PREFIXES[name.split(":")[0]] + name.split(":")[1]: label for name, label in _REUSED.items()}
_LABEL: Final = NamedNode(PREFIXES["rdfs"] + "label")


@cache
def _own() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    path = next(path for path in ontology_files() if path.name == "strategraph.ttl")
    for quad in parse(path=path, format=RdfFormat.TURTLE):
        if quad.predicate == _LABEL and isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
            found.setdefault(quad.subject.value, {})[quad.object.language or "en"] = quad.object.value
    return found


def property_label(iri: str, language: Language) -> str:
    """A property in words, with a capital letter."""
    if iri in REUSED:
        return language.gettext(REUSED[iri])
    text = pick(_own().get(iri, {}), language.code).value or iri.rstrip("/").rsplit("/", 1)[-1].rsplit("#", 1)[-1]
    return text[:1].upper() + text[1:]
