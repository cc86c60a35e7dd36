"""Where the models learn from: labelled texts, found and written, and lexicon and definitions as texts of their own."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from service.classify.concepts import load_concepts
from service.classify.errors import ModelError
from service.classify.features import GOALS
from service.classify.labelled_rows import labelled_rows
from service.classify.labels import COLUMNS, label_places
from service.classify.lexicon import load_lexicon

# The survey was labelled by the search query that found a title, and half of it is goal 3: it counts less.
SOURCE_WEIGHT: Final = {"aurora-survey": 0.25, "amrayach-sdg-sentences": 1.0, "osdg-cd-sample": 2.0}
WRITTEN_WEIGHT: Final = 2.0
LABEL_WEIGHT: Final = 1.0
DEFINITION_WEIGHT: Final = 1.5
NOTHING_WEIGHT: Final = 2.0
HELD_OUT: Final = 5  # one in five
# In place of the code of a concept: the text is about the document itself, not about what is planned.
NOTHING: Final = ""


@dataclass(frozen=True)
class LabelledText:
    """A text with its labels by column (places in `label_codes`), how much it counts, and where it comes from."""

    text: str
    labels: Mapping[str, tuple[int, ...]]
    weight: float
    source: str

    @property
    def goals(self) -> tuple[int, ...]:
        """The goals, the one that it is about most first."""
        return self.labels["goals"]

    @property
    def fold(self) -> int:
        """A fifth of the data, by the text itself: the same on every machine, and equal texts stay together."""
        return hashlib.sha256(" ".join(self.text.casefold().split()).encode()).digest()[0] % HELD_OUT


def labelled_texts(folder: Path) -> list[LabelledText]:
    """The labelled English texts of `sdg-training`, without repetitions."""
    path = folder / "sdg-training" / "goals_en.csv"
    if not path.is_file():
        raise ModelError(f"no training data: {path} is missing")
    found: dict[str, LabelledText] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            goals = tuple(GOALS.index(goal) for goal in row["goals"].split() if goal in GOALS)
            text = row["text"].strip()
            if goals and len(text) > 10:
                weight = SOURCE_WEIGHT[row["source"]]
                found.setdefault(text.casefold(), LabelledText(text, {"goals": goals}, weight, row["source"]))
    return list(found.values())


def written_passages(language: str) -> list[LabelledText]:
    """Passages of strategies as they might stand in one, written for this project, with their labels of all schemes."""
    return _written(f"{language}.tsv", tuple(COLUMNS))


def written_goal_texts() -> list[LabelledText]:
    """English texts of all kinds and countries with their goals, written for this project."""
    return _written("goals_en.tsv", ("goals",))


def _written(name: str, columns: tuple[str, ...]) -> list[LabelledText]:
    rows = labelled_rows(files("service.classify") / "corpus" / name, (*columns, "text"))
    return [LabelledText(row["text"], label_places(labels), WRITTEN_WEIGHT, "written") for row, labels in rows]


@dataclass(frozen=True)
class OwnText:
    """A phrase, label or definition written for this project, and the concept that it is of, or NOTHING."""

    text: str
    code: str
    weight: float


def own_texts(language: str) -> Iterator[OwnText]:
    """Phrases of the lexicon, labels and definitions of all concepts, and what says nothing, in one language."""
    concepts = load_concepts()
    lexicon = load_lexicon(language)
    for entry in lexicon.entries if lexicon else ():
        if not entry.exclude:
            yield OwnText(entry.phrase, entry.concept, entry.weight)
    for code in concepts.codes:
        concept = concepts[code]
        if language in concept.labels:
            yield OwnText(concept.labels[language], code, LABEL_WEIGHT)
        if language in concept.definitions:
            yield OwnText(concept.definitions[language], code, DEFINITION_WEIGHT)
    for text in _saying_nothing(language):
        yield OwnText(text, NOTHING, NOTHING_WEIGHT)


def _saying_nothing(language: str) -> Iterator[str]:
    """Sentences as every strategy has them: who adopted it, how it is made up, where the town lies."""
    rows = (files("service.classify") / "lexicon" / "nothing.tsv").read_text(encoding="utf-8").splitlines()[1:]
    yield from (text for row in rows for of, text in [row.split("\t")] if of == language)
