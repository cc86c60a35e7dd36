"""What is known about each load, as PROV-O in a graph of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad, Store, Triple

from loaders.base import Input, Loader
from loaders.statements import About, term, typed
from ontology.terms import BASE, graph_iri, slugify
from service.store.changes import Change
from service.store.draft import Draft

PROVENANCE = graph_iri("provenance")


def recorded_hash(store: Store, graph: NamedNode) -> str | None:
    """The content hash of what a graph was last filled with."""
    for quad in store.quads_for_pattern(graph, term("sg:contentHash"), None, PROVENANCE):
        return quad.object.value if isinstance(quad.object, Literal) else None
    return None


def load_iri(loader: Loader[Any], started: datetime) -> NamedNode:
    """The IRI of a run of a loader."""
    return NamedNode(f"{BASE}id/load/{slugify(loader.name)}-{started:%Y%m%dt%H%M%S%f}")


def _known_licence(draft: Draft, loader: Loader[Any]) -> str:
    """The licence that was given when the graph was loaded before; empty without one."""
    known = draft.store.quads_for_pattern(loader.graph, term("dct:license"), None, PROVENANCE)
    return next((quad.object.value for quad in known if isinstance(quad.object, NamedNode)), "")


def record(
    draft: Draft, loader: Loader[Any], inputs: Sequence[Input], result: Any, *, content: str, started: datetime
) -> None:
    """Replace what the provenance graph says about a source graph by this run."""
    run = load_iri(loader, started)
    about = About(loader.graph).types("sg:SourceGraph")
    about.text("dct:title", loader.title, "en").iri("dct:license", loader.licence or _known_licence(draft, loader))
    about.text("dct:description", f"Origin: {loader.origin}", "en")
    about.add("prov:wasGeneratedBy", run).text("sg:contentHash", content)
    about.integer("void:triples", str(result.quads))
    activity = About(run).types("sg:Load")
    activity.add("prov:startedAtTime", _time(started)).add("prov:endedAtTime", _time(datetime.now(UTC)))
    for source in inputs:
        activity.text("prov:value", f"{source.origin} sha256:{source.sha256}")
    for name, count in (
        ("sg:recordsRead", result.read),
        ("sg:recordsWritten", result.written),
        ("sg:recordsRejected", result.rejected + result.quarantined),
    ):
        activity.integer(name, str(count))
    added = [Quad(t.subject, t.predicate, t.object, PROVENANCE) for t in (*about, *activity)]
    draft.apply(Change(added=frozenset(added), removed=frozenset(_previous(draft.store, loader.graph))))


def _time(moment: datetime) -> Literal:
    return typed(moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"), "dateTime")


def _previous(store: Store, graph: NamedNode) -> list[Quad]:
    quads = list(store.quads_for_pattern(graph, None, None, PROVENANCE))
    for quad in list(quads):
        if quad.predicate == term("prov:wasGeneratedBy") and isinstance(quad.object, NamedNode):
            quads += store.quads_for_pattern(quad.object, None, None, PROVENANCE)
    return quads


def triples_of(store: Store, graph: NamedNode) -> list[Triple]:
    """What the provenance graph says about a source graph and its last load."""
    return [quad.triple for quad in _previous(store, graph)]
