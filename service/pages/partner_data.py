"""Reads what the partner finder knows from named queries and the shared corpus, once for each version of the data."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from service.pages.ask import Ask, Row, language, value
from service.pages.concepts import THEMES, Concepts
from service.pages.corpus import Corpus
from service.pages.language import Text, pick
from service.pages.partner_proof import STATEMENTS, Statements
from service.partners.model import Partners, Party, Tie

ORGANISATIONS: Final = "organisations-and-their-kinds"
DESCRIPTIONS: Final = "descriptions-of-organisations"
TIES: Final = "partnerships-and-memberships-that-are-known"
OWN_THEMES: Final = "themes-of-organisations"
PROFILES: Final = "offers-and-needs-of-profiles"
POSITIONS: Final = "positions-of-populated-places"
QUERIES: Final = (ORGANISATIONS, TIES, OWN_THEMES, PROFILES, POSITIONS)
NETWORKS: Final = frozenset({"network", "alliance"})
PROJECTS: Final = frozenset({"project", "investment-project"})
PLACES: Final = frozenset({"municipality", "place", "region"})


class PartnersCache:
    """Keeps the partners of the newest corpus; whoever comes while they are read waits for the same reading."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._lock = asyncio.Lock()
        self._corpus: Corpus | None = None
        self._reader: Reader | None = None
        self._partners = Partners({}, ())
        self._statements = Statements((), Concepts(()))
        self._texts: dict[str, dict[str, str]] = {}

    async def get(self, ask: Ask, corpus: Corpus) -> Partners:
        """The partners of a corpus."""
        async with self._lock:
            if self._corpus is not corpus:
                self._reader = Reader(corpus, *await answers(ask))
                self._statements = Statements(await ask.rows(STATEMENTS), corpus.concepts)
                self._texts = _texts(await ask.rows(DESCRIPTIONS))
                self._partners = await asyncio.to_thread(self._reader.partners)
                self._corpus = corpus
            return self._partners

    @property
    def statements(self) -> Statements:
        """What is said about the partners and by whom, of the same version."""
        return self._statements

    def description(self, iri: str, wanted: str) -> Text:
        """What somebody does, in a language or the next best; empty where nobody says it."""
        return pick(self._texts.get(iri, {}), wanted)

    def party(self, iri: str) -> Party | None:
        """One who asks: also a municipality of which nothing but its place is known."""
        found = self._partners.parties.get(iri)
        if found is None and self._reader and self._corpus and self._corpus.names.kind(iri) in PLACES:
            return self._reader.party(iri)
        return found


def _texts(rows: list[Row]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(value(row, "organisation"), {})[language(row, "description")] = value(row, "description")
    return found


async def answers(ask: Ask) -> list[list[Row]]:
    """The rows of each query."""
    return list(await asyncio.gather(*(ask.rows(name) for name in QUERIES)))


async def read(ask: Ask, corpus: Corpus) -> Partners:
    """Ask for all of it and put it together."""
    return Reader(corpus, *await answers(ask)).partners()


class Reader:
    """Puts rows together."""

    def __init__(
        self,
        corpus: Corpus,
        organisations: list[Row],
        ties: list[Row],
        themes: list[Row],
        profiles: list[Row],
        positions: list[Row],
    ) -> None:
        """Take the rows of each query."""
        self._corpus = corpus
        self._kinds: dict[str, str] = {}
        self._seats: dict[str, str] = {}
        for row in organisations:
            iri = value(row, "organisation")
            # The kind is in the same order each time, whatever order rows come in.
            self._kinds[iri] = max(self._kinds.get(iri, ""), value(row, "kind").rsplit("/", 1)[-1])
            self._seats[iri] = max(self._seats.get(iri, ""), value(row, "place"))
        self._ties = tuple(dict.fromkeys(tie for row in ties for tie in self._tie(row)))
        self._themes = _sets((value(row, "party"), value(row, "theme")) for row in themes)
        self._offers = _sets(
            (value(r, "party"), value(r, "concept")) for r in profiles if value(r, "relation") == "offers"
        )
        self._seeks = _sets(
            (value(r, "party"), value(r, "concept")) for r in profiles if value(r, "relation") == "seeks"
        )
        self._points = {
            value(r, "place"): (float(value(r, "longitude")), float(value(r, "latitude"))) for r in positions
        }
        self._population = {value(r, "place"): int(float(value(r, "population", "0"))) for r in positions}

    def partners(self) -> Partners:
        """Organisations and networks, and places with strategies or ties."""
        ends = {iri for tie in self._ties for iri in (tie.one, tie.other)}
        names = self._corpus.names
        places = {iri for iri in (*ends, *self._corpus.places()) if names.kind(iri) in PLACES}
        parties = {iri: self.party(iri) for iri in sorted({*self._kinds, *places})}
        projects = frozenset(iri for iri in ends if names.kind(iri) in PROJECTS)
        concepts = self._corpus.concepts
        fields = frozenset(concept.iri for scheme in THEMES for concept in concepts.top(scheme))
        return Partners(parties, self._ties, fields, projects)

    def _tie(self, row: Row) -> list[Tie]:
        member, body, concerned = value(row, "member"), value(row, "body"), value(row, "concerns")
        project = self._corpus.names.kind(body) in PROJECTS
        found = [Tie(member, body, project)]
        # Who coordinates or supports a city is its partner, not only a fellow member of the network.
        return found + ([Tie(member, concerned)] if concerned and concerned != member else [])

    def party(self, iri: str) -> Party:
        """One of them."""
        corpus = self._corpus
        kind = corpus.names.kind(iri)
        seat = iri if kind in PLACES else self._seats.get(iri, "")
        areas = tuple(dict.fromkeys(area for area in (seat, *corpus.areas_above(seat)) if area)) if seat else ()
        themes = set(self._themes.get(iri, ()))
        if kind in PLACES:
            themes |= {concept for strategy in corpus.of_place(iri) for concept in strategy.concepts}
        municipality = corpus.municipalities.get(seat)
        own_size = (municipality.population if municipality else self._population.get(seat, 0)) if seat == iri else 0
        return Party(
            iri,
            "network" if kind in NETWORKS else kind if kind in PLACES else self._kinds.get(iri, ""),
            self._country(areas),
            areas,
            (municipality.position if municipality else None) or self._points.get(seat),
            own_size,
            corpus.concepts.with_above(themes),
            self._offers.get(iri, frozenset()),
            self._seeks.get(iri, frozenset()),
        )

    def _country(self, areas: Iterable[str]) -> str:
        """The two letters of the country; also of countries outside the four."""
        named = (self._corpus.names.get(area) for area in areas)
        own = next((n.notation for n in named if n and n.kind == "country" and n.notation), "")
        return own or next((code for code in map(self._corpus.country, areas) if code), "")


def _sets(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key, one in pairs:
        found[key].add(one)
    return {key: frozenset(ones) for key, ones in found.items()}
