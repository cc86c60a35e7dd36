"""Confirms and rejects alignments: the status moves to a graph of its own, with who decided, when and why.

The status leaves the graph of the source, so that every alignment has one status; a source that is loaded again leaves
out what was decided (`loaders.decided`).
"""

from __future__ import annotations

from datetime import UTC, datetime

from pyoxigraph import Literal, NamedNode, Quad

from ontology.terms import mint
from service.alignments.model import (
    ALIGNMENT,
    DECISIONS,
    STATUS,
    TYPE,
    Agent,
    AlreadyDecided,
    InvalidProposal,
    UnknownThing,
    in_graphs,
    name,
    slug_of,
    status_code,
    status_iri,
)
from service.store.changes import Change
from service.store.draft import Draft

LONGEST_NOTE = 2_000


def decide(
    draft: Draft, alignment: NamedNode, code: str, by: Agent, note: str = "", when: datetime | None = None
) -> Change:
    """Give an alignment a status; raises UnknownThing, InvalidProposal or AlreadyDecided."""
    status, note = status_iri(code), note.strip()
    if len(note) > LONGEST_NOTE:
        raise InvalidProposal(f"the note is longer than {LONGEST_NOTE} characters")
    known = next(draft.store.quads_for_pattern(alignment, TYPE, ALIGNMENT, None), None)
    if known is None:
        raise UnknownThing(f"there is no alignment <{alignment.value}>")
    before = in_graphs(draft.store, alignment, STATUS, union=draft.union)
    previous = next((quad.object for quad in before if isinstance(quad.object, NamedNode)), status_iri("proposed"))
    if previous == status:
        raise AlreadyDecided(f"the alignment is {status_code(status.value)} already")
    added = [
        Quad(alignment, STATUS, status, DECISIONS),
        *by.quads(DECISIONS),
        *_decision(draft, alignment, previous, status, by, note, when or datetime.now(UTC)),
    ]
    return draft.apply(Change(frozenset(added), frozenset(before)))


def _decision(
    draft: Draft,
    alignment: NamedNode,
    previous: NamedNode,
    status: NamedNode,
    by: Agent,
    note: str,
    when: datetime,
) -> list[Quad]:
    earlier = sum(1 for _ in draft.store.quads_for_pattern(None, name("sg:decides"), alignment, DECISIONS))
    node = mint("decision", f"{slug_of(alignment)}-{earlier + 1}")
    moment = Literal(when.isoformat(timespec="milliseconds"), datatype=name("xsd:dateTime"))
    facts: list[tuple[NamedNode, NamedNode | Literal]] = [
        (TYPE, name("sg:AlignmentDecision")),
        (name("sg:decides"), alignment),
        (name("sg:previousStatus"), previous),
        (name("sg:decidedStatus"), status),
        (name("prov:wasAssociatedWith"), by.iri),
        (name("prov:endedAtTime"), moment),
    ]
    if note:
        facts.append((name("sg:decisionNote"), Literal(note)))
    return [Quad(node, predicate, value, DECISIONS) for predicate, value in facts]
