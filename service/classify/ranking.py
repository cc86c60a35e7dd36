"""The order of the goals of a short text: a model that learned from texts with one goal each ranks them.

What is asserted stays as the calibrated models decide, which have passages with several goals in mind. Within what is
asserted, and within what is suggested, the probabilities are dealt out anew, the highest to the goal ranked first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nextafter
from typing import Final

from service.classify.features import Evidence
from service.classify.labels import places
from service.classify.models import word_margins
from service.classify.weights import WordModel

# How much the phrases of the lexicon count beside the words that the model learned.
_BY_PHRASES: Final = 0.3

Judged = tuple[list[float], list[float]]


def rank_goals(
    counts: Mapping[str, float],
    evidence: Evidence,
    model: WordModel,
    chances: Sequence[float],
    thresholds: Sequence[float],
) -> Judged:
    """Probabilities and thresholds of all labels, those of goals in the order of the model; the same are asserted."""
    margins = word_margins(counts, model)
    goals = places()["goals"]
    order = sorted(goals, key=lambda goal: (-margins[goal] - _BY_PHRASES * evidence.phrases[goal], goal))
    ranked, limits = list(chances), list(thresholds)
    for asserted in (True, False):
        group = [goal for goal in order if (chances[goal] >= thresholds[goal]) is asserted]
        dealt = sorted((chances[goal] for goal in group), reverse=True)
        for goal, chance in zip(group, dealt, strict=True):
            ranked[goal] = chance
            limits[goal] = min(limits[goal], chance) if asserted else max(limits[goal], nextafter(chance, 2.0))
    return ranked, limits
