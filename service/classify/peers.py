"""A published list of keywords as a peer: how far counting its phrases gets. It is read where it lies, never shipped.

SDGO, the list of Bautista-Puig (figshare 11106113) as the package text2sdg has it: of the lists there the one that
finds most.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from service.classify.features import GOALS
from service.classify.tokens import tokenize

PEER: Final = "SDGO"
_FILE: Final = "sdg-keyword-lists/sdgo_bautista_puig.csv"

CountPhrases = Callable[[str], Sequence[float]]


def peer(data: Path) -> CountPhrases | None:
    """A function from a text to how often the phrases of each goal stand in it; None where the list is not there."""
    path = data / _FILE
    if not path.is_file():
        return None
    phrases: dict[tuple[str, ...], set[int]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            goal = GOALS.index(str(int(row["sdg"].removeprefix("SDG-"))))
            phrases.setdefault(_words(row["keyword"]), set()).add(goal)
    longest = max(map(len, phrases))

    def count(text: str) -> Sequence[float]:
        found = [0.0] * len(GOALS)
        words = _words(text)
        for start in range(len(words)):
            for length in range(1, longest + 1):
                for goal in phrases.get(words[start : start + length], ()):
                    found[goal] += 1.0
        return found

    return count


def _words(text: str) -> tuple[str, ...]:
    return tuple(token.folded for token in tokenize(text))
