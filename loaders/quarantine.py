"""Keeps the resources that failed validation, whole and with the reasons, so that they can be mended or tried again.

A quarantined resource is held as text, not as triples: it must not answer queries, and it must not get lost.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse, serialize

from loaders.base import Loader
from loaders.provenance import load_iri
from loaders.statements import About, term
from ontology.terms import BASE, GRAPH, PREFIXES
from service.store.changes import Change
from service.store.draft import Draft
from shapes.report import Report

SHOWN = 20


@dataclass(frozen=True)
class Rejected:
    """A resource that failed: its triples and why."""

    root: NamedNode
    triples: tuple[Triple, ...]
    report: Report


def quarantine_graph(loader: Loader[Any]) -> NamedNode:
    """The graph that holds what a source could not deliver."""
    return NamedNode(f"{GRAPH}quarantine/{loader.graph.value.removeprefix(GRAPH)}")


def replace(draft: Draft, loader: Loader[Any], rejected: dict[NamedNode, Rejected], started: datetime) -> None:
    """Replace a source's quarantine by what failed this time."""
    graph = quarantine_graph(loader)
    old = frozenset(draft.store.quads_for_pattern(None, None, None, graph))
    new = frozenset(
        Quad(t.subject, t.predicate, t.object, graph)
        for entry in rejected.values()
        for t in _statements(entry, load_iri(loader, started))
    )
    draft.apply(Change(added=new - old, removed=old - new))


def entries(store: Store, loader: Loader[Any]) -> list[tuple[NamedNode, list[Triple]]]:
    """The resources in a source's quarantine, as triples again."""
    graph = quarantine_graph(loader)
    found = []
    for quad in store.quads_for_pattern(None, term("sg:payload"), None, graph):
        focus = next(store.quads_for_pattern(quad.subject, term("sg:focus"), None, graph)).object
        assert isinstance(focus, NamedNode)
        assert isinstance(quad.object, Literal)
        triples = [q.triple for q in parse(quad.object.value, format=RdfFormat.TURTLE)]
        found.append((focus, triples))
    return sorted(found, key=lambda entry: entry[0].value)


def _statements(entry: Rejected, run: NamedNode) -> About:
    digest = hashlib.sha256(entry.root.value.encode()).hexdigest()[:16]
    body = serialize(entry.triples, format=RdfFormat.TURTLE, prefixes=PREFIXES)
    assert body is not None
    about = About(NamedNode(f"{BASE}id/quarantined/{digest}")).types("sg:QuarantinedRecord")
    about.add("sg:focus", entry.root).text("sg:payload", body.decode()).add("prov:wasGeneratedBy", run)
    for result in entry.report.violations[:SHOWN]:
        for language, message in result.messages.items():
            about.text("sg:problem", message, language or None)
    return about


def problems(store: Store, loader: Loader[Any], root: NamedNode) -> list[str]:
    """The English messages about a quarantined resource."""
    graph = quarantine_graph(loader)
    found = set()
    for quad in store.quads_for_pattern(None, term("sg:focus"), root, graph):
        for problem in store.quads_for_pattern(quad.subject, term("sg:problem"), None, graph):
            if isinstance(problem.object, Literal) and problem.object.language in {"en", None}:
                found.add(problem.object.value)
    return sorted(found)
