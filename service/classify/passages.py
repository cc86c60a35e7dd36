"""Cuts a text into passages of a few sentences, with their places in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# A passage is what a person would quote: long enough to have a topic, short enough to have one.
LONGEST = 600
SHORTEST = 40

# No pattern looks at a character more than a few times, however long a run of dots, spaces or brackets is: a run is
# read from its beginning only, and what has been read is not given back (`++`).
_BLOCK = re.compile(r"(?:[^\n]++|\n(?![^\S\n]*\n|[ \t]*(?:[|#>*•▪–\-]|\d+[.)])))+")
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”»)\]]*+\s++(?=[\"'„“«(\[]*+[^\W\d_a-z])|[;\n]\s*")
# A picture in Markdown; what only begins like one is read to the same place, but its last bracket is missing.
_PICTURE = re.compile(r"!\[[^\]]*+(?:\](?:\([^)]*+(\))?)?)?")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a text: `text[start:end]`."""

    start: int
    end: int


def split(text: str) -> list[Passage]:
    """Cut a text into passages; what holds no letters is left out."""
    return list(_passages(text))


def _passages(text: str) -> Iterator[Passage]:
    pending: Passage | None = None
    for piece in _pieces(text):
        if pending is None:
            pending = piece
        elif _belong_together(text, pending, piece):
            pending = Passage(pending.start, piece.end)
        else:
            yield pending
            pending = piece
    if pending is not None:
        yield pending


def _belong_together(text: str, first: Passage, second: Passage) -> bool:
    """A heading or a short item joins what follows it; sentences of a paragraph join up to the usual length."""
    if second.end - first.start > LONGEST:
        return False
    between = text[first.end : second.start]
    if "\n" not in between:
        return True
    return first.end - first.start < SHORTEST and between.count("\n") <= 2


def _pieces(text: str) -> Iterator[Passage]:
    """Sentences, and halves of what is longer than a passage may be."""
    for block in _BLOCK.finditer(text):
        body = block.group()
        if not _LETTER.search(_PICTURE.sub(_unless_whole, body)):
            continue
        cut = 0
        for mark in (*(found.end() for found in _SENTENCE_END.finditer(body)), len(body)):
            yield from _bounded(text, block.start() + cut, block.start() + mark)
            cut = mark


def _unless_whole(picture: re.Match[str]) -> str:
    return " " if picture[1] else picture[0]


def _bounded(text: str, start: int, end: int) -> Iterator[Passage]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > LONGEST:
        space = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
        cut = space if space > 0 else start + LONGEST
        if _LETTER.search(text, start, cut):
            yield Passage(start, cut)
        start = cut + 1 if space > 0 else cut
    if end > start and _LETTER.search(text, start, end):
        yield Passage(start, end)
