"""The result as RDF: one Alignment per label, with the words that show it, their place, and how it was made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from ontology.terms import ONTOLOGY, PREFIXES, concept_iri, mint, slugify
from service.classify.results import Classification, Excerpt, Label

_USED = ("sg", "dct", "oa", "prov", "xsd", "rdf", "sdg", "smart", "gd", "spdx")


def _name(curie: str) -> NamedNode:
    prefix, local = curie.split(":", 1)
    return NamedNode(PREFIXES[prefix] + local)


_TYPE = _name("rdf:type")


def alignments(
    result: Classification, subject: str, *, source: str | None = None, created: datetime | None = None
) -> Iterator[Triple]:
    """State what the asserted labels of a result say about a subject, as proposals."""
    about = NamedNode(subject)
    origin = NamedNode(source or subject)
    when = Literal((created or datetime.now(UTC)).isoformat(timespec="seconds"), datatype=_name("xsd:dateTime"))
    activity = mint("load", f"classification-{result.text_digest[:16]}")
    yield from _activity(result, activity, origin, when)
    for label in result.labels:
        if label.status == "asserted":
            node = mint("alignment", f"{result.text_digest[:16]}-{slugify(label.concept.code)}")
            yield from _alignment(label, node, about, origin, when)
            yield Triple(node, _name("prov:wasGeneratedBy"), activity)


def _activity(result: Classification, activity: NamedNode, origin: NamedNode, when: Literal) -> Iterator[Triple]:
    yield Triple(activity, _TYPE, _name("prov:Activity"))
    yield Triple(activity, _name("prov:endedAtTime"), when)
    yield Triple(activity, _name("prov:used"), origin)
    yield Triple(activity, NamedNode(ONTOLOGY + "methodVersion"), Literal(result.method))
    for local, digest in (
        ("lexiconHash", result.lexicon_digest),
        ("modelHash", result.model_digest),
        ("contentHash", result.text_digest),
    ):
        yield Triple(activity, NamedNode(ONTOLOGY + local), Literal(f"sha256:{digest}"))


def _alignment(label: Label, node: NamedNode, about: NamedNode, origin: NamedNode, when: Literal) -> Iterator[Triple]:
    concept = label.concept
    by_lexicon = concept.level != "goal"
    yield Triple(node, _TYPE, _name("sg:Alignment"))
    yield Triple(node, _name("sg:alignmentOf"), about)
    yield Triple(node, _name("sg:concept"), NamedNode(concept.iri))
    yield Triple(
        node, _name("sg:alignmentMethod"), concept_iri("alignment-method", "lexicon" if by_lexicon else "model")
    )
    yield Triple(node, _name("sg:alignmentStatus"), concept_iri("alignment-status", "proposed"))
    yield Triple(node, _name("sg:confidence"), Literal(f"{label.score:.4f}", datatype=_name("xsd:decimal")))
    terms = dict.fromkeys(term for excerpt in label.passages for term in excerpt.terms)
    yield Triple(node, _name("sg:evidence"), Literal("; ".join(terms)))
    yield Triple(node, _name("prov:wasAttributedTo"), mint("service", "text-classifier"))
    yield Triple(node, _name("dct:created"), when)
    yield Triple(node, _name("dct:source"), origin)
    for number, excerpt in enumerate(label.passages, start=1):
        yield from _selectors(node, number, excerpt)


def _selectors(node: NamedNode, number: int, excerpt: Excerpt) -> Iterator[Triple]:
    quote, position = NamedNode(f"{node.value}#quote-{number}"), NamedNode(f"{node.value}#position-{number}")
    whole = _name("xsd:nonNegativeInteger")
    yield Triple(node, _name("oa:hasSelector"), quote)
    yield Triple(quote, _TYPE, _name("oa:TextQuoteSelector"))
    yield Triple(quote, _name("oa:exact"), Literal(excerpt.text))
    yield Triple(quote, _name("oa:refinedBy"), position)
    yield Triple(position, _TYPE, _name("oa:TextPositionSelector"))
    yield Triple(position, _name("oa:start"), Literal(str(excerpt.start), datatype=whole))
    yield Triple(position, _name("oa:end"), Literal(str(excerpt.end), datatype=whole))


def to_turtle(
    result: Classification, subject: str, *, source: str | None = None, created: datetime | None = None
) -> str:
    """Write the alignments as Turtle."""
    prefixes = {prefix: PREFIXES[prefix] for prefix in _USED if prefix in PREFIXES}
    triples = alignments(result, subject, source=source, created=created)
    written = serialize(triples, format=RdfFormat.TURTLE, prefixes=prefixes)
    assert written is not None
    return written.decode("utf-8")
