"""Signatories of the Covenant of Mayors, with their commitments, coordinators and supporters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pyoxigraph import NamedNode, Store, Triple

from loaders.base import Input, Loader, Record, RecordRejected, read_csv
from loaders.places import PlaceIndex, fold
from loaders.statements import NATIONAL_LANGUAGE, About
from ontology.terms import PREFIXES, V4, concept_iri, mint, slugify

COVENANT = mint("network", "covenant-of-mayors")
SOURCE = mint("source", "covenant-of-mayors-2024")
COMMITMENTS = {
    "commitment_CoM2020_flag": "CoM2020",
    "commitment_CoM2030_flag": "CoM2030",
    "commitment_CoM2050_flag": "CoM2050",
    "commitment_mayoradapt_flag": "MayorsAdapt",
}
# What an organisation's name says that a person's or a forgotten village's does not.
ORGANISATION = re.compile(
    r"region|district|kerulet|county|council|varmegye|megye|government|onkormanyzat|association|egyesulet|"
    r"leader|akciocsoport|skupina|mas |svazek|sdruzeni|zdruzenie|zwiazek|powiat|urzad|volgye|kraj|budapest",
)
REQUIRED = ("organisation_id", "organisation_name", "country_code", "organisation_latitude", "organisation_longitude")


class CovenantOfMayors(Loader[Record]):
    """A membership for each signatory; municipalities are the LAU ones where name and point agree."""

    name = "covenant-of-mayors"
    title = "Covenant of Mayors signatories (JRC, GCoM-MyCovenant, January 2024)"
    origin = "https://data.jrc.ec.europa.eu/collection/id-00354"
    licence = "https://creativecommons.org/licenses/by/4.0/"
    accepts = "the signatories' table as CSV; load `lau` first, so that municipalities are found"

    def __init__(self) -> None:
        """Know no municipality yet."""
        self._places: PlaceIndex | None = None

    def prepare(self, store: Store) -> None:
        """Index the municipalities that the graph knows."""
        self._places = PlaceIndex(store)

    def read(self, inputs: Sequence[Input]) -> Iterator[Record]:
        """The network itself, then the signatories of the four countries; a dash in the table means nothing."""
        yield Record("covenant-of-mayors")
        for source in inputs:
            for row in read_csv(source, REQUIRED):
                fields = {k: "" if v.strip() == "-" else v for k, v in row.fields.items()}
                if fields["country_code"].upper() in V4:
                    yield Record(row.where, fields)

    def triples(self, record: Record) -> Iterable[Triple]:
        """Who signed (found or described), the membership, and those of coordinator and supporter."""
        if not record.fields:
            return _network()
        country = record["country_code"].upper()
        number = record["organisation_id"]
        name = record["organisation_name"]
        if not number.isdigit() or not name:
            raise RecordRejected("no number (organisation_id) or no name (organisation_name)")
        found = self._municipality(record, country)
        if found is None and record["group_profile"] != "True" and not ORGANISATION.search(fold(name)):
            raise RecordRejected(f"no municipality {name!r} near its point, and no organisation by its name")
        signatory = found or mint("organisation", f"covenant-signatory-{number}")
        statements = [] if found else list(_organisation(signatory, name, country))
        statements += _membership(f"covenant-of-mayors-{number}", signatory, "member", record)
        for role, column in (("coordinator", "coordinator_name"), ("supporter", "supporter_name")):
            name = " ".join(record[column].split())
            if name:
                helper = mint("organisation", f"{country.lower()}-{slugify(name)}")
                statements += _organisation(helper, name, country)
                about = _membership(f"covenant-of-mayors-{number}-{role}", helper, role, record)
                statements += about.add("sg:concerns", signatory)
        return statements

    def _municipality(self, record: Record, country: str) -> NamedNode | None:
        if self._places is None or record["group_profile"] == "True":
            return None
        try:
            point = float(record["organisation_longitude"]), float(record["organisation_latitude"])
        except ValueError as error:
            raise RecordRejected("organisation_longitude and organisation_latitude are not numbers") from error
        return self._places.find(country, record["organisation_name"], *point)


def _network() -> About:
    about = About(COVENANT).types("sg:Network")
    about.text("skos:prefLabel", "Covenant of Mayors", "en").text("skos:prefLabel", "Porozumienie Burmistrzów", "pl")
    about.text("skos:prefLabel", "Pakt starostů a primátorů", "cs").text("skos:prefLabel", "Dohovor primátorov", "sk")
    about.text("skos:prefLabel", "Polgármesterek Szövetsége", "hu")
    about.add("sg:networkKind", concept_iri("network-kind", "city-network"))
    for concept in (concept_iri("green-deal", "GD1.1"), concept_iri("sdg", "13.2")):
        about.add("sg:theme", concept)
    return about.iri("foaf:homepage", "https://eu-mayors.ec.europa.eu/").add("dct:source", SOURCE)


def _organisation(iri: NamedNode, name: str, country: str) -> About:
    """An organisation of which only name and country are known; the source does not say its kind."""
    about = About(iri).types("org:Organization").text("skos:prefLabel", name, NATIONAL_LANGUAGE[country])
    about.add("dct:spatial", NamedNode(PREFIXES["country"] + V4[country]))
    return about.add("dct:source", SOURCE)


def _membership(slug: str, member: NamedNode, role: str, record: Record) -> About:
    about = About(mint("membership", slug)).types("org:Membership")
    about.add("org:member", member).add("org:organization", COVENANT)
    about.add("org:role", concept_iri("role", role)).add("dct:source", SOURCE)
    if role == "member":
        about.date("schema:startDate", record["date_of_adhesion"])
        for column, commitment in COMMITMENTS.items():
            about.text("sg:commitment", commitment if record[column] == "True" else "")
    return about
