"""What everything is called: every name in the data, so that a page can name a thing in any language."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from ontology.terms import PREFIXES
from service.pages.addresses import country_of, national_language
from service.pages.ask import Row, language, value
from service.pages.language import Text, fold, pick

# From the most to the least telling: a thing is shown as the first of these that it is.
KINDS: Final[dict[str, str]] = {
    PREFIXES["sg"] + "Strategy": "strategy",
    PREFIXES["sg"] + "Municipality": "municipality",
    PREFIXES["sg"] + "Region": "region",
    PREFIXES["sg"] + "Country": "country",
    PREFIXES["sg"] + "PopulatedPlace": "place",
    PREFIXES["sg"] + "AdministrativeArea": "area",
    PREFIXES["sg"] + "Alliance": "alliance",
    PREFIXES["sg"] + "Network": "network",
    PREFIXES["sg"] + "InvestmentProject": "investment-project",
    PREFIXES["sg"] + "Project": "project",
    PREFIXES["sg"] + "FundingProgramme": "programme",
    PREFIXES["sg"] + "FundingCall": "call",
    PREFIXES["sg"] + "Agreement": "agreement",
    PREFIXES["org"] + "Organization": "organisation",
    PREFIXES["schema"] + "Event": "event",
    PREFIXES["foaf"] + "Person": "person",
    PREFIXES["sg"] + "Task": "task",
    PREFIXES["schema"] + "Service": "service",
    PREFIXES["sg"] + "Result": "result",
    PREFIXES["sg"] + "Indicator": "indicator",
    PREFIXES["sg"] + "Source": "source",
    PREFIXES["sg"] + "SourceGraph": "graph",
    PREFIXES["eli"] + "LegalResource": "legal-act",
    PREFIXES["schema"] + "MonetaryGrant": "grant",
    PREFIXES["skos"] + "Concept": "concept",
    PREFIXES["skos"] + "ConceptScheme": "scheme",
}
_LOCAL: Final = frozenset({"municipality", "region"})
_ORDER: Final = {kind: place for place, kind in enumerate(KINDS.values())}
# Their names are proper names: another language's spelling is not a missing translation.
PROPER: Final = frozenset({"municipality", "region", "place", "organisation", "person", "network", "alliance"})
# What people look for by name; the order breaks ties between equally good matches.
FINDABLE: Final = (
    *("municipality", "strategy", "organisation", "network", "alliance", "project", "investment-project", "call"),
    *("region", "country", "concept", "event", "agreement", "programme", "person"),
)


@dataclass
class Named:
    """A thing with its names."""

    iri: str
    kind: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    parent: str = ""
    other: list[str] = field(default_factory=list)
    notation: str = ""

    @cached_property
    def folded(self) -> str:
        """All its names without accents, a line each."""
        names = [*self.labels.values(), *self.other, *([self.notation] if self.notation else [])]
        return "\n".join(dict.fromkeys(fold(name) for name in names))


class Names:
    """All names, and finding a thing by a piece of one."""

    def __init__(self, rows: list[Row], other: list[Row]) -> None:
        """Read the rows of `names-of-everything` and `other-names-of-everything`."""
        self._things: dict[str, Named] = {}
        for row in rows:
            thing = self._things.setdefault(value(row, "thing"), Named(value(row, "thing")))
            kind = KINDS.get(value(row, "type"), "")
            if _ORDER.get(kind, 99) < _ORDER.get(thing.kind, 99):
                thing.kind = kind
            thing.labels.setdefault(language(row, "name") or "und", value(row, "name"))
            thing.parent = thing.parent or value(row, "parent")
            thing.notation = thing.notation or value(row, "notation")
        for row in other:
            if named := self._things.get(value(row, "thing")):
                named.other.append(value(row, "name"))
        self._findable = [(thing.folded, thing) for thing in self._things.values() if thing.kind in FINDABLE]
        self._by_kind: defaultdict[str, list[Named]] = defaultdict(list)
        for thing in self._things.values():
            self._by_kind[thing.kind].append(thing)

    def __contains__(self, iri: str) -> bool:
        """Whether the thing has a name."""
        return iri in self._things

    def get(self, iri: str) -> Named | None:
        """The thing, if it has a name."""
        return self._things.get(iri)

    def kind(self, iri: str) -> str:
        """What kind of thing it is; empty for what has no name."""
        named = self._things.get(iri)
        return named.kind if named else ""

    def label(self, iri: str, wanted: str) -> Text:
        """What to call it; for a stranger the end of its IRI."""
        named = self._things.get(iri)
        if named and named.kind in _LOCAL and wanted not in named.labels:
            # Kraków is called Kraków by a Hungarian too, rather than by its English name.
            wanted = national_language(country_of(iri))
        return pick(named.labels, wanted) if named else Text(iri.rstrip("/").rsplit("/", 1)[-1].rsplit("#", 1)[-1])

    def originals(self, iri: str, wanted: str) -> list[Text]:
        """Its names in other languages than the one shown, when there are few: the original among them."""
        shown = self.label(iri, wanted)
        named = self._things.get(iri)
        others = [Text(name, code) for code, name in named.labels.items() if code != shown.language] if named else []
        return others if len(others) == 1 else []

    def of_kind(self, *kinds: str) -> list[Named]:
        """All things of these kinds."""
        return [thing for kind in kinds for thing in self._by_kind[kind]]

    def count(self, *kinds: str) -> int:
        """How many things of these kinds there are."""
        return sum(len(self._by_kind[kind]) for kind in kinds)

    def find(self, text: str, limit: int = 10, kinds: tuple[str, ...] = FINDABLE) -> list[Named]:
        """The best matches: a name that is the text, that begins with it, that has a word like it, that contains it."""
        words = fold(text).split()
        if not words:
            return []
        first, *others = words
        found = []
        for hay, thing in self._findable:
            if first in hay and thing.kind in kinds and all(word in hay for word in others):
                names = hay.split("\n")
                found.append((_distance(" ".join(words), names), FINDABLE.index(thing.kind), len(names[0]), thing))
        found.sort(key=lambda match: match[:3])
        return [match[3] for match in found[:limit]]


def _distance(text: str, names: list[str]) -> int:
    if text in names:
        return 0
    if any(name.startswith(text) for name in names):
        return 1
    return 2 if any(f" {text}" in name for name in names) else 3
