"""What a graph of the network explorer is made of, so that its other modules agree on it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

# Kinds of nodes, in the order in which they are offered.
GROUPS: Final = ("organisation", "network", "project", "strategy", "place", "person")
_GROUP_OF: Final = {
    "alliance": "network",
    "investment-project": "project",
    "municipality": "place",
    "region": "place",
    "country": "place",
    "area": "place",
}


def group_of(kind: str) -> str:
    """The group that a kind of thing is offered under; an unknown kind counts as an organisation."""
    group = _GROUP_OF.get(kind, kind)
    return group if group in GROUPS else "organisation"


@dataclass(frozen=True)
class Node:
    """A thing that is linked with others."""

    iri: str
    group: str
    countries: frozenset[str] = frozenset()
    # The concepts it works on, with all that lie above them.
    themes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Link:
    """One thing linked with another in one way; years are 0 where no source states them."""

    source: str
    target: str
    relation: str
    start: int = 0
    end: int = 0
    sources: int = 1

    @property
    def dated(self) -> bool:
        """Whether it is known when it held."""
        return bool(self.start or self.end)

    def holds(self, first: int, last: int) -> bool:
        """Whether it may have held at some time between two years; 0 leaves that side open."""
        return (not last or not self.start or self.start <= last) and (not first or not self.end or self.end >= first)


@dataclass(frozen=True)
class Graph:
    """Nodes and the links between them; made once and never changed."""

    nodes: Mapping[str, Node] = field(default_factory=dict)
    links: tuple[Link, ...] = ()

    @cached_property
    def neighbours(self) -> Mapping[str, frozenset[str]]:
        """Who is linked with whom, whatever the direction."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for link in self.links:
            if link.source != link.target:
                found[link.source].add(link.target)
                found[link.target].add(link.source)
        return {iri: frozenset(found.get(iri, ())) for iri in self.nodes}

    def part(self, iris: Iterable[str], links: Iterable[Link]) -> "Graph":
        """The graph of some of the nodes and of those links that join two of them."""
        kept = set(iris)
        nodes = {iri: node for iri, node in self.nodes.items() if iri in kept}
        return Graph(nodes, tuple(link for link in links if link.source in nodes and link.target in nodes))


def merged(links: Iterable[Link]) -> tuple[Link, ...]:
    """One link for each pair and relation: the earliest start, the latest end, the most sources."""
    found: dict[tuple[str, str, str], Link] = {}
    for link in links:
        key = (link.source, link.target, link.relation)
        other = found.get(key)
        found[key] = _joined(other, link) if other else link
    return tuple(found[key] for key in sorted(found))


def _joined(one: Link, other: Link) -> Link:
    start = min(one.start, other.start) if one.start and other.start else 0
    end = max(one.end, other.end) if one.end and other.end else 0
    # A claim without any date says nothing against the dates of another.
    if not one.dated or not other.dated:
        start, end = max(one.start, other.start), max(one.end, other.end)
    return Link(one.source, one.target, one.relation, start, end, max(one.sources, other.sources))


def year(text: str) -> int:
    """The year of a date as exact as its source; 0 for anything else."""
    return int(text[:4]) if text[:4].isdigit() and len(text) >= 4 else 0
