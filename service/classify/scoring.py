"""Scores one passage for all concepts: the goal model for goals, the lexicon for everything else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from service.classify.concepts import load_concepts
from service.classify.features import GOALS, base, words
from service.classify.goals import loudest_words, score_goals
from service.classify.matcher import Hit, load_matcher
from service.classify.profiles import load_profiles
from service.classify.tokens import Token, tokenize
from service.classify.weights import Weights

# From which strength of its phrases a concept counts as found. Goals have thresholds of their own, from training.
_FOUND: Final = MappingProxyType({"target": 0.62, "measure": 0.6, "area": 0.55})
# Everything but goals is scored so that one half is the border between suggested and asserted.
_BORDER: Final = 0.5
# What is scored beyond the border: phrases, and how much the words of the passage sound like the concept.
_BY_PHRASES: Final = MappingProxyType({"target": 0.1, "measure": 0.5, "area": 0.5})
_LIKENESS_SCALE: Final = 1.5
# A target found by its phrases is kept only when it is not far behind the target that sounds most like the passage;
# a text by itself has fewer targets than its phrases could mean.
_BEHIND: Final = 0.5
_BEHIND_ALONE: Final = 0.75
# The target that a text by itself sounds most like is asserted when at least a weak phrase of it stands there, or when
# it sounds very much like it.
_CLEAR: Final = 0.35
_VERY_CLEAR: Final = 0.55
_WEAK_PHRASE: Final = 0.25
# A part found says that the whole is spoken of, a little less surely.
_FROM_PART: Final = 0.92
# The goal that leads is asserted from this part of its threshold on.
_LEADER: Final = 0.6
# A text classified by itself often has several goals, though the texts of the training have one each: concatenated
# sentences of the training data showed the best balance with thresholds this much lower, and with a strong phrase of
# the lexicon counting where the model hesitates.
_ALONE: Final = 0.6
_STRONG_PHRASE: Final = 0.8
_HESITATING: Final = 0.3
_LEAST_ASSERTED: Final = 0.1
# A target whose goal the model does not see at all is worth this much less.
_GOAL_UNSEEN: Final = 0.7
_LEAST: Final = 0.03
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Scores:
    """A passage (or a short text) with what it speaks of."""

    language: str
    start: int
    end: int
    values: dict[str, float]
    thresholds: dict[str, float]
    hits: list[Hit]
    tokens: list[Token]

    def found(self, code: str) -> bool:
        """Tell whether the passage by itself asserts a concept."""
        return self.values.get(code, 0.0) >= self.thresholds.get(code, 1.0)


def score_passage(text: str, start: int, end: int, language: str, weights: Weights, *, alone: bool = False) -> Scores:
    """Score `text[start:end]`; places of hits and tokens count from `start`. A text `alone` may have several goals."""
    piece = text[start:end]
    matcher = load_matcher(language)
    tokens = tokenize(piece)
    hits = matcher.hits(piece, tokens)
    counts = words(tokens, matcher)
    probability = score_goals(counts, hits, language, weights)
    limits = weights.thresholds["en" if language == "en" else "transfer"]
    phrases = _noisy_or(hits)
    thresholds = _goal_thresholds(probability, limits, phrases, alone=alone)
    values = {code: probability[GOALS.index(code[4:])] for code in thresholds}
    seen = [min(1.0, chance / limit) for chance, limit in zip(probability, limits, strict=True)]
    sounds = load_profiles(language).likeness(counts)
    strengths = _strengths(phrases, sounds, seen)
    found = _found(strengths, phrases, alone=alone)
    for code, strength in strengths.items():
        value = _BORDER * strength + (_BORDER if code in found else 0.0)
        _raise(values, thresholds, code, value)
        _raise_wholes(values, thresholds, code, value)
    return Scores(language, start, end, values, thresholds, hits, tokens)


def _strengths(phrases: Mapping[str, float], sounds: Mapping[str, float], seen: Sequence[float]) -> dict[str, float]:
    """How strongly a passage speaks of each target, measure and area: phrases and likeness, 0 to 1."""
    concepts = load_concepts().by_code
    strengths = {}
    for code in sorted({*phrases, *sounds}):
        concept = concepts[code]
        if concept.level == "goal":
            continue
        share = _BY_PHRASES[concept.level]
        likeness = min(1.0, _LIKENESS_SCALE * sounds.get(code, 0.0))
        strength = share * phrases.get(code, 0.0) + (1 - share) * likeness
        if concept.level == "target":
            goal = GOALS.index(concept.notation.split(".", 1)[0])
            strength *= _GOAL_UNSEEN + (1 - _GOAL_UNSEEN) * seen[goal]
        strengths[code] = strength
    return strengths


def _found(strengths: Mapping[str, float], phrases: Mapping[str, float], *, alone: bool) -> frozenset[str]:
    """The concepts that a passage asserts."""
    concepts = load_concepts().by_code
    targets = [code for code in strengths if concepts[code].level == "target"]
    leader = max(targets, key=lambda code: strengths[code], default="")
    least = strengths.get(leader, 0.0) * (_BEHIND_ALONE if alone else _BEHIND)
    found = set()
    for code, strength in strengths.items():
        level = concepts[code].level
        if phrases.get(code, 0.0) >= _FOUND[level] and (level != "target" or strength >= least):
            found.add(code)
    if alone and leader:
        clear = strengths[leader] >= _CLEAR and phrases.get(leader, 0.0) >= _WEAK_PHRASE
        if clear or strengths[leader] >= _VERY_CLEAR:
            found.add(leader)
    return frozenset(found)


def _goal_thresholds(
    probability: Sequence[float], limits: Sequence[float], phrases: Mapping[str, float], *, alone: bool
) -> dict[str, float]:
    """From which probability each goal that is at all likely is asserted here."""
    strong: dict[str, float] = {}
    if alone:
        for code, value in phrases.items():
            if code.startswith("SDG "):
                goal = code.split(".", 1)[0]
                strong[goal] = max(strong.get(goal, 0.0), value)
    leader = max(range(len(GOALS)), key=lambda goal: probability[goal])
    thresholds = {}
    for place, name in enumerate(GOALS):
        if probability[place] >= _LEAST:
            limit = limits[place] * (_ALONE if alone else 1.0) * (_LEADER if place == leader else 1.0)
            if strong.get(f"SDG {name}", 0.0) >= _STRONG_PHRASE:
                limit = min(limit, _HESITATING * limits[place])
            else:
                limit = max(limit, _LEAST_ASSERTED)
            thresholds[f"SDG {name}"] = limit
    return thresholds


def _noisy_or(hits: Iterable[Hit]) -> dict[str, float]:
    """The chance that at least one of the distinct phrases means what it usually means."""
    phrases: dict[str, dict[str, float]] = {}
    for hit in hits:
        phrases.setdefault(hit.concept, {})[hit.phrase] = hit.weight
    result = {}
    for code, found in phrases.items():
        doubt = 1.0
        for weight in found.values():
            doubt *= 1.0 - 0.95 * weight
        result[code] = 1.0 - doubt
    return result


def _raise_wholes(values: dict[str, float], thresholds: dict[str, float], code: str, value: float) -> None:
    concepts = load_concepts().by_code
    concept = concepts[code]
    while concept.parent is not None and concept.scheme != "sdg":
        concept = concepts[concept.parent]
        value *= _FROM_PART
        _raise(values, thresholds, concept.code, value)


def _raise(values: dict[str, float], thresholds: dict[str, float], code: str, value: float) -> None:
    if value > values.get(code, _LEAST):
        values[code] = value
        thresholds[code] = _BORDER


def terms_for(scores: Scores, code: str, weights: Weights, text: str) -> tuple[tuple[str, ...], bool]:
    """The words of a passage that speak for a concept, as written there; whether the lexicon knows them."""
    piece = text[scores.start : scores.end]
    wanted = _with_parts(code)
    found = sorted((hit for hit in scores.hits if hit.concept in wanted), key=lambda hit: (hit.start, -hit.end))
    if found:
        return tuple(dict.fromkeys(piece[hit.start : hit.end] for hit in found)), True
    if code.startswith("SDG ") and "." not in code:
        goal = GOALS.index(code[4:])
        loud = loudest_words(scores.tokens, load_matcher(scores.language), weights, goal)
        return tuple(word for word, _, _ in loud), False
    return _sounding(scores, code), False


def _sounding(scores: Scores, code: str) -> tuple[str, ...]:
    """The words that make a passage sound like a concept of which it has no phrase."""
    matcher = load_matcher(scores.language)
    written: dict[str, str] = {}
    for token in scores.tokens:
        written.setdefault(base(token.folded, matcher), token.text)
    shared = load_profiles(scores.language).shared(code, words(scores.tokens, matcher))
    return tuple(written[word] for word in shared[:_SHOWN] if word in written)


_parts: dict[str, frozenset[str]] = {}


def _with_parts(code: str) -> frozenset[str]:
    """A concept and everything below it."""
    known = _parts.get(code)
    if known is None:
        below = {code}
        for child in load_concepts().children(code):
            below |= _with_parts(child.code)
        known = _parts[code] = frozenset(below)
    return known
