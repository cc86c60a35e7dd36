"""A write to a remote engine: worked out and validated here, then sent as one update."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from ontology.terms import BASE
from service.store import union
from service.store.changes import Change, Graph, placed
from service.store.draft import Draft, Frozen
from service.store.errors import DraftClosed
from service.store.generation import Generation
from service.store.manifest import GraphName, Mode
from service.store.query import Limits
from service.store.remote.engine import Engine
from service.store.remote.errors import EngineUnable
from service.store.remote.overlay import Lookups, Overlay, seen_too_late
from service.store.tally import Tally
from service.store.update import Fetch
from service.store.where import Found, Here, Selection, Selector

if TYPE_CHECKING:
    from service.store.remote.store import RemoteState

# Blank nodes have no name outside of an engine, so the ones that we write become IRIs (RDF 1.1, section 3.5).
GENID = BASE + ".well-known/genid/"
# More statements than this in one write over HTTP belong to the command line, which fetches everything first.
MOST = 20_000


class Grounding:
    """Gives blank nodes IRIs, each node the same one wherever it stands."""

    def __init__(self) -> None:
        """Know no node yet."""
        self._names: dict[BlankNode, NamedNode] = {}

    def of(self, quad: Quad) -> Quad:
        """The statement with IRIs in the place of blank nodes."""
        graph = self._term(quad.graph_name)
        return Quad(self._term(quad.subject), quad.predicate, self._term(quad.object), graph)

    def _term(self, term: Any) -> Any:
        if isinstance(term, BlankNode):
            return self._names.setdefault(term, NamedNode(GENID + uuid4().hex))
        if isinstance(term, Triple):
            return Triple(self._term(term.subject), term.predicate, self._term(term.object))
        return term


class RemoteDraft(Draft):
    """Unpublished work on a remote engine. Made by `RemoteStore.draft`."""

    def __init__(
        self, base: RemoteState, agent: str, message: str, commit: Callable[[RemoteDraft], RemoteState]
    ) -> None:
        """Begin with what the engine holds."""
        self.base: Generation = base
        self.agent = agent
        self.message = message
        self.mode: Mode = base.remote.default_graph
        self.tally = Tally(base.manifest)
        self.writes: list[dict[str, Any]] = []
        self.revision = 0
        self.folder = Path()
        self.engine = Engine(base.remote)
        self._finish = commit
        self._overlay: Overlay | None = Overlay(Lookups(self.engine))
        self._grounding = Grounding()

    @property
    def store(self) -> Any:
        """What reads like a store, in the state that the write would produce."""
        return self.overlay

    @property
    def overlay(self) -> Overlay:
        """The state that the write would produce."""
        if self._overlay is None:
            raise DraftClosed("This draft was published or discarded: ask the store for a new one.")
        return self._overlay

    def apply(self, change: Change) -> Change:
        """Carry out a change; what truly changed."""
        added = [self._grounding.of(quad) for quad in change.added]
        if len(added) + len(change.removed) > MOST:
            raise EngineUnable(
                f"One write to a remote engine over HTTP may touch {MOST:,} statements: for more, use "
                "`strategraph load`."
            )
        self.overlay.lookups.prefetch(quad.triple for quad in [*added, *change.removed])
        return super().apply(Change(frozenset(added), change.removed, change.graphs_created, change.graphs_dropped))

    def replace_graph(self, graph: GraphName, quads: Iterable[Quad]) -> Change:
        """Make a graph hold exactly these triples."""
        graph = union.redirected(graph) if self.union else graph
        before = frozenset(self.store.quads_for_pattern(None, None, None, graph))
        wanted = frozenset(self._grounding.of(placed(quad.triple, graph)) for quad in quads)
        return self.apply(Change(wanted - before, before - wanted))

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
        """Carry out a SPARQL 1.1 update; what truly changed."""
        return super().update(
            text,
            base_iri,
            prefixes,
            using_graphs=using_graphs,
            using_named_graphs=using_named_graphs,
            fetch=fetch,
            limits=limits,
            selector=Grounded(selector or Here()),
        )

    @contextmanager
    def frozen(self) -> Iterator[Generation | Frozen]:
        """The base, which is what the engine answers from; there is no other state to ask."""
        if self.revision:
            raise seen_too_late(self.engine)
        yield self.base

    @contextmanager
    def signed(self, agent: str, message: str) -> Iterator[None]:
        """Note whose work it is: one draft is one write here."""
        self.agent, self.message = agent, message
        yield

    def publish(self, *, even_if_unchanged: bool = False) -> Generation:
        """Send it. A draft that changed nothing sends nothing."""
        del even_if_unchanged
        if not (self.overlay.added or self.overlay.removed):
            self.discard()
            return self.base
        generation = self._finish(self)
        self.discard()
        return generation

    def discard(self) -> None:
        """Throw the work away."""
        self._overlay = None

    def bulk_add(self, quads: Iterable[Quad]) -> None:
        """Add quads; there is no other way in bulk."""
        self.apply(Change(frozenset(quads)))

    def dump(self, path: Path) -> None:
        """Refuse: the command line loads into a copy."""
        raise seen_too_late(self.engine)

    def absorb(self, change: Change) -> None:
        """Refuse: no engine of ours carried it out."""
        raise seen_too_late(self.engine)

    def convert(self, mode: Mode) -> None:
        """Refuse."""
        raise EngineUnable(f"The default graph of {self.engine.remote.place} is what that engine makes it.")

    def _write(
        self, added: Iterable[Quad], removed: Iterable[Quad], created: Iterable[Graph], dropped: Iterable[Graph]
    ) -> None:
        del created, dropped  # A graph is there as long as it holds something.
        if added or removed:
            self.revision += 1
            self.overlay.record(added, removed)


class Grounded:
    """Refuses solutions with blank nodes: they cannot be named in what is sent back."""

    def __init__(self, selector: Selector) -> None:
        """Ask that one."""
        self._selector = selector

    @contextmanager
    def select(self, draft: Draft, selection: Selection, limits: Limits | None) -> Iterator[Found]:
        """Find solutions."""
        asked: AbstractContextManager[Found] = self._selector.select(draft, selection, limits)
        with asked as found:
            yield Found(found.variables, map(self._checked, found.rows))

    @staticmethod
    def _checked(row: Any) -> Any:
        if any(isinstance(term, BlankNode) for term in row):
            raise EngineUnable(
                "The WHERE finds blank nodes that the engine named, and an update cannot name them again: replace the "
                "graph that they are in, e.g. with `strategraph load`, which gives such nodes IRIs."
            )
        return row
