"""What every page needs of the data, read once for each version of it: names, concepts, and the list of strategies."""

import asyncio
import logging
import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar, cast

from service.operations.allocator import give_back
from service.pages.addresses import country_of
from service.pages.ask import Ask, Row, value
from service.pages.concepts import Concepts
from service.pages.names import Names

NAMES: Final = ("names-of-everything", "other-names-of-everything")
Kept = TypeVar("Kept")
CONCEPTS: Final = ("concepts-of-all-schemes",)
MUNICIPALITIES: Final = ("municipalities-with-population-and-position",)
STRATEGIES: Final = ("strategies-and-their-characteristics", "concepts-that-strategies-support")


@dataclass
class Strategy:
    """A strategy as lists, facets and comparisons need it."""

    iri: str
    kind: str = ""
    level: str = ""
    status: str = ""
    place: str = ""
    issued: str = ""
    start: str = ""
    end: str = ""
    concepts: dict[str, float] = field(default_factory=dict)
    covered: frozenset[str] = frozenset()
    # Codes of what is covered, by scheme and depth: what facets count.
    codes: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    countries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    # The places and all that they lie in.
    areas: tuple[str, ...] = ()

    @property
    def year(self) -> str:
        """The year it was adopted, else the one it starts in."""
        return (self.issued or self.start)[:4]

    def has(self, code: str) -> bool:
        """Whether a code of a list is its kind, level or status."""
        return code in (self.kind, self.level, self.status)


@dataclass(frozen=True)
class Municipality:
    """How large a municipality is and where it lies; None for what is not known."""

    iri: str
    population: int
    position: tuple[float, float] | None


class Corpus:
    """One version of the data, as far as pages share it."""

    def __init__(
        self,
        names: Names,
        concepts: Concepts,
        municipalities: list[Row],
        characteristics: list[Row],
        support: list[Row],
    ) -> None:
        """Put the parts together."""
        self.names = names
        self.concepts = concepts
        self.municipalities = {found.iri: found for found in map(_municipality, municipalities)}
        self._kept: dict[Hashable, object] = {}
        self.strategies: dict[str, Strategy] = {}
        for row in characteristics:
            self._read(row)
        for row in support:
            if strategy := self.strategies.get(value(row, "strategy")):
                strategy.concepts[value(row, "concept")] = float(value(row, "confidence", "0"))
        self._by_place: defaultdict[str, list[Strategy]] = defaultdict(list)
        self._by_concept: defaultdict[str, list[Strategy]] = defaultdict(list)
        for strategy in self.strategies.values():
            strategy.covered = concepts.with_above(strategy.concepts)
            strategy.codes = _codes(concepts, strategy.covered)
            for place in strategy.places:
                self._by_place[place].append(strategy)
            for concept in strategy.covered:
                self._by_concept[concept].append(strategy)

    def _read(self, row: Row) -> None:
        iri = value(row, "strategy")
        found = self.strategies.setdefault(iri, Strategy(iri))
        for name in ("kind", "level", "status", "place", "issued", "start", "end"):
            if not getattr(found, name):
                setattr(found, name, value(row, name))
        place = value(row, "place")
        if place and place not in found.places:
            found.places += (place,)
            found.areas += (place, *self.areas_above(place))
            found.countries = tuple(dict.fromkeys(code for code in map(country_of, found.areas) if code))
            found.regions = tuple(dict.fromkeys(area for area in found.areas if _is_region(area)))

    def of_place(self, iri: str) -> list[Strategy]:
        """The strategies of a place itself."""
        return self._by_place.get(iri, [])

    def on_concept(self, iri: str) -> list[Strategy]:
        """The strategies that support a concept or one below it."""
        return self._by_concept.get(iri, [])

    def places(self) -> Iterable[str]:
        """The places that have strategies."""
        return self._by_place.keys()

    def keep(self, key: Hashable, compute: Callable[[], Kept]) -> Kept:
        """What was computed for this version of the data already, or is now."""
        if key not in self._kept:
            self._kept[key] = compute()
        return cast("Kept", self._kept[key])

    def country(self, area: str) -> str:
        """The two letters of the country that an area lies in, or nothing."""
        return next((code for code in map(country_of, (area, *self.areas_above(area))) if code), "")

    def largest(self, area: str) -> list[Municipality]:
        """The municipalities of a region or country, the largest first."""
        return self.keep("municipalities by area", self._by_area).get(area, [])

    def _by_area(self) -> dict[str, list[Municipality]]:
        found: defaultdict[str, list[Municipality]] = defaultdict(list)
        for one in sorted(self.municipalities.values(), key=lambda m: -m.population):
            for area in self.areas_above(one.iri):
                found[area].append(one)
        return dict(found)

    def areas_above(self, area: str) -> list[str]:
        """The regions and the country that an area lies in, the nearest first."""
        found: list[str] = []
        named = self.names.get(area)
        while named and named.parent and named.parent not in found:
            found.append(named.parent)
            named = self.names.get(named.parent)
        return found

    def nearest(self, strategy: Strategy, limit: int = 5) -> list[tuple[Strategy, list[str]]]:
        """The strategies that support most of the same concepts; a concept that few support weighs more."""
        total = len(self.strategies) or 1
        scores: defaultdict[str, float] = defaultdict(float)
        for concept in strategy.concepts:
            others = [s for s in self.on_concept(concept) if concept in s.concepts and s is not strategy]
            for other in others:
                scores[other.iri] += math.log(1 + total / (1 + len(others)))
        weighted = ((score / math.sqrt(1 + len(self.strategies[iri].concepts)), iri) for iri, score in scores.items())
        best = sorted(weighted, key=lambda pair: (-pair[0], pair[1]))[:limit]
        return [(self.strategies[iri], self._shared(strategy, self.strategies[iri])) for _, iri in best]

    def _shared(self, one: Strategy, other: Strategy) -> list[str]:
        return sorted(one.concepts.keys() & other.concepts.keys())

    def coverage(self, strategies: Iterable[Strategy]) -> dict[str, int]:
        """For each concept, how many of the strategies support it or something below it."""
        counts: defaultdict[str, int] = defaultdict(int)
        for strategy in strategies:
            for concept in strategy.covered:
                counts[concept] += 1
        return counts


