"""Measures the score: hides ties that are known, and counts how many of them it finds again."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from service.partners.features import Wish, features
from service.partners.model import Partners, Party, Tie
from service.partners.score import WEIGHTS, score

Method = Callable[[Partners, Party, Party], float]
CUTS = (10, 50)


@dataclass(frozen=True)
class Recall:
    """The share of hidden ties among the first so many, for one method."""

    method: str
    at: Mapping[int, float]
    questions: int


def by_score(weights: Mapping[str, float] = WEIGHTS) -> Method:
    """The score of the partner finder."""

    def value(partners: Partners, who: Party, party: Party) -> float:
        found = features(partners, Wish(who), party)
        return score({name: feature.value for name, feature in found.items()}, weights)

    return value


def by_popularity(partners: Partners, who: Party, party: Party) -> float:
    """How many ties the partner has."""
    del who
    return float(len(partners.of(party.iri)))


def by_popularity_at_home(partners: Partners, who: Party, party: Party) -> float:
    """The same, those of the same country first: a harder baseline than the usual two."""
    return len(partners.of(party.iri)) + 1e6 * (bool(who.country) and who.country == party.country)


def by_common_neighbours(partners: Partners, who: Party, party: Party) -> float:
    """How many both are tied to."""
    return float(len(partners.of(who.iri) & partners.of(party.iri)))


def folds(ties: Sequence[Tie], number: int = 5, seed: int = 1) -> list[list[Tie]]:
    """The ties dealt into parts; with five, each hides a fifth."""
    order = sorted({tie.ends: tie for tie in ties}.values(), key=lambda tie: sorted(tie.ends))
    random.Random(seed).shuffle(order)  # noqa: S311 a fair deal that can be repeated, not a secret
    return [order[start::number] for start in range(number)]


def evaluate(
    partners: Partners,
    hidden: Iterable[Tie],
    methods: Mapping[str, Method],
    also: Iterable[Tie] = (),
    seed: int = 1,
) -> dict[str, list[int]]:
    """The place of each hidden tie's other end, asked from both ends, by method; `also` is hidden but not asked for."""
    gone = list(hidden)
    seen = partners.without([*gone, *also])
    places: dict[str, list[int]] = {name: [] for name in methods}
    questions = sorted({(a, b) for tie in gone for a, b in ((tie.one, tie.other), (tie.other, tie.one))})
    shuffled = random.Random(seed)  # noqa: S311 breaks ties the same way for each method
    for one, wanted in questions:
        if one not in seen.parties or wanted not in seen.parties:
            continue
        known = seen.of(one) | {one}
        candidates = [party for iri, party in seen.parties.items() if iri not in known]
        shuffled.shuffle(candidates)
        for name, method in methods.items():
            values = {party.iri: method(seen, seen.parties[one], party) for party in candidates}
            own = values[wanted]
            better = sum(value > own for value in values.values())
            equal = [iri for iri, value in values.items() if value == own]
            places[name].append(better + equal.index(wanted))
    return places


def recalls(places: Mapping[str, Sequence[int]], cuts: Sequence[int] = CUTS) -> list[Recall]:
    """The share of places below each cut."""
    return [
        Recall(name, {cut: sum(p < cut for p in found) / len(found) if found else 0.0 for cut in cuts}, len(found))
        for name, found in places.items()
    ]
