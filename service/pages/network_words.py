"""What the network explorer calls things: kinds, measures, relations, formats, and what its script says."""

from collections.abc import Callable
from typing import Final

from ontology.terms import PREFIXES
from service.pages.language import msg
from service.pages.page import Page

FORMATS: Final = {
    "gexf": ("GEXF (Gephi)", "application/gexf+xml"),
    "graphml": ("GraphML", "application/graphml+xml"),
    "nodes.csv": (msg("CSV: nodes"), "text/csv; charset=utf-8"),
    "edges.csv": (msg("CSV: links"), "text/csv; charset=utf-8"),
    "json": ("JSON (Cytoscape)", "application/json"),
}
KIND_NAMES: Final = {
    "organisation": msg("Organisations"),
    "network": msg("Networks"),
    "project": msg("Projects"),
    "strategy": msg("Strategies"),
    "place": msg("Cities and regions"),
    "person": msg("People"),
}
MEASURES: Final = {
    "degree": (
        msg("Number of links"),
        msg("With how many others it is linked directly. It tells who is well connected."),
    ),
    "betweenness": (
        msg("Betweenness"),
        msg(
            "The share of shortest paths between all others that lead through it. "
            "It tells who bridges groups that would hardly meet otherwise."
        ),
    ),
    "pagerank": (
        msg("PageRank"),
        msg(
            "How often a walker who follows links at random would come by. "
            "Links with those who are themselves well connected count for more."
        ),
    ),
}
RELATIONS: Final = {
    PREFIXES["dct"] + "spatial": msg("strategy for"),
    PREFIXES["sg"] + "adoptedBy": msg("adopted by"),
    PREFIXES["dct"] + "replaces": msg("replaces"),
    PREFIXES["prov"] + "wasInfluencedBy": msg("grew out of"),
}


def relation(page: Page, iri: str) -> str:
    """What a link means, in words."""
    return page.gettext(RELATIONS[iri]) if iri in RELATIONS else page.name(iri)


def namer(page: Page) -> Callable[[str], str]:
    """Names relations and everything else for one reader."""
    return lambda iri: relation(page, iri)


def script_words(page: Page) -> dict[str, str]:
    """What the script says."""
    texts = {
        "page": msg("Open its page"),
        "expand": msg("Show all its neighbours"),
        "from": msg("Path from here"),
        "to": msg("Path to here"),
        "links": msg("Links"),
        "community": msg("Community"),
        "all": msg("All years"),
        "failed": msg("The picture could not be drawn here; the tables below say the same."),
        "none": msg("Nothing in the picture has such a name."),
        "drawn": msg("The picture shows %(nodes)s nodes and %(links)s links."),
    }
    return (
        {name: page.gettext(text) for name, text in texts.items()}
        | {f"measure-{name}": page.gettext(label) for name, (label, _) in MEASURES.items()}
        | {f"kind-{name}": page.gettext(label) for name, label in KIND_NAMES.items()}
    )
