"""What a token with the role proposer may add: new alignments with the status proposed, and what only these need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Final, TypeAlias

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Triple

from service.access.principals import Forbidden
from service.alignments.model import ALIGNMENT, PROPOSALS, STATUS, TYPE, Agent, name, status_iri
from service.classify.rdf import CLASSIFIER, classifier
from service.store.changes import Change, placed
from service.store.draft import Draft

Subject: TypeAlias = NamedNode | BlankNode | Triple
_ATTRIBUTED: Final = name("prov:wasAttributedTo")
_ASSOCIATED: Final = name("prov:wasAssociatedWith")
_SELECTOR: Final = "rdf:type oa:start oa:end oa:exact oa:prefix oa:suffix oa:refinedBy"
# What may be described, and with what; a description of anything else could speak for others.
_ALLOWED: Final[Mapping[NamedNode, frozenset[NamedNode]]] = {
    name(kind): frozenset(map(name, predicates.split()))
    for kind, predicates in {
        "sg:Alignment": "rdf:type sg:alignmentOf sg:concept sg:alignmentMethod sg:alignmentStatus sg:confidence "
        "sg:evidence prov:wasAttributedTo prov:wasGeneratedBy dct:created dct:source dct:language oa:hasSelector",
        "oa:TextPositionSelector": _SELECTOR,
        "oa:TextQuoteSelector": _SELECTOR,
        "prov:Activity": "rdf:type prov:endedAtTime prov:used prov:wasAssociatedWith sg:methodVersion sg:lexiconHash "
        "sg:modelHash sg:textHash",
        "sg:Source": "rdf:type dct:title dct:identifier dct:language dct:publisher dct:issued foaf:page sg:retrieved",
    }.items()
}
_KINDS: Final = "alignments, their selectors, the activity that found them and the source that they quote"


def check_proposal(change: Change | None, draft: Draft, agent: Agent) -> None:
    """Raise Forbidden unless a change, which the draft holds already, only adds proposals of this agent."""
    if change is None or change.removed or change.graphs_dropped:
        raise Forbidden("This token may only add proposals, not take anything away.")
    agents = set(agent.quads(PROPOSALS)) | {placed(triple, PROPOSALS) for triple in classifier()}
    described: dict[Subject, list[Quad]] = {}
    for quad in change.added - agents:
        described.setdefault(quad.subject, []).append(quad)
    for subject, quads in described.items():
        if _known(draft, subject, change):
            raise Forbidden(f"This token may only add new things; {_shown(subject)} is described already.")
        _check_description(_shown(subject), quads, {agent.iri, CLASSIFIER})


def _known(draft: Draft, subject: Subject, change: Change) -> bool:
    """Tell whether anything but the change says something of a subject."""
    found = draft.store.quads_for_pattern(subject, None, None, None)
    union = DefaultGraph() if draft.union else None
    return any(quad not in change.added for quad in found if quad.graph_name != union)


def _check_description(shown: str, quads: Sequence[Quad], agents: Set[NamedNode]) -> None:
    kinds = {quad.object for quad in quads if quad.predicate == TYPE}
    if not kinds or not kinds <= _ALLOWED.keys():
        raise Forbidden(f"This token may only describe {_KINDS}; {shown} is none of these.")
    allowed = frozenset().union(*(_ALLOWED[kind] for kind in kinds if isinstance(kind, NamedNode)))
    for quad in quads:
        if quad.predicate not in allowed:
            raise Forbidden(f"This token may not state <{quad.predicate.value}> of {shown}.")
        if quad.predicate in (_ATTRIBUTED, _ASSOCIATED) and quad.object not in agents:
            raise Forbidden(
                f"This token may only speak for its bearer and the classifier, not as {_shown(quad.object)}."
            )
    statuses = {quad.object for quad in quads if quad.predicate == STATUS}
    if ALIGNMENT in kinds and statuses != {status_iri("proposed")}:
        raise Forbidden(f"This token may only add what is proposed; the status of {shown} is another, or missing.")


def _shown(term: object) -> str:
    return f"<{term.value}>" if isinstance(term, NamedNode) else str(term)
