"""Carries out SPARQL updates as changes, because the engine does not tell what an update changed.

Every operation is translated: what its WHERE finds is asked of the engine, what comes of it is worked out here. So the
change is known exactly, the union default graph stays true, and nothing can leave this machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat

from service.store.changes import Change, Graph, placed
from service.store.documents import read_document
from service.store.errors import (
    LoadRefused,
    ServiceRefused,
    StoreError,
    UpdateConflict,
    UpdateFailed,
    UpdateUnsupported,
)
from service.store.manifest import GraphName, graph_key
from service.store.operations import (
    Block,
    Clear,
    Create,
    Data,
    Load,
    Modify,
    Operation,
    Target,
    Transfer,
    operations,
)
from service.store.template import Template, TemplateError, prefix_lines
from service.store.text import service_addresses
from service.store.where import Budget, Selection, is_single_pattern

if TYPE_CHECKING:
    from service.store.draft import Draft

Fetch: TypeAlias = Callable[[str], tuple[bytes, str]]
NOTHING = Change()


def run_update(
    draft: Draft,
    text: str,
    *,
    base_iri: str | None,
    prefixes: dict[str, str],
    using_graphs: tuple[str, ...],
    using_named_graphs: tuple[str, ...],
    fetch: Fetch | None,
    budget: Budget,
) -> Change:
    """Carry out an update on a draft; if an operation fails, those before it are undone."""
    parsed = operations(text, base_iri, prefixes)
    for address in service_addresses(text, base_iri, prefixes):
        raise ServiceRefused(address)
    for operation in parsed:
        if isinstance(operation.action, Load) and fetch is None:
            raise LoadRefused(operation.action.address.value)
    using = tuple(map(NamedNode, using_graphs)), tuple(map(NamedNode, using_named_graphs))
    parsed = [_with_dataset(operation, *using) for operation in parsed] if any(using) else parsed
    runner = _Runner(draft, text, prefixes, fetch, budget)
    total = NOTHING
    try:
        for operation in parsed:
            budget.check(len(total.added) + len(total.removed))
            total = total.then(runner.run(operation))
    except BaseException:
        draft.apply(total.inverse())
        raise
    return total


def _with_dataset(operation: Operation, using: tuple[NamedNode, ...], using_named: tuple[NamedNode, ...]) -> Operation:
    """Give an operation the dataset that the request names."""
    action = operation.action
    if not isinstance(action, Modify):
        return operation
    if action.with_graph or action.using or action.using_named:
        raise UpdateConflict(
            "The request names a dataset (using-graph-uri, using-named-graph-uri), so its text must not: "
            "leave out WITH, USING and USING NAMED, or the parameters."
        )
    return replace(operation, action=replace(action, using=using, using_named=using_named))


@dataclass
class _Runner:
    """Carries out the operations of one update."""

    draft: Draft
    text: str
    prefixes: dict[str, str]
    fetch: Fetch | None
    budget: Budget

    def run(self, operation: Operation) -> Change:
        """Carry out one operation; what truly changed."""
        match operation.action:
            case Data() as data:
                return self._data(data, operation)
            case Modify() as modify:
                return self._modify(modify, operation)
            case Clear() as clear:
                return self._clear(clear)
            case Create(graph, silent):
                return self._create(graph, silent)
            case Transfer() as transfer:
                return self._transfer(transfer)
            case Load() as load:
                return self._load(load)

    def _data(self, data: Data, operation: Operation) -> Change:
        try:
            template = Template(data.blocks, self._declared(operation), self.text, ())
        except TemplateError:
            keyword = "INSERT" if data.insert else "DELETE"
            return self._by_engine(f"{keyword} DATA {self._spelled(data.blocks, None)}", operation)
        quads = frozenset(template.fill(None, self.draft.default_target))
        return self.draft.apply(Change(added=quads) if data.insert else Change(removed=quads))

    def _modify(self, modify: Modify, operation: Operation) -> Change:
        declared = self._declared(operation)
        query = f"{declared.prologue}\nSELECT * WHERE {modify.pattern}"
        target = modify.with_graph or self.draft.default_target
        removed, added = set[Quad](), set[Quad]()
        single = is_single_pattern(modify.pattern)
        selection = Selection(query, operation.names.base, *_dataset(modify), single=single)
        with self.budget.select(self.draft, selection) as found:
            templates = self._templates(modify, declared, found.variables)
            if templates is None:
                # What can be read within the limits here, the engine can read, too.
                for _ in self.budget.bounded(found.rows):
                    continue
            else:
                delete, insert = templates
                for solution in found.rows:
                    removed.update(delete.fill(solution, target))
                    added.update(insert.fill(solution, target))
                    self.budget.check(len(removed) + len(added))
        if templates is None:
            return self._modify_by_engine(modify, operation)
        return self.draft.apply(Change(frozenset(added), frozenset(removed)))

    def _templates(
        self, modify: Modify, operation: Operation, variables: list[str]
    ) -> tuple[Template, Template] | None:
        """Return what is deleted and what is inserted; None when the syntax is the engine's alone."""
        try:
            delete = Template(modify.delete, operation, self.text, variables)
            return delete, Template(modify.insert, operation, self.text, variables)
        except TemplateError:
            return None

    def _clear(self, clear: Clear) -> Change:
        if isinstance(clear.target, NamedNode) and not self.draft.store.contains_named_graph(clear.target):
            if clear.silent:
                return NOTHING
            raise _missing(clear.target)
        graphs = self._graphs(clear.target)
        named = frozenset(graph for graph in graphs if not isinstance(graph, DefaultGraph))
        if clear.drop:
            self._check_size(named)
            return self.draft.apply(Change(removed=self._content(graphs - named), graphs_dropped=named))
        return self.draft.apply(Change(removed=self._content(graphs)))

    def _create(self, graph: NamedNode, silent: bool) -> Change:
        if not silent and self.draft.store.contains_named_graph(graph):
            raise UpdateFailed(f"The graph <{graph.value}> exists already: leave CREATE out, or write CREATE SILENT.")
        return self.draft.apply(Change(graphs_created=frozenset([graph])))

    def _transfer(self, transfer: Transfer) -> Change:
        source, target = self._graph(transfer.source), self._graph(transfer.target)
        if source == target:
            return NOTHING
        default = self.draft.default_target
        if transfer.kind == "MOVE" and source != default and not self.draft.store.contains_named_graph(source):
            if not transfer.silent:
                raise _missing(source)
            return self._emptied(target)
        content = self._content([source])
        total = NOTHING if transfer.kind == "ADD" else self._emptied(target)
        total = total.then(self.draft.apply(Change(frozenset(placed(quad.triple, target) for quad in content))))
        return total.then(self._emptied(source)) if transfer.kind == "MOVE" else total

    def _load(self, load: Load) -> Change:
        assert self.fetch is not None
        try:
            body, media_type = self.fetch(load.address.value)
            known = RdfFormat.from_media_type(media_type)
            if known is None:
                raise UpdateFailed(f"LOAD <{load.address.value}>: {media_type} is not a format of RDF known here.")
            quads = read_document(known, body, load.address.value)
            graph = load.graph or self.draft.default_target
            added = frozenset(placed(quad.triple, graph) for quad in quads)
        except (StoreError, OSError, ValueError, SyntaxError) as error:
            if load.silent:
                return NOTHING
            if isinstance(error, StoreError):
                raise
            raise UpdateFailed(f"LOAD <{load.address.value}> failed: {error}") from error
        created = frozenset([load.graph] if load.graph else [])
        return self.draft.apply(Change(added, graphs_created=created))

    def _emptied(self, graph: GraphName) -> Change:
        """Drop a named graph, clear the default graph."""
        if isinstance(graph, DefaultGraph):
            return self.draft.apply(Change(removed=self._content([graph])))
        self._check_size([graph])
        return self.draft.apply(Change(graphs_dropped=frozenset([graph])))

    def _check_size(self, graphs: Iterable[GraphName]) -> None:
        self.budget.check(sum(self.draft.tally.counts.get(graph_key(graph), 0) for graph in graphs))

    def _graph(self, target: Target) -> GraphName:
        return target if isinstance(target, NamedNode) else self.draft.default_target

    def _graphs(self, target: Target) -> set[GraphName]:
        if isinstance(target, NamedNode):
            return {target}
        default: set[GraphName] = {self.draft.default_target}
        if target == "DEFAULT":
            return default
        named: set[GraphName] = set(self.draft.store.named_graphs())
        return named if target == "NAMED" else named | default

    def _content(self, graphs: Iterable[GraphName]) -> frozenset[Quad]:
        store = self.draft.store
        quads = (quad for graph in graphs for quad in store.quads_for_pattern(None, None, None, graph))
        return frozenset(self.budget.bounded(quads))

    def _declared(self, operation: Operation) -> Operation:
        lines = prefix_lines(self.prefixes)
        return replace(operation, prologue=f"{lines}\n{operation.prologue}") if lines else operation

    def _modify_by_engine(self, modify: Modify, operation: Operation) -> Change:
        target = modify.with_graph
        pieces = [f"WITH <{target.value}>" if target else ""]
        pieces += [f"DELETE {self._spelled(modify.delete, target)}" if modify.delete else ""]
        pieces += [f"INSERT {self._spelled(modify.insert, target)}" if modify.insert else ""]
        pieces += [f"USING <{graph.value}>" for graph in modify.using]
        pieces += [f"USING NAMED <{graph.value}>" for graph in modify.using_named]
        return self._by_engine("\n".join([*pieces, f"WHERE {modify.pattern}"]), operation)

    def _spelled(self, blocks: tuple[Block, ...], target: NamedNode | None) -> str:
        """Write a template so that in union mode it names every graph that it writes to."""
        default = target or self.draft.default_target
        parts = []
        for block in blocks:
            graph = block.graph.text if block.graph else ""
            if not graph and isinstance(default, NamedNode):
                graph = f"<{default.value}>"
            triples = self.text[block.tokens[0].start : block.tokens[-1].end]
            parts.append(f"GRAPH {graph} {{ {triples} }}" if graph else f"{triples} ")
        return "{ " + "\n".join(parts) + " }"

    def _by_engine(self, text: str, operation: Operation) -> Change:
        """Let the engine carry out what is hard to translate, then compare everything: right, but slow."""
        store, draft = self.draft.store, self.draft
        before, graphs = self._statements(), frozenset[Graph](store.named_graphs())
        try:
            store.update(f"{operation.prologue}\n{text}", base_iri=operation.names.base, prefixes=self.prefixes)
        except SyntaxError as error:
            raise UpdateUnsupported(f"This template is not supported: write it in plain triples ({error}).") from error
        after, graphs_after = self._statements(), frozenset[Graph](store.named_graphs())
        change = Change(after - before, before - after, graphs_after - graphs, graphs - graphs_after)
        draft.absorb(change)
        return change

    def _statements(self) -> frozenset[Quad]:
        store = self.draft.store
        graphs: list[GraphName] = list(store.named_graphs())
        return self._content(graphs if self.draft.union else [*graphs, DefaultGraph()])


def _dataset(modify: Modify) -> tuple[tuple[NamedNode, ...] | None, tuple[NamedNode, ...] | None]:
    """Return the default and the named graphs that the WHERE of an operation sees; None for those of the store."""
    if modify.using or modify.using_named:
        return modify.using, modify.using_named
    return (modify.with_graph,) if modify.with_graph else None, None


def _missing(graph: GraphName) -> UpdateFailed:
    return UpdateFailed(f"The graph {graph} does not exist: check its name, or write SILENT to go on without it.")
