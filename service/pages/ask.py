"""The pages ask named queries and nothing else; this is the only door between them and the data."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from pyoxigraph import QueryResultsFormat, QuerySolutions, Store, Variable

from queries.catalogue import NamedQuery
from service.store.reader_process import parse_term
from service.store.readers import Generations, Limits, Query, ReaderPool
from service.store.remote.misanswered import check_named

Term: TypeAlias = dict[str, Any]
Row: TypeAlias = dict[str, Term]


Catalogue: TypeAlias = Mapping[str, NamedQuery]


class Ask(Protocol):
    """Runs a named query."""

    async def rows(self, name: str, /, **params: str) -> list[Row]:
        """Return the rows of a SELECT query, each variable a term as in SPARQL JSON."""

    async def version(self) -> int:
        """Return the number of the data that is asked now."""


class PoolAsk:
    """Asks through the reader processes of the service."""

    def __init__(
        self, pool: ReaderPool, store: Generations, catalogue: Catalogue, limits: Callable[[], Limits]
    ) -> None:
        """Remember what to ask with; the limits are those in force when it asks."""
        self._pool = pool
        self._store = store
        self._catalogue = catalogue
        self._limits = limits

    async def rows(self, name: str, /, **params: str) -> list[Row]:
        """Run the query on the published generation."""
        check_named(self._store, name)
        query = self._catalogue[name]
        request = Query(query.text, substitutions=query.bind(params), brief=True)
        return await self._pool.solutions(request, self._limits(), client="pages")

    async def version(self) -> int:
        """The published generation."""
        return self._store.current().number


class MemoryAsk:
    """Asks a store in this process: for tests and for looking at pages while writing them."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        """Remember what to ask."""
        self._store = store
        self._catalogue = catalogue
        self.number = 1

    async def rows(self, name: str, /, **params: str) -> list[Row]:
        """Run the query here."""
        query = self._catalogue[name]
        values = {Variable(key): parse_term(text) for key, text in query.bind(params).items()}
        solutions = self._store.query(query.text, substitutions=values)
        assert isinstance(solutions, QuerySolutions)
        serialized = solutions.serialize(format=QueryResultsFormat.JSON)
        rows: list[Row] = json.loads(serialized or b"")["results"]["bindings"]
        return rows

    async def version(self) -> int:
        """Raised by whoever changes the store."""
        return self.number


class Recorded:
    """Asks on behalf of one page and remembers which questions it needed, so that the page can link to them."""

    def __init__(self, ask: Ask) -> None:
        """Start with no questions."""
        self._ask = ask
        self.asked: dict[str, dict[str, str]] = {}

    async def rows(self, name: str, /, **params: str) -> list[Row]:
        """Ask and remember."""
        self.asked.setdefault(name, params)
        return await self._ask.rows(name, **params)

    async def version(self) -> int:
        """Pass on."""
        return await self._ask.version()

    def used(self, *names: str) -> None:
        """Remember questions whose answers came from the cache."""
        for name in names:
            self.asked.setdefault(name, {})


def value(row: Row, name: str, default: str = "") -> str:
    """The text of a term in a row; a blank node is told from an IRI by its `_:`."""
    term = row.get(name)
    if not term:
        return default
    return f"_:{term['value']}" if term["type"] == "bnode" else str(term["value"])


def language(row: Row, name: str) -> str:
    """The language of a literal in a row; empty without one."""
    return str(row.get(name, {}).get("xml:lang", "")).lower()
