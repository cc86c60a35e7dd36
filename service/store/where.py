"""Asks what the WHERE of an update finds, here or in a process that can be stopped, and bounds what an update uses."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Protocol, Self, TypeVar, cast

from pyoxigraph import NamedNode, QueryResultsFormat, QuerySolution, QuerySolutions, parse_query_results

from service.store.errors import UpdateMemory, UpdateTimeout, UpdateTooLarge
from service.store.query import Limits, Query
from service.store.query_errors import QueryMemory, QueryRows, QueryTimeout
from service.store.readers import Generations, PublishedGeneration, ReaderPool
from service.store.run import Answer
from service.store.text import tokens

if TYPE_CHECKING:
    from service.store.draft import Draft

T = TypeVar("T")


@dataclass(frozen=True)
class Selection:
    """The WHERE of an operation as a query, and its dataset; None for what the store has."""

    text: str
    base_iri: str | None
    default_graphs: tuple[NamedNode, ...] | None = None
    named_graphs: tuple[NamedNode, ...] | None = None
    single: bool = False
    """One triple pattern and nothing else: its solutions come one by one, and counting them is bound enough."""


@dataclass(frozen=True)
class Found:
    """The solutions of a WHERE, as they come."""

    variables: list[str]
    rows: Iterable[QuerySolution]


class Selector(Protocol):
    """Whoever finds the solutions of a WHERE in the state that a draft is in."""

    def select(self, draft: Draft, selection: Selection, limits: Limits | None) -> AbstractContextManager[Found]:
        """Find them; raises UpdateTimeout, UpdateMemory or UpdateTooLarge past a limit."""


class Here:
    """Finds solutions in this process, where nothing can stop it: for the command line and its trusted user."""

    @contextmanager
    def select(self, draft: Draft, selection: Selection, limits: Limits | None) -> Iterator[Found]:
        """Find them."""
        default, named = selection.default_graphs, selection.named_graphs
        rows = _Rows(
            draft.store.query(
                selection.text,
                base_iri=selection.base_iri,
                default_graph=None if default is None else list(default),
                named_graphs=None if named is None else list(named),
            )
        )
        try:
            yield Found(rows.variables, rows)
        finally:
            rows.close()


class WhereReaders:
    """Finds solutions in a reader process of its own, which is stopped at the limits; an async context manager."""

    def __init__(self, store: Generations) -> None:
        """Read that store; the process starts with the first update that has a WHERE."""
        self._pool = ReaderPool(store, readers=1, queue=1)
        self._started = False

    async def __aenter__(self) -> Self:
        """Belong to the running loop."""
        self._loop = asyncio.get_running_loop()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        await self._pool.stop()

    @contextmanager
    def select(self, draft: Draft, selection: Selection, limits: Limits | None) -> Iterator[Found]:
        """Find them; called from the writer's thread, never from the loop."""
        limits = limits or Limits()
        default, named = selection.default_graphs, selection.named_graphs
        with draft.frozen() as state, told_of_updates(limits):
            query = Query(
                selection.text,
                selection.base_iri,
                None if default is None else tuple(graph.value for graph in default),
                None if named is None else tuple(graph.value for graph in named),
                every_named_graph=named is None,
                kept_open=state is draft.base,
            )
            answer = self._wait(self._ask(query, limits, state))
            body = _Body(self, answer)
            rows = _Rows(body.parsed(), body)
            try:
                yield Found(rows.variables, rows)
            finally:
                rows.close()
                self._wait(answer.aclose())

    async def _ask(self, query: Query, limits: Limits, state: PublishedGeneration) -> Answer:
        if not self._started:
            await self._pool.start()
            self._started = True
        return await self._pool.run(query, limits, at=state)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def next_piece(self, answer: Answer) -> bytes | None:
        """Wait for the next piece of an answer; None at its end."""
        return self._wait(answer.piece())


