"""Narrowing the graph to what a reader asked for, so that page, picture and every download show the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from service.network.model import GROUPS, Graph, Link, Node

# People and strategies come in when asked for: they are many, and hide how bodies are linked.
USUAL: Final = ("organisation", "network", "project", "place")


@dataclass(frozen=True)
class Choice:
    """What is shown; nothing chosen means everything usual."""

    kinds: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    theme: str = ""
    first: int = 0
    last: int = 0
    # Nodes whose neighbours are shown whatever the other choices say.
    expanded: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """The kinds that are shown."""
        return tuple(kind for kind in GROUPS if kind in self.kinds) or USUAL


def narrow(graph: Graph, choice: Choice) -> Graph:
    """What is left of the graph: nodes that fit, the links among them, and no node without a link."""
    links = [link for link in graph.links if link.holds(choice.first, choice.last)]
    fitting = {iri for iri, node in graph.nodes.items() if _fits(node, choice)}
    if choice.countries:
        fitting = _with_bodies(graph, links, fitting, choice)
    opened = {iri for iri in choice.expanded if iri in graph.nodes}
    around = {end for link in links for end in _other_ends(link, opened)}
    shown = [k for k in links if (k.source in fitting and k.target in fitting) or {k.source, k.target} & opened]
    linked = {iri for link in shown for iri in (link.source, link.target)}
    return graph.part((linked & (fitting | around)) | opened, shown)


def _fits(node: Node, choice: Choice) -> bool:
    return (
        node.group in choice.groups
        and (not choice.theme or choice.theme in node.themes)
        and (not choice.countries or bool(node.countries.intersection(choice.countries)))
    )


def _with_bodies(graph: Graph, links: Iterable[Link], fitting: set[str], choice: Choice) -> set[str]:
    """Networks and projects that lie in no one country stay when something that fits is linked with them."""
    found = set(fitting)
    open_choice = Choice(choice.kinds, (), choice.theme)
    for link in links:
        for end in _other_ends(link, fitting):
            node = graph.nodes[end]
            if node.group in ("network", "project") and not node.countries and _fits(node, open_choice):
                found.add(end)
    return found


def _other_ends(link: Link, iris: set[str]) -> list[str]:
    ends = [link.target] if link.source in iris else []
    return [*ends, link.source] if link.target in iris else ends


def years(graph: Graph) -> tuple[int, int]:
    """The first and the last year that any link states; zeros when none does."""
    found = [year for link in graph.links for year in (link.start, link.end) if year]
    return (min(found), max(found)) if found else (0, 0)
