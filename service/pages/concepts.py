"""The concept schemes as trees, and how things cover them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ontology.terms import PREFIXES, SCHEME
from service.pages.ask import Row, language, value
from service.pages.language import Text, pick

SDG: Final = SCHEME + "sdg"
SMART: Final = SCHEME + "smart-concept"
GREEN_DEAL: Final = SCHEME + "green-deal"
THEMES: Final = (SDG, SMART, GREEN_DEAL)


@dataclass
class Concept:
    """A concept, the one above it and those below."""

    iri: str
    scheme: str
    notation: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    broader: str = ""
    narrower: list[str] = field(default_factory=list)

    def label(self, wanted: str) -> Text:
        """What to call it."""
        return pick(self.labels, wanted)


class Concepts:
    """All concepts of all schemes."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Read the rows of `concepts-of-all-schemes`."""
        self._all: dict[str, Concept] = {}
        for row in rows:
            iri = value(row, "concept")
            concept = self._all.setdefault(iri, Concept(iri, value(row, "scheme"), value(row, "notation")))
            concept.labels.setdefault(language(row, "name") or "und", value(row, "name"))
            concept.broader = concept.broader or value(row, "broader")
        for concept in sorted(self._all.values(), key=lambda c: natural(c.notation)):
            if concept.broader in self._all:
                self._all[concept.broader].narrower.append(concept.iri)

    def __contains__(self, iri: str) -> bool:
        """Whether it is a concept."""
        return iri in self._all

    def get(self, iri: str) -> Concept | None:
        """The concept."""
        return self._all.get(iri)

    def __getitem__(self, iri: str) -> Concept:
        """The concept; KeyError if there is none."""
        return self._all[iri]

    def top(self, scheme: str) -> list[Concept]:
        """The concepts of a scheme that have none above them, in the order of their codes."""
        found = [c for c in self._all.values() if c.scheme == scheme and c.broader not in self._all]
        return sorted(found, key=lambda c: natural(c.notation))

    def below(self, iri: str) -> Iterator[Concept]:
        """The concept and all that is below it."""
        if concept := self._all.get(iri):
            yield concept
            for narrower in concept.narrower:
                yield from self.below(narrower)

    def above(self, iri: str) -> list[Concept]:
        """The concepts above, the topmost first."""
        path: list[Concept] = []
        concept = self._all.get(iri)
        while concept and (parent := self._all.get(concept.broader)) and parent not in path:
            path.insert(0, parent)
            concept = parent
        return path

    def with_above(self, iris: Iterable[str]) -> frozenset[str]:
        """Those concepts and all above them: who supports a target supports its goal."""
        return frozenset(c for iri in iris for c in (iri, *(a.iri for a in self.above(iri))))


def natural(code: str) -> list[tuple[int, str]]:
    """Order 2 before 10, and numbers before letters."""
    return [(int(part), "") if part.isdigit() else (10**6, part) for part in re.findall(r"\d+|\D+", code)]


def goal(number: int) -> str:
    """The IRI of a goal."""
    return f"{PREFIXES['sdg']}{number}"
