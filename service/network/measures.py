"""How central each node is and which nodes belong together, with bounds that keep large graphs quick."""

import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

import networkit

from service.network.model import Graph

# Above this many nodes betweenness is estimated from paths out of a sample of nodes.
EXACT: Final = 1500
SAMPLE: Final = 300
SEED: Final = 7
DAMPING: Final = 0.85
CLOSE_ENOUGH: Final = 1e-9
# NetworKit's threads and seed belong to the process: one graph is measured at a time, in one thread, to get the same
# numbers each time.
_ALONE: Final = Lock()


@dataclass(frozen=True)
class Measures:
    """What was measured, by node."""

    degree: Mapping[str, int] = field(default_factory=dict)
    betweenness: Mapping[str, float] = field(default_factory=dict)
    pagerank: Mapping[str, float] = field(default_factory=dict)
    # Communities count from 1, the largest first.
    community: Mapping[str, int] = field(default_factory=dict)
    estimated: bool = False

    @property
    def communities(self) -> list[tuple[int, int]]:
        """Each community and its number of nodes."""
        return sorted(Counter(self.community.values()).items())

    def of(self, name: str) -> Mapping[str, float]:
        """The measure of this name; number of links if there is none."""
        return {"betweenness": self.betweenness, "pagerank": self.pagerank}.get(name, self.degree)


def measure(graph: Graph) -> Measures:
    """Measure everything; the same graph always gives the same numbers."""
    if not graph.nodes:
        return Measures()
    iris = sorted(graph.nodes)
    estimated = len(iris) > EXACT
    with _ALONE:
        networkit.setNumberOfThreads(1)
        simple = _simple(graph, iris)
        between = _betweenness(simple, estimated)
        ranks = _pagerank(simple)
        groups = _communities(simple, iris)
    return Measures(
        {iri: len(near) for iri, near in graph.neighbours.items()},
        dict(zip(iris, between, strict=True)),
        dict(zip(iris, ranks, strict=True)),
        groups,
        estimated,
    )


def _simple(graph: Graph, iris: list[str]) -> networkit.Graph:
    """The graph with one undirected edge for all links of a pair; nodes have the numbers of their IRIs."""
    number = {iri: place for place, iri in enumerate(iris)}
    simple = networkit.Graph(len(iris))
    pairs = {tuple(sorted((number[k.source], number[k.target]))) for k in graph.links if k.source != k.target}
    for one, other in sorted(pairs):
        simple.addEdge(one, other)
    return simple


def _betweenness(simple: networkit.Graph, estimated: bool) -> list[float]:
    if simple.numberOfNodes() < 3:
        return [0.0] * simple.numberOfNodes()
    if not estimated:
        found: list[float] = networkit.centrality.Betweenness(simple, normalized=True).run().scores()
        return found
    networkit.setSeed(SEED, False)
    sampled: list[float] = networkit.centrality.EstimateBetweenness(simple, SAMPLE, normalized=True).run().scores()
    return sampled


def _pagerank(simple: networkit.Graph) -> list[float]:
    """PageRank over links read both ways; all values add up to one."""
    ranks: list[float] = networkit.centrality.PageRank(simple, DAMPING, CLOSE_ENOUGH).run().scores()
    # What flows into nodes without links is missing; given back evenly to all, it changes all in the same proportion.
    total = sum(ranks)
    return [rank / total for rank in ranks]


def _communities(simple: networkit.Graph, iris: list[str]) -> dict[str, int]:
    """Communities by the Louvain method, refined; each node's number, counted from the largest."""
    networkit.setSeed(SEED, False)
    found = networkit.community.PLM(simple, True).run().getPartition().getVector()
    members: defaultdict[int, list[str]] = defaultdict(list)
    for iri, group in zip(iris, found, strict=True):
        members[group].append(iri)
    ordered = sorted(members.values(), key=lambda group: (-len(group), group[0]))
    return {iri: number for number, group in enumerate(ordered, 1) for iri in group}


def place(iri: str, community: int) -> tuple[float, float]:
    """Where a node starts before it is laid out: near its community, always at the same point."""
    noise = zlib.crc32(iri.encode())
    turn, far = community * 2.399963, 10 * math.sqrt(community)
    angle, away = (noise & 0xFFFF) / 0xFFFF * math.tau, (noise >> 16) / 0xFFFF * 4
    return (
        round(far * math.cos(turn) + away * math.cos(angle), 3),
        round(far * math.sin(turn) + away * math.sin(angle), 3),
    )
