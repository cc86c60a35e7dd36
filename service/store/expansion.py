"""Refuses texts that are small but mean much: entities, prefixes and bases are repeated without being written again.

Measured: 3 MB of RDF/XML with one entity make the engine end the process for lack of memory; 120 KB of Turtle with one
long prefix stand for 1 GB of triples.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from mmap import mmap
from typing import Final

from pyoxigraph import Quad, RdfFormat

from service.store.errors import UpdateError

Text = bytes | bytearray | mmap

# What the largest body that is usually allowed (64 MiB) may stand for.
BUDGET: Final = 512 << 20
_ENTITY: Final = re.compile(rb'<!ENTITY\s+([^\s"]+)\s*"([^"]*)"')
_REFERENCE: Final = re.compile(rb"&([^#;&\s<]{1,64});")
# Prefixes that people write are shorter than 256 characters; only from there on is it worth counting.
_CONTEXT_IRI: Final = re.compile(rb'"([A-Za-z][A-Za-z0-9+.-]*:[^"\s]{256,})"')
_DECLARED: Final = re.compile(r"\b(?:PREFIX|BASE)\b[^<]{0,200}<([^>]{256,})>", re.IGNORECASE)


class TooLarge(UpdateError):
    """A text stands for more than may be held."""

    def __init__(self, what: str) -> None:
        """Say what it is."""
        super().__init__(f"The {what} stands for more than {BUDGET >> 20} MiB once its abbreviations are written out.")


def check_abbreviations(kind: RdfFormat, body: Text) -> None:
    """Raise TooLarge for a document that the engine would hold as a whole, and could not."""
    if kind == RdfFormat.RDF_XML:
        _check_entities(body)
    elif kind == RdfFormat.JSON_LD:
        longest = max((len(match[1]) for match in _CONTEXT_IRI.finditer(body)), default=0)
        if longest and longest * sum(1 for _ in re.finditer(rb'"[^"]*"\s*:', body)) > BUDGET:
            raise TooLarge("document")


def check_declarations(text: str) -> None:
    """Raise TooLarge for a query or update whose prefixes and bases could not be written out."""
    longest = max((len(match[1]) for match in _DECLARED.finditer(text)), default=0)
    if longest * (text.count(":") + text.count("<")) > BUDGET:
        raise TooLarge("text")


def bounded(quads: Iterable[Quad]) -> Iterator[Quad]:
    """Pass quads on; raises TooLarge once they hold more than the budget."""
    total = 0
    for quad in quads:
        total += len(str(quad))
        if total > BUDGET:
            raise TooLarge("document")
        yield quad


def _check_entities(body: Text) -> None:
    sizes = {match[1]: len(match[2]) for match in _ENTITY.finditer(body)}
    if not sizes:
        return
    # An entity can stand for others, and those for more; the document ends up with all of it.
    whole = dict(sizes)
    inside = {m[1]: Counter(_REFERENCE.findall(m[2])) for m in _ENTITY.finditer(body)}
    for _ in range(len(sizes) + 1):
        grown = {n: sizes[n] + sum(whole.get(i, 0) * times for i, times in inside[n].items()) for n in sizes}
        if max(grown.values()) > BUDGET:
            raise TooLarge("document")
        if grown == whole:
            break
        whole = grown
    else:
        raise TooLarge("document")  # They stand for one another, in a circle.
    used = Counter(match[1] for match in _REFERENCE.finditer(body))
    if sum(whole.get(name, 0) * times for name, times in used.items()) > BUDGET:
        raise TooLarge("document")
