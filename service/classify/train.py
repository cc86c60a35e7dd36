"""Makes the weights again: `python -m service.classify.train --data ../shared/data`, the same bytes every time."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import log, sqrt
from pathlib import Path
from typing import Final

from service.classify.calibrate import Trial, calibrate, gold_trial
from service.classify.concepts import load_concepts
from service.classify.features import with_beginnings, words
from service.classify.forms import forms_text, load_forms
from service.classify.labels import green, label_codes, own_label, places, shares
from service.classify.lexicon import available, load_lexicon
from service.classify.matcher import Matcher, load_matcher
from service.classify.svm import Example, train
from service.classify.tokens import tokenize
from service.classify.training_data import (
    NOTHING,
    LabelledText,
    OwnText,
    labelled_texts,
    own_texts,
    written_goal_texts,
    written_passages,
)
from service.classify.weights import FILE, SMALLEST, Weights, Word, WordModel, dump_weights, parse_weights

MODEL: Final = Path(__file__).parent / "model"
COST: Final = 1.0
# The model that ranks judges texts unlike those it learned from: it may follow them less closely.
RANKING_COST: Final = 0.3
EPOCHS: Final = 8
# Into so many parts the written passages are dealt, to be judged by models that have not seen them.
PARTS: Final = 4
# What is said of a related concept, and what a concept of another kind leaves out, is less sure than its own label.
RELATED: Final = 0.5
# A concept that relates to three labels speaks for all of them, one that relates to more for the frequent ones.
LEAST_SHARE: Final = 0.3
# A word of a single labelled text teaches that text only, and pairs of few texts hardly more: without them the English
# models have half the size and judge as well. Each phrase of the lexicon stands there on purpose.
RARE: Final = 2
RARE_PAIR: Final = 4


@dataclass(frozen=True)
class Document:
    """A text seen once: its features, and for each column that it teaches the labels and how much it counts."""

    counts: dict[str, float]
    teaches: Mapping[str, tuple[tuple[int, ...], float]]
    labelled: bool = False


def own_documents(texts: Iterable[OwnText], matcher: Matcher) -> list[Document]:
    """What was written for this project, as documents."""
    return [
        Document(with_beginnings(words(tokenize(text.text), matcher)), lessons(text.code, text.weight))
        for text in texts
    ]


def lessons(code: str, weight: float) -> dict[str, tuple[tuple[int, ...], float]]:
    """What the words of a concept teach: its label, those of related concepts, or that it is not of the Green Deal."""
    if code == NOTHING:
        return dict.fromkeys(places(), ((), weight))
    concept = load_concepts()[code]
    taught: dict[str, tuple[tuple[int, ...], float]] = {}
    for column, said in shares()[code].items():
        chosen = tuple(label for label, share in said.items() if share >= LEAST_SHARE)
        if own_label(concept) in said:
            taught[column] = (chosen, weight)
        elif said:
            chosen = chosen or (max(said, key=lambda label: said[label]),)
            taught[column] = (chosen, weight * RELATED * max(said.values()))
        elif column == "green_deal" and concept.level != "dimension" and not green(code):
            taught[column] = ((), weight)
    return taught


def labelled_documents(texts: Iterable[LabelledText], matcher: Matcher) -> list[Document]:
    """Texts with labels, as documents."""
    return [
        Document(
            with_beginnings(words(tokenize(text.text), matcher)),
            {column: (labels, text.weight) for column, labels in text.labels.items()},
            labelled=True,
        )
        for text in texts
    ]


def ranking_documents(
    texts: Iterable[LabelledText], passages: Iterable[LabelledText], own: Iterable[OwnText], matcher: Matcher
) -> list[Document]:
    """What teaches the order of goals: texts by their first goal, passages by all of theirs, lessons of one goal."""
    taught = [(text.text, {"goals": (text.goals[:1], text.weight)}) for text in texts]
    taught += [(text.text, {"goals": (text.goals, text.weight)}) for text in passages if text.goals]
    documents = [Document(words(tokenize(text), matcher), teaches, labelled=True) for text, teaches in taught]
    for phrase in own:
        lesson = lessons(phrase.code, phrase.weight).get("goals")
        if lesson is not None and len(lesson[0]) == 1:
            documents.append(Document(words(tokenize(phrase.text), matcher), {"goals": lesson}))
    return documents


def train_words(documents: Sequence[Document], cost: float = COST) -> WordModel:
    """The word model of one language, one column after the other."""
    common = Counter(word for document in documents if document.labelled for word in document.counts)
    own = Counter(word for document in documents if not document.labelled for word in document.counts)
    kept = sorted(word for word in {*common, *own} if word in own or common[word] >= _least(word))
    place = {word: number for number, word in enumerate(kept)}
    rarity = [round(log((1 + len(documents)) / (1 + common[word] + own[word])) + 1.0, 2) for word in kept]
    said: list[list[tuple[int, float]]] = [[] for _ in kept]
    constant = [0.0] * len(label_codes())
    for column, labels in places().items():
        examples = [example for document in documents if (example := _example(document, column, place, rarity))]
        if not examples:
            continue
        weights = train(examples, len(kept), len(labels), cost=cost, epochs=EPOCHS)
        for number, label in enumerate(labels):
            constant[label] = round(float(weights[-1, number]), 3)
        for number, row in enumerate(weights[:-1].tolist()):
            pairs = zip(labels, row, strict=True)
            said[number].extend((label, round(value, 3)) for label, value in pairs if abs(value) >= SMALLEST)
    model: dict[str, Word] = {word: (rarity[number], tuple(said[number])) for word, number in place.items()}
    return WordModel(model, tuple(constant))


def _least(word: str) -> int:
    return RARE_PAIR if " " in word else RARE


def _example(document: Document, column: str, place: Mapping[str, int], rarity: Sequence[float]) -> Example | None:
    import numpy as np

    if column not in document.teaches:
        return None
    labels, weight = document.teaches[column]
    values = {place[word]: count * rarity[place[word]] for word, count in document.counts.items() if word in place}
    if not values:
        return None
    where = sorted(values)
    length = sqrt(sum(values[number] ** 2 for number in where))
    first = places()[column].start
    return Example(
        np.array(where, dtype=np.int64),
        np.array([values[number] / length for number in where]),
        tuple(label - first for label in labels),
        weight,
    )


def train_all(folder: Path) -> Weights:
    """Train every model; the background is added from strategies afterwards."""
    models, ranking, trials = {}, {}, []
    for language in available():
        matcher = load_matcher(language)
        passages, own = written_passages(language), own_documents(own_texts(language), matcher)
        found: list[LabelledText] = []
        if language == "en":
            found = [*labelled_texts(folder), *written_goal_texts()]
            ranking["en"] = train_words(ranking_documents(found, passages, own_texts("en"), matcher), RANKING_COST)
        taught = labelled_documents(passages, matcher)
        always = [*labelled_documents(found, matcher), *own]
        models[language] = train_words([*taught, *always])
        trials += [gold_trial(language, models[language]), *passage_trials(language, passages, taught, always)]
    first, second, thresholds = calibrate(trials)
    return Weights(
        words=models,
        ranking=ranking,
        first=first,
        second=second,
        thresholds=thresholds,
        background={},
        lexicons={language: lexicon.digest for language in models if (lexicon := load_lexicon(language))},
    )


def passage_trials(
    language: str, passages: Sequence[LabelledText], taught: Sequence[Document], always: Sequence[Document]
) -> Iterator[Trial]:
    """Every passage before a model that learned from the other passages only."""
    for part in range(PARTS if passages else 0):
        seen = [document for number, document in enumerate(taught) if number % PARTS != part]
        model = train_words([*seen, *always])
        unseen = passages[part::PARTS]
        yield Trial(
            language, model, [(text.text, frozenset(chain.from_iterable(text.labels.values()))) for text in unseen]
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
