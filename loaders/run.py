"""Loads sources: read, write to a draft, validate what was written, quarantine what fails, record provenance, publish.

A load replaces the source's named graph as a whole. The unit that is accepted or set aside is a *resource*: an IRI with
its own triples and those of its `#fragments`. Nothing is published before everything was validated, so a load that is
killed leaves no trace, and one that is repeated on the same input changes nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pyoxigraph import NamedNode, Quad, Store, Triple

from loaders import provenance, quarantine
from loaders.base import Input, InputError, Loader, RecordRejected
from loaders.decided import settle
from service.store.draft import Draft
from service.store.generations import GenerationStore
from service.store.tally import count
from shapes.report import Report, Result, Term
from shapes.validator import Validator

# Focus nodes validated at once: large enough to keep the engine busy, small enough to bound memory (about 40 MB).
BATCH = 5_000
# Quads in a load from which on one full validation costs less than looking at each of its resources.
FULL = 50_000
# Reasons of rejected records that are kept word for word; the rest are counted.
MAX_REASONS = 100

Progress = Callable[[str, int], None]


class LoadRefused(Exception):
    """A load that would break what other sources say; one line."""


@dataclass
class LoadResult:
    """What happened to one source: counts of records and resources, and the generation that holds it."""

    source: str
    graph: str
    read: int = 0
    written: int = 0
    rejected: int = 0
    quarantined: int = 0
    quads: int = 0
    unchanged: bool = False
    generation: int | None = None
    reasons: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The result as a JSON object."""
        return dict(vars(self))

    def reject(self, where: str, why: str) -> None:
        """Count a record that could not be understood."""
        self.rejected += 1
        if len(self.reasons) < MAX_REASONS:
            self.reasons.append(f"{where}: {why}")


@dataclass(frozen=True)
class Job:
    """A loader and what it is to read."""

    loader: Loader[Any]
    inputs: Sequence[Input]

    def content_hash(self) -> str:
        """Changes when the input or the way it is read changes."""
        digest = hashlib.sha256(f"{self.loader.name} {self.loader.version} {self.loader.graph.value}".encode())
        for source in self.inputs:
            digest.update(source.sha256.encode())
        # What was said of the graph on the command line; the other sources' titles and licences are their own.
        said = {name: value for name, value in vars(self.loader).items() if name in ("title", "licence") and value}
        if said:
            digest.update(repr(sorted(said.items())).encode())
        return digest.hexdigest()


def load(
    store: GenerationStore,
    jobs: Sequence[Job],
    validator: Validator | None,
    *,
    agent: str = "command line",
    dry_run: bool = False,
    force: bool = False,
    progress: Progress = lambda stage, done: None,
) -> list[LoadResult]:
    """Run the jobs as one new generation.

    With `dry_run` everything is done but the publishing. Without `force` a job whose content was loaded before is left
    alone. Raises InputError for unreadable inputs and LoadRefused when the result would break other sources' data.
    """
    message = "load " + ", ".join(job.loader.name for job in jobs)
    with store.draft(agent, message) as draft:
        results = [_run(draft, job, validator, force, progress) for job in jobs]
        if validator is not None:
            _check_others(draft, jobs, validator)
        if not dry_run and not all(result.unchanged for result in results):
            progress("publish", 0)
            published = draft.publish()
            for result in results:
                result.generation = published.number
    return results


def _run(draft: Draft, job: Job, validator: Validator | None, force: bool, progress: Progress) -> LoadResult:
    loader = job.loader
    result = LoadResult(loader.name, loader.graph.value)
    content = job.content_hash()
    if not force and provenance.recorded_hash(draft.store, loader.graph) == content:
        result.unchanged = True
        return result
    started = datetime.now(UTC)
    loader.prepare(draft.store)
    draft.replace_graph(loader.graph, _quads(job, result, progress))
    settle(draft, loader.graph)
    if result.read and not result.written:
        raise InputError(f"{loader.name}: none of {result.read} records could be used; first: {result.reasons[0]}")
    rejected = {}
    if validator is not None:
        nodes = None if result.quads > FULL else _subjects(draft.store, loader.graph)
        rejected = validated(draft, loader.graph, validator, nodes, progress)
    result.quarantined = len(rejected)
    quarantine.replace(draft, loader, rejected, started)
    result.quads = count(draft.store, loader.graph)
    provenance.record(draft, job.loader, job.inputs, result, content=content, started=started)
    return result


def _quads(job: Job, result: LoadResult, progress: Progress) -> Iterator[Quad]:
    """The quads of all records, counting as they pass."""
    graph = job.loader.graph
    for record in job.loader.read(job.inputs):
        result.read += 1
        if result.read % 1000 == 0:
            progress("read", result.read)
        try:
            triples = list(job.loader.triples(record))
        except RecordRejected as why:
            result.reject(record.where, str(why))
            continue
        result.written += 1
        result.quads += len(triples)
        yield from (Quad(t.subject, t.predicate, t.object, graph) for t in triples)


