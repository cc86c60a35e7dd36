"""Counts what is in a generation, once for each, with queries like anybody's."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from importlib.resources import files
from typing import TypeAlias

from service.store.readers import Limits, Query, ReaderPool, Term

KEPT = 4
Row: TypeAlias = dict[str, Term]


@dataclass(frozen=True)
class Statistics:
    """The rows of the four queries beside this module."""

    nodes: Row
    properties: list[Row]
    classes: list[Row]
    graphs: list[Row]


class StatisticsCache:
    """Keeps the last generations' statistics; whoever asks while they are counted waits for the same count."""

    def __init__(self, pool: ReaderPool, limits: Limits) -> None:
        """Count with that pool, within those limits."""
        self._pool = pool
        self._limits = limits
        self._counts: OrderedDict[int, asyncio.Task[Statistics]] = OrderedDict()

    async def of(self, generation: int) -> Statistics:
        """Return the statistics of a generation."""
        task = self._counts.get(generation)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.create_task(self._count(generation))
            self._counts[generation] = task
            self._counts.move_to_end(generation)
            while len(self._counts) > KEPT:
                self._counts.popitem(last=False)
        # One client that leaves must not take the count away from the others.
        return await asyncio.shield(task)

    async def aclose(self) -> None:
        """Stop counting."""
        for task in self._counts.values():
            task.cancel()
        await asyncio.gather(*self._counts.values(), return_exceptions=True)
        self._counts.clear()

    async def _count(self, generation: int) -> Statistics:
        nodes = await self._rows("nodes", generation)
        properties = await self._rows("properties", generation)
        classes = await self._rows("classes", generation)
        graphs = await self._rows("graphs", generation)
        return Statistics(nodes[0], properties, classes, graphs)

    async def _rows(self, name: str, generation: int) -> list[Row]:
        text = files(__package__).joinpath(f"{name}.rq").read_text(encoding="utf-8")
        return await self._pool.solutions(Query(text, generation=generation), self._limits, client="statistics")
