"""How much a passage sounds like a concept: its words against the label, definition and phrases of each concept.

The lexicon finds whole phrases. A title that says the same in other words shares single words with the concept; that
ranks concepts whose phrases tie, and suggests some that have none, but never asserts by itself. In a text by itself
targets are also compared by other words for them (`lexicon/targets.tsv`), which assert nothing and train nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import log, sqrt
from types import MappingProxyType

from service.classify.concepts import load_concepts
from service.classify.features import words
from service.classify.lexicon import load_lexicon, parse_wordings, wordings_data
from service.classify.matcher import Matcher, load_matcher
from service.classify.tokens import tokenize

_LABEL = 2.0
_DEFINITION = 1.0
# Below this a likeness is one common word.
LEAST = 0.05
# A word that so large a part of the concepts has tells none of them from the others.
_COMMON = 0.3
# How soon a word that a concept repeats counts no more, and how much a concept of many words is held back (BM25).
_SATURATION = 1.2
_BY_LENGTH = 0.3
_PAIR = 0.5
# So that a passage which says what a concept says, and nothing else, is near 1.
_LENGTH = 3.0
_SHARED = 0.4
_LETTERS = 4
_COMPOUNDING = frozenset({"hu"})
_LEVELS = frozenset({"target", "measure", "area"})
# Other words for a target count less than its label, which names it, and more than its definition.
_WORDING = 1.5


class Profiles:
    """The words of all concepts in one language, weighed by how often they stand there and how rare they are."""

    def __init__(
        self,
        language: str,
        matcher: Matcher,
        levels: frozenset[str] = _LEVELS,
        wordings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Count the words of labels, definitions, lexicon, and what else is said of concepts."""
        self._language = language
        vectors = _counts(language, matcher, levels)
        for code, wording in wordings.items():
            _add(vectors[code], wording, _WORDING, matcher)
        frequency: dict[str, int] = {}
        for vector in vectors.values():
            for word in vector:
                frequency[word] = frequency.get(word, 0) + 1
        self._rarity = {word: log((1 + len(vectors)) / count) for word, count in frequency.items()}
        self._unknown = log(1 + len(vectors))
        self._codes = tuple(vectors)
        self._holders: dict[str, list[tuple[int, float]]] = {}
        lengths = {code: sum(vector.values()) for code, vector in vectors.items()}
        average = sum(lengths.values()) / len(lengths)
        for place, (code, vector) in enumerate(vectors.items()):
            damping = _SATURATION * (1.0 - _BY_LENGTH + _BY_LENGTH * lengths[code] / average)
            for word, count in vector.items():
                if frequency[word] <= _COMMON * len(vectors):
                    self._holders.setdefault(word, []).append((place, count / (count + damping)))

    def likeness(self, counts: Mapping[str, float], least: float = LEAST) -> dict[str, float]:
        """How much of what a passage says each concept says too; only of concepts that it resembles at all."""
        found = [0.0] * len(self._codes)
        squares = 0.0
        for word, count in _pieces(counts, self._language).items():
            value = count * self._rarity.get(word, self._unknown)
            squares += value * value
            for place, weight in self._holders.get(word, ()):
                found[place] += value * weight
        length = _LENGTH * (sqrt(squares) or 1.0)
        floor = least * length
        return {
            code: value / length for code, value in zip(self._codes, found, strict=True) if value >= floor and value
        }

    def shared(self, code: str, counts: Mapping[str, float]) -> list[str]:
        """The words of a passage that sound like a concept, the most telling first."""
        found = []
        for word in counts:
            if " " not in word:
                said = (self._said(piece, code) for piece in _pieces({word: 1.0}, self._language))
                found.append((-max(said), word))
        return [word for said, word in sorted(found) if said < 0]

    def _said(self, piece: str, code: str) -> float:
        return sum(
            weight * self._rarity[piece] for place, weight in self._holders.get(piece, ()) if self._codes[place] == code
        )


def _counts(language: str, matcher: Matcher, levels: frozenset[str]) -> dict[str, dict[str, float]]:
    vectors: dict[str, dict[str, float]] = {}
    for code, concept in load_concepts().by_code.items():
        if concept.level in levels:
            vector = vectors.setdefault(code, {})
            _add(vector, concept.labels.get(language, ""), _LABEL, matcher)
            _add(vector, concept.definitions.get(language, ""), _DEFINITION, matcher)
    lexicon = load_lexicon(language)
    for entry in lexicon.entries if lexicon else ():
        if entry.concept in vectors and not entry.exclude:
            _add(vectors[entry.concept], entry.phrase, entry.weight, matcher)
    return vectors


def _add(vector: dict[str, float], text: str, weight: float, matcher: Matcher) -> None:
    for piece, count in _pieces(words(tokenize(text), matcher), matcher.language).items():
        vector[piece] = vector.get(piece, 0.0) + count * weight


def _pieces(counts: Mapping[str, float], language: str) -> dict[str, float]:
    """Words, pairs, and what derived and compound words share: their beginning, in Hungarian any four letters."""
    found: dict[str, float] = {}
    for word, count in counts.items():
        if " " in word:
            found[word] = _PAIR * count
            continue
        found[word] = count
        if len(word) > _LETTERS:
            last = len(word) - _LETTERS + 1 if language in _COMPOUNDING else 1
            for start in range(last):
                letters = f"~{word[start : start + _LETTERS]}"
                found[letters] = max(found.get(letters, 0.0), _SHARED * count)
    return found


@lru_cache(maxsize=8)
def load_profiles(language: str) -> Profiles:
    """The profiles of a language."""
    return Profiles(language, load_matcher(language))


@lru_cache(maxsize=8)
def load_target_profiles(language: str) -> Profiles:
    """The profiles of the targets alone, with other words for them."""
    wordings = parse_wordings(wordings_data())[language]
    return Profiles(language, load_matcher(language), frozenset({"target"}), wordings)
