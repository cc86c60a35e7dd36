"""How kinds of things are called on pages: one, many, and where the list of them is."""

from dataclasses import dataclass
from typing import Final

from service.pages.language import msg


@dataclass(frozen=True)
class Word:
    """A kind in words."""

    one: str
    many: str
    path: str = ""
    schema: str = "Thing"


WORDS: Final[dict[str, Word]] = {
    "strategy": Word(msg("Strategy"), msg("Strategies"), "/strategies", "DigitalDocument"),
    "municipality": Word(msg("Municipality"), msg("Municipalities"), "/municipalities", "City"),
    "region": Word(msg("Region"), msg("Regions"), "/regions", "AdministrativeArea"),
    "country": Word(msg("Country"), msg("Countries"), "/regions", "Country"),
    "place": Word(msg("City"), msg("Cities"), "", "Place"),
    "area": Word(msg("Area"), msg("Areas"), "", "AdministrativeArea"),
    "organisation": Word(msg("Organisation"), msg("Organisations"), "/organisations", "Organization"),
    "network": Word(msg("Network"), msg("Networks"), "/networks", "Organization"),
    "alliance": Word(msg("Alliance"), msg("Alliances"), "/networks", "Organization"),
    "project": Word(msg("Project"), msg("Projects"), "/projects", "Project"),
    "investment-project": Word(msg("Investment project"), msg("Investment projects"), "/projects", "Project"),
    "programme": Word(msg("Funding programme"), msg("Funding programmes"), "/calls", "FundingScheme"),
    "call": Word(msg("Funding call"), msg("Funding calls"), "/calls", "Grant"),
    "agreement": Word(msg("Agreement"), msg("Agreements"), "/agreements", "DigitalDocument"),
    "event": Word(msg("Event"), msg("Events"), "/events", "Event"),
    "person": Word(msg("Person"), msg("People"), "", "Person"),
    "task": Word(msg("Task"), msg("Tasks")),
    "service": Word(msg("Service"), msg("Services"), "", "Service"),
    "result": Word(msg("Result"), msg("Results"), "", "CreativeWork"),
    "indicator": Word(msg("Indicator"), msg("Indicators")),
    "source": Word(msg("Source"), msg("Sources"), "/sources", "CreativeWork"),
    "graph": Word(msg("Source graph"), msg("Source graphs"), "/sources", "Dataset"),
    "legal-act": Word(msg("Legal act"), msg("Legal acts"), "", "Legislation"),
    "grant": Word(msg("Grant"), msg("Grants"), "", "MonetaryGrant"),
    "concept": Word(msg("Concept"), msg("Concepts"), "/themes", "DefinedTerm"),
    "scheme": Word(msg("Concept scheme"), msg("Concept schemes"), "/themes", "DefinedTermSet"),
}
OTHER: Final = Word(msg("Thing"), msg("Things"))


def word(kind: str) -> Word:
    """The words for a kind."""
    return WORDS.get(kind, OTHER)
