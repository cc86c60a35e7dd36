"""Fills the network explorer's graph from named queries, and keeps the parts of it that people look at."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from service.network.filters import Choice, narrow
from service.network.measures import Measures, measure
from service.network.model import Graph, Link, Node, group_of, merged, year
from service.pages.ask import Row, value
from service.pages.corpus import CONCEPTS, NAMES, STRATEGIES, Corpus
from service.pages.page import Page

QUERIES: Final = (
    "memberships-with-their-dates",
    "links-of-strategies",
    "themes-of-organisations-networks-and-projects",
    "organisations-and-their-kinds",
)
KEPT: Final = 48


@dataclass(frozen=True)
class View:
    """A part of the graph with its measures: computed once for everyone who asks for the same."""

    whole: Graph
    graph: Graph
    measures: Measures


class Views:
    """Keeps the newest views of one version of the data; the work is done beside the event loop."""

    def __init__(self) -> None:
        """Nothing is computed yet."""
        self._corpus: Corpus | None = None
        self._whole: asyncio.Task[Graph] | None = None
        self._views: OrderedDict[Choice, asyncio.Task[View]] = OrderedDict()

    async def get(self, page: Page, choice: Choice) -> View:
        """The view; whoever asks for the same one while it is computed waits for that."""
        page.ask.used(*QUERIES, *NAMES, *STRATEGIES, *CONCEPTS)
        if self._corpus is not page.corpus or self._whole is None or _failed(self._whole):
            self._corpus, self._views = page.corpus, OrderedDict()
            self._whole = asyncio.create_task(_whole(page))
        whole, views = self._whole, self._views
        if choice not in views or _failed(views[choice]):
            views[choice] = asyncio.create_task(_view(whole, choice))
        views.move_to_end(choice)
        while len(views) > KEPT:
            views.popitem(last=False)
        return await asyncio.shield(views[choice])


def _failed(task: "asyncio.Task[Graph] | asyncio.Task[View]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


async def _whole(page: Page) -> Graph:
    rows = await asyncio.gather(*(page.site.ask.rows(name) for name in QUERIES))
    return await asyncio.to_thread(build, page.corpus, *rows)


async def _view(whole: asyncio.Task[Graph], choice: Choice) -> View:
    graph = await asyncio.shield(whole)

    def compute() -> View:
        part = narrow(graph, choice)
        return View(graph, part, measure(part))

    return await asyncio.to_thread(compute)


def build(
    corpus: Corpus, memberships: list[Row], strategies: list[Row], themes: list[Row], organisations: list[Row]
) -> Graph:
    """The whole graph of one version of the data."""
    links = merged([*map(_membership, memberships), *(_of_strategy(corpus, row) for row in strategies)])
    places: defaultdict[str, set[str]] = defaultdict(set)
    for row in organisations:
        if place := value(row, "place"):
            places[value(row, "organisation")].add(place)
    concepts: defaultdict[str, set[str]] = defaultdict(set)
    for row in themes:
        concepts[value(row, "thing")].add(value(row, "concept"))
    ends = sorted({iri for link in links for iri in (link.source, link.target)})
    return Graph({iri: _node(corpus, iri, places[iri], concepts[iri]) for iri in ends}, links)


def _membership(row: Row) -> Link:
    start, end = year(value(row, "start")), year(value(row, "end"))
    if not start and not end:
        start = end = year(value(row, "date"))
    sources = int(value(row, "sources", "1"))
    return Link(value(row, "member"), value(row, "body"), value(row, "role"), start, end, sources)


def _of_strategy(corpus: Corpus, row: Row) -> Link:
    known = corpus.strategies.get(value(row, "strategy"))
    start, end = (year(known.start or known.issued), year(known.end)) if known else (0, 0)
    return Link(value(row, "strategy"), value(row, "thing"), value(row, "relation"), start, end)


def _node(corpus: Corpus, iri: str, places: set[str], concepts: set[str]) -> Node:
    strategy = corpus.strategies.get(iri)
    if strategy:
        return Node(iri, "strategy", frozenset(strategy.countries), strategy.covered)
    group = group_of(corpus.names.kind(iri))
    if group == "place":
        covered = frozenset(concept for own in corpus.of_place(iri) for concept in own.covered)
        return Node(iri, group, _countries(corpus, [iri]), covered)
    return Node(iri, group, _countries(corpus, places), frozenset(corpus.concepts.with_above(concepts)))


def _countries(corpus: Corpus, areas: Iterable[str]) -> frozenset[str]:
    return frozenset(code for code in map(corpus.country, areas) if code)
