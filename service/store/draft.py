"""A draft: a fork of the published generation that one writer changes, then publishes or discards."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple

from service.store import union
from service.store.changes import Change, Graph, normalised, placed
from service.store.diff import lockstep
from service.store.errors import DraftClosed, ModeConflict, disk_errors
from service.store.files import discard
from service.store.ingest import ingest
from service.store.manifest import GraphName, Mode
from service.store.query import Limits
from service.store.tally import Tally, count
from service.store.update import Fetch, run_update
from service.store.where import Budget, Here, Selector

if TYPE_CHECKING:
    from service.store.generations import Generation

# A change above this many quads is not held in memory; below, it costs some 100 MB at most.
HELD = 200_000
# From here on the engine's bulk loader is faster than a transaction.
BULK = 20_000


@dataclass(frozen=True)
class Frozen:
    """A draft as it was at some moment, with the number of its base."""

    number: int
    location: str


class Draft:
    """Unpublished work. Made by `GenerationStore.draft`; every method leaves the default graph true to its mode."""

    def __init__(
        self, base: Generation, folder: Path, agent: str, message: str, commit: Callable[[Draft], Generation]
    ) -> None:
        """Fork the base into a folder."""
        self.base = base
        self.folder = folder
        self.agent = agent
        self.message = message
        self.mode: Mode = base.manifest.default_graph
        self.tally = Tally(base.manifest)
        self.writes: list[dict[str, Any]] = []
        self.revision = 0
        """Rises with every write; equal numbers mean that nothing was written in between."""
        self._commit = commit
        # Files that together hold all triples added to the base's default graph; None when more than that happened.
        self._spools: list[Path] | None = []
        base.fork(folder / "data")
        with disk_errors(folder):
            self._store: Store | None = Store(str(folder / "data"))

    @property
    def store(self) -> Store:
        """The fork, for reading the state that the write would produce; write through the methods of the draft."""
        if self._store is None:
            raise DraftClosed("This draft was published or discarded: ask the store for a new one.")
        return self._store

    @property
    def union(self) -> bool:
        """Whether the default graph is the union of the named graphs."""
        return self.mode == "union"

    @property
    def default_target(self) -> NamedNode | DefaultGraph:
        """Where statements go that are made without naming a graph."""
        return union.GRAPH_DEFAULT if self.union else DefaultGraph()

    def apply(self, change: Change) -> Change:
        """Carry out a change; what truly changed."""
        store = self.store
        if self.union:
            change = Change(
                frozenset(union.redirect(change.added)),
                frozenset(union.redirect(change.removed)),
                change.graphs_created,
                change.graphs_dropped,
            )
        wanted = normalised(change.added)
        doomed = set(normalised(change.removed))
        for graph in change.graphs_dropped:
            doomed.update(store.quads_for_pattern(None, None, None, graph))
        removed = frozenset(quad for quad in doomed - wanted if quad in store)
        added = frozenset(quad for quad in wanted if quad not in store)
        kept = {*change.graphs_created, *(quad.graph_name for quad in wanted)}
        dropped = frozenset(g for g in change.graphs_dropped - kept if store.contains_named_graph(g))
        created = frozenset(g for g in kept if not isinstance(g, DefaultGraph) and not store.contains_named_graph(g))
        self._write(added, removed, created, dropped)
        return Change(added, removed, created, dropped)

    def remove_triples(self, graph: GraphName, triples: Iterable[Triple]) -> Change:
        """Take triples out of one graph."""
        return self.apply(Change(removed=frozenset(placed(triple, graph) for triple in triples)))

    def replace_graph(self, graph: GraphName, quads: Iterable[Quad]) -> Change | None:
        """Make a graph hold exactly these triples, in bounded memory; None when the change is too large to hold.

        The graph exists afterwards, even if it is empty. What it held already is not written again, so a source that
        changes little costs little disk.
        """
        graph = union.redirected(graph) if self.union else graph
        moved = (quad if quad.graph_name == graph else placed(quad.triple, graph) for quad in quads)
        created = isinstance(graph, NamedNode | BlankNode) and not self.store.contains_named_graph(graph)
        if created:
            self._write((), (), [graph], ())  # type: ignore[list-item]
        change = self._refill(graph, moved)
        if change is not None and created:
            return Change(change.added, change.removed, frozenset({graph}))  # type: ignore[arg-type]
        return change

    def bulk_add(self, quads: Iterable[Quad]) -> None:
        """Add many quads in bounded memory, without telling which of them are new."""
        spool, graphs = self.folder / f"spool-{self.revision}.nt", set()

        def chunks() -> Iterator[list[Quad]]:
            for chunk in union.chunked(union.redirect(quads) if self.union else quads):
                graphs.update({quad.graph_name for quad in chunk})
                yield chunk

        self.revision += 1
        with disk_errors(self.folder):
            if self.union:
                complete = union.bulk_add(self.store, chunks(), spool)
                self._spools = [*self._spools, spool] if complete and self._spools is not None else None
                self.tally.recount_default()
            else:
                ingest(self.store, (quad for chunk in chunks() for quad in chunk))
        self.tally.bulk(graphs)

    def update(
        self,
        text: str,
        base_iri: str | None = None,
        prefixes: Mapping[str, str] | None = None,
        *,
        using_graphs: Iterable[str] = (),
        using_named_graphs: Iterable[str] = (),
        fetch: Fetch | None = None,
        limits: Limits | None = None,
        selector: Selector | None = None,
    ) -> Change:
        """Carry out a SPARQL 1.1 update; what truly changed. A failed one leaves the draft as it was.

        Without a selector the WHERE of its operations is asked in this process, where it cannot be stopped.
        """
        return run_update(
            self,
            text,
            base_iri=base_iri,
            prefixes=dict(prefixes or {}),
            using_graphs=tuple(using_graphs),
            using_named_graphs=tuple(using_named_graphs),
            fetch=fetch,
            budget=Budget(limits, selector or Here()),
        )

    @contextmanager
    def frozen(self) -> Iterator[Generation | Frozen]:
        """A state that another process may open: the base while nothing was written, else a copy by links."""
        if self.revision == 0:
            yield self.base
            return
        folder = self.folder / f"frozen-{self.revision}"
        try:
            with disk_errors(self.folder):
                folder.mkdir()
                self.store.backup(str(folder / "data"))
                self.base.manifest.write(folder)
            yield Frozen(self.base.number, str(folder))
        finally:
            discard(folder)

    def dump(self, path: Path) -> None:
        """Write the default graph as N-Triples, some of them perhaps twice.

        What a bulk load added still lies in a file, and copying that is ten times faster than reading the store.
        """
        if not self._spools:
            self.store.dump(path, format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
            return
        self.base.reader().dump(path, format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
        with disk_errors(self.folder), path.open("ab") as whole:
            for spool in self._spools:
                with spool.open("rb") as part:
                    shutil.copyfileobj(part, whole, 1 << 20)

    @contextmanager
    def signed(self, agent: str, message: str) -> Iterator[None]:
        """Note what is written inside as the work of an agent, where several share this draft."""
        revision = self.revision
        self.tally.mark(union=self.union)
        yield
        if self.revision != revision:
            added, removed, graphs = self.tally.since_mark(union=self.union)
            self.writes.append(
                {"agent": agent, "message": message, "added": added, "removed": removed, "graphs": graphs}
            )

    def absorb(self, change: Change) -> None:
        """Bring default graph and counts up to date with a true change of named graphs made on the store directly."""
        self.revision += 1
        self._spools = None
        self._account(change.added, change.removed, change.graphs_created, change.graphs_dropped)

    def convert(self, mode: Mode) -> None:
        """Change how the default graph works."""
        if mode == self.mode:
            return
        if mode == "union":
            own = count(self.store, DefaultGraph())
            if own:
                raise ModeConflict(
                    f"The default graph holds {own} triples of its own, which union mode has no place for: "
                    f"move them first, e.g. with the update MOVE DEFAULT TO <{union.GRAPH_DEFAULT.value}>."
                )
        self.revision += 1
        self._spools = None
        with disk_errors(self.folder):
            if mode == "union":
                union.materialise(self.store, self.folder / "spool.nt")
            else:
                self.store.clear_graph(DefaultGraph())
        self.tally.bulk([DefaultGraph()])
        self.mode = mode

    def publish(self, *, even_if_unchanged: bool = False) -> Generation:
        """Make this the published generation. A draft that changed nothing publishes nothing: its base stays."""
        if not self.revision and not even_if_unchanged:
            self.discard()
            return self.base
        generation = self._commit(self)
        self.discard()
        return generation

    def discard(self) -> None:
        """Throw the work away."""
        if self._store is not None:
            self._store = None
            discard(self.folder)

    def _refill(self, graph: GraphName, quads: Iterator[Quad]) -> Change | None:
        if next(self.store.quads_for_pattern(None, None, None, graph), None) is not None:
            with self._scratch(quads) as scratch:
                return self._towards(graph, scratch)
        head = list(islice(quads, BULK))
        if len(head) < BULK:
            change = Change(normalised(head))
            self._write(change.added, (), (), ())
            return change
        self.bulk_add(quad for part in (head, quads) for quad in part)
        return None

    def _towards(self, graph: GraphName, wanted: Store) -> Change | None:
        """Turn a graph into the content of another store."""
        store = self.store
        held: list[set[Quad]] | None = [set(), set()]
        steps = lockstep(
            store.quads_for_pattern(None, None, None, graph), store.__contains__, wanted, wanted.__contains__
        )
        while batch := list(islice(steps, union.CHUNK)):
            added = {quad for kind, quad in batch if kind == "added"}
            removed = {quad for kind, quad in batch if kind == "removed"}
            self._write(added, removed, (), ())
            if held is not None:
                held[0] |= added
                held[1] |= removed
                held = held if len(held[0]) + len(held[1]) <= HELD else None
        return None if held is None else Change(frozenset(held[0]), frozenset(held[1]))

    @contextmanager
    def _scratch(self, quads: Iterator[Quad]) -> Iterator[Store]:
        """Hold quads for comparison: in memory, or on the disk when there are many."""
        head = list(islice(quads, HELD))
        if len(head) < HELD:
            memory = Store()
            memory.extend(head)
            yield memory
            return
        place = self.folder / "scratch"
        try:
            with disk_errors(self.folder):
                disk = Store(str(place))
                ingest(disk, (quad for part in (head, quads) for quad in part))
            del head
            yield disk
            del disk
        finally:
            discard(place)

    def _write(
        self,
        added: Iterable[Quad],
        removed: Iterable[Quad],
        created: Iterable[Graph],
        dropped: Iterable[Graph],
    ) -> None:
        store = self.store
        if not (added or removed or created or dropped):
            return
        self.revision += 1
        if added or removed:
            self._spools = None
        with disk_errors(self.folder):
            for quad in removed:
                store.remove(quad)
            for graph in dropped:
                store.remove_graph(graph)
            for graph in created:
                store.add_graph(graph)
            store.extend(added)
            self._account(added, removed, created, dropped)

    def _account(
        self, added: Iterable[Quad], removed: Iterable[Quad], created: Iterable[Graph], dropped: Iterable[Graph]
    ) -> None:
        if self.union:
            self.tally.default -= union.remove(self.store, removed)
            self.tally.default += union.add(self.store, added)
        self.tally.record(added, removed, union=self.union)
        for graph in dropped:
            self.tally.drop(graph)
        for graph in created:
            self.tally.create(graph)
