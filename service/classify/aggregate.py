"""From passages to a text: how much of it speaks of a concept, and how much more than strategies usually do.

Counting passages saturates: in two hundred pages about a city everything is mentioned. So a concept of a long text is
judged by its share of the passages and by the lift of that share over a background of strategies; a short text is
judged as one passage; in between the two are mixed. Tables of contents, glossaries and rows of numbers count less than
sentences, by the `quality` of each passage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from types import MappingProxyType
from typing import Final

from service.classify.concepts import load_concepts
from service.classify.prose import TELLING
from service.classify.scoring import Scores

# A text of this many passages is judged half by its best passage and half by shares.
_HALF: Final = 15
# The share of passages at which a concept of average lift is as likely covered as not, by level and scheme depth.
_USUAL: Final = MappingProxyType({"goal": 0.03, "dimension": 0.04, "area": 0.012, "measure": 0.004, "target": 0.005})
_BY_SHARE: Final = 0.6
_BY_LIFT: Final = 0.7
# Added to both shares: a concept that the background never shows must not have an endless lift.
_SMOOTH: Final = 0.002
_LONG_THRESHOLD: Final = 0.5
# One passage in a long text may be an accident; in a text of a few pages one that is sure speaks for itself.
_LEAST_PASSAGES: Final = 2
_FEW_PAGES: Final = 60
_SURE: Final = 0.8


@dataclass(frozen=True, slots=True)
class Coverage:
    """A concept in a text."""

    code: str
    score: float
    asserted: bool
    share: float
    lift: float
    passages: tuple[int, ...]  # best first


def shares(scored: Sequence[Scores], qualities: Sequence[float]) -> dict[str, float]:
    """For each concept the share of the passages that speak of it, each by how surely and by how far it is prose."""
    mass: dict[str, float] = {}
    for scores, quality in zip(scored, qualities, strict=True):
        for code, value in scores.values.items():
            if value >= scores.thresholds[code]:
                mass[code] = mass.get(code, 0.0) + quality * value
    whole = sum(qualities) or 1.0
    return {code: value / whole for code, value in sorted(mass.items())}


def cover(scored: Sequence[Scores], qualities: Sequence[float], background: Mapping[str, float]) -> list[Coverage]:
    """Judge every concept that some passage speaks of; best first."""
    share_of = shares(scored, qualities)
    places: dict[str, list[int]] = {}
    for place, scores in enumerate(scored):
        for code in scores.values:
            places.setdefault(code, []).append(place)
    found = [
        _judge(code, where, scored, qualities, share_of.get(code, 0.0), background.get(code, 0.0))
        for code, where in places.items()
    ]
    return sorted(found, key=lambda item: (not item.asserted, -item.score, item.code))


def _judge(
    code: str, where: list[int], scored: Sequence[Scores], qualities: Sequence[float], share: float, usual: float
) -> Coverage:
    where = sorted(where, key=lambda place: (-scored[place].values[code] * qualities[place], place))
    best = scored[where[0]]
    length = (len(scored) - 1) / (len(scored) - 1 + _HALF)
    lift = (share + _SMOOTH) / (usual + _SMOOTH)
    level = load_concepts()[code].level
    long_score = _logistic(_BY_SHARE * log((share + 1e-6) / _USUAL[level]) + _BY_LIFT * log(lift))
    score = (1 - length) * best.values[code] + length * long_score
    threshold = (1 - length) * best.thresholds[code] + length * _LONG_THRESHOLD
    count = sum(1 for place in where if scored[place].found(code) and qualities[place] >= TELLING)
    sure = len(scored) <= _FEW_PAGES and best.values[code] >= _SURE
    enough = count >= (1 if sure or len(scored) <= _HALF else _LEAST_PASSAGES)
    return Coverage(code, round(score, 4), enough and score >= threshold, round(share, 5), round(lift, 3), tuple(where))


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + exp(-value))
