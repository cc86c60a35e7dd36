"""Turns decision values into probabilities and thresholds, from judgements on texts that the models did not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from service.classify.features import GOALS
from service.classify.training_data import LabelledText

_ROUNDS = 25
# Wrong and missed goals count the same.
_BETA = 1.0
_STEPS = range(8, 80, 2)


@dataclass(frozen=True)
class Margins:
    """A text with what the word model and the concept model say of each goal."""

    origin: LabelledText
    words: list[float]
    concepts: list[float]


def balance(texts: Sequence[Margins]) -> list[float]:
    """How much each text counts so that every goal and source counts as much as it should."""
    mass: dict[int, float] = dict.fromkeys(range(len(GOALS)), 0.0)
    for text in texts:
        mass[text.origin.goals[0]] += text.origin.weight
    average = sum(mass.values()) / len(mass)
    return [text.origin.weight * min(5.0, average / mass[text.origin.goals[0]]) for text in texts]


def fit_calibration(texts: Sequence[Margins]) -> dict[str, float]:
    """Logistic regression on the two margins, by Newton's method."""
    import numpy as np

    features = np.array([(w, c, 1.0) for text in texts for w, c in zip(text.words, text.concepts, strict=True)])
    truth = np.array([1.0 if goal in text.origin.goals else 0.0 for text in texts for goal in range(len(GOALS))])
    weight = np.repeat(np.array(balance(texts)), len(GOALS))
    solution = np.zeros(3)
    for _ in range(_ROUNDS):
        probability = 1.0 / (1.0 + np.exp(-np.clip((features * solution).sum(axis=1), -30, 30)))
        gradient = (features * (weight * (truth - probability))[:, None]).sum(axis=0)
        spread = weight * probability * (1.0 - probability)
        hessian = [[float((features[:, i] * features[:, j] * spread).sum()) for j in range(3)] for i in range(3)]
        for place in range(3):
            hessian[place][place] += 1e-3
        solution = solution + np.array(_solve(hessian, [float(value) for value in gradient]))
    return dict(zip(("words", "concepts", "offset"), (round(float(value), 3) for value in solution), strict=True))


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gaussian elimination for three unknowns: the same on every machine."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for place in range(size):
        pivot = max(range(place, size), key=lambda row: abs(rows[row][place]))
        rows[place], rows[pivot] = rows[pivot], rows[place]
        for row in range(size):
            if row != place:
                factor = rows[row][place] / rows[place][place]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[place], strict=True)]
    return [rows[place][size] / rows[place][place] for place in range(size)]


def probabilities(text: Margins, calibration: dict[str, float]) -> list[float]:
    """The calibrated probability of each goal."""
    joined = (
        calibration["words"] * w + calibration["concepts"] * c for w, c in zip(text.words, text.concepts, strict=True)
    )
    return [1.0 / (1.0 + exp(-max(-30.0, min(30.0, margin + calibration["offset"])))) for margin in joined]


def best_thresholds(texts: Sequence[Margins], calibration: dict[str, float]) -> tuple[float, ...]:
    """Per goal the probability from which it is asserted; half way to the common one, as some goals have few texts."""
    judged = [(probabilities(text, calibration), text.origin.goals) for text in texts]
    weights = balance(texts)
    common = max(
        _STEPS, key=lambda step: sum(_quality(judged, weights, goal, step / 100) for goal in range(len(GOALS)))
    )
    found = []
    for goal in range(len(GOALS)):
        best = max(_STEPS, key=lambda step: _quality(judged, weights, goal, step / 100))
        found.append(round((best + common) / 200, 2))
    return tuple(found)


def _quality(
    judged: Sequence[tuple[list[float], tuple[int, ...]]], weights: Sequence[float], goal: int, least: float
) -> float:
    """F-beta of asserting a goal from a probability on."""
    right = wrong = missed = 0.0
    for (probability, goals), weight in zip(judged, weights, strict=True):
        if probability[goal] >= least:
            if goal in goals:
                right += weight
            else:
                wrong += weight
        elif goal in goals:
            missed += weight
    square = _BETA * _BETA
    return (1 + square) * right / ((1 + square) * right + square * missed + wrong) if right else 0.0
