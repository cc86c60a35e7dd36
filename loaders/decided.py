"""Keeps decisions on alignments in force when their source is loaded again: the decided status is the only one."""

from __future__ import annotations

from typing import Final

from pyoxigraph import NamedNode

from loaders.statements import term
from ontology.terms import graph_iri
from service.store.draft import Draft

DECISIONS: Final = graph_iri("decisions")


def settle(draft: Draft, graph: NamedNode) -> None:
    """Take the status of every decided alignment out of a graph."""
    if graph == DECISIONS:
        return
    status = term("sg:alignmentStatus")
    decided = [quad.subject for quad in draft.store.quads_for_pattern(None, status, None, DECISIONS)]
    stale = [quad.triple for subject in decided for quad in draft.store.quads_for_pattern(subject, status, None, graph)]
    draft.remove_triples(graph, stale)
