"""Measures the classifier on texts that were written and labelled, once, by others than those who made it."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from service.classify.classifier import Classifier, Options
from service.classify.evaluate_gold import NAMES, figures, found_labels
from service.classify.gold_set import GoldText
from service.classify.labelled_rows import labelled_rows
from service.classify.labels import COLUMNS
from service.classify.tables import Table

_FOLDER: Final = files("service.classify") / "gold" / "blind"


def blind_texts(language: str) -> list[GoldText]:
    """The texts of a language, with one labelling: of English ones the goals only."""
    name = "goals_en.tsv" if language == "en" else f"{language}.tsv"
    rows = labelled_rows(_FOLDER / name, (*_columns(language), "text"))
    return [
        GoldText(f"{language}-{number}", row["text"], ({column: frozenset(found) for column, found in labels.items()},))
        for number, (row, labels) in enumerate(rows, start=1)
    ]


def blind_tables(classifier: Classifier) -> list[Table]:
    """What is asserted, by language and scheme; and which goal is listed first for English texts that have one."""
    rows = []
    for language in classifier.languages:
        judged = [(text, found_labels(classifier, text.text, language)) for text in blind_texts(language)]
        for column in _columns(language):
            rows.append((NAMES[column], language, str(len(judged)), *figures(judged, column)))
    columns = ("labels", "language", "texts", "precision", "recall", "micro-F1", "macro-F1")
    return [Table("Blind texts, what is asserted", columns, tuple(rows)), _listed_first(classifier)]


def _columns(language: str) -> tuple[str, ...]:
    return ("goals",) if language == "en" else tuple(COLUMNS)


def _listed_first(classifier: Classifier) -> Table:
    single = [text for text in blind_texts("en") if len(text.labellings[0]["goals"]) == 1]
    right = sum({_first_goal(classifier, text.text)} == text.labellings[0]["goals"] for text in single)
    row = (str(len(single)), f"{right / len(single):.3f}")
    return Table("Blind English texts with one goal, the goal that is listed first", ("texts", "accuracy"), (row,))


def _first_goal(classifier: Classifier, text: str) -> str:
    labels = classifier.classify(text, options=Options(language="en")).labels
    return next((x.concept.notation for x in labels if x.concept.level == "goal"), "")
