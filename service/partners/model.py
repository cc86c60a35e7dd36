"""What the partner finder knows of organisations, cities and networks, free of how it was read."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

# Which side of a consortium a kind of partner stands on; a balanced consortium has several.
GROUPS: dict[str, str] = {
    "municipality": "city",
    "place": "city",
    "region": "city",
    "university": "research",
    "research-institute": "research",
    "company": "business",
    "cluster": "business",
    "hub": "business",
    "fund": "business",
    "municipal-company": "business",
    "public-authority": "public",
    "representation-office": "public",
    "association": "civil",
    "non-profit": "civil",
    "network": "network",
}
SIDES = ("city", "research", "business", "public", "civil", "network", "other")


@dataclass(frozen=True)
class Party:
    """An organisation, city or network that may become a partner."""

    iri: str
    kind: str = ""
    country: str = ""
    # The areas that it lies in, the nearest first.
    areas: tuple[str, ...] = ()
    position: tuple[float, float] | None = None
    population: int = 0
    # What it works on, and each concept above that.
    themes: frozenset[str] = frozenset()
    offers: frozenset[str] = frozenset()
    seeks: frozenset[str] = frozenset()

    @property
    def side(self) -> str:
        """Where it stands in a consortium."""
        return GROUPS.get(self.kind, "other")


@dataclass(frozen=True)
class Tie:
    """A link that the graph knows: a membership, or one helping another."""

    one: str
    other: str
    project: bool = False

    @property
    def ends(self) -> frozenset[str]:
        """Both, in no order."""
        return frozenset((self.one, self.other))


@dataclass(frozen=True)
class Partners:
    """All parties and the ties between them."""

    parties: Mapping[str, Party]
    ties: tuple[Tie, ...]
    # Concepts at the top of their schemes: what a gap is counted in.
    fields: frozenset[str] = frozenset()
    projects: frozenset[str] = field(default=frozenset())

    def without(self, hidden: Iterable[Tie]) -> Partners:
        """The same without some ties, for evaluation."""
        gone = {tie.ends for tie in hidden}
        kept = tuple(tie for tie in self.ties if tie.ends not in gone)
        return Partners(self.parties, kept, self.fields, self.projects)

    @cached_property
    def neighbours(self) -> Mapping[str, frozenset[str]]:
        """Whom each is tied to."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for tie in self.ties:
            found[tie.one].add(tie.other)
            found[tie.other].add(tie.one)
        return {iri: frozenset(others) for iri, others in found.items()}

    def of(self, iri: str) -> frozenset[str]:
        """Whom one is tied to."""
        return self.neighbours.get(iri, frozenset())

    @cached_property
    def reach(self) -> Mapping[str, Counter[str]]:
        """How many partners each has in each area; a country too is an area."""
        return {iri: self._reach(others) for iri, others in self.neighbours.items()}

    def _reach(self, others: Iterable[str]) -> Counter[str]:
        known = (self.parties[other] for other in others if other in self.parties)
        return Counter(area for party in known for area in party.areas)

    @cached_property
    def rarity(self) -> Mapping[str, float]:
        """How much a theme tells: one that few work on weighs more than one that all do."""
        counts = Counter(theme for party in self.parties.values() for theme in party.themes)
        total = len(self.parties) + 1
        return {theme: math.log(total / count) for theme, count in counts.items()}

    @cached_property
    def richness(self) -> Mapping[str, float]:
        """The rarity of all themes of each party together."""
        return {iri: sum(self.rarity[theme] for theme in p.themes) for iri, p in self.parties.items()}
