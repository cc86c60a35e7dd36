from collections import Counter
from pathlib import Path

import pytest

from service.classify.errors import LabelsError
from service.classify.gold_set import (
    krippendorff_alpha,
    load_gold,
    macro_f1,
    micro_f1,
    part_of,
    read_gold,
)
from service.classify.labels import COLUMNS, label_names
from service.classify.lexicon import LANGUAGES

A, B, AB, NONE = frozenset("a"), frozenset("b"), frozenset("ab"), frozenset[str]()
HEADER = "id\ttext\tgoals\tareas\tgreen_deal\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_label_stands_in_the_gold_set_of_every_language(language: str) -> None:
    texts = load_gold(language)
    assert len(texts) >= 150
    assert len({text.text for text in texts}) == len(texts)
    assert sum(not any(text.labellings[0].values()) for text in texts) >= 8, "passages that cover nothing"
    for column in COLUMNS:
        count = Counter(label for text in texts for label in text.labellings[0][column])
        assert {label for label in label_names(column) if count[label] < 5} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_two_parts_are_about_equal_and_apart(language: str) -> None:
    texts = load_gold(language)
    tune, test = part_of(texts, "tune"), part_of(texts, "test")
    assert len(tune) + len(test) == len(part_of(texts, "all")) == len(texts)
    assert 0.4 < len(tune) / len(texts) < 0.6


def test_a_second_labelling_is_read(tmp_path: Path) -> None:
    (tmp_path / "en.tsv").write_text(HEADER + "1\tTrams\t11\tMO1\tGD5\n2\tHistory\t\t\t\n")
    assert [len(text.labellings) for text in read_gold(tmp_path, "en")] == [1, 1]
    (tmp_path / "labels-2").mkdir()
    (tmp_path / "labels-2" / "en.tsv").write_text("id\tgoals\tareas\tgreen_deal\n2\t\t\t\n1\t11 9\tMO1\t\n")
    first, second = read_gold(tmp_path, "en")
    assert first.labellings[1] == {"goals": {"9", "11"}, "areas": {"MO1"}, "green_deal": frozenset()}
    assert second.labellings[1] == {column: frozenset() for column in COLUMNS}
    assert read_gold(tmp_path, "pl") == ()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("1\tTrams\t18\tMO1\tGD5\n", "unknown goals 18"),
        ("1\tTrams\t11\tMO1.2\tGD5\n", "unknown areas MO1.2"),
        ("1\tTrams\t11\n", "line 2: not 5 cells"),
        ("1\tTrams\t11\tMO1\tGD5\n1\tBuses\t11\tMO1\tGD5\n", "an id is twice"),
        ("1\t\t11\tMO1\tGD5\n", "line 2: no text"),
    ],
)
def test_wrong_files_are_told(tmp_path: Path, lines: str, message: str) -> None:
    (tmp_path / "en.tsv").write_text(HEADER + lines)
    with pytest.raises(LabelsError, match=message):
        read_gold(tmp_path, "en")


def test_a_second_labelling_must_be_of_the_same_passages(tmp_path: Path) -> None:
    (tmp_path / "en.tsv").write_text(HEADER + "1\tTrams\t11\tMO1\tGD5\n")
    (tmp_path / "labels-2").mkdir()
    (tmp_path / "labels-2" / "en.tsv").write_text("id\tgoals\tareas\tgreen_deal\n1\t\t\t\n7\t\t\t\n")
    with pytest.raises(LabelsError, match="only in labels-2"):
        read_gold(tmp_path, "en")


def test_scores_of_sets() -> None:
    assert micro_f1([A, B], [A, B]) == macro_f1([A, B], [A, B]) == 1.0
    assert micro_f1([A], [AB]) == pytest.approx(2 / 3)
    assert macro_f1([A, B], [A, NONE]) == 0.5
    assert micro_f1([NONE], [NONE]) == 0.0


def test_agreement_beyond_chance() -> None:
    assert krippendorff_alpha([A, B], [A, B], 2) == 1.0
    # Four decisions, all different: worse than chance.
    assert krippendorff_alpha([A, B], [B, A], 2) < 0
    # 2 x 4 values, 3 yes: observed 1/4, expected 2*3*5/(8*7).
    assert krippendorff_alpha([AB, NONE], [A, NONE], 2) == pytest.approx(1 - 0.25 / (30 / 56))
