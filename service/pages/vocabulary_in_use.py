"""The classes and properties that the graph uses, named in the reader's language: what the editor completes from."""

from dataclasses import dataclass, field
from typing import Any, Final

from service.pages.ask import Row, language, value
from service.pages.corpus import Corpus
from service.pages.language import pick
from service.pages.page import Page

QUERY: Final = "classes-and-properties-in-use"


@dataclass
class Term:
    """A class or a property."""

    iri: str
    role: str
    uses: int
    names: dict[str, str] = field(default_factory=dict)


class Vocabulary:
    """Read once for each version of the data."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._corpus: Corpus | None = None
        self._terms: list[Term] = []

    async def terms(self, page: Page) -> list[dict[str, Any]]:
        """The terms, the most used first."""
        if self._corpus is not page.corpus:
            self._terms = gathered(await page.rows(QUERY))
            self._corpus = page.corpus
        return [
            {"iri": t.iri, "role": t.role, "uses": t.uses, "name": pick(t.names, page.code).value} for t in self._terms
        ]


def gathered(rows: list[Row]) -> list[Term]:
    """Put the names of each term together."""
    found: dict[tuple[str, str], Term] = {}
    for row in rows:
        key = (value(row, "role"), value(row, "term"))
        term = found.setdefault(key, Term(key[1], key[0], int(value(row, "uses", "0"))))
        if "name" in row:
            term.names.setdefault(language(row, "name") or "und", value(row, "name"))
    return sorted(found.values(), key=lambda term: (-term.uses, term.iri))
