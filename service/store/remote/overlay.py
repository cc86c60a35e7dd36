"""The engine as a store to read from, with changes that are not written yet laid over it.

It has the reading methods of the embedded store, so that updates are translated and shapes are validated by the same
code. Every look-up is asked once; look-ups of many statements are asked together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    Triple,
    parse_query_results,
    serialize,
)

from service.store.changes import Change, placed
from service.store.remote.engine import Engine
from service.store.remote.errors import EngineUnable
from shapes.sparql_constraints import own_properties

Graph: TypeAlias = "NamedNode | BlankNode | DefaultGraph"
Pattern: TypeAlias = tuple[Any, Any, Any, Any]

DEFAULT = DefaultGraph()
# Statements that one request asks about.
TOGETHER = 100
# Statements that are fetched for one look-up, and for one full validation.
FETCHED = 200_000
COPIED = 1_000_000
ALL = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"


class Lookups:
    """What has been asked of the engine; it must not change meanwhile, so the service is its only writer."""

    def __init__(self, engine: Engine) -> None:
        """Know nothing yet."""
        self.engine = engine
        self.union = engine.remote.default_graph == "union"
        self._patterns: dict[Pattern, frozenset[Quad]] = {}
        self._holders: dict[Triple, frozenset[Graph]] = {}

    def matching(self, subject: Any, predicate: Any, obj: Any, graph: Graph) -> frozenset[Quad]:
        """The statements of one graph that match."""
        key = (subject, predicate, obj, graph)
        if key not in self._patterns:
            self._patterns[key] = frozenset(self._fetched(key))
        return self._patterns[key]

    def holders(self, triple: Triple) -> frozenset[Graph]:
        """The graphs that hold a triple: named ones, and the default graph where it is one of its own."""
        self.prefetch([triple])
        return self._holders[triple]

    def prefetch(self, triples: Iterable[Triple]) -> None:
        """Ask about many triples together."""
        asked = iter([triple for triple in dict.fromkeys(triples) if triple not in self._holders])
        while batch := list(islice(asked, TOGETHER)):
            found: list[set[Graph]] = [set() for _ in batch]
            for row in self.engine.select(held(batch, own_default=not self.union)):
                found[int(row["i"].value)].add(row["g"] if row["g"] is not None else DEFAULT)
            self._holders.update(zip(batch, map(frozenset, found), strict=True))

    def _fetched(self, key: Pattern) -> Iterator[Quad]:
        graph = key[3]
        asked = dict(zip("spo", key[:3], strict=True))
        names = [name for name, term in asked.items() if term is None]
        pattern = " ".join(f"?{name}" if term is None else term_of(term) for name, term in asked.items())
        where = pattern if graph == DEFAULT else f"GRAPH {term_of(graph)} {{ {pattern} }}"
        limit = f"LIMIT {FETCHED + 1}" if names else "LIMIT 1"
        chosen = " ".join(f"?{name}" for name in names) or "(1 AS ?there)"
        for number, row in enumerate(self.engine.select(f"SELECT {chosen} {{ {where} }} {limit}")):
            if number >= FETCHED:
                raise EngineUnable(
                    f"This touches more than {FETCHED:,} statements, too many to fetch from "
                    f"{self.engine.remote.place}: use `strategraph load`."
                )
            terms: dict[str, Any] = asked | {name: row[name] for name in names}
            yield Quad(terms["s"], terms["p"], terms["o"], graph)


class Overlay:
    """A state of the engine's data: as it is, or as pending changes would leave it."""

    def __init__(self, lookups: Lookups) -> None:
        """As it is."""
        self.lookups = lookups
        self.union = lookups.union
        self.added: set[Quad] = set()
        self.removed: set[Quad] = set()
        self.default_added: set[Triple] = set()
        self.default_removed: set[Triple] = set()
        self._gains: dict[Triple, set[Graph]] = {}
        self._local: Store | None = None

    def record(self, added: Iterable[Quad], removed: Iterable[Quad]) -> None:
        """Lay a true change over what is there."""
        added, removed = frozenset(added), frozenset(removed)
        self._local = None
        change = Change(frozenset(self.added), frozenset(self.removed)).then(Change(added, removed))
        self.added, self.removed = set(change.added), set(change.removed)
        self._gains = {}
        for quad in self.added:
            self._gains.setdefault(quad.triple, set()).add(quad.graph_name)
        if not self.union:
            return
        touched = {quad.triple for quad in added | removed}
        self.lookups.prefetch(touched)
        for triple in touched:
            before, after = bool(self.lookups.holders(triple)), bool(self.holders(triple))
            (set.add if after and not before else set.discard)(self.default_added, triple)
            (set.add if before and not after else set.discard)(self.default_removed, triple)

    def holders(self, triple: Triple) -> set[Graph]:
        """The graphs that hold a triple after the changes."""
        held = self.lookups.holders(triple) | self._gains.get(triple, set())
        return {graph for graph in held if placed(triple, graph) not in self.removed}

    # -- the reading methods of the embedded store ---------------------------------------------------------------------

    def quads_for_pattern(self, subject: Any, predicate: Any, obj: Any, graph: Any = None) -> Iterator[Quad]:
        """The statements that match; in no graph in particular when `graph` is None."""
        if graph is None:
            for name in [*self.named_graphs(), DEFAULT]:
                yield from self.quads_for_pattern(subject, predicate, obj, name)
            return
        if self._local is not None and graph == DEFAULT:
            yield from self._local.quads_for_pattern(subject, predicate, obj, DEFAULT)
            return
        if self.union and graph == DEFAULT:
            more = {placed(triple, DEFAULT) for triple in self.default_added}
            less = {placed(triple, DEFAULT) for triple in self.default_removed}
        else:
            more, less = self.added, self.removed
        found = self.lookups.matching(subject, predicate, obj, graph)
        yield from found - less if less else found
        for quad in more - found if more else ():
            if quad.graph_name == graph and all(
                wanted is None or wanted == term
                for wanted, term in zip((subject, predicate, obj), quad.triple, strict=True)
            ):
                yield quad

    def __contains__(self, quad: Quad) -> bool:
        """Tell whether a statement is there."""
        if quad in self.added or quad in self.removed:
            return quad in self.added
        if self.union and quad.graph_name == DEFAULT:
            return bool(self.holders(quad.triple))
        return quad.graph_name in self.lookups.holders(quad.triple)

    def named_graphs(self) -> Iterator[NamedNode]:
        """The graphs that hold something."""
        names = {NamedNode(iri) for iri in self.lookups.engine.graphs()}
        names |= {quad.graph_name for quad in self.added if isinstance(quad.graph_name, NamedNode)}
        yield from (name for name in sorted(names, key=str) if self.contains_named_graph(name))

    def contains_named_graph(self, graph: Any) -> bool:
        """Tell whether a graph holds something: an empty graph is no graph here."""
        if any(quad.graph_name == graph for quad in self.added):
            return True
        if not any(quad.graph_name == graph for quad in self.removed):
            return self.lookups.engine.ask(f"ASK {{ GRAPH {term_of(graph)} {{ ?s ?p ?o }} }}")
        return any(True for _ in self.quads_for_pattern(None, None, None, graph))

    def query(
        self,
        text: str,
        *,
        base_iri: str | None = None,
        default_graph: Any = None,
        named_graphs: Any = None,
        substitutions: Any = None,
    ) -> Any:
        """Run a query: of a constraint where it is told a node, else of the engine, which must not be changed then."""
        values = {variable.value: term for variable, term in dict(substitutions or {}).items()}
        if "this" in values and default_graph is not None:
            return self._around(values["this"], text).query(text, substitutions=substitutions)
        if self.added or self.removed:
            raise seen_too_late(self.lookups.engine)
        engine_default = default_graph is None or default_graph == DEFAULT
        graphs = None if engine_default else default_graph if isinstance(default_graph, list) else [default_graph]
        answer = self.lookups.engine.query(
            text,
            base_iri=base_iri,
            default_graphs=None if graphs is None else [graph.value for graph in graphs],
            named_graphs=None if named_graphs is None else [graph.value for graph in named_graphs],
            every_named_graph=named_graphs is None,
            substitutions={name: str(term) for name, term in values.items()},
        )
        if isinstance(answer, QueryBoolean):
            return answer
        if isinstance(answer, QuerySolutions):
            # Read to its end here, where what is wrong with it still has a name.
            body = answer.serialize(format=QueryResultsFormat.JSON)
            assert body is not None
            return parse_query_results(body, QueryResultsFormat.JSON)
        local = Store()
        local.extend(Quad(*triple) for triple in answer)
        return local.query(ALL)

    def dump(self, path: Path, *, format: RdfFormat, from_graph: Any) -> None:
        """Write the default graph, after fetching all of it."""
        assert from_graph == DEFAULT
        serialize((quad.triple for quad in self._copied()), output=path, format=format)

    def _around(self, focus: Any, text: str) -> Store:
        """What a constraint about a node reads."""
        properties = own_properties(text)
        if properties is None:
            return self._copied()
        store = Store()
        if isinstance(focus, NamedNode):
            for name in properties:
                store.extend(self.quads_for_pattern(focus, NamedNode(name), None, DEFAULT))
        return store

    def _copied(self) -> Store:
        """The default graph in memory, which answers from then on."""
        if self._local is None:
            (row,) = self.lookups.engine.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
            if int(row["n"].value) > COPIED:
                raise EngineUnable(
                    f"Every statement would have to be validated anew, and {self.lookups.engine.remote.place} holds "
                    f"{int(row['n'].value):,}, too many to fetch for one write: load it with `strategraph load`."
                )
            local = Store()
            answer = self.lookups.engine.query(ALL)
            assert not isinstance(answer, QuerySolutions | QueryBoolean)
            local.extend(Quad(*triple) for triple in answer)
            for triple in self.default_removed:
                local.remove(Quad(*triple))
            local.extend(Quad(*triple) for triple in self.default_added)
            self._local = local
        return self._local


def term_of(term: Any) -> str:
    """A term as a query names it; a blank node of the engine has no name outside of it."""
    if isinstance(term, BlankNode):
        raise EngineUnable(
            "This touches a blank node that the engine named, and no request can name it again: replace the graph that "
            "it is in, e.g. with `strategraph load`, which gives such nodes IRIs."
        )
    return str(term)


def held(triples: list[Triple], *, own_default: bool) -> str:
    """Ask which graphs hold some triples, by their places in the list."""
    parts = []
    for place, triple in enumerate(triples):
        pattern = " ".join(term_of(term) for term in triple)
        parts.append(f"{{ GRAPH ?g {{ {pattern} }} BIND({place} AS ?i) }}")
        if own_default:
            parts.append(f"{{ {pattern} BIND({place} AS ?i) }}")
    return f"SELECT ?i ?g {{ {' UNION '.join(parts)} }}"


def seen_too_late(engine: Engine) -> EngineUnable:
    """Say why a WHERE cannot see what an operation before it did."""
    return EngineUnable(
        f"{engine.remote.place} cannot be asked what it would hold after an earlier operation of the same update: send "
        "the operations one by one."
    )
