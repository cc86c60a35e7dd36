"""The gold set: passages labelled by hand, in two independent labellings, for measuring only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal

from service.classify.errors import LabelsError
from service.classify.labelled_rows import labelled_rows
from service.classify.labels import COLUMNS

Part = Literal["tune", "test", "all"]
Labels = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class GoldText:
    """A passage with its labels by column: one labelling, or two."""

    id: str
    text: str
    labellings: tuple[Labels, ...]

    @property
    def part(self) -> Part:
        """Thresholds may be chosen on `tune`; `test` is only measured."""
        return "tune" if hashlib.sha256(self.id.encode()).digest()[0] % 2 else "test"


@lru_cache(maxsize=8)
def load_gold(language: str) -> tuple[GoldText, ...]:
    """The shipped gold set of a language; empty when there is none."""
    return read_gold(files("service.classify") / "gold", language)


def read_gold(folder: Traversable, language: str) -> tuple[GoldText, ...]:
    """Read the passages of a language with their first and, where it is there, second labelling."""
    first = folder / f"{language}.tsv"
    if not first.is_file():
        return ()
    second = folder / "labels-2" / f"{language}.tsv"
    again = {row["id"]: labels for row, labels in _labelled(second, ("id",))} if second.is_file() else {}
    found = []
    for row, labels in _labelled(first, ("id", "text")):
        found.append(GoldText(row["id"], row["text"], (labels, again.pop(row["id"])) if again else (labels,)))
    if len({text.id for text in found}) < len(found) or again:
        raise LabelsError(f"{language}: an id is twice in the gold set, or only in labels-2")
    return tuple(found)


def part_of(texts: Sequence[GoldText], part: Part) -> list[GoldText]:
    """The passages of one part."""
    return [text for text in texts if part in ("all", text.part)]


def _labelled(path: Traversable, columns: tuple[str, ...]) -> Iterator[tuple[Mapping[str, str], Labels]]:
    for row, labels in labelled_rows(path, (*columns, *COLUMNS)):
        yield row, {column: frozenset(names) for column, names in labels.items()}


def micro_f1(truth: Sequence[frozenset[str]], found: Sequence[frozenset[str]]) -> float:
    """F1 over all decisions."""
    right = sum(len(t & f) for t, f in zip(truth, found, strict=True))
    total = sum(len(t) + len(f) for t, f in zip(truth, found, strict=True))
    return 2 * right / total if total else 0.0


def macro_f1(truth: Sequence[frozenset[str]], found: Sequence[frozenset[str]]) -> float:
    """The mean over the labels that the truth has of the F1 of each."""
    names = sorted(frozenset().union(*truth))
    scores = []
    for name in names:
        right = sum(name in t and name in f for t, f in zip(truth, found, strict=True))
        scores.append(2 * right / (sum(name in t for t in truth) + sum(name in f for f in found)))
    return sum(scores) / len(scores) if scores else 0.0


def krippendorff_alpha(first: Sequence[frozenset[str]], second: Sequence[frozenset[str]], labels: int) -> float:
    """Agreement of two labellings beyond chance, over the yes or no of each passage and label (nominal)."""
    units = labels * len(first)
    yes = sum(map(len, first)) + sum(map(len, second))
    differing = sum(len(a ^ b) for a, b in zip(first, second, strict=True))
    values = 2 * units
    expected = 2 * yes * (values - yes) / (values * (values - 1)) if values > 1 else 0.0
    return 1.0 - (differing / units) / expected if expected else 1.0
