"""A classified text as pages show it: its labels as lines, and the text cut where passages of labels begin and end."""

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from markupsafe import Markup, escape

from service.classify.prose import readable
from service.classify.report import highlight
from service.classify.results import Classification, Excerpt, Label
from service.pages.language import NAMES
from service.pages.page import Page
from service.pages.tables import Column, Table

# Characters up to which the whole text is shown; above, only the passages are.
ROOM: Final = 1_500_000
_SHOWN: Final = 3


@dataclass(frozen=True)
class Line:
    """A label with the passages that show it."""

    key: str
    iri: str
    scheme: str
    notation: str
    level: str
    score: float
    status: str
    count: int
    quotes: list[tuple[str, Markup]]
    """Language and text of the best passages."""


@dataclass(frozen=True)
class Piece:
    """A stretch of the text, and the labels that it shows."""

    text: Markup
    keys: tuple[str, ...]
    notations: tuple[str, ...]
    on: bool


def key_of(label: Label) -> str:
    """What a label is called in addresses: goals are numbers, all other codes begin with letters."""
    return label.concept.notation


def lines(result: Classification) -> list[Line]:
    """The labels, best first."""
    return [
        Line(
            key_of(label),
            label.concept.iri,
            label.concept.scheme,
            label.concept.notation,
            label.concept.level,
            label.score,
            label.status,
            len(label.passages),
            [(excerpt.language, highlight(_plain(excerpt))) for excerpt in label.passages[:_SHOWN]],
        )
        for label in result.labels
    ]


def _plain(excerpt: Excerpt) -> Excerpt:
    return replace(excerpt, text=readable(excerpt.text), terms=tuple(map(readable, excerpt.terms)))


def pieces(text: str, result: Classification, chosen: str = "") -> list[Piece]:
    """The text in order, cut at every border of a passage; with a `chosen` label the others are there but off."""
    starts: dict[int, list[str]] = defaultdict(list)
    ends: dict[int, list[str]] = defaultdict(list)
    terms: dict[tuple[int, int], set[str]] = defaultdict(set)
    for label in result.labels:
        for excerpt in label.passages:
            starts[excerpt.start].append(key_of(label))
            ends[excerpt.end].append(key_of(label))
            terms[excerpt.start, excerpt.end] |= set(excerpt.terms)
    borders = sorted({0, len(text), *starts, *ends})
    open_keys: list[str] = []
    found = []
    words: set[str] = set()
    for start, end in pairwise(borders):
        for key in ends.get(start, ()):
            open_keys.remove(key)
        open_keys += starts.get(start, ())
        words = (
            {word for (a, b), said in terms.items() if a <= start and end <= b for word in said} if open_keys else set()
        )
        keys = tuple(dict.fromkeys(open_keys))
        found.append(Piece(_bold(text[start:end], words), keys, keys, not chosen or chosen in keys))
    return found


def _bold(text: str, words: set[str]) -> Markup:
    """The text with the words that show something in bold; everything in it is escaped."""
    spans: list[tuple[int, int]] = []
    for word in sorted(words, key=lambda w: (-len(w), w)):
        place = text.find(word)
        if place >= 0 and not any(a < place + len(word) and place < b for a, b in spans):
            spans.append((place, place + len(word)))
    parts, cut = [], 0
    for start, end in sorted(spans):
        parts += [escape(text[cut:start]), Markup("<b>"), escape(text[start:end]), Markup("</b>")]
        cut = end
    return Markup("").join([*parts, escape(text[cut:])])


def counted(page: Page, result: Classification) -> str:
    """The languages of the passages, the most frequent first."""
    order = sorted(result.languages, key=lambda code: -result.languages[code])
    return ", ".join(f"{NAMES.get(code, code)} ({page.language.number(result.languages[code])})" for code in order)


def labels_table(page: Page, result: Classification) -> Table:
    """The labels as data."""
    names = ("scheme", "level", "score", "status", "passages", "text")
    columns = [Column("notation", "skos:notation"), Column("label", "skos:prefLabel"), *map(Column, names)]
    rows = (
        (
            label.concept.iri,
            [
                label.concept.notation,
                page.label(label.concept.iri),
                label.concept.scheme,
                label.concept.level,
                label.score,
                label.status,
                len(label.passages),
                readable(label.passages[0].text),
            ],
        )
        for label in result.labels
    )
    return Table(columns, rows)
