"""Validates a graph against the shapes: a fast engine for SHACL Core, pyoxigraph for `sh:sparql`.

The engine `shacl` silently misses date comparison inside `sh:sparql` constraints, so those are taken out of what it
sees and run by `shapes.sparql_constraints`. pySHACL is the reference: tests compare both, and it serves where the
engine has no wheel.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeAlias

from pyoxigraph import DefaultGraph, Quad, RdfFormat, Store, Triple, serialize

from shapes.engines import (
    FOCUS,
    Engine,
    ReferenceEngine,
    RustEngine,
    best_engine,
    mark,
    violations_only,
    with_marked_targets,
    without_sparql,
)
from shapes.reach import Reach
from shapes.report import Report, Result, Term
from shapes.sparql_constraints import sparql_constraints
from shapes.targets import RDFS_SUBCLASS, Types, all_targets
from shapes.view import GraphName, View

__all__ = ["MAX_RESULTS", "ReferenceEngine", "RustEngine", "Validator", "bundled_shapes", "store_of"]

# 143,000 results took 8.7 s and 1.9 GB to report; nobody reads more than this.
MAX_RESULTS = 10_000

# Writes what is to be validated as N-Triples; a triple that stands there twice counts once.
Write: TypeAlias = Callable[[Path], None]


class Validator:
    """Shapes, compiled; validates one graph of a store, or the merge of all its graphs."""

    def __init__(
        self,
        shapes: Store,
        engine: type[RustEngine] | type[ReferenceEngine] | None = None,
        *,
        graph: GraphName = DefaultGraph(),  # noqa: B008
    ) -> None:
        """Compile `shapes` (default graph of a store). The engine is chosen by what is installed unless given.

        `graph` is what is validated: the default graph, a named one, or the merge of all graphs (None).
        """
        self.shapes = shapes
        self.graph = graph
        self.sparql = sparql_constraints(shapes)
        self.reach = Reach(shapes, graph)
        self._targets = all_targets(shapes)
        self._engine = engine or best_engine()
        self._core = without_sparql(shapes)
        self._compiled: dict[tuple[bool, bool], Engine] = {(False, False): self._engine(self._core)}

    def validate(self, data: Store, *, dump: Write | None = None, max_results: int = MAX_RESULTS) -> Report:
        """Validate all of `data`, which must hold the class hierarchy that its types rely on.

        `dump` writes the same triples as N-Triples, for callers that know a faster way than reading the store.
        """
        core = self._run(dump or View(data, self.graph).dump, max_results, marked=False)
        return _with(core, self.check_sparql(data), max_results)

    def validate_nodes(self, data: Store, focus: Collection[Term], *, max_results: int = MAX_RESULTS) -> Report:
        """Validate those nodes only: what a full validation would find about them, at the cost of what they reach."""
        view = View(data, self.graph)
        part = self.reach.read(data, focus)
        part.update(view.triples(None, RDFS_SUBCLASS))
        part.update(self._marks(view, focus))

        def write(path: Path) -> None:
            serialize(part, output=path, format=RdfFormat.N_TRIPLES)

        core = self._run(write, max_results, marked=True)
        return _with(core, self.check_sparql(data, focus), max_results)

    def validate_change(
        self, before: Store, after: Store, added: Iterable[Triple], removed: Iterable[Triple]
    ) -> Report:
        """Validate the state `after` a change of `before`: everything that the change can have broken, and only that.

        A change of the class hierarchy moves targets everywhere, so it is followed by a full validation.
        """
        changed = [*added, *removed]
        if any(triple.predicate == RDFS_SUBCLASS for triple in changed):
            return self.validate(after)
        focus = self.reach.concerned(before, changed) | self.reach.concerned(after, changed)
        focus |= self._concerned_by_sparql(after, changed)
        return self.validate_nodes(after, focus) if focus else Report.of([])

    def check_sparql(self, data: Store, only: Collection[Term] | None = None) -> list[Result]:
        """The findings of the `sh:sparql` constraints alone, about all focus nodes or those in `only`."""
        view = View(data, self.graph)
        types = Types(view)
        found: list[Result] = []
        for constraint in self.sparql:
            if only is None:
                nodes = constraint.target.focus_nodes(view)
            else:
                nodes = {node for node in only if constraint.target.has(view, node, types)}
            for node in sorted(nodes, key=str):
                found += constraint.check(view, node)
        return found

    def _run(self, write: Write, max_results: int, *, marked: bool) -> Report:
        """Run the engine on what `write` writes. Warnings never crowd out a violation."""
        with tempfile.TemporaryDirectory(prefix="strategraph-shacl-") as folder:
            path = Path(folder) / "data.nt"
            write(path)
            report = self._variant(marked, strict=False).run(path, max_results)
            if report.truncated and not report.violations:
                strict = self._variant(marked, strict=True).run(path, max_results)
                worst = strict.only(lambda result: result.severity == "Violation")
                undecided = strict.truncated and not worst.violations
                report = Report.merged([worst, report]).first(max_results)
                report.truncated, report.undecided = True, undecided
        return report

    def _variant(self, marked: bool, *, strict: bool) -> Engine:
        """The engine for all nodes or marked nodes, for all findings or violations only; compiled when first needed."""
        if (marked, strict) not in self._compiled:
            shapes = with_marked_targets(self._core, self._targets) if marked else self._core
            self._compiled[marked, strict] = self._engine(violations_only(shapes) if strict else shapes)
        return self._compiled[marked, strict]

    def _marks(self, data: View, focus: Collection[Term]) -> Iterable[Triple]:
        types = Types(data)
        for node in focus:
            for number, target in enumerate(self._targets):
                if target.has(data, node, types):
                    yield Triple(FOCUS, mark(number), node)

    def _concerned_by_sparql(self, data: Store, changed: Iterable[Triple]) -> set[Any]:
        """The focus nodes of `sh:sparql` constraints that a change may concern."""
        concerned: set[Any] = set()
        for constraint in self.sparql:
            if constraint.own_properties is None:
                concerned |= constraint.target.focus_nodes(View(data, self.graph))
            else:
                concerned |= {t.subject for t in changed if t.predicate.value in constraint.own_properties}
        return concerned


@lru_cache(maxsize=1)
def bundled_shapes() -> Store:
    """The shapes that ship with Strategraph, in the default graph of a store in memory."""
    store = Store()
    for file in sorted(resources.files("shapes").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".ttl"):
            store.load(file.read_bytes(), format=RdfFormat.TURTLE)
    return store


def store_of(quads: Iterable[Quad]) -> Store:
    """A store in memory whose default graph holds the triples of `quads`, whatever graph they came from."""
    store = Store()
    store.extend(Quad(q.subject, q.predicate, q.object) for q in quads)
    return store


def _with(core: Report, extra: list[Result], max_results: int) -> Report:
    """The findings of both kinds of constraint, the worst of them when there are too many."""
    return Report.merged([core, Report.of(extra)]).first(max_results) if extra else core
