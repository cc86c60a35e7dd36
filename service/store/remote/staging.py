"""A copy of an engine's data in a store of our own, for what needs all of it: load, validate, dump.

A load works on the copy as on any store, validation included; what it changed there is then sent to the engine.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, QueryBoolean, QuerySolutions, Triple

from service.store.changes import placed
from service.store.generations import GenerationStore
from service.store.remote import sending, wire
from service.store.remote.draft import Grounding
from service.store.remote.engine import N_TRIPLES, Engine
from service.store.remote.overlay import ALL
from service.store.remote.store import RemoteStore

SECONDS = 600.0


@contextmanager
def copied(store: RemoteStore) -> Iterator[GenerationStore]:
    """A store in a temporary folder with all that the engine holds."""
    with tempfile.TemporaryDirectory(prefix="strategraph-remote-") as folder:
        local = GenerationStore.open(Path(folder) / "store", default_graph=store.default_graph)
        with local.draft("copy", store.remote.place) as draft:
            draft.bulk_add(everything(store))
            draft.publish()
        yield local


def everything(store: RemoteStore) -> Iterator[Quad]:
    """Every statement of the engine, graph by graph."""
    engine = Engine(store.remote, SECONDS)
    for name in engine.graphs():
        for triple in graph_of(engine, name):
            yield placed(triple, NamedNode(name))
    if store.default_graph == "strict":
        answer = engine.query(ALL)
        assert not isinstance(answer, QuerySolutions | QueryBoolean)
        yield from (Quad(*triple) for triple in answer)


def graph_of(engine: Engine, name: str) -> Iterable[Triple]:
    """The triples of one graph; an engine's graph store does not cut at a number of rows, as its queries may."""
    if engine.remote.graphs is None:
        answer = engine.query(ALL, default_graphs=[name])
        assert not isinstance(answer, QuerySolutions | QueryBoolean)
        return answer
    body = wire.fetch(engine.remote, name, N_TRIPLES, SECONDS)
    return engine.triples(body)


def send_back(
    store: RemoteStore, local: GenerationStore, agent: str, message: str, last: Collection[str] = ()
) -> tuple[int, int]:
    """Do to the engine what was done to the copy since it was made; how many statements came and went."""
    generations = sorted(manifest.generation for manifest in local.history())
    first, newest = generations[1] if len(generations) > 1 else generations[0], generations[-1]
    before, after = local.generation(first).reader(), local.generation(newest).reader()
    grounding = Grounding()
    added, removed = set[Quad](), set[Quad]()
    default_added, default_removed = set[Triple](), set[Triple]()
    for kind, quad in local.diff(first, newest):
        bare = Quad(*quad.triple)
        grounded = grounding.of(quad)
        was, now_is = bare in before, bare in after
        (added if kind == "added" else removed).add(grounded)
        if store.default_graph == "union" and now_is and not was:
            default_added.add(grounded.triple)
        elif store.default_graph == "union" and was and not now_is:
            default_removed.add(grounded.triple)
    sent = sending.parcel(store.remote, added, removed, default_added, default_removed)
    if not (sent.added or sent.removed):
        return 0, 0
    if store.remote.atomic:
        sending.send(store.remote, sent)
    else:
        store.check_repeated(quad for quad in after if quad.graph_name != DefaultGraph())
        sending.send_in_steps(store.remote, sent, last)
    store.wrote(agent, message, added, removed)
    return len(added), len(removed)
