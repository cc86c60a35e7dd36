"""How central each node is and which nodes belong together, with bounds that keep large graphs quick."""

import math
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import networkx as nx

from service.network.model import Graph

# Above this many nodes betweenness is estimated from paths out of a sample of nodes.
EXACT: Final = 400
SAMPLE: Final = 60
SEED: Final = 7
DAMPING: Final = 0.85
ROUNDS: Final = 100
CLOSE_ENOUGH: Final = 1e-9


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
    simple = nx.Graph()
    simple.add_nodes_from(sorted(graph.nodes))
    simple.add_edges_from(sorted({_pair(k.source, k.target) for k in graph.links if k.source != k.target}))
    estimated = len(graph.nodes) > EXACT
    between = nx.betweenness_centrality(simple, k=SAMPLE if estimated else None, seed=SEED)
    return Measures(
        {iri: len(near) for iri, near in graph.neighbours.items()},
        between,
        pagerank(graph.neighbours),
        _communities(simple),
        estimated,
    )


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def _communities(simple: nx.Graph) -> dict[str, int]:
    found = nx.community.louvain_communities(simple, seed=SEED)
    ordered = sorted(found, key=lambda members: (-len(members), min(members)))
    return {iri: number for number, members in enumerate(ordered, 1) for iri in members}


def pagerank(neighbours: Mapping[str, frozenset[str]]) -> dict[str, float]:
    """PageRank over links read both ways; all values add up to one."""
    total = len(neighbours)
    rank = dict.fromkeys(neighbours, 1 / total)
    for _ in range(ROUNDS):
        idle = sum(rank[iri] for iri, near in neighbours.items() if not near)
        share = {iri: rank[iri] / len(near) for iri, near in neighbours.items() if near}
        ground = (1 - DAMPING + DAMPING * idle) / total
        new = {iri: ground + DAMPING * sum(map(share.__getitem__, near)) for iri, near in neighbours.items()}
        moved = sum(abs(new[iri] - rank[iri]) for iri in rank)
        rank = new
        if moved < CLOSE_ENOUGH:
            break
    return rank


def place(iri: str, community: int) -> tuple[float, float]:
    """Where a node starts before it is laid out: near its community, always at the same point."""
    noise = zlib.crc32(iri.encode())
    turn, far = community * 2.399963, 10 * math.sqrt(community)
    angle, away = (noise & 0xFFFF) / 0xFFFF * math.tau, (noise >> 16) / 0xFFFF * 4
    return (
        round(far * math.cos(turn) + away * math.cos(angle), 3),
        round(far * math.sin(turn) + away * math.sin(angle), 3),
    )
