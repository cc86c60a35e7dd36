"""Finds the phrases of the lexicon in a text, in one pass, whatever the endings of their words.

All phrases stand in one trie whose letters are dictionary words; a word of the text that may be a form of several
dictionary words is followed along all of them. That is Aho-Corasick with the fall-back links replaced by starting anew
at every word, which is as fast when no phrase is longer than a few words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from service.classify.forms import Forms, load_forms
from service.classify.lexicon import Lexicon, load_lexicon
from service.classify.tokens import WORD, Token, composed, fold, tokenize


@dataclass(slots=True)
class Phrase:
    """What a phrase speaks for (with a weight), and what it must not count for."""

    text: str
    acronym: bool
    speaks_for: dict[str, float] = field(default_factory=dict)
    excludes: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found, and where."""

    phrase: Phrase
    start: int
    end: int


@dataclass(slots=True)
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    phrases: list[Phrase] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Hit:
    """A concept that a place of the text speaks for."""

    concept: str
    weight: float
    start: int
    end: int
    phrase: str


class Matcher:
    """The lexicon of one language, ready to search."""

    def __init__(self, lexicon: Lexicon, forms: Forms) -> None:
        """Build the trie."""
        self.language = lexicon.language
        self._forms = forms
        self._root = _Node()
        self._keys: dict[str, tuple[str, ...]] = {}
        known: dict[str, Phrase] = {}
        for entry in lexicon.entries:
            phrase = known.get(entry.phrase)
            if phrase is None:
                phrase = known[entry.phrase] = Phrase(entry.phrase, is_acronym(entry.phrase))
                self._insert(phrase)
            if entry.exclude:
                phrase.excludes.add(entry.concept)
            else:
                phrase.speaks_for[entry.concept] = entry.weight

    def _insert(self, phrase: Phrase) -> None:
        nodes = [self._root]
        for word in WORD.findall(phrase.text):
            keys = self._forms.of(fold(word)) or (fold(word),)
            nodes = [node.children.setdefault(key, _Node()) for node in nodes for key in keys]
        for node in nodes:
            node.phrases.append(phrase)

    def keys(self, folded: str) -> tuple[str, ...]:
        """The dictionary words of a written word, remembered."""
        known = self._keys.get(folded)
        if known is None:
            if len(self._keys) >= 200_000:
                self._keys.clear()
            known = self._keys[folded] = self._forms.of(folded)
        return known

    def matches(self, text: str, tokens: Sequence[Token] | None = None) -> list[Match]:
        """Every phrase at every place, nested ones too."""
        tokens = tokenize(text) if tokens is None else tokens
        found: list[Match] = []
        active: list[tuple[_Node, int]] = []
        root = self._root
        for token in tokens:
            following: list[tuple[_Node, int]] = []
            keys = self.keys(token.folded)
            for key in keys:
                for node, start in active:
                    child = node.children.get(key)
                    if child is not None:
                        following.append((child, start))
                child = root.children.get(key)
                if child is not None:
                    following.append((child, token.start))
            for node, start in following:
                for phrase in node.phrases:
                    if not phrase.acronym or composed(text[start : token.end]).startswith(phrase.text):
                        found.append(Match(phrase, start, token.end))
            active = following
        return found

    def hits(self, text: str, tokens: Sequence[Token] | None = None) -> list[Hit]:
        """What the text speaks for: the longest phrase at a place counts for a concept, exclusions silence it."""
        return list(_resolve(self.matches(text, tokens)))


def is_acronym(phrase: str) -> bool:
    """Tell whether case matters: ITS is not `its`."""
    return phrase.isupper() and len(phrase) > 1 and WORD.fullmatch(phrase) is not None


def _resolve(matches: list[Match]) -> Iterator[Hit]:
    matches.sort(key=lambda match: (match.start - match.end, match.start, not match.phrase.excludes))
    taken: dict[str, list[tuple[int, int]]] = {}
    for match in matches:  # The longest first; at the same place, what is excluded is excluded.
        for concept in match.phrase.excludes:
            taken.setdefault(concept, []).append((match.start, match.end))
        for concept, weight in match.phrase.speaks_for.items():
            places = taken.setdefault(concept, [])
            if any(match.start < end and start < match.end for start, end in places):
                continue
            places.append((match.start, match.end))
            yield Hit(concept, weight, match.start, match.end, match.phrase.text)


@lru_cache(maxsize=8)
def load_matcher(language: str) -> Matcher:
    """The matcher of the shipped lexicon of a language."""
    lexicon = load_lexicon(language)
    assert lexicon is not None, language
    return Matcher(lexicon, load_forms(language))
