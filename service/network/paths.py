"""The shortest way from one node to another, the same one every time it is asked for."""

from collections import deque
from itertools import pairwise

from service.network.model import Graph, Link


def shortest(graph: Graph, start: str, goal: str) -> list[str]:
    """The nodes from start to goal, whatever the direction of links; empty when there is no way."""
    if start not in graph.nodes or goal not in graph.nodes:
        return []
    came_from: dict[str, str] = {start: ""}
    waiting = deque([start])
    while waiting and goal not in came_from:
        here = waiting.popleft()
        for near in sorted(graph.neighbours[here] - came_from.keys()):
            came_from[near] = here
            waiting.append(near)
    return _back(came_from, goal) if goal in came_from else []


def _back(came_from: dict[str, str], goal: str) -> list[str]:
    path = [goal]
    while came_from[path[-1]]:
        path.append(came_from[path[-1]])
    return path[::-1]


def steps(graph: Graph, path: list[str]) -> list[tuple[str, list[Link]]]:
    """Each node after the first, with the links that lead to it."""
    pairs = {frozenset(pair): list[Link]() for pair in pairwise(path)}
    for link in graph.links:
        if (pair := frozenset((link.source, link.target))) in pairs:
            pairs[pair].append(link)
    return [(here, pairs[frozenset((before, here))]) for before, here in pairwise(path)]
