"""The linear models: from words and lexicon evidence to a calibrated probability of each label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, sqrt
from operator import mul

from service.classify.features import Evidence, base, beginning, leads, with_beginnings, words
from service.classify.labels import carries, label_codes, places
from service.classify.matcher import Matcher
from service.classify.tokens import Token
from service.classify.weights import Weights, WordModel

_STEEP = 30.0


def word_margins(counts: Mapping[str, float], model: WordModel) -> list[float]:
    """Decision values of the word model of a language for all labels."""
    margins = [0.0] * len(model.constant)
    squares = 0.0
    for word, count in with_beginnings(counts).items():
        known = model.words.get(word)
        if known is not None:
            value = count * known[0]
            squares += value * value
            for label, weight in known[1]:
                margins[label] += value * weight
    length = sqrt(squares) or 1.0
    return [margin / length + constant for margin, constant in zip(margins, model.constant, strict=True)]


def first_rows(margins: Sequence[float], evidence: Evidence) -> list[tuple[float, ...]]:
    """For each label what the first step weighs: the word model, the evidence, and the lead."""
    return list(zip(margins, evidence.phrases, evidence.related, evidence.likeness, leads(margins), strict=True))


def second_rows(firsts: Sequence[float]) -> list[tuple[float, ...]]:
    """For each label what the second step weighs: the first step, and what the labels of other schemes carry along."""
    columns = list(places().values())
    carried = [[0.0] * len(columns) for _ in firsts]
    for number, column in enumerate(columns):
        for source in column:
            chance = logistic(firsts[source])
            for label, share in carries()[source]:
                carried[label][number] += chance * share
    rows: list[tuple[float, ...]] = []
    for number, column in enumerate(columns):
        others = [place for place in range(len(columns)) if place != number]
        rows.extend((firsts[label], *(carried[label][other] for other in others)) for label in column)
    return rows


def combine(rows: Sequence[Sequence[float]], weights: Mapping[str, Sequence[float]]) -> list[float]:
    """Weigh the rows of each scheme; the last weight is the constant."""
    found = []
    for column, range_ in places().items():
        *slopes, constant = weights[column]
        for label in range_:
            found.append(constant + sum(map(mul, slopes, rows[label])))
    return found


def logistic(value: float) -> float:
    """From a decision value to a probability."""
    return 1.0 / (1.0 + exp(-max(-_STEEP, min(_STEEP, value))))


def score_labels(counts: Mapping[str, float], evidence: Evidence, language: str, weights: Weights) -> list[float]:
    """The calibrated probability of each label, in the order of `label_codes`."""
    model = weights.words.get(language)
    margins = word_margins(counts, model) if model else [0.0] * len(label_codes())
    firsts = combine(first_rows(margins, evidence), weights.first)
    return [logistic(value) for value in combine(second_rows(firsts), weights.second)]


def loudest_words(
    tokens: Sequence[Token], matcher: Matcher, weights: Weights, label: int, count: int = 5
) -> list[tuple[str, int, int]]:
    """The words that spoke most for a label, with their places: evidence where the lexicon has no phrase."""
    counts = words(tokens, matcher)
    for model in (weights.words.get(matcher.language), weights.ranking.get(matcher.language)):
        best = _loudest(tokens, matcher, model, label, counts)[:count] if model else []
        if best:
            return best
    return []


def _loudest(
    tokens: Sequence[Token], matcher: Matcher, model: WordModel, label: int, counts: Mapping[str, float]
) -> list[tuple[str, int, int]]:
    loud: dict[str, tuple[float, str, int, int]] = {}
    for token in tokens:
        name = base(token.folded, matcher)
        if name not in counts or name in loud or token.folded.isdigit():
            continue
        said = _said(model, name, label) + _said(model, beginning(name), label)
        if said > 0:
            loud[name] = (said, token.text, token.start, token.end)
    best = sorted(loud.values(), key=lambda found: (-found[0], found[2]))
    return [(text, start, end) for _, text, start, end in best]


def _said(model: WordModel, word: str, label: int) -> float:
    rarity, said = model.words.get(word, (0.0, ()))
    return sum(rarity * weight for place, weight in said if place == label)
