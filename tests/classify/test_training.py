from itertools import pairwise
from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="training needs numpy")

import numpy as np

from service.classify.calibrate import calibrate, gold_trial, logistic_regression
from service.classify.features import with_beginnings
from service.classify.labels import carries, green, label_codes, places, shares
from service.classify.lexicon import available, load_lexicon
from service.classify.matcher import load_matcher
from service.classify.models import word_margins
from service.classify.svm import Example, shuffled, train
from service.classify.train import (
    MODEL,
    PARTS,
    Document,
    labelled_documents,
    lessons,
    passage_trials,
    train_all,
    train_words,
)
from service.classify.training_data import NOTHING, LabelledText, labelled_texts, own_texts
from service.classify.weights import FILE, WordModel, dump_weights, load_weights, parse_weights

TEXTS = [
    LabelledText(f"{words} {number}", {"goals": (goal,)}, 1.0, "test")
    for number in range(6)
    for goal, words in enumerate(("poverty social assistance", "hunger farm food", "hospital health vaccine"))
]


def documents() -> list[Document]:
    return labelled_documents(TEXTS, load_matcher("en"))


def test_training_is_repeatable_and_learns() -> None:
    first, second = train_words(documents()), train_words(documents())
    assert first == second
    said = dict(first.words["hunger"][1])
    assert said[1] > 0 > said[0]
    margins = word_margins({"vaccine": 1.0}, first)
    assert max(range(3), key=lambda goal: margins[goal]) == 2


def test_a_small_corpus_gives_the_same_bytes_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "sdg-training"
    folder.mkdir()
    rows = [f"osdg-cd-sample,{text.text},{text.goals[0] + 1}" for text in TEXTS]
    (folder / "goals_en.csv").write_text("\n".join(["source,text,goals", *rows]))
    monkeypatch.setattr("service.classify.train.available", lambda: ("en",))
    monkeypatch.setattr("service.classify.train.own_texts", lambda language: [])
    monkeypatch.setattr("service.classify.train.written_goal_texts", lambda: [])
    monkeypatch.setattr("service.classify.train.written_passages", lambda language: [])
    first, second = dump_weights(train_all(tmp_path)), dump_weights(train_all(tmp_path))
    assert first == second
    weights = parse_weights(first)
    assert dump_weights(weights) == first
    assert set(weights.words) == set(weights.ranking) == {"en"}


def test_the_solver_separates_what_can_be_separated() -> None:
    def example(place: int, label: int) -> Example:
        return Example(np.array([place], dtype=np.int64), np.array([1.0]), (label,), 1.0)

    weights = train([example(0, 0), example(1, 1)] * 4, 2, 2, cost=1.0)
    assert weights[0, 0] > 0 > weights[0, 1]
    assert weights[1, 1] > 0 > weights[1, 0]


@pytest.mark.parametrize("count", [1, 2, 7, 500, 7920, 16_000])
def test_every_example_has_its_turn_and_neighbours_stay_apart(count: int) -> None:
    order = shuffled(count)
    assert sorted(order) == list(range(count))
    if count > 7:
        assert min(abs(one - next) for one, next in pairwise(order)) > count / 4


def test_what_the_words_of_a_concept_teach() -> None:
    codes = label_codes()

    def taught(code: str) -> dict[str, tuple[str, ...]]:
        return {column: tuple(codes[label] for label in labels) for column, (labels, _) in lessons(code, 1.0).items()}

    assert taught("SMART MO1.2")["areas"] == ("SMART MO1",)
    assert taught("SMART MO1.2")["green_deal"] == ("GD GD5",)
    assert taught("SDG 7.2")["goals"] == ("SDG 7",)
    assert "SMART EN1" in taught("SDG 7.2")["areas"]
    # A measure that only relates to a part of the Green Deal to which everything relates teaches that it is not of it.
    assert taught("SMART GO1.1")["green_deal"] == ()
    assert lessons("SMART MO1.2", 1.0)["areas"][1] > lessons("SMART MO1.2", 1.0)["goals"][1]
    # So does one that only relates to it: consultations are not green by themselves.
    assert taught("SMART GO3.2")["green_deal"] == ()
    # What is green by itself and has no relation says nothing either way.
    assert "green_deal" not in lessons("SDG 14.7", 1.0)
    assert taught(NOTHING) == {"goals": (), "areas": (), "green_deal": ()}


def test_what_is_green_by_itself() -> None:
    assert green("SDG 14") and green("SDG 11.2") and green("SMART MO2.3") and green("SMART EN5.2")
    assert not green("SDG 16.7") and not green("SMART GO3.2") and not green("SMART LI2.4")
    assert all(
        own_texts(language) and any(text.code == NOTHING for text in own_texts(language)) for language in available()
    )


def test_related_labels_are_carried_along() -> None:
    codes = label_codes()
    assert [len(range_) for range_ in places().values()] == [17, 30, 10]
    carried = dict(carries()[codes.index("SMART MO2")])
    assert carried[codes.index("GD GD5")] > 0.5 < carried[codes.index("SDG 11")]
    assert all(0 < share <= 1 for found in shares().values() for said in found.values() for share in said.values())


def test_words_also_count_by_their_beginnings() -> None:
    assert with_beginnings({"chodnik": 1.0, "chodec": 2.0, "bus": 1.0, "nový chodnik": 1.0}) == {
        "chodnik": 1.0,
        "chodec": 2.0,
        "bus": 1.0,
        "nový chodnik": 1.0,
        "~chod": 2.0,
    }


def test_calibration_fits_and_repeats() -> None:
    slope, constant = logistic_regression([(0.0,), (1.0,), (2.0,), (3.0,)] * 20, [False, False, True, True] * 20)
    assert slope > 1 and constant < -1
    silent = [gold_trial("en", WordModel({}, (0.0,) * len(label_codes())))]
    first, second, thresholds = calibrate(silent)
    assert calibrate(silent) == (first, second, thresholds)
    assert len(thresholds) == len(label_codes())
    assert all(0 < threshold < 1 for threshold in thresholds)


def test_passages_are_judged_by_models_that_have_not_seen_them() -> None:
    count, parts = 2 * PARTS, range(PARTS)
    texts = [LabelledText(f"only{n % PARTS} {n}", {"goals": (n % 3,)}, 1.0, "test") for n in range(count)]
    matcher = load_matcher("en")
    trials = list(passage_trials("en", texts, labelled_documents(texts, matcher), documents()))
    assert sorted(text for trial in trials for text, _ in trial.texts) == sorted(text.text for text in texts)
    for part, trial in zip(parts, trials, strict=True):
        known = {word for word in trial.model.words if word.startswith("only")}
        assert known == {f"only{other}" for other in parts if other != part}
        assert {text.split()[0] for text, _ in trial.texts} == {f"only{part}"}


def test_weights_survive_writing() -> None:
    weights = load_weights()
    data = dump_weights(weights)
    assert dump_weights(parse_weights(data)) == data
    assert len(weights.thresholds) == len(label_codes())
    assert (MODEL / FILE).stat().st_size < 6_000_000


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
