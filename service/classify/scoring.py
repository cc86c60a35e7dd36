"""Scores one passage for all concepts: the models judge goals and areas, the lexicon their parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from service.classify.concepts import load_concepts
from service.classify.features import base, label_evidence, phrase_strengths, words
from service.classify.labels import label_codes, own_label
from service.classify.language import shows_nothing
from service.classify.matcher import Hit, load_matcher
from service.classify.models import loudest_words, score_labels
from service.classify.profiles import LEAST, load_profiles, load_target_profiles
from service.classify.ranking import Judged, rank_goals
from service.classify.tokens import Token, tokenize
from service.classify.weights import Weights

# From which strength of its phrases a part (a target, measure or sub-area) counts as found. Goals and areas, which the
# models judge, have thresholds of their own, from training.
_FOUND: Final = MappingProxyType({"target": 0.62, "measure": 0.6, "area": 0.55})
# Parts are scored so that one half is the border between suggested and asserted.
_BORDER: Final = 0.5
# What is scored beyond the border: phrases, and how much the words of the passage sound like the concept.
_BY_PHRASES: Final = MappingProxyType({"target": 0.1, "measure": 0.5, "area": 0.5})
_LIKENESS_SCALE: Final = 1.5
# A target found by its phrases is kept only when it is not far behind the target that sounds most like the passage;
# a text by itself has fewer targets than its phrases could mean.
_BEHIND: Final = 0.5
_BEHIND_ALONE: Final = 0.75
# Nor is it kept where its goal is far from found.
_GOAL_SEEN: Final = 0.3
# The target that a text by itself sounds most like is asserted when at least a weak phrase of it stands there, when
# it sounds very much like it, or when a target behind it is asserted.
_CLEAR: Final = 0.35
_VERY_CLEAR: Final = 0.55
_WEAK_PHRASE: Final = 0.25
# A part whose whole the models do not see at all is worth this much less.
_WHOLE_UNSEEN: Final = 0.7
_LEAST: Final = 0.03
# A text by itself is told what comes nearest, however far it is.
_LEAST_ALONE: Final = 0.0005
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
    least: float = _LEAST

    def found(self, code: str) -> bool:
        """Tell whether the passage by itself asserts a concept."""
        return self.values.get(code, 0.0) >= self.thresholds.get(code, 1.0)


def score_passage(text: str, start: int, end: int, language: str, weights: Weights, *, alone: bool = False) -> Scores:
    """Score `text[start:end]`; places of hits and tokens count from `start`. A text `alone` has few targets."""
    piece = text[start:end]
    matcher = load_matcher(language)
    tokens = tokenize(piece)
    hits = matcher.hits(piece, tokens)
    counts = words(tokens, matcher)
    phrases = phrase_strengths(hits)
    sounds = load_profiles(language).likeness(counts, 0.0 if alone else LEAST)
    # The models have learned from what a passage clearly sounds like.
    evidence = label_evidence(phrases, {code: value for code, value in sounds.items() if value >= LEAST})
    if alone:
        sounds |= load_target_profiles(language).likeness(counts, 0.0)
    chances = score_labels(counts, evidence, language, weights)
    scores = Scores(language, start, end, {}, {}, hits, tokens, _LEAST_ALONE if alone else _LEAST)
    judged: Judged = (chances, list(weights.thresholds))
    if alone and language in weights.ranking:
        judged = rank_goals(counts, evidence, weights.ranking[language], *judged)
    for code, chance, limit in zip(label_codes(), *judged, strict=True):
        if chance >= scores.least:
            _raise(scores, code, chance, limit)
            _raise_dimension(scores, code)
    seen = [min(1.0, chance / limit) for chance, limit in zip(chances, weights.thresholds, strict=True)]
    strengths = _strengths(phrases, sounds, seen)
    found = _found(strengths, phrases, seen, alone=alone)
    for code, strength in strengths.items():
        _raise(scores, code, _BORDER * strength + (_BORDER if code in found else 0.0), _BORDER)
    return scores


def _strengths(phrases: Mapping[str, float], sounds: Mapping[str, float], seen: Sequence[float]) -> dict[str, float]:
    """How strongly a passage speaks of each target, measure and sub-area: phrases and likeness, 0 to 1."""
    concepts = load_concepts().by_code
    strengths = {}
    for code in sorted({*phrases, *sounds}):
        concept = concepts[code]
        whole = own_label(concept)
        if whole is None or label_codes()[whole] == code:
            continue
        share = _BY_PHRASES[concept.level]
        likeness = min(1.0, _LIKENESS_SCALE * sounds.get(code, 0.0))
        strength = share * phrases.get(code, 0.0) + (1 - share) * likeness
        strengths[code] = strength * (_WHOLE_UNSEEN + (1 - _WHOLE_UNSEEN) * seen[whole])
    return strengths


def _found(
    strengths: Mapping[str, float], phrases: Mapping[str, float], seen: Sequence[float], *, alone: bool
) -> frozenset[str]:
    """The parts that a passage asserts; measures and sub-areas only within what the models assert."""
    concepts = load_concepts().by_code
    targets = [code for code in strengths if concepts[code].level == "target"]
    leader = max(targets, key=lambda code: strengths[code], default="")
    least = strengths.get(leader, 0.0) * (_BEHIND_ALONE if alone else _BEHIND)
    found = set()
    for code, strength in strengths.items():
        concept = concepts[code]
        if phrases.get(code, 0.0) < _FOUND[concept.level]:
            continue
        whole = _seen(code, seen)
        if strength >= least and whole >= _GOAL_SEEN if concept.level == "target" else whole >= 1.0:
            found.add(code)
    if alone and leader and _seen(leader, seen) >= _GOAL_SEEN:
        clear = strengths[leader] >= _CLEAR and phrases.get(leader, 0.0) >= _WEAK_PHRASE
        follows = any(concepts[code].level == "target" for code in found)
        if clear or follows or strengths[leader] >= _VERY_CLEAR:
            found.add(leader)
    return frozenset(found)


def _seen(code: str, seen: Sequence[float]) -> float:
    """How far the models see the whole of a part: 1 where they assert it."""
    whole = own_label(load_concepts()[code])
    return 0.0 if whole is None else seen[whole]


def _raise_dimension(scores: Scores, code: str) -> None:
    """A dimension is spoken of as much as that of its areas which is most."""
    parent = load_concepts()[code].parent
    if parent is None or not code.startswith("SMART "):
        return
    best = scores.values.get(parent, 0.0) / scores.thresholds.get(parent, 1.0)
    if scores.values[code] / scores.thresholds[code] > best:
        scores.values[parent], scores.thresholds[parent] = scores.values[code], scores.thresholds[code]


def _raise(scores: Scores, code: str, value: float, threshold: float) -> None:
    if value > scores.values.get(code, scores.least):
        scores.values[code] = value
        scores.thresholds[code] = threshold


def terms_for(scores: Scores, code: str, weights: Weights, text: str) -> tuple[tuple[str, ...], bool]:
    """The words of a passage that speak for a concept, as written there; whether the lexicon knows them."""
    piece = text[scores.start : scores.end]
    wanted = _with_parts(code)
    found = sorted((hit for hit in scores.hits if hit.concept in wanted), key=lambda hit: (hit.start, -hit.end))
    if found:
        return tuple(dict.fromkeys(piece[hit.start : hit.end] for hit in found)), True
    telling = [token for token in scores.tokens if not shows_nothing(token.text, scores.language)]
    if code in label_codes():
        loud = loudest_words(telling, load_matcher(scores.language), weights, label_codes().index(code))
        if loud:
            return tuple(word for word, _, _ in loud), False
    below = [part.code for part in load_concepts().children(code) if part.code in scores.values]
    if below:
        return terms_for(scores, max(below, key=lambda part: scores.values[part]), weights, text)
    return _sounding(telling, scores.language, code), False


def _sounding(tokens: Sequence[Token], language: str, code: str) -> tuple[str, ...]:
    """The words that make a passage sound like a concept of which it has no phrase."""
    matcher = load_matcher(language)
    written: dict[str, str] = {}
    for token in tokens:
        written.setdefault(base(token.folded, matcher), token.text)
    load = load_target_profiles if load_concepts()[code].level == "target" else load_profiles
    shared = load(language).shared(code, words(tokens, matcher))
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
