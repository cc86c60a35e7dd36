"""Proposes balanced consortia: sets of partners that keep a call's rules, not just the best few."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.partners.model import Party
from service.partners.score import Match

# What a new country, a kind of partner not there yet, and a theme not covered yet are worth next to the score.
COUNTRY, SIDE, THEME = 0.3, 0.2, 0.2
# A partner that another proposal has already is worth less, so that proposals differ.
AGAIN = 0.5
CONSIDERED = 200


@dataclass(frozen=True)
class Rules:
    """What a consortium must be; the one who asks is in it and counts."""

    partners: int = 3
    countries: int = 2
    sides: frozenset[str] = frozenset()
    themes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Consortium:
    """A proposed set, and what it still lacks of the rules."""

    members: tuple[Match, ...]
    countries: tuple[str, ...]
    sides: tuple[str, ...]
    themes: frozenset[str]
    missing_partners: int
    missing_countries: int
    missing_sides: frozenset[str]

    @property
    def complete(self) -> bool:
        """Whether it keeps all rules."""
        return not (self.missing_partners or self.missing_countries or self.missing_sides)


def propose(matches: Sequence[Match], rules: Rules, who: Party | None = None, number: int = 3) -> list[Consortium]:
    """Up to a number of proposals, each as unlike the ones before as the candidates allow."""
    candidates = [m for m in matches if m.party.side != "network"]
    # The best of each country and kind stay in, however long the list of the best is.
    kept = {m.party.iri: m for m in candidates[:CONSIDERED]}
    for found in candidates:
        key = (found.party.country, found.party.side)
        if all((m.party.country, m.party.side) != key for m in kept.values()):
            kept[found.party.iri] = found
    used: set[str] = set()
    proposals: list[Consortium] = []
    for _ in range(number):
        members = build(list(kept.values()), rules, who, used)
        names = {m.party.iri for m in members}
        if not members or any(names == {m.party.iri for m in p.members} for p in proposals):
            break
        used |= names
        proposals.append(describe(members, rules, who))
    return proposals


def build(candidates: Sequence[Match], rules: Rules, who: Party | None, used: set[str]) -> list[Match]:
    """One partner after the other, each time the one that adds most; until the rules are kept or nobody is left."""
    members: list[Match] = []
    left = list(candidates)
    needed = max(rules.partners - (who is not None), 1)
    while left and len(members) < needed:
        state, places = describe(members, rules, who), needed - len(members)
        values = {m.party.iri: _worth(m, state, rules, places, m.party.iri in used) for m in left}
        best = max(left, key=lambda m: (values[m.party.iri], m.party.iri))
        members.append(best)
        left.remove(best)
    return members


def _worth(found: Match, state: Consortium, rules: Rules, places: int, again: bool) -> float:
    """What one more partner adds to a set that is as it is, with so many places left."""
    country = bool(found.party.country) and found.party.country not in state.countries
    side = found.party.side not in state.sides
    worth = found.score + COUNTRY * country * (state.missing_countries > 0)
    worth += SIDE * side + THEME * bool((rules.themes - state.themes) & found.party.themes)
    worth *= AGAIN if again else 1
    # When the places left are only just enough for what the rules ask, they go first.
    if state.missing_countries >= places and country:
        worth += 10
    if found.party.side in state.missing_sides:
        worth += 5
    return worth


def describe(members: Sequence[Match], rules: Rules, who: Party | None) -> Consortium:
    """What a set is, and what it lacks."""
    parties = ([who] if who else []) + [m.party for m in members]
    countries = _once(p.country for p in parties if p.country)
    sides = _once(p.side for p in parties)
    return Consortium(
        tuple(members),
        countries,
        sides,
        rules.themes & frozenset(theme for p in parties for theme in p.themes),
        max(0, rules.partners - len(parties)),
        max(0, rules.countries - len(countries)),
        rules.sides - set(sides),
    )


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
