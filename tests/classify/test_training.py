from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="training needs numpy")

import numpy as np

from service.classify.features import CONCEPT_FEATURES
from service.classify.lexicon import available, load_lexicon
from service.classify.matcher import load_matcher
from service.classify.svm import Example, train
from service.classify.train import prepare, train_concepts, train_words
from service.classify.training_data import LabelledText, labelled_texts
from service.classify.weights import dump_weights, load_weights, parse_weights

TEXTS = [
    LabelledText(f"{words} {number}", (goal,), 1.0, "test")
    for number in range(6)
    for goal, words in enumerate(("poverty social assistance", "hunger farm food", "hospital health vaccine"))
]


def test_training_is_repeatable_and_learns() -> None:
    prepared = prepare(TEXTS, load_matcher("en"))
    first, second = train_words(prepared), train_words(prepared)
    assert first == second
    assert first.goals["hunger"][1] > 0 > first.goals["hunger"][0]
    assert train_concepts(prepared) == train_concepts(prepared)


def test_the_solver_separates_what_can_be_separated() -> None:
    def example(place: int, label: int) -> Example:
        return Example(np.array([place], dtype=np.int64), np.array([1.0]), (label,), 1.0)

    weights = train([example(0, 0), example(1, 1)] * 4, 2, 2, cost=1.0)
    assert weights[0, 0] > 0 > weights[0, 1]
    assert weights[1, 1] > 0 > weights[1, 0]


def test_weights_survive_writing() -> None:
    weights = load_weights()
    data = dump_weights(weights)
    assert dump_weights(parse_weights(data)) == data
    assert len(weights.concept) == CONCEPT_FEATURES + 1


def test_the_weights_belong_to_the_lexicons() -> None:
    """A lexicon that changed needs `python -m service.classify.train`."""
    digests = {language: lexicon.digest for language in available() if (lexicon := load_lexicon(language))}
    assert dict(load_weights().lexicons) == digests
    for language in available():
        forms = Path("service/classify/model") / f"forms.{language}.txt"
        assert forms.read_text(encoding="utf-8").startswith(f"# {digests[language]}\n")


def test_labelled_texts_are_read_once_each(shared: Path) -> None:
    texts = labelled_texts(shared)
    assert len({text.text.casefold() for text in texts}) == len(texts) > 5_000
