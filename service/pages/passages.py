"""A classified text as pages show it: its labels as lines, and the text cut where passages of labels begin and end."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from markupsafe import Markup, escape

from service.classify.prose import readable
from service.classify.report import quoted
from service.classify.results import Classification, Label
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
    """How many passages say it by themselves."""
    shown: int
    """How many are marked in the text, the best ones."""
    quotes: list[tuple[str, Markup]]
    """Language and text of the best passages."""


@dataclass(frozen=True)
class Piece:
    """A stretch of the text, the labels that it shows, and those of a passage that ends with it."""

    text: Markup
    keys: tuple[str, ...]
    ends: tuple[str, ...]
    on: bool
    suggested: bool
    """Whether all of these labels are mere suggestions."""


@dataclass(frozen=True)
class _Passage:
    """A passage with the labels that it shows and the words that do."""

    start: int
    end: int
    keys: list[str]
    terms: set[str]


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
            label.count,
            len(label.passages),
            [(excerpt.language, quoted(excerpt)) for excerpt in label.passages[:_SHOWN]],
        )
        for label in result.labels
    ]


def pieces(text: str, result: Classification, chosen: str = "") -> list[Piece]:
    """The text in order, cut at every border of a passage; with a `chosen` label the others are there but off."""
    asserted = {key_of(label) for label in result.labels if label.status == "asserted"}
    coming = _passages(result)
    borders = sorted({0, len(text), *(passage.start for passage in coming), *(passage.end for passage in coming)})
    open_now: list[_Passage] = []
    found = []
    for start, end in pairwise(borders):
        open_now = [passage for passage in open_now if passage.end > start]
        while coming and coming[-1].start == start:
            open_now.append(coming.pop())
        # A short text may be a passage as a whole, with others in it: what stands between these is blank.
        here = [] if text[start:end].isspace() else open_now
        keys = tuple(dict.fromkeys(key for passage in here for key in passage.keys))
        ends = tuple(dict.fromkeys(key for passage in reversed(here) if passage.end == end for key in passage.keys))
        words = {word for passage in here for word in passage.terms}
        weak = not asserted.intersection(keys)
        found.append(Piece(_bold(text[start:end], words), keys, ends, not chosen or chosen in keys, weak))
    return found


def _passages(result: Classification) -> list[_Passage]:
    """All passages, the last first, without blanks around them: so each ends in a piece that is marked."""
    found: dict[tuple[int, int], _Passage] = {}
    for label in result.labels:
        for excerpt in label.passages:
            start = excerpt.end - len(excerpt.text.lstrip())
            end = excerpt.start + len(excerpt.text.rstrip())
            passage = found.setdefault((start, end), _Passage(start, end, [], set()))
            passage.keys.append(key_of(label))
            passage.terms.update(excerpt.terms)
    return sorted(found.values(), key=lambda passage: (-passage.start, -passage.end))


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
    return ", ".join(f"{page.language.tongue(code)} ({page.language.number(result.languages[code])})" for code in order)


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
                label.count,
                readable(label.passages[0].text),
            ],
        )
        for label in result.labels
    )
    return Table(columns, rows)
