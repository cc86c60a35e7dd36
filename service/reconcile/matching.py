"""Finds the things whose names are most like a text, mistyped, reordered or without accents as it may be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Final

from service.pages.language import fold
from service.pages.names import FINDABLE, Named

CERTAIN: Final = 100.0
# A name that is only alike is never as good as one that is the same.
ALIKE: Final = 99.0
# Below this the likeness is that of any two names of one language.
LEAST: Final = 30.0
# What people write before the codes of these concepts.
CODE_WORDS: Final = {
    "http://metadata.un.org/sdg/": "sdg",
    "https://w3id.org/strategraph/scheme/smart-concept/": "smart",
    "https://w3id.org/strategraph/scheme/green-deal/": "gd",
}


@dataclass(frozen=True)
class Candidate:
    """A thing that a text may mean."""

    thing: Named
    score: float


class NameIndex:
    """Every name by its groups of three letters, every thing by its codes."""

    def __init__(self, things: Iterable[Named]) -> None:
        """Read the names once."""
        self._names: list[tuple[Named, str, int]] = []
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        self._codes: defaultdict[str, list[Named]] = defaultdict(list)
        for thing in things:
            for name in dict.fromkeys(tidy(n) for n in (*thing.labels.values(), *thing.other)):
                pieces = trigrams(name)
                for piece in pieces:
                    self._places[piece].append(len(self._names))
                self._names.append((thing, name, len(pieces)))
            for code in codes(thing):
                self._codes[code].append(thing)

    def find(self, text: str, wanted: Callable[[Named], bool], limit: int) -> list[Candidate]:
        """The best candidates, the most alike first."""
        name = tidy(text)
        scores: dict[str, Candidate] = {}
        for thing in (*self._codes.get(text.strip(), ()), *self._codes.get(name, ())):
            if wanted(thing):
                scores[thing.iri] = Candidate(thing, CERTAIN)
        pieces = trigrams(name)
        shared = Counter(chain.from_iterable(self._places.get(piece, ()) for piece in pieces))
        for place, common in shared.items():
            thing, other, size = self._names[place]
            score = CERTAIN if other == name else ALIKE * 2 * common / (len(pieces) + size)
            known = scores.get(thing.iri)
            if score >= LEAST and (known is None or known.score < score) and wanted(thing):
                scores[thing.iri] = Candidate(thing, score)
        return sorted(scores.values(), key=_rank)[:limit]


def _rank(candidate: Candidate) -> tuple[float, int, str]:
    """The order of candidates; among equals that of the kinds that people look for most."""
    return -candidate.score, FINDABLE.index(candidate.thing.kind), candidate.thing.iri


def tidy(text: str) -> str:
    """Letters and digits without accents, single spaces between words."""
    return " ".join("".join(c if c.isalnum() or c == "." else " " for c in fold(text)).split())


def trigrams(name: str) -> frozenset[str]:
    """Groups of three letters, word by word, so that the order of words counts little."""
    found: set[str] = set()
    for word in name.split():
        padded = f" {word} "
        found.update(padded[i : i + 3] for i in range(len(padded) - 2))
    return frozenset(found)


def codes(thing: Named) -> Iterable[str]:
    """What identifies a thing besides its names: its IRI, the end of that, the code in a register or a scheme."""
    local = thing.iri.rstrip("/").rsplit("/", 1)[-1]
    yield thing.iri
    yield tidy(local)
    if thing.kind == "municipality":
        yield tidy(local.partition("-")[2])
    if thing.notation:
        yield tidy(thing.notation)
        for namespace, word in CODE_WORDS.items():
            if thing.iri.startswith(namespace):
                yield tidy(f"{word} {thing.notation}")