def _is_region(area: str) -> bool:
    """Whether it is a region of level 2: the ones that people know by name."""
    return "/nuts/code/" in area and len(area.rsplit("/", 1)[-1]) == 4


def _municipality(row: Row) -> Municipality:
    position = (float(value(row, "longitude")), float(value(row, "latitude"))) if "latitude" in row else None
    return Municipality(value(row, "municipality"), int(float(value(row, "population", "0"))), position)


def _codes(concepts: Concepts, covered: Iterable[str]) -> dict[tuple[str, int], tuple[str, ...]]:
    found: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for iri in covered:
        if concept := concepts.get(iri):
            found[concept.scheme, len(concepts.above(iri))].append(concept.notation)
    return {key: tuple(codes) for key, codes in found.items()}


# What a visitor waits for a new version before seeing the one before it, and how often one is looked for, in s.
PATIENCE: Final = 1.0
LOOK: Final = 2.0


class CorpusCache:
    """Keeps the corpus of the newest version; whoever comes while it is read waits for the same reading.

    A version that takes long to read is read beside the visitors, who see the one before it until then.
    """

    def __init__(self, ask: Ask) -> None:
        """Nothing is read yet."""
        self._ask = ask
        self._version = -1
        self._corpus: Corpus | None = None
        self._reading: tuple[int, asyncio.Task[Corpus]] | None = None

    async def get(self) -> Corpus:
        """The corpus of the published version, or for moments after it was published the one before."""
        version = await self._ask.version()
        if self._corpus is not None and version == self._version:
            return self._corpus
        task = self._read(version)
        if self._corpus is not None:
            await asyncio.wait([task], timeout=PATIENCE)
            if not task.done():
                return self._corpus
        # Shielded, because a visitor who leaves must not take the reading from the others.
        corpus = await asyncio.shield(task)
        if version >= self._version:
            self._corpus, self._version = corpus, version
        return corpus

    async def keep_fresh(self) -> None:
        """Read each version as soon as it is there, so that hardly anybody waits for it; runs until it is cancelled."""
        given_back_for = -1
        while True:
            try:
                await self.get()
                if given_back_for != self._version:
                    given_back_for = self._version
                    # The corpus before it is free now, in pieces all over the heap.
                    await asyncio.to_thread(give_back)
            except Exception as error:  # The visitor for whom it fails again is told.
                logging.getLogger(__name__).warning("the pages could not be brought up to date: %s", error)
            await asyncio.sleep(LOOK)

    def _read(self, version: int) -> asyncio.Task[Corpus]:
        if self._reading is None or self._reading[0] != version or _failed(self._reading[1]):
            task = asyncio.create_task(read(self._ask))
            task.add_done_callback(_failed)  # Whoever waited may have left; nobody need hear of it then.
            self._reading = (version, task)
        return self._reading[1]


def _failed(task: asyncio.Task[Corpus]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


async def read(ask: Ask) -> Corpus:
    """Ask for all of it."""
    names, other, concepts, *rest = await asyncio.gather(
        *(ask.rows(name) for name in (*NAMES, *CONCEPTS, *MUNICIPALITIES, *STRATEGIES))
    )
    return await asyncio.to_thread(lambda: Corpus(Names(names, other), Concepts(concepts), *rest))