def validated(
    draft: Draft,
    graph: NamedNode,
    validator: Validator,
    nodes: Iterable[Term] | None,
    progress: Progress = lambda stage, done: None,
) -> dict[NamedNode, quarantine.Rejected]:
    """Take those of `nodes` (None: of all) that fail out of a graph, until the rest stands; what went, and why.

    What was taken out may have been referred to by what is left, so those that refer are looked at again.
    """
    rejected: dict[NamedNode, quarantine.Rejected] = {}
    waiting, done = nodes, 0
    while True:
        failed: dict[NamedNode, Report] = {}
        for report, size in _reports(draft, validator, waiting):
            done += size
            progress("validate", done)
            failed |= _failed(report)
        removed = _take_out(draft, graph, failed, rejected)
        if not removed:
            return rejected
        waiting = validator.reach.concerned(draft.store, removed) if waiting is not None else None


def _reports(draft: Draft, validator: Validator, nodes: Iterable[Term] | None) -> Iterator[tuple[Report, int]]:
    """Findings about all nodes at once, or about some in batches, with the number of nodes looked at."""
    if nodes is None:
        # A strict default graph does not hold what the named ones say, so there the validator reads for itself.
        yield validator.validate(draft.store, dump=draft.dump if draft.union else None), 0
        return
    for batch in _batches(nodes, BATCH):
        yield validator.validate_nodes(draft.store, batch), len(batch)


def _failed(report: Report) -> dict[NamedNode, Report]:
    """The resources with a violation, and what was found about each."""
    found: dict[NamedNode, list[Result]] = defaultdict(list)
    for result in report.violations:
        root = _root(result.focus)
        if root is not None:
            found[root].append(result)
    return {root: Report.of(results) for root, results in found.items()}


def _take_out(
    draft: Draft, graph: NamedNode, failed: dict[NamedNode, Report], rejected: dict[NamedNode, quarantine.Rejected]
) -> list[Triple]:
    removed: list[Triple] = []
    for root, report in failed.items():
        triples = resource(draft.store, root, graph)
        if triples:
            rejected[root] = quarantine.Rejected(root, tuple(triples), report)
            removed += triples
    draft.remove_triples(graph, removed)
    return removed


def _check_others(draft: Draft, jobs: Sequence[Job], validator: Validator) -> None:
    """Refuse a load after which resources of other sources fail that did not fail before."""
    before, after = draft.base.reader(), draft.store
    gone = [t for job in jobs for t in _lost(before, after, job.loader.graph)]
    if not gone:
        return
    concerned = validator.reach.concerned(before, gone)
    report = validator.validate_nodes(after, concerned)
    if report.accepted:
        return
    already = {(r.focus, r.component, r.path) for r in validator.validate_nodes(before, concerned).violations}
    broken = [r for r in report.violations if (r.focus, r.component, r.path) not in already]
    if broken:
        counts = Counter(result.message() for result in broken)
        example = f"{broken[0].focus}: {counts.most_common(1)[0][0]}"
        raise LoadRefused(f"the new version breaks {len(broken)} statements of other sources, first {example}")


def _lost(before: Store, after: Store, graph: NamedNode) -> Iterator[Triple]:
    """Triples that the graph held and that no graph holds any more."""
    for quad in before.quads_for_pattern(None, None, None, graph):
        if next(after.quads_for_pattern(quad.subject, quad.predicate, quad.object, None), None) is None:
            yield quad.triple


def resource(store: Store, root: NamedNode, graph: NamedNode) -> list[Triple]:
    """The triples of a resource and of its `#fragments` in one graph."""
    triples = [q.triple for q in store.quads_for_pattern(root, None, None, graph)]
    parts = {
        t.object for t in triples if isinstance(t.object, NamedNode) and t.object.value.startswith(root.value + "#")
    }
    for part in sorted(parts, key=str):
        triples += [q.triple for q in store.quads_for_pattern(part, None, None, graph)]
    return triples


def _root(focus: Any) -> NamedNode | None:
    return NamedNode(focus.value.partition("#")[0]) if isinstance(focus, NamedNode) else None


def _subjects(store: Store, graph: NamedNode) -> Iterator[Term]:
    """The subjects of a graph, each once: the index yields a subject's triples together."""
    last: Any = None
    for quad in store.quads_for_pattern(None, None, None, graph):
        if quad.subject != last:
            last = quad.subject
            yield last


def _batches(nodes: Iterable[Term], size: int) -> Iterator[list[Term]]:
    batch: list[Term] = []
    for node in nodes:
        batch.append(node)
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch
