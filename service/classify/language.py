"""Which of the five languages a passage is in, from its small words and letters; anything else is `unknown`.

A general detector knows a hundred languages that never occur here and weighs megabytes; telling five languages (and
their absence) apart takes function words, which no text of some length avoids, and letters that only one of them has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from service.classify.tokens import WORD, composed

_FUNCTION_WORDS: Final = {
    "en": "the of and to in is for that by with as on are be at from this an or it which will its has have not "
    "was were their "
    "can also more than all been would should our we into through these such other about",
    "pl": "i w z na do się nie jest oraz o dla przez że od po za są jak to przy tym jego jej ich która które "
    "który których być "
    "także może można ze lub będzie został tego w tej ten ta co już tylko ma pod rzecz celu",
    "cs": "a v se na je že s z do i o pro ve k jako za by od po jsou který která které při nebo byl bude jeho "
    "jejich však také "
    "podle až mezi tak ze pouze co má již není než lze dále být jen s tím ke aby ale těchto nichž jenž města městě",
    "sk": "a v sa na je že s z do aj o pre vo k ako za by od po sú ktorý ktorá ktoré pri alebo bol bude jeho "
    "ich však tiež "
    "podľa až medzi tak zo len čo má už nie než možno ďalej byť iba tým ku aby ale týchto mesta meste",
    "hu": "a az és hogy nem is egy ez van meg csak de mint el vagy már volt ki még ha kell lehet minden azt ezt "
    "sem amely "
    "számára által között valamint illetve való szerint során után alatt város városi ami akkor mert pedig így több "
    "aki akik",
    # Neighbours, so that they are not taken for one of ours.
    "other": "der die das und ist nicht mit den dem des ein eine für auf von zu im sich auch wird werden le la les "
    "et est dans pour "
    "une du que qui sur avec pas sont el los las y en por con para del una il di che per della gli sono i nel alla "
    "și în cu pe din este pentru je u na se su za od koji kao što iz bi in je za na se so ki pa da lahko "
    "и в не на что с по для как это та і що від het een van voor met niet zijn och att det som är för på og til af",
}

_LETTERS: Final = {
    "pl": "ąęłńśźż",
    "cs": "ěřů",
    "sk": "ľĺŕôä",
    "hu": "őű",
    "other": "ßñçğşțșăâîœæøåđ",
}
_SHARED_LETTERS: Final = {"cs": "áíéýčšžúóďťň", "sk": "áíéýčšžúóďťň", "hu": "áéíóúöü", "pl": "óć"}

_LETTER_POINTS: Final = 1.5
_SHARED_POINTS: Final = 0.4
_KNOWN_POINTS: Final = 0.8
_FOREIGN_LEAD: Final = 1.3
_REMEMBERED: Final = 100_000
_LEAST_LETTERS: Final = 3
_GRAMMAR: Final = {language: frozenset(words.split()) for language, words in _FUNCTION_WORDS.items()}
UNKNOWN: Final = "unknown"


def _points_by_word() -> MappingProxyType[str, tuple[tuple[str, float], ...]]:
    holders: dict[str, list[str]] = {}
    for language, words in _FUNCTION_WORDS.items():
        for word in set(words.split()):
            holders.setdefault(word, []).append(language)
    return MappingProxyType(
        {word: tuple((language, 1.0 / len(found)) for language in found) for word, found in holders.items()}
    )


_POINTS: Final = _points_by_word()


def shows_nothing(word: str, language: str) -> bool:
    """Tell whether a word is one of grammar, a unit or a letter (but no abbreviation), which shows a reader nothing."""
    seen = composed(word)
    return (len(seen) < _LEAST_LETTERS and not seen.isupper()) or seen.lower() in _GRAMMAR.get(language, ())


class LanguageDetector:
    """Tells languages by function words, letters and, for short texts, by which lexicon knows the words."""

    def __init__(self, vocabularies: MappingProxyType[str, frozenset[str]]) -> None:
        """Index the words of each lexicon."""
        self._evidence: dict[str, tuple[tuple[str, float], ...]] = {}
        self._known: dict[str, list[str]] = {}
        for language in sorted(vocabularies):
            for word in vocabularies[language]:
                self._known.setdefault(word, []).append(language)

    def scores(self, text: str) -> dict[str, float]:
        """Points of each language."""
        points = dict.fromkeys(_FUNCTION_WORDS, 0.0)
        for word in WORD.findall(text):
            evidence = self._evidence.get(word)
            if evidence is None:
                evidence = self._remember(word)
            for language, value in evidence:
                points[language] += value
        return points

    def _remember(self, word: str) -> tuple[tuple[str, float], ...]:
        """What a word says about languages, remembered as words repeat."""
        lower = composed(word).lower()
        points = dict.fromkeys(_FUNCTION_WORDS, 0.0)
        for language, value in _POINTS.get(lower, ()):
            points[language] += value
        known = self._known.get(lower, ())
        for language in known:
            points[language] += _KNOWN_POINTS / len(known)
        if not lower.isascii():
            _letters(lower, points)
        evidence = tuple((language, value) for language, value in points.items() if value)
        if len(self._evidence) >= _REMEMBERED:
            self._evidence.clear()
        self._evidence[word] = evidence
        return evidence

    def detect(self, text: str, *, default: str | None = None) -> str:
        """The language of a text, `unknown` for another one; the default when there is too little to tell."""
        points = self.scores(text)
        ranked = sorted(points, key=lambda language: (-points[language], language))
        best = ranked[0]
        if points[best] <= 0:
            return default or UNKNOWN
        if default in points and default != best and points[best] < points[default] + _doubt(points[best]):
            return default
        return _ours(ranked, points)


def _doubt(best: float) -> float:
    """How much better another language must be than that of the text around: little evidence needs a clear lead."""
    return 1.0 + 0.15 * best


def _letters(word: str, points: dict[str, float]) -> None:
    for letter in word:
        if not letter.isascii():
            if ord(letter) > 0x36F and letter.isalpha() and ord(letter) < 0x1E00:
                points["other"] += _LETTER_POINTS  # Greek, Cyrillic, Hebrew, Arabic ...
                continue
            for language, letters in _LETTERS.items():
                if letter in letters:
                    points[language] += _LETTER_POINTS
            for language, letters in _SHARED_LETTERS.items():
                if letter in letters:
                    points[language] += _SHARED_POINTS


def detect_document(detector: LanguageDetector, samples: Sequence[str] | Iterable[str]) -> str:
    """The language of most of a document."""
    total: dict[str, float] = {}
    for sample in samples:
        for language, value in detector.scores(sample).items():
            total[language] = total.get(language, 0.0) + value
    if not total or max(total.values()) <= 0:
        return UNKNOWN
    ranked = sorted(total, key=lambda language: (-total[language], language))
    return _ours(ranked, total)


def _ours(ranked: Sequence[str], points: Mapping[str, float]) -> str:
    """The best language; a foreign one must lead clearly, as it borrows small words from all its neighbours."""
    best, second = ranked[0], ranked[1]
    if best != "other":
        return best
    return second if points[second] * _FOREIGN_LEAD > points[best] else UNKNOWN
