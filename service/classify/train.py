"""Makes the weights again: `python -m service.classify.train --data ../shared/data`, the same bytes every time."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import log, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from service.classify.calibrate import Margins, best_thresholds, fit_calibration
from service.classify.features import CONCEPT_FEATURES, GOALS, concept_evidence, words
from service.classify.forms import forms_text, load_forms
from service.classify.goals import concept_margins, word_margins
from service.classify.lexicon import available, load_lexicon
from service.classify.matcher import Matcher, load_matcher
from service.classify.svm import Example, train
from service.classify.tokens import tokenize
from service.classify.training_data import HELD_OUT, LabelledText, labelled_texts, own_texts
from service.classify.weights import FILE, Weights, WordModel, dump_weights, parse_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODEL: Final = Path(__file__).parent / "model"
WORD_COST: Final = 0.15
CONCEPT_COST: Final = 0.3
# A word of a single text teaches that text only.
RARE: Final = 2


@dataclass(frozen=True)
class Prepared:
    """A text, seen once: its words and its lexicon evidence."""

    origin: LabelledText
    counts: dict[str, float]
    evidence: list[float]


def prepare(texts: Iterable[LabelledText], matcher: Matcher) -> list[Prepared]:
    """Find words and phrases of every text."""
    prepared = []
    for text in texts:
        tokens = tokenize(text.text)
        hits = matcher.hits(text.text, tokens)
        prepared.append(Prepared(text, words(tokens, matcher), concept_evidence(hits)))
    return prepared


def train_words(texts: Sequence[Prepared]) -> WordModel:
    """The word model of one language."""
    frequency = Counter(word for text in texts for word in text.counts)
    kept = sorted(word for word, count in frequency.items() if count >= RARE)
    rarity = {word: round(log((1 + len(texts)) / (1 + frequency[word])) + 1.0, 2) for word in kept}
    place = {word: number for number, word in enumerate(kept)}
    examples = [
        _example(
            {place[word]: count * rarity[word] for word, count in text.counts.items() if word in place}, text.origin
        )
        for text in texts
    ]
    weights = train([example for example in examples if example.index.size], len(kept), len(GOALS), cost=WORD_COST)
    goals = {word: _rounded(weights[number]) for word, number in place.items()}
    return WordModel(rarity, goals, _rounded(weights[len(kept)]))


def _example(values: dict[int, float], origin: LabelledText, *, unit: bool = True) -> Example:
    import numpy as np

    places = sorted(values)
    length = sqrt(sum(values[place] ** 2 for place in places)) if unit and places else 1.0
    return Example(
        np.array(places, dtype=np.int64),
        np.array([values[place] / length for place in places]),
        origin.goals,
        origin.weight,
    )


def _rounded(row: NDArray[Any]) -> tuple[float, ...]:
    return tuple(round(float(value), 3) for value in row)


def train_concepts(texts: Sequence[Prepared]) -> tuple[tuple[float, ...], ...]:
    """The language-independent model, on texts in which the lexicon finds something."""
    examples = []
    for text in texts:
        values = {place: value for place, value in enumerate(text.evidence) if value}
        if values:
            examples.append(_example(values, text.origin, unit=False))
    weights = train(examples, CONCEPT_FEATURES, len(GOALS), cost=CONCEPT_COST)
    return tuple(_rounded(row) for row in weights)


def margins_of(texts: Sequence[Prepared], model: WordModel, concept: Sequence[Sequence[float]]) -> list[Margins]:
    """What both models say about texts that they have not seen."""
    return [
        Margins(text.origin, word_margins(text.counts, model), concept_margins(text.evidence, concept))
        for text in texts
    ]


def cross_margins(real: Sequence[Prepared], own: Sequence[Prepared]) -> tuple[list[Margins], list[Margins]]:
    """Every labelled text judged by models that did not see it: as in English, and as in a language without texts."""
    own_words = train_words(own)
    english: list[Margins] = []
    transfer: list[Margins] = []
    for part in range(HELD_OUT):
        seen = [text for text in real if text.origin.fold != part]
        unseen = [text for text in real if text.origin.fold == part]
        concept = train_concepts(seen)
        english += margins_of(unseen, train_words([*seen, *own]), concept)
        transfer += margins_of(unseen, own_words, concept)
    return english, transfer


def train_all(folder: Path) -> Weights:
    """Train every model; the background is added from strategies afterwards."""
    matchers = {language: load_matcher(language) for language in available()}
    own = {language: prepare(own_texts(language), matcher) for language, matcher in matchers.items()}
    real = prepare(labelled_texts(folder), matchers["en"])
    english, transfer = cross_margins(real, own["en"])
    calibration = {"en": fit_calibration(english), "transfer": fit_calibration(transfer)}
    models = {
        language: train_words(own[language] if language != "en" else [*real, *own["en"]]) for language in matchers
    }
    return Weights(
        concept=train_concepts(real),
        words=models,
        calibration=calibration,
        thresholds={
            "en": best_thresholds(english, calibration["en"]),
            "transfer": best_thresholds(transfer, calibration["transfer"]),
        },
        background={},
        lexicons={language: lexicon.digest for language in matchers if (lexicon := load_lexicon(language))},
    )


def write_forms() -> list[Path]:
    """Write the word forms of every lexicon; give the files that changed."""
    changed = []
    for language in available():
        lexicon = load_lexicon(language)
        assert lexicon is not None, language
        path = MODEL / f"forms.{language}.txt"
        text = forms_text(lexicon)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    load_forms.cache_clear()
    load_matcher.cache_clear()
    return changed


def make_weights(folder: Path) -> bytes:
    """Train everything and measure the background; give the bytes of the weights."""
    from service.classify.background import measure_background

    weights = parse_weights(dump_weights(train_all(folder)))
    return dump_weights(replace(weights, background=measure_background(folder / "climate-city-contracts", weights)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m service.classify.train", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with sdg-training")
    parser.add_argument("--check", action="store_true", help="fail when what is shipped differs from what comes out")
    chosen = parser.parse_args(arguments)
    changed = write_forms()
    data = make_weights(chosen.data)
    path = MODEL / FILE
    if not path.is_file() or path.read_bytes() != data:
        path.write_bytes(data)
        changed.append(path)
    sys.stdout.write(f"{path}: {len(data):,} bytes, sha256 {parse_weights(data).digest}\n")
    sys.stdout.writelines(f"changed: {path}\n" for path in changed)
    return 1 if changed and chosen.check else 0


if __name__ == "__main__":
    sys.exit(main())
