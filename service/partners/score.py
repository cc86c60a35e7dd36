"""The score: a weighted mean of features, and the ranking that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from service.partners.features import Feature, Wish, features
from service.partners.model import Partners, Party

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "shared": 3.0,
        "gaps": 1.0,
        "bridges": 2.0,
        "projects": 2.0,
        "offers": 3.0,
        "region": 5.0,
        "distance": 0.5,
        "size": 0.5,
        "experience": 2.0,
    }
)


# What can be said of a partner without knowing who asks.
WITHOUT_WHO = frozenset({"shared", "experience"})


def score(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The weighted mean of the features, between 0 and 1; a feature that is not known counts as 0."""
    total = sum(weights.values())
    return sum(weights[name] * values.get(name, 0.0) for name in weights) / total if total else 0.0


@dataclass(frozen=True)
class Match:
    """A partner with its score and what it is made of."""

    party: Party
    score: float
    features: Mapping[str, Feature]


def match(partners: Partners, wish: Wish, party: Party, weights: Mapping[str, float] = WEIGHTS) -> Match:
    """What speaks for one partner."""
    found = features(partners, wish, party)
    values = {name: feature.value for name, feature in found.items()}
    return Match(party, score(values, applicable(wish, weights)), found)


def applicable(wish: Wish, weights: Mapping[str, float]) -> Mapping[str, float]:
    """The weights that matter for a wish: when nobody says who asks, what compares both does not count."""
    return weights if wish.who else {name: weights[name] for name in weights if name in WITHOUT_WHO}


def rank(
    partners: Partners,
    wish: Wish,
    weights: Mapping[str, float] = WEIGHTS,
    *,
    accept: Callable[[Party], bool] = lambda party: True,
) -> list[Match]:
    """All that may be partners, the best first; those who work on a theme looked for come before all others."""
    own = wish.who.iri if wish.who else ""
    candidates: Iterable[Party] = (p for p in partners.parties.values() if p.iri != own and accept(p))
    found = (match(partners, wish, party, weights) for party in candidates)
    return sorted((m for m in found if m.score > 0), key=lambda m: (off_theme(wish, m.party), -m.score, m.party.iri))


def off_theme(wish: Wish, party: Party) -> bool:
    """Whether themes are looked for and the party is not known to work on or offer any of them."""
    return bool(wish.themes) and not wish.themes & (party.themes | party.offers)
