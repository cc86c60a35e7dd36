"""What is on a map: the value of every region, and the places with what is there."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from service.maps.outlines import Point, centre
from service.pages.addresses import country_of, region_iri
from service.pages.ask import Row, value
from service.pages.concepts import GREEN_DEAL, SDG, SMART
from service.pages.corpus import CONCEPTS, MUNICIPALITIES, NAMES, STRATEGIES, Corpus, Strategy
from service.pages.map_choice import NONE, Choice
from service.pages.page import Page

# Scheme and depth of the concepts that an indicator counts.
COVERED: Final = {"goals": (SDG, 0), "targets": (SDG, 1), "areas": (SMART, 1), "green-deal": (GREEN_DEAL, 0)}


@dataclass(frozen=True)
class Area:
    """A region with its value: `of` is what a share is a share of."""

    code: str
    iri: str
    amount: float
    of: float = 0

    @property
    def value(self) -> float:
        """The number or the share."""
        if not self.of:
            return self.amount
        return self.amount / self.of


@dataclass
class Spot:
    """A place with a position and what is there."""

    iri: str
    longitude: float
    latitude: float
    strategies: list[str] = field(default_factory=list)
    organisations: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Seats:
    """Organisations with their places, and how often each belongs to something."""

    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    memberships: Mapping[str, int] = field(default_factory=dict)


async def seats(page: Page, choice: Choice) -> Seats:
    """Ask for organisations and memberships if the map needs them."""
    if "organisations" not in choice.layers and choice.indicator not in ("organisations", "members"):
        return Seats()
    organisations = await page.rows("organisations-and-their-kinds")
    needed = choice.body or choice.indicator == "members"
    links = await page.rows("memberships-with-their-dates") if needed else []
    places: defaultdict[str, list[str]] = defaultdict(list)
    for row in organisations:
        place = value(row, "place")
        if place and place not in places[value(row, "organisation")]:
            places[value(row, "organisation")].append(place)
    pairs = {(value(row, "member"), value(row, "body")) for row in links}
    if choice.body:
        pairs = {pair for pair in pairs if pair[1] == choice.body}
        # A city that is a member is its own seat.
        places = defaultdict(list, {member: places[member] or [member] for member, _ in pairs})
    return Seats({iri: tuple(found) for iri, found in places.items()}, Counter(member for member, _ in pairs))


async def positions(page: Page) -> dict[str, Point]:
    """Where every place is that has coordinates."""
    rows: list[Row] = await page.rows("positions-of-populated-places")
    page.ask.used(*NAMES, *CONCEPTS, *STRATEGIES, *MUNICIPALITIES)
    other = {value(row, "place"): (float(value(row, "longitude")), float(value(row, "latitude"))) for row in rows}
    own = page.corpus.keep("positions of municipalities", lambda: _municipalities(page.corpus))
    return {**other, **own}


def _municipalities(corpus: Corpus) -> dict[str, Point]:
    return {iri: found.position for iri, found in corpus.municipalities.items() if found.position}


async def ask(page: Page, choice: Choice) -> tuple[Seats, dict[str, Point]]:
    """Everything that a map asks for."""
    return await asyncio.gather(seats(page, choice), positions(page))


def regions(corpus: Corpus, level: int) -> list[str]:
    """The codes of the countries or of the regions of a level."""
    return corpus.keep(("regions of level", level), lambda: _regions(corpus, level))


def _regions(corpus: Corpus, level: int) -> list[str]:
    kind = "region" if level else "country"
    codes = ((country_of(t.iri) if not level else t.iri.rsplit("/", 1)[-1]) for t in corpus.names.of_kind(kind))
    return sorted(code for code in codes if len(code) == level + 2)


def areas(
    corpus: Corpus, choice: Choice, strategies: Iterable[Strategy], found: Seats, countries: Iterable[str]
) -> list[Area]:
    """Every region of the level with its value, in the order of their codes."""
    if choice.indicator == NONE:
        return []
    wanted = {region_iri(code): code for code in regions(corpus, choice.level)}
    chosen = set(countries)
    wanted = {iri: code for iri, code in wanted.items() if not chosen or code[:2] in chosen}
    amounts, whole = _amounts(corpus, choice.indicator, list(strategies), found)
    return [
        Area(code, iri, amounts.get(iri, 0), whole if isinstance(whole, int) else whole.get(iri, 0))
        for iri, code in wanted.items()
    ]


def _amounts(
    corpus: Corpus, indicator: str, strategies: list[Strategy], found: Seats
) -> tuple[Mapping[str, float], int | Mapping[str, int]]:
    """For each area its amount, and what it is a share of: the same for all, or for each its own; 0 for no share."""
    if indicator in COVERED:
        return _covered(corpus, indicator, strategies)
    if indicator in ("municipalities", "population"):
        return _municipal(corpus, indicator, strategies)
    if indicator == "strategies":
        return Counter(area for s in strategies for area in s.areas), 0
    counts: Counter[str] = Counter()
    if indicator == "members":
        places = {**{iri: (iri,) for iri in corpus.municipalities}, **found.places}
        weights: Iterable[tuple[str, int]] = found.memberships.items()
    else:
        places = dict(found.places)
        weights = ((iri, 1) for iri in places)
    for iri, weight in weights:
        for area in {area for place in places.get(iri, ()) for area in (place, *corpus.areas_above(place))}:
            counts[area] += weight
    return counts, 0


def _covered(corpus: Corpus, indicator: str, strategies: list[Strategy]) -> tuple[Mapping[str, float], int]:
    scheme, depth = COVERED[indicator]
    codes: defaultdict[str, set[str]] = defaultdict(set)
    for strategy in strategies:
        for area in strategy.areas:
            codes[area].update(strategy.codes.get((scheme, depth), ()))
    top = corpus.concepts.top(scheme)
    whole = sum(len(c.narrower) for c in top) if depth else len(top)
    return {area: len(found) for area, found in codes.items()}, whole


def _municipal(
    corpus: Corpus, indicator: str, strategies: list[Strategy]
) -> tuple[Mapping[str, float], int | Mapping[str, int]]:
    covered = {place for s in strategies for place in s.places if place in corpus.municipalities}
    people = indicator == "population"
    amounts: Counter[str] = Counter()
    for iri in covered:
        for area in corpus.areas_above(iri):
            amounts[area] += corpus.municipalities[iri].population if people else 1
    return amounts, corpus.keep("population by area", lambda: _population(corpus)) if people else 0


def _population(corpus: Corpus) -> Counter[str]:
    found: Counter[str] = Counter()
    for iri, municipality in corpus.municipalities.items():
        for area in corpus.areas_above(iri):
            found[area] += municipality.population
    return found


def spots(
    corpus: Corpus,
    choice: Choice,
    strategies: Iterable[Strategy],
    found: Seats,
    places: Mapping[str, Point],
    countries: Iterable[str],
) -> list[Spot]:
    """The places that have something of the chosen layers, the busiest first."""
    known: dict[str, Spot] = {}
    chosen = set(countries)

    def at(place: str) -> Spot | None:
        if place not in places or (chosen and corpus.country(place) not in chosen):
            return None
        return known.setdefault(place, Spot(place, *places[place]))

    if "strategies" in choice.layers:
        for strategy in strategies:
            for spot in filter(None, map(at, strategy.places)):
                spot.strategies.append(strategy.iri)
    if "organisations" in choice.layers:
        for iri, own in found.places.items():
            for spot in filter(None, map(at, own)):
                spot.organisations.append(iri)
    return sorted(known.values(), key=lambda spot: (-len(spot.strategies), -len(spot.organisations), spot.iri))


def middle(corpus: Corpus, code: str, places: Mapping[str, Point]) -> Point | None:
    """Where to draw a region that has no outline: in the middle of its municipalities."""
    inside = (m.iri for m in corpus.largest(region_iri(code)))
    return corpus.keep(("middle of", code), lambda: centre(places[iri] for iri in inside if iri in places))
