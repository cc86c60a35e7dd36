"""Adds alignments as proposals: those that people write down, and those that the classifier found in a text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Quad, Store

from ontology.terms import LANGUAGES, concept_iri, mint, slugify
from service.alignments.model import (
    ALIGNMENT,
    DECISIONS,
    PROPOSALS,
    STATUS,
    TYPE,
    Agent,
    InvalidProposal,
    UnknownThing,
    entity_iri,
    is_a,
    name,
    slug_of,
    status_iri,
)
from service.classify.concepts import load_concepts
from service.classify.rdf import alignments, source_iri
from service.classify.results import Classification
from service.store.changes import Change, placed
from service.store.draft import Draft

LONGEST_EVIDENCE: Final = 2_000
_FIELDS: Final = frozenset({"strategy", "concept", "evidence", "language", "confidence", "source"})
_CODE: Final = re.compile(r"(?:(SDG|SMART|GD)\s+)?(\S+)")


@dataclass(frozen=True)
class Proposal:
    """A claim that a strategy covers a concept, with the words that show it."""

    strategy: NamedNode
    concept: NamedNode
    evidence: str
    language: str
    confidence: Decimal
    source: NamedNode | None = None


def parse_proposal(fields: Mapping[str, Any]) -> Proposal:
    """Read what a client sent; raises InvalidProposal or UnknownThing with one line for a person."""
    if unknown := sorted(set(fields) - _FIELDS):
        raise InvalidProposal(f"unknown field {unknown[0]!r}; known are {', '.join(sorted(_FIELDS))}")
    strategy, concept, evidence = (_text(fields, key) for key in ("strategy", "concept", "evidence"))
    language = str(fields.get("language") or "en")
    if language not in LANGUAGES:
        raise InvalidProposal(f"the language {language!r} is none of {', '.join(LANGUAGES)}")
    if len(evidence) > LONGEST_EVIDENCE:
        raise InvalidProposal(f"the evidence is longer than {LONGEST_EVIDENCE} characters")
    source = fields.get("source")
    return Proposal(
        entity_iri(strategy, "strategy"),
        _concept(concept),
        evidence,
        language,
        _confidence(fields.get("confidence", "0.8")),
        entity_iri(str(source), "source") if source else None,
    )


def _text(fields: Mapping[str, Any], key: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InvalidProposal(f"{key!r} is missing: the strategy, the concept and the words that show it are needed")
    return " ".join(value.split())


def _confidence(value: Any) -> Decimal:
    try:
        number = Decimal(str(value).replace(",", "."))
    except InvalidOperation:
        number = Decimal(-1)
    if not number.is_finite() or not 0 <= number <= 1:
        raise InvalidProposal(f"the confidence {value!r} is not a number from 0 to 1")
    return round(number, 4)


def _concept(text: str) -> NamedNode:
    """A concept by its IRI or its code (`SDG 11.6`, `MO1.2`, `GD5`)."""
    known = {concept.iri for concept in load_concepts().by_code.values()}
    if text in known:
        return NamedNode(text)
    match = _CODE.fullmatch(text.strip())
    prefix, code = match.groups() if match else (None, "")
    prefix = prefix or ("SDG" if code[:1].isdigit() else "GD" if code.startswith("GD") else "SMART")
    scheme = {"SDG": "sdg", "SMART": "smart-concept", "GD": "green-deal"}[prefix]
    try:
        found = concept_iri(scheme, code)
    except ValueError:
        found = None
    if found is None or found.value not in known:
        raise UnknownThing(f"there is no concept {text!r}; give an SDG goal or target, or a code like MO1.2 or GD5")
    return found


def propose(draft: Draft, proposal: Proposal, by: Agent, when: datetime | None = None) -> tuple[NamedNode, Change]:
    """Add one proposal; the same one twice changes nothing."""
    store = draft.store
    if not is_a(store, proposal.strategy, "sg:Strategy"):
        raise UnknownThing(f"there is no strategy <{proposal.strategy.value}>")
    source = proposal.source or next(_sources(store, proposal.strategy), None)
    if source is None or not is_a(store, source, "sg:Source"):
        raise UnknownThing("the source of the claim is not described here; name one with 'source'")
    said = hashlib.sha256(f"{proposal.concept.value} {proposal.evidence}".encode()).hexdigest()[:8]
    code = slugify(proposal.concept.value.rstrip("/").rsplit("/", 1)[-1])
    node = mint("alignment", f"{slug_of(proposal.strategy)}-{code}-{said}")
    if is_a(store, node, "sg:Alignment"):
        return node, Change()
    moment = Literal((when or datetime.now(UTC)).isoformat(timespec="seconds"), datatype=name("xsd:dateTime"))
    facts: list[tuple[NamedNode, NamedNode | Literal]] = [
        (TYPE, ALIGNMENT),
        (name("sg:alignmentOf"), proposal.strategy),
        (name("sg:concept"), proposal.concept),
        (name("sg:alignmentMethod"), concept_iri("alignment-method", "editorial")),
        (STATUS, status_iri("proposed")),
        (name("sg:confidence"), Literal(f"{proposal.confidence:f}", datatype=name("xsd:decimal"))),
        (name("sg:evidence"), Literal(proposal.evidence, language=proposal.language)),
        (name("prov:wasAttributedTo"), by.iri),
        (name("dct:created"), moment),
        (name("dct:source"), source),
    ]
    quads = [Quad(node, predicate, value, PROPOSALS) for predicate, value in facts]
    return node, draft.apply(Change(frozenset([*quads, *by.quads(PROPOSALS)])))


def _sources(store: Store, strategy: NamedNode) -> Iterator[NamedNode]:
    found = store.quads_for_pattern(strategy, name("dct:source"), None, None)
    return (quad.object for quad in found if isinstance(quad.object, NamedNode))


@dataclass(frozen=True)
class Published:
    """What publishing a classification did."""

    proposed: int
    kept: int
    """Proposals on which somebody has decided: they stay as they are."""
    change: Change


def publish(
    draft: Draft, result: Classification, strategy: NamedNode, title: str, when: datetime | None = None
) -> Published:
    """Propose what a text was found to cover, in place of what was proposed for the same text and is undecided."""
    store = draft.store
    if not is_a(store, strategy, "sg:Strategy"):
        raise UnknownThing(f"there is no strategy <{strategy.value}>")
    source = source_iri(result)
    decided = {quad.subject for quad in store.quads_for_pattern(None, STATUS, None, DECISIONS)}
    triples = list(alignments(result, strategy.value, title=title, created=when))
    nodes = {triple.subject for triple in triples if triple.predicate == TYPE and triple.object == ALIGNMENT}
    kept = {node.value for node in nodes & decided if isinstance(node, NamedNode)}
    wanted = [triple for triple in triples if _root(triple.subject) not in kept]
    added = [placed(triple, PROPOSALS) for triple in wanted]
    removed = [quad for quad in _undecided(store, source, strategy) if quad.subject not in decided]
    return Published(len(nodes) - len(kept), len(kept), draft.apply(Change(frozenset(added), frozenset(removed))))


def _undecided(store: Store, source: NamedNode, strategy: NamedNode) -> Iterator[Quad]:
    """What was proposed for the same text and strategy, with the selectors, and the old description of the text."""
    yield from store.quads_for_pattern(source, None, None, PROPOSALS)
    for of in list(store.quads_for_pattern(None, name("dct:source"), source, PROPOSALS)):
        node = of.subject
        waiting = Quad(node, STATUS, status_iri("proposed"), PROPOSALS)
        about = Quad(node, name("sg:alignmentOf"), strategy, PROPOSALS)
        if waiting in store and about in store:
            for quad in list(store.quads_for_pattern(node, None, None, PROPOSALS)):
                yield quad
                if quad.predicate == name("oa:hasSelector") and isinstance(quad.object, NamedNode):
                    yield from store.quads_for_pattern(quad.object, None, None, PROPOSALS)


def _root(subject: object) -> str:
    return subject.value.partition("#")[0] if isinstance(subject, NamedNode) else ""
