"""The sources that Strategraph knows, by name."""

from __future__ import annotations

from typing import Any

from pyoxigraph import NamedNode

from loaders.base import Loader
from loaders.bundled import Bundled, Ontology, Queries, Shapes
from loaders.covenant_of_mayors import CovenantOfMayors
from loaders.funding_calls import FundingCalls
from loaders.geonames import Geonames
from loaders.lau import Lau
from loaders.links import Links
from loaders.nuts import Nuts
from loaders.rdf import AnyRdf
from loaders.sdg import Sdg

# In this order: what comes later refers to what came before.
LOADERS: tuple[type[Loader[Any]], ...] = (
    Ontology,
    Shapes,
    Queries,
    Bundled,
    Sdg,
    Nuts,
    Lau,
    Geonames,
    CovenantOfMayors,
    Links,
    FundingCalls,
    AnyRdf,
)
# `strategraph load bundled`, and the first start, load all that ships with Strategraph.
BUNDLE = (Ontology, Shapes, Queries, Bundled)


class UnknownSource(Exception):
    """A source name that no loader has; one line that lists those there are."""


def loaders(name: str, graph: NamedNode | None = None, *, title: str = "", licence: str = "") -> list[Loader[Any]]:
    """The loaders that a source name stands for; what is said of a graph is for RDF files only."""
    if name == Bundled.name:
        return [cls() for cls in BUNDLE]
    if name == AnyRdf.name:
        return [AnyRdf(graph, title, licence)]
    for cls in LOADERS:
        if cls.name == name:
            return [cls()]
    raise UnknownSource(f"no source {name!r}; there are {', '.join(cls.name for cls in LOADERS)}")