class _Body(io.RawIOBase):
    """An answer as a file that the engine's parser reads; the parser may lose what stopped it, so it is kept here."""

    def __init__(self, readers: WhereReaders, answer: Answer) -> None:
        self._readers = readers
        self._answer = answer
        self._rest = memoryview(b"")
        self._failure: Exception | None = None

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Take what is there, or wait for more."""
        try:
            while not self._rest:
                piece = self._readers.next_piece(self._answer)
                if piece is None:
                    return 0
                self._rest = memoryview(piece)
        except Exception as error:
            self._failure = error
            raise OSError("the answer was cut off") from error
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

    def parsed(self) -> object:
        """Let the engine read the head."""
        try:
            return parse_query_results(cast(IO[bytes], self), QueryResultsFormat.JSON)
        except (OSError, SyntaxError, ValueError) as error:
            raise self.cause(error) from None

    def cause(self, error: Exception) -> Exception:
        """What ended the answer, where the parser only noticed its end."""
        failure, self._failure = self._failure, None
        return failure or error


class _Rows:
    """Solutions as they come; what ended them early is raised as it was.

    The engine's object may not be dropped by another thread, and an error that leaves this thread keeps every frame it
    passed. So it is held here alone, and let go of by `close`.
    """

    def __init__(self, solutions: object, body: _Body | None = None) -> None:
        assert isinstance(solutions, QuerySolutions)
        self.variables = [variable.value for variable in solutions.variables]
        self._solutions: QuerySolutions | None = solutions
        self._body = body

    def __iter__(self) -> Iterator[QuerySolution]:
        return self

    def __next__(self) -> QuerySolution:
        if self._solutions is None:
            raise StopIteration
        try:
            return cast(QuerySolution, next(self._solutions))
        except (OSError, SyntaxError, ValueError) as error:
            if self._body is None:
                raise
            raise self._body.cause(error) from None

    def close(self) -> None:
        """Let go of the engine's object."""
        self._solutions = None


@contextmanager
def told_of_updates(limits: Limits) -> Iterator[None]:
    """Tell the limits of a query as those of the update that it belongs to."""
    try:
        yield
    except QueryTimeout as error:
        raise UpdateTimeout(limits.seconds) from error
    except QueryMemory as error:
        raise UpdateMemory(limits.megabytes) from error
    except QueryRows as error:
        raise UpdateTooLarge(limits.rows) from error


def is_single_pattern(pattern: str) -> bool:
    """Tell whether a WHERE is one triple pattern, perhaps of a named graph; in doubt it is not."""
    found = list(tokens(pattern))[1:-1]
    if found and found[0].word == "GRAPH" and found[2:3] and found[2].text == "{" and found[-1].text == "}":
        found = found[3:-1]
    if found and found[-1].text == ".":
        found.pop()
    # The sign of a number stands right before it and apart from what is before; elsewhere it makes a path.
    for index in range(len(found) - 2, 0, -1):
        before, sign, after = found[index - 1 : index + 2]
        if sign.text in {"-", "+"} and after.kind == "number" and before.end < sign.start and sign.end == after.start:
            del found[index]
    plain = all(t.kind in _TERMS or t.text == "^^" or t.word in {"A", "TRUE", "FALSE"} for t in found)
    return 3 <= len(found) <= 5 and plain


_TERMS = {"var", "iri", "pname", "bnode", "string", "number", "lang"}


class Budget:
    """What is left of what one update may use; without limits, everything."""

    def __init__(self, limits: Limits | None, selector: Selector) -> None:
        """Begin to count."""
        self._limits = limits
        self._selector = selector
        self._deadline = time.monotonic() + (limits.seconds if limits else float("inf"))

    def check(self, statements: int = 0) -> None:
        """Raise UpdateTimeout or UpdateTooLarge when the update has used too much."""
        if self._limits is None:
            return
        if time.monotonic() > self._deadline:
            raise UpdateTimeout(self._limits.seconds)
        if statements > self._limits.rows:
            raise UpdateTooLarge(self._limits.rows)

    def bounded(self, things: Iterable[T], already: int = 0) -> Iterator[T]:
        """Pass things on as long as there is time and there are not too many."""
        for number, thing in enumerate(things, already + 1):
            self.check(number)
            yield thing

    @contextmanager
    def select(self, draft: Draft, selection: Selection) -> Iterator[Found]:
        """Find the solutions of a WHERE within what is left."""
        self.check()
        limits = self._limits
        if selection.single:
            with Here().select(draft, selection, None) as found:
                yield Found(found.variables, self.bounded(found.rows))
            return
        left = replace(limits, seconds=max(self._deadline - time.monotonic(), 0.001)) if limits else None
        try:
            with self._selector.select(draft, selection, left) as found:
                yield found
        except UpdateTimeout as error:
            assert limits is not None
            raise UpdateTimeout(limits.seconds) from error
