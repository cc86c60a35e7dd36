"""Measures the classifier on the gold set, with the agreement of two independent labellings as the ceiling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from service.classify.classifier import Classifier, Options
from service.classify.gold_set import (
    GoldText,
    Part,
    krippendorff_alpha,
    load_gold,
    macro_f1,
    micro_f1,
    part_of,
)
from service.classify.labels import COLUMNS, label_names
from service.classify.tables import Table

_SCHEMES: Final = {"goals": "sdg", "areas": "smart-concept", "green_deal": "green-deal"}
NAMES: Final = {"goals": "SDG goals", "areas": "SMART areas", "green_deal": "Green Deal areas"}

Found = dict[str, frozenset[str]]


def found_labels(classifier: Classifier, text: str, language: str) -> Found:
    """What the classifier asserts of a passage, by column of the gold set."""
    result = classifier.classify(text, options=Options(language=language))
    asserted = {column: {x.concept.notation for x in result.asserted(scheme)} for column, scheme in _SCHEMES.items()}
    return {column: frozenset(notations) & label_names(column) for column, notations in asserted.items()}


def gold_tables(classifier: Classifier) -> list[Table]:
    """The part that is only measured, the whole, and, once there are two labellings, their agreement."""
    judged = {}
    for language in classifier.languages:
        texts = load_gold(language)
        judged[language] = [(text, found_labels(classifier, text.text, language)) for text in texts]
    tables = [_quality("test", judged), _quality("all", judged), _agreement(classifier.languages)]
    return [table for table in tables if table.rows]


def _quality(part: Part, judged: dict[str, list[tuple[GoldText, Found]]]) -> Table:
    rows = []
    for column in COLUMNS:
        for language, pairs in judged.items():
            chosen = [(text, found) for text, found in pairs if part in ("all", text.part)]
            if chosen:
                rows.append((NAMES[column], language, str(len(chosen)), *figures(chosen, column)))
    title = f"Gold set, {'all passages' if part == 'all' else 'the part that chose nothing (test)'}"
    return Table(title, ("labels", "language", "passages", "precision", "recall", "micro-F1", "macro-F1"), tuple(rows))


def figures(chosen: Sequence[tuple[GoldText, Found]], column: str) -> tuple[str, ...]:
    """Precision, recall, micro-F1 and macro-F1 of what was found, the mean over the labellings."""
    found = [labels[column] for _, labels in chosen]
    totals = [0.0] * 4
    labellings = len(chosen[0][0].labellings)
    for number in range(labellings):
        truth = [text.labellings[number][column] for text, _ in chosen]
        right = sum(len(t & f) for t, f in zip(truth, found, strict=True))
        precision = right / max(1, sum(map(len, found)))
        recall = right / max(1, sum(map(len, truth)))
        for place, value in enumerate((precision, recall, micro_f1(truth, found), macro_f1(truth, found))):
            totals[place] += value
    return tuple(f"{total / labellings:.3f}" for total in totals)


def _agreement(languages: Sequence[str]) -> Table:
    rows = []
    for column in COLUMNS:
        for language in languages:
            twice = [text for text in part_of(load_gold(language), "all") if len(text.labellings) > 1]
            if twice:
                first, second = ([text.labellings[number][column] for text in twice] for number in (0, 1))
                alpha = krippendorff_alpha(first, second, len(label_names(column)))
                figures = (micro_f1(first, second), macro_f1(first, second), alpha)
                rows.append((NAMES[column], language, str(len(twice)), *(f"{value:.3f}" for value in figures)))
    columns = ("labels", "language", "passages", "micro-F1", "macro-F1", "Krippendorff's alpha")
    return Table("Gold set, agreement of the two labellings", columns, tuple(rows))
