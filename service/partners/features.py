"""Turns what is known of a pair into features between 0 and 1, each with the things that show it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from service.partners.model import Partners, Party

EARTH_KM = 6371.0
# Distance at which the feature has fallen to about a third.
NEAR_KM = 150.0
# Ten times the inhabitants is half as alike.
DECADES = 2.0
MANY_TIES = 100


@dataclass(frozen=True)
class Wish:
    """Who asks, and for what; all may be empty."""

    who: Party | None = None
    themes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Feature:
    """How much one thing speaks for a partner, what shows it, and a number to say (a distance, a count)."""

    value: float
    things: tuple[str, ...] = ()
    number: float = 0.0
    where: str = ""


def features(partners: Partners, wish: Wish, party: Party) -> dict[str, Feature]:
    """All that speaks for a partner; what is not known is absent."""
    found = {"shared": shared(partners, wish, party), "experience": experience(partners, party)}
    if wish.who is not None:
        who = wish.who
        found |= {
            "gaps": gaps(partners, wish, party),
            "bridges": bridges(partners, who, party),
            "projects": projects(partners, who, party),
            "offers": offers(who, party),
            "region": max(region(partners, who, party), region(partners, party, who), key=lambda f: f.value),
            "distance": distance(who, party),
            "size": size(who, party),
        }
    return {name: feature for name, feature in found.items() if feature.value > 0}


def shared(partners: Partners, wish: Wish, party: Party) -> Feature:
    """Themes in common: the part of the themes looked for; without any, how alike both are, rare themes first."""
    if wish.themes:
        both = wish.themes & party.themes
        return Feature(len(both) / len(wish.themes), tuple(sorted(both)), len(both))
    if wish.who is None:
        return Feature(0.0)
    rarity = partners.rarity
    both = wish.who.themes & party.themes
    own, other = (partners.richness.get(p.iri, 0.0) for p in (wish.who, party))
    if not own or not other:
        return Feature(0.0)
    order = tuple(sorted(both, key=lambda theme: (-rarity[theme], theme)))
    return Feature(min(1.0, sum(rarity[theme] for theme in order) / math.sqrt(own * other)), order, len(both))


def gaps(partners: Partners, wish: Wish, party: Party) -> Feature:
    """What the one who asks lacks and the partner has; of somebody of whom no theme is known nothing is said."""
    if wish.who is None or not wish.who.themes:
        return Feature(0.0)
    missing = (wish.themes or partners.fields) - wish.who.themes
    has = missing & party.themes
    return Feature(len(has) / len(missing), tuple(sorted(has)), len(has)) if has else Feature(0.0)


def bridges(partners: Partners, who: Party, party: Party) -> Feature:
    """Networks and partners in common; a small one says more than a large one."""
    common = (partners.of(who.iri) & partners.of(party.iri)) - partners.projects
    weight = sum(1 / math.log(1 + len(partners.of(iri))) for iri in common)
    order = tuple(sorted(common, key=lambda iri: (len(partners.of(iri)), iri)))
    return Feature(weight / (1 + weight), order, len(common))


def projects(partners: Partners, who: Party, party: Party) -> Feature:
    """Projects that both took part in, and a partnership that is there already."""
    common = partners.of(who.iri) & partners.of(party.iri) & partners.projects
    direct = {party.iri} if party.iri in partners.of(who.iri) else set()
    number = len(common) + len(direct)
    return Feature(number / (1 + number), tuple(sorted(common)), len(common))


def offers(who: Party, party: Party) -> Feature:
    """What one offers and the other seeks, in both directions."""
    met = (who.seeks & party.offers) | (party.seeks & who.offers)
    return Feature(len(met) / (1 + len(met)), tuple(sorted(met)), len(met))


def region(partners: Partners, who: Party, party: Party) -> Feature:
    """How much the partner works where the one who asks is: its country counts half, the regions in it half."""
    reach = partners.reach.get(party.iri)
    if not reach or not who.areas:
        return Feature(0.0)
    others = len(partners.of(party.iri) - {who.iri})
    own = frozenset(partners.parties[who.iri].areas) if who.iri in partners.of(party.iri) else frozenset()
    counts = [(reach[area] - (area in own), area) for area in who.areas]
    number, where = next(((number, area) for number, area in counts if number > 0), (0, ""))
    if not number:
        return Feature(0.0)
    *inner, country = [count / others for count, _ in counts]
    share = (country + (sum(inner) / len(inner) if inner else 0.0)) / 2
    return Feature(share * _many(others), (party.iri,), number, where)


def distance(who: Party, party: Party) -> Feature:
    """How near they are, where the position of both is known."""
    if who.position is None or party.position is None:
        return Feature(0.0)
    km = kilometres(who.position, party.position)
    return Feature(math.exp(-km / NEAR_KM), (party.iri,), km)


def size(who: Party, party: Party) -> Feature:
    """How alike cities are in inhabitants."""
    if not who.population or not party.population:
        return Feature(0.0)
    apart = abs(math.log10(who.population / party.population))
    return Feature(max(0.0, 1 - apart / DECADES), (party.iri,), party.population)


def experience(partners: Partners, party: Party) -> Feature:
    """How many partnerships and memberships are known of the partner."""
    number = len(partners.of(party.iri))
    return Feature(_many(number), (party.iri,), number)


def _many(number: int) -> float:
    """A number as a share of very many: ten is half of a hundred."""
    return min(1.0, math.log(1 + number) / math.log(1 + MANY_TIES))


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The great circle between two points, each longitude and latitude."""
    (x1, y1), (x2, y2) = [(math.radians(x), math.radians(y)) for x, y in (one, other)]
    half = math.sin((y2 - y1) / 2) ** 2 + math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))
