"""The result as RDF: one Alignment per label, with the words that show it, their place, and how it was made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from ontology.terms import PREFIXES, concept_iri, mint, slugify
from service.classify.prose import readable
from service.classify.results import Classification, Excerpt, Label

_USED = ("sg", "dct", "oa", "prov", "skos", "xsd", "rdf", "sdg", "smart", "gd")


def _name(curie: str) -> NamedNode:
    prefix, local = curie.split(":", 1)
    return NamedNode(PREFIXES[prefix] + local)


_TYPE = _name("rdf:type")
CLASSIFIER = mint("agent", "text-classifier")
_AUTHORITY = "http://publications.europa.eu/resource/authority/language/"
_LANGUAGES = {"en": "ENG", "pl": "POL", "cs": "CES", "sk": "SLK", "hu": "HUN"}
# Characters of a passage that are shown beside the claim.
_QUOTED = 360
# Of the hash of a text: enough to tell texts apart, and short enough for an address.
_DIGITS = 20


def alignments(
    result: Classification, subject: str, *, title: str = "", created: datetime | None = None
) -> Iterator[Triple]:
    """State what the asserted labels of a result say about a subject, as proposals whose source is the text.

    Raises ValueError if the subject is not an IRI.
    """
    about, origin = NamedNode(subject), source_iri(result)
    moment = created or datetime.now(UTC)
    when = Literal(moment.isoformat(timespec="seconds"), datatype=_name("xsd:dateTime"))
    activity = activity_iri(result)
    yield from _source(result, origin, title, moment)
    yield from _activity(result, activity, origin, when)
    yield from classifier()
    for label in result.labels:
        if label.status == "asserted":
            node = alignment_iri(result, subject, label)
            yield from _alignment(label, node, about, origin, when)
            yield Triple(node, _name("prov:wasGeneratedBy"), activity)


def alignment_iri(result: Classification, subject: str, label: Label) -> NamedNode:
    """The same for the same text, subject and concept, so that a decision on it outlives a new method."""
    about = hashlib.sha256(f"{subject} {result.text_digest}".encode()).hexdigest()[:16]
    return mint("alignment", f"{about}-{slugify(label.concept.code)}")


def source_iri(result: Classification) -> NamedNode:
    """The text; the same for the same text."""
    return mint("source", f"text-{result.text_digest[:_DIGITS]}")


def activity_iri(result: Classification) -> NamedNode:
    """The same for the same text, method, lexicons and weights."""
    how = hashlib.sha256(f"{result.method} {result.lexicon_digest} {result.model_digest}".encode()).hexdigest()[:8]
    return mint("load", f"classification-{result.text_digest[:16]}-{how}")


def _source(result: Classification, source: NamedNode, title: str, moment: datetime) -> Iterator[Triple]:
    language = max(result.languages, key=lambda code: result.languages[code], default="en")
    yield Triple(source, _TYPE, _name("sg:Source"))
    yield Triple(source, _name("dct:title"), Literal(title or "text", language=language))
    yield Triple(source, _name("sg:retrieved"), Literal(moment.date().isoformat(), datatype=_name("xsd:date")))
    yield Triple(source, _name("dct:identifier"), Literal(f"sha256:{result.text_digest}"))


def _activity(result: Classification, activity: NamedNode, origin: NamedNode, when: Literal) -> Iterator[Triple]:
    yield Triple(activity, _TYPE, _name("prov:Activity"))
    yield Triple(activity, _name("prov:endedAtTime"), when)
    yield Triple(activity, _name("prov:used"), origin)
    yield Triple(activity, _name("prov:wasAssociatedWith"), CLASSIFIER)
    yield Triple(activity, _name("sg:methodVersion"), Literal(result.method))
    for name, digest in (
        ("sg:lexiconHash", result.lexicon_digest),
        ("sg:modelHash", result.model_digest),
        ("sg:textHash", result.text_digest),
    ):
        yield Triple(activity, _name(name), Literal(f"sha256:{digest}"))


def classifier() -> Iterator[Triple]:
    """Describe the program as an agent."""
    yield Triple(CLASSIFIER, _TYPE, _name("prov:SoftwareAgent"))
    yield Triple(CLASSIFIER, _name("skos:prefLabel"), Literal("Strategraph classifier", language="en"))


def _alignment(label: Label, node: NamedNode, about: NamedNode, origin: NamedNode, when: Literal) -> Iterator[Triple]:
    concept = label.concept
    by_lexicon = all(excerpt.from_lexicon for excerpt in label.passages[:1])
    yield Triple(node, _TYPE, _name("sg:Alignment"))
    yield Triple(node, _name("sg:alignmentOf"), about)
    yield Triple(node, _name("sg:concept"), NamedNode(concept.iri))
    yield Triple(
        node, _name("sg:alignmentMethod"), concept_iri("alignment-method", "lexicon" if by_lexicon else "model")
    )
    yield Triple(node, _name("sg:alignmentStatus"), concept_iri("alignment-status", "proposed"))
    yield Triple(node, _name("sg:confidence"), Literal(f"{label.score:.4f}", datatype=_name("xsd:decimal")))
    yield Triple(node, _name("sg:evidence"), evidence(label.passages[0]))
    yield Triple(node, _name("prov:wasAttributedTo"), CLASSIFIER)
    yield Triple(node, _name("dct:created"), when)
    yield Triple(node, _name("dct:source"), origin)
    for language in dict.fromkeys(excerpt.language for excerpt in label.passages if excerpt.language):
        yield Triple(node, _name("dct:language"), NamedNode(_AUTHORITY + _LANGUAGES[language]))
    for number, excerpt in enumerate(label.passages, start=1):
        yield from _selectors(node, number, excerpt)


def evidence(excerpt: Excerpt) -> Literal:
    """The passage on one line; of a long one the part around the first word that shows the concept."""
    text = readable(excerpt.text)
    if len(text) > _QUOTED:
        place = max(text.find(readable(excerpt.terms[0])) if excerpt.terms else 0, 0)
        start = max(0, min(place - _QUOTED // 3, len(text) - _QUOTED))
        text = ("…" if start else "") + text[start : start + _QUOTED].strip() + "…" * (start + _QUOTED < len(text))
    return Literal(text, language=excerpt.language or None)


def _selectors(node: NamedNode, number: int, excerpt: Excerpt) -> Iterator[Triple]:
    """The place in the text, and the words there: either finds the passage, the second also after an edit."""
    quote, position = NamedNode(f"{node.value}#quote-{number}"), NamedNode(f"{node.value}#position-{number}")
    whole = _name("xsd:nonNegativeInteger")
    yield Triple(node, _name("oa:hasSelector"), position)
    yield Triple(node, _name("oa:hasSelector"), quote)
    yield Triple(position, _TYPE, _name("oa:TextPositionSelector"))
    yield Triple(position, _name("oa:start"), Literal(str(excerpt.start), datatype=whole))
    yield Triple(position, _name("oa:end"), Literal(str(excerpt.end), datatype=whole))
    yield Triple(position, _name("oa:refinedBy"), quote)
    yield Triple(quote, _TYPE, _name("oa:TextQuoteSelector"))
    yield Triple(quote, _name("oa:exact"), Literal(excerpt.text))


def to_turtle(result: Classification, subject: str, *, title: str = "", created: datetime | None = None) -> str:
    """Write the alignments as Turtle; raises ValueError if the subject is not an IRI."""
    prefixes = {prefix: PREFIXES[prefix] for prefix in _USED if prefix in PREFIXES}
    triples = alignments(result, subject, title=title, created=created)
    written = serialize(triples, format=RdfFormat.TURTLE, prefixes=prefixes)
    assert written is not None
    return written.decode("utf-8")
