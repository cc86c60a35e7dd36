"""Turns decision values into probabilities and thresholds, on texts from which the word models have not learned.

These are the part of the gold set that is for it (`tune`), and the written passages, each judged by a model that has
not seen it.
Only a few numbers are chosen here, the same for all languages: how much each kind of evidence counts in a scheme, and
one threshold per label. The words themselves are learned elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from service.classify.features import Evidence, label_evidence, phrase_strengths, words
from service.classify.gold_set import load_gold, part_of
from service.classify.labels import label_places, places
from service.classify.matcher import load_matcher
from service.classify.models import combine, first_rows, logistic, second_rows, word_margins
from service.classify.profiles import load_profiles
from service.classify.tokens import tokenize
from service.classify.weights import WordModel

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROUNDS: Final = 30
_RIDGE: Final = 1.0
_STEPS: Final = tuple(step / 100 for step in range(5, 81))
# A threshold far from the common one has to earn it: a label stands in some ten passages only.
_PULL: Final = 0.1

Rows = list[tuple[float, ...]]
Columns = dict[str, tuple[float, ...]]
Judged = tuple[list[float], frozenset[int]]


class Trial(NamedTuple):
    """A word model of a language, and texts from which it has not learned, with the places of their labels."""

    language: str
    model: WordModel
    texts: Sequence[tuple[str, frozenset[int]]]


def calibrate(trials: Iterable[Trial]) -> tuple[Columns, Columns, tuple[float, ...]]:
    """Give the weights of both steps, and the thresholds."""
    truth: list[frozenset[int]] = []
    rows: list[Rows] = []
    for trial in trials:
        for text, labels in trial.texts:
            counts, evidence = see(text, trial.language)
            rows.append(first_rows(word_margins(counts, trial.model), evidence))
            truth.append(labels)
    first = _fit(rows, truth)
    later = [second_rows(combine(row, first)) for row in rows]
    second = _fit(later, truth)
    judged = [([logistic(v) for v in combine(row, second)], t) for row, t in zip(later, truth, strict=True)]
    return first, second, _thresholds(judged)


def gold_trial(language: str, model: WordModel) -> Trial:
    """The part of the gold set that may choose something; where its two labellings differ, both are right."""
    texts = part_of(load_gold(language), "tune")
    return Trial(language, model, [(text.text, _places(labels)) for text in texts for labels in text.labellings])


def see(text: str, language: str) -> tuple[dict[str, float], Evidence]:
    """The words of a text, and what speaks for each label."""
    matcher = load_matcher(language)
    tokens = tokenize(text)
    counts = words(tokens, matcher)
    sounds = load_profiles(language).likeness(counts)
    return counts, label_evidence(phrase_strengths(matcher.hits(text, tokens)), sounds)


def _places(labels: Mapping[str, frozenset[str]]) -> frozenset[int]:
    return frozenset(place for found in label_places(labels).values() for place in found)


def _fit(rows: Sequence[Rows], truth: Sequence[frozenset[int]]) -> Columns:
    found = {}
    for column, range_ in places().items():
        features = [text[label] for text in rows for label in range_]
        wanted = [label in labels for labels in truth for label in range_]
        found[column] = logistic_regression(features, wanted)
    return found


def logistic_regression(rows: Sequence[Sequence[float]], truth: Sequence[bool]) -> tuple[float, ...]:
    """Weights and, at last, the constant, by Newton's method with a small ridge."""
    import numpy as np

    features = np.array([(*row, 1.0) for row in rows])
    wanted = np.array(truth, dtype=float)
    size = features.shape[1]
    solution = np.zeros(size)
    for _ in range(_ROUNDS):
        probability = 1.0 / (1.0 + np.exp(-np.clip((features * solution).sum(axis=1), -30, 30)))
        gradient = (features * (wanted - probability)[:, None]).sum(axis=0)
        gradient[:-1] -= _RIDGE * solution[:-1]
        spread = probability * (1.0 - probability)
        hessian = [[float((features[:, i] * features[:, j] * spread).sum()) for j in range(size)] for i in range(size)]
        for place in range(size):
            hessian[place][place] += _RIDGE if place < size - 1 else 1e-3
        solution = solution + np.array(_solve(hessian, [float(value) for value in gradient]))
    return tuple(round(float(value), 3) for value in solution)


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gaussian elimination for a handful of unknowns: the same on every machine."""
    rows: list[list[Any]] = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for place in range(size):
        pivot = max(range(place, size), key=lambda row: abs(rows[row][place]))
        rows[place], rows[pivot] = rows[pivot], rows[place]
        for row in range(size):
            if row != place:
                factor = rows[row][place] / rows[place][place]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[place], strict=True)]
    return [rows[place][size] / rows[place][place] for place in range(size)]


def _thresholds(judged: Sequence[Judged]) -> tuple[float, ...]:
    """Per label the probability from which it is asserted: half way between its own best and that of its scheme."""
    found: list[float] = []
    for range_ in places().values():
        quality = {label: [_f1(judged, label, least) for least in _STEPS] for label in range_}
        common = max(range(len(_STEPS)), key=lambda step: sum(quality[label][step] for label in range_))
        for label in range_:
            own = quality[label]
            best = max(range(len(_STEPS)), key=lambda step: own[step] - _PULL * abs(_STEPS[step] - _STEPS[common]))
            found.append(round((_STEPS[best] + _STEPS[common]) / 2, 3))
    return tuple(found)


def _f1(judged: Sequence[Judged], label: int, least: float) -> float:
    right = total = 0
    for probability, truth in judged:
        asserted, true = probability[label] >= least, label in truth
        right += asserted and true
        total += asserted + true
    return 2 * right / total if total else 0.0
