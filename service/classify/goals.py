"""The goal model: from words and lexicon evidence to a calibrated probability of each of the 17 goals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, sqrt

from service.classify.features import CONCEPT_FEATURES, GOALS, base, concept_evidence, words
from service.classify.matcher import Hit, Matcher
from service.classify.tokens import Token
from service.classify.weights import Weights, WordModel

_COUNT = len(GOALS)


def word_margins(counts: Mapping[str, float], model: WordModel) -> list[float]:
    """Decision values of the word model."""
    rarity, goals = model.rarity, model.goals
    margins = [0.0] * _COUNT
    squares = 0.0
    for word, count in counts.items():
        rare = rarity.get(word)
        if rare is not None:
            value = count * rare
            squares += value * value
            margins = [margin + value * weight for margin, weight in zip(margins, goals[word], strict=True)]
    length = sqrt(squares) if squares else 1.0
    return [margin / length + constant for margin, constant in zip(margins, model.constant, strict=True)]


def concept_margins(evidence: Sequence[float], rows: Sequence[Sequence[float]]) -> list[float]:
    """Decision values of the language-independent concept model; its last row is the constant."""
    margins = list(rows[CONCEPT_FEATURES])
    for place, value in enumerate(evidence):
        if value:
            margins = [margin + value * weight for margin, weight in zip(margins, rows[place], strict=True)]
    return margins


def score_goals(counts: Mapping[str, float], hits: Sequence[Hit], language: str, weights: Weights) -> list[float]:
    """The calibrated probability of each goal, in the order of GOALS, from both models."""
    model = weights.words.get(language)
    calibration = weights.calibration["en" if language == "en" else "transfer"]
    concepts = concept_margins(concept_evidence(hits), weights.concept)
    said = word_margins(counts, model) if model else [0.0] * _COUNT
    joined = [calibration["words"] * a + calibration["concepts"] * b for a, b in zip(said, concepts, strict=True)]
    offset = calibration["offset"]
    return [1.0 / (1.0 + exp(-max(-30.0, min(30.0, margin + offset)))) for margin in joined]


def loudest_words(
    tokens: Sequence[Token], matcher: Matcher, weights: Weights, goal: int, count: int = 5
) -> list[tuple[str, int, int]]:
    """The words that spoke most for a goal, with their places: evidence where the lexicon has no phrase."""
    model = weights.words.get(matcher.language)
    if model is None:
        return []
    counts = words(tokens, matcher)
    from_word: dict[str, tuple[float, str, int, int]] = {}
    for token in tokens:
        if token.folded.isdigit():
            continue
        name = base(token.folded, matcher)
        weight = model.goals.get(name)
        if name in counts and weight is not None and weight[goal] > 0:
            from_word.setdefault(name, (weight[goal] * model.rarity[name], token.text, token.start, token.end))
    best = sorted(from_word.values(), key=lambda found: (-found[0], found[2]))[:count]
    return [(text, start, end) for _, text, start, end in best]
