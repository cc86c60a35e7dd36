"""Classifies texts: cuts, detects languages, scores, aggregates and shows the evidence."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from types import MappingProxyType

from service.classify.aggregate import Coverage, cover
from service.classify.concepts import load_concepts
from service.classify.errors import UnknownLanguage
from service.classify.language import UNKNOWN, LanguageDetector, detect_document
from service.classify.lexicon import available, lexicon_digest, lexicon_words_lower
from service.classify.passages import Passage, split
from service.classify.prose import quality, signature
from service.classify.results import Classification, Excerpt, Label, Status
from service.classify.scoring import Scores, score_passage, terms_for
from service.classify.semantic import load_ranker
from service.classify.weights import METHOD, Weights, load_weights

# Up to this length a text is judged as a whole, as the texts that the model learned from were.
WHOLE = 3_000
SUGGESTIONS = 5
EXCERPTS = 5
_SAMPLES = 400
_BLOCK = 200

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Options:
    """How a text is classified."""

    language: str | None = None
    suggestions: int = SUGGESTIONS
    excerpts: int = EXCERPTS
    # Rank the suggested targets of a text up to WHOLE characters by meaning too (Tier B, an extra).
    semantic: bool = False


@dataclass(frozen=True)
class _Read:
    """The passages of a text with their scores and qualities; a short text is scored as a whole, too."""

    scored: Sequence[Scores]
    qualities: Sequence[float]
    whole: Scores | None

    def by_value(self, code: str) -> list[int]:
        """The passages that speak of a concept, the most telling first."""
        having = [place for place in range(len(self.scored)) if code in self.scored[place].values]
        return sorted(having, key=lambda place: (-self.scored[place].values[code] * self.qualities[place], place))


class Classifier:
    """The procedure, with lexicons and weights loaded once."""

    def __init__(self, weights: Weights | None = None) -> None:
        """Load everything once; the shipped weights unless others are given."""
        self.weights = weights or load_weights()
        self.languages = available()
        self.lexicon_digest = lexicon_digest()
        self._detector = LanguageDetector(
            MappingProxyType({language: lexicon_words_lower(language) for language in self.languages})
        )

    def classify(
        self, text: str, *, id: str = "", options: Options | None = None, progress: Progress | None = None
    ) -> Classification:
        """Classify a text of any length."""
        options = options or Options()
        self._check_language(options.language)
        pieces = split(text)
        language = options.language or self._language(text, pieces)
        scored = self._score_all(text, pieces, language, options, progress)
        if not scored:
            raise UnknownLanguage("the text is in none of the languages " + ", ".join(self.languages))
        whole = self._whole(text, language) if len(text) <= WHOLE else None
        qualities = [quality(text[scores.start : scores.end]) for scores in scored]
        judged = ([whole], [1.0]) if whole else (scored, qualities)
        covered = cover(*judged, self.weights.background)
        if options.semantic and whole:
            covered = load_ranker().rerank(covered, text, whole.language)
        return Classification(
            id=id,
            labels=tuple(self._labels(text, covered, _Read(scored, qualities, whole), options)),
            method=METHOD,
            languages=dict(Counter(scores.language for scores in scored)),
            passages=len(scored),
            text_digest=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
            lexicon_digest=self.lexicon_digest,
            model_digest=self.weights.digest,
        )

    def _check_language(self, language: str | None) -> None:
        if language is not None and language not in self.languages:
            raise UnknownLanguage(f"there is no lexicon for {language!r}; known are {', '.join(self.languages)}")

    def _language(self, text: str, pieces: Sequence[Passage]) -> str:
        step = max(1, len(pieces) // _SAMPLES)
        found = detect_document(self._detector, (text[p.start : p.end] for p in islice(pieces, 0, None, step)))
        if found == UNKNOWN or found not in self.languages:
            raise UnknownLanguage(
                "the language cannot be told, or is none of "
                + ", ".join(self.languages)
                + "; name it if it is one of these"
            )
        return found

    def _score_all(
        self, text: str, pieces: Sequence[Passage], language: str, options: Options, progress: Progress | None
    ) -> list[Scores]:
        scored = []
        seen: set[str] = set()
        for number, piece in enumerate(pieces):
            if progress is not None and number % _BLOCK == 0:
                progress(number, len(pieces))
            written = text[piece.start : piece.end]
            known = signature(written)
            if known in seen:
                continue  # Headers and footers stand on every page.
            seen.add(known)
            own = options.language or self._detector.detect(written, default=language)
            if own in self.languages:
                scored.append(score_passage(text, piece.start, piece.end, own, self.weights))
        if progress is not None:
            progress(len(pieces), len(pieces))
        return scored

    def _whole(self, text: str, language: str) -> Scores:
        return score_passage(text, 0, len(text), language, self.weights, alone=True)

    def _labels(self, text: str, covered: Sequence[Coverage], read: _Read, options: Options) -> list[Label]:
        labels = []
        suggested: Counter[tuple[str, str, bool]] = Counter()
        for item in covered:
            concept = load_concepts()[item.code]
            level = (concept.scheme, concept.level, "." in concept.notation)
            if not item.asserted and suggested[level] >= options.suggestions:
                continue
            order = item.passages if read.whole is None else read.by_value(item.code)
            ordered = [read.scored[place] for place in order]
            count = sum(scores.found(item.code) for scores in ordered)
            excerpts = self._excerpts(text, item.code, ordered, options)
            if not excerpts and read.whole is not None:
                excerpts = self._excerpts(text, item.code, [read.whole], options)
            if not excerpts:
                continue  # Nothing to show, nothing to say.
            if not item.asserted:
                suggested[level] += 1
            status: Status = "asserted" if item.asserted else "suggested"
            labels.append(Label(concept, item.score, status, tuple(excerpts), item.share, item.lift, count))
        return labels

    def _excerpts(self, text: str, code: str, ordered: Sequence[Scores], options: Options) -> list[Excerpt]:
        excerpts: list[Excerpt] = []
        for scores in ordered:
            if len(excerpts) >= options.excerpts:
                break
            terms, known = terms_for(scores, code, self.weights, text)
            if terms:
                piece = text[scores.start : scores.end]
                excerpts.append(Excerpt(scores.start, scores.end, piece, terms, known, scores.language))
        return excerpts


@lru_cache(maxsize=1)
def load_classifier() -> Classifier:
    """The classifier of this process."""
    return Classifier()
