"""Linear support vector machines by dual coordinate descent, the same bits on every machine.

Training has to be repeatable to the byte. Library solvers depend on the version of a BLAS or on threads; this one uses
elementwise IEEE arithmetic in a fixed order only. Squared hinge loss, one against the rest, all labels in one pass
(Hsieh et al. 2008, algorithm 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_GOLDEN: Final = 0.618034


@dataclass(frozen=True)
class Example:
    """One training text: its features, the labels it has, and how much it counts."""

    index: Ints
    value: Floats
    labels: tuple[int, ...]
    weight: float


def train(examples: list[Example], features: int, labels: int, *, cost: float, epochs: int = 12) -> Floats:
    """Give the weights, features by labels; the last row is the constant."""
    import numpy as np

    weights = np.zeros((features + 1, labels))
    signs, bounds = _targets(examples, labels, cost)
    alphas = np.zeros((len(examples), labels))
    squares = np.array([1.0 + float((example.value * example.value).sum()) for example in examples])
    order = shuffled(len(examples))
    for _ in range(epochs):
        for row in order:
            example = examples[row]
            rows, values = example.index, example.value[:, None]
            margins = (weights[rows] * values).sum(axis=0) + weights[features]
            gradient = signs[row] * margins - 1.0 + alphas[row] * bounds[row]
            changed = np.maximum(alphas[row] - gradient / (squares[row] + bounds[row]), 0.0)
            step = (changed - alphas[row]) * signs[row]
            alphas[row] = changed
            weights[rows] += values * step
            weights[features] += step
    return weights


def _targets(examples: list[Example], labels: int, cost: float) -> tuple[Any, Any]:
    """Signs per example and label, and 1/(2C) with rare labels counting as much as frequent ones."""
    import numpy as np

    signs = np.full((len(examples), labels), -1.0)
    mass = np.zeros(labels)
    for row, example in enumerate(examples):
        for label in example.labels:
            signs[row, label] = 1.0
            mass[label] += example.weight
    balance = np.minimum(mass.sum() / (labels * np.maximum(mass, 1e-9)), 5.0)
    weight = np.array([example.weight for example in examples])[:, None]
    costs = cost * weight * np.where(signs > 0, balance[None, :], 1.0)
    return signs, 0.5 / costs


def shuffled(count: int) -> list[int]:
    """A fixed order that mixes the sources: steps of the golden section never come near a place soon again."""
    step = max(1, round(count * _GOLDEN))
    while gcd(step, count) > 1:
        step += 1
    return [position * step % count for position in range(count)]
