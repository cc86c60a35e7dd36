from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from service.classify.errors import LabelsError
from service.classify.evaluate_blind import blind_texts
from service.classify.gold_set import load_gold
from service.classify.labelled_rows import labelled_rows
from service.classify.labels import COLUMNS, label_codes, places
from service.classify.lexicon import LANGUAGES
from service.classify.tokens import tokenize
from service.classify.training_data import LabelledText, written_goal_texts, written_passages

# So many words in a row in common are a sentence taken over, no usual phrase; names of indicators and laws are longer.
COPIED = 6
NAMED = 11


@pytest.mark.parametrize("language", LANGUAGES)
def test_passages_teach_every_label_in_every_language(language: str) -> None:
    texts = written_passages(language)
    assert len({text.text for text in texts}) == len(texts) > 1_000
    assert sum(not any(text.labels.values()) for text in texts) > 100, "passages that cover nothing"
    for column, range_ in places().items():
        count = Counter(label for text in texts for label in text.labels[column])
        assert {label_codes()[label] for label in range_ if count[label] < 20} == set()


def test_a_theme_has_the_same_labels_in_all_languages() -> None:
    labels = [[text.labels for text in written_passages(language)] for language in LANGUAGES]
    assert all(one == other for one, other in pairwise(labels))


def test_goal_texts_teach_every_goal() -> None:
    texts = written_goal_texts()
    first = Counter(text.goals[0] for text in texts)
    assert {goal for goal in places()["goals"] if first[goal] < 150} == set()
    assert len({text.text for text in texts}) == len(texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_that_measures_is_learned(language: str) -> None:
    written: list[LabelledText] = [*written_passages(language), *(written_goal_texts() if language == "en" else [])]
    for measuring, length in ((load_gold(language), COPIED), (blind_texts(language), NAMED)):
        known = {words for text in measuring for words in runs(text.text, length)}
        assert [text.text for text in written if known & runs(text.text, length)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_blind_texts_have_labels_and_some_have_none(language: str) -> None:
    texts = blind_texts(language)
    assert len(texts) >= 40
    bare = sum(not any(text.labellings[0].values()) for text in texts)
    assert 8 <= bare <= 12


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    words = [token.folded for token in tokenize(text)]
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("11\tMO1\tGD5\n", "line 2: not 4 cells"),
        ("11\tMO1\tGD5\t\n", "line 2: no text"),
        ("11\tMO9\tGD5\tTrams\n", "line 2: unknown areas MO9"),
    ],
)
def test_wrong_files_are_told(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "en.tsv"
    path.write_text(f"goals\tareas\tgreen_deal\ttext\n{line}")
    with pytest.raises(LabelsError, match=message):
        list(labelled_rows(path, (*COLUMNS, "text")))


def test_labels_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "goals.tsv"
    path.write_text("goals\ttext\n11 9\tTrams\n")
    assert [labels for _, labels in labelled_rows(path, ("goals", "text"))] == [{"goals": ("11", "9")}]
