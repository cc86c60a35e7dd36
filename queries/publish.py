"""The catalogue as RDF: each named query is data in the graph, executable by any SHACL-aware SPARQL client."""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple

from ontology.terms import ID, PREFIXES
from queries.catalogue import NamedQuery, catalogue

ENDPOINT = NamedNode("https://w3id.org/strategraph/sparql")
DATATYPES = {"year": "xsd:gYear", "lang": "xsd:string"}


def catalogue_triples() -> Iterator[Triple]:
    """Every named query as `sg:NamedQuery` and `sh:SPARQLExecutable`, after the pattern of SIB's SPARQL examples."""
    for query in catalogue().values():
        yield from query_triples(query)


def query_triples(query: NamedQuery) -> Iterator[Triple]:
    """The triples about one query."""
    subject = NamedNode(f"{ID}query/{query.name}")
    form = "Construct" if "\nCONSTRUCT" in query.text else "Ask" if "\nASK" in query.text else "Select"
    for name in ("sg:NamedQuery", "sh:SPARQLExecutable", f"sh:SPARQL{form}Executable"):
        yield Triple(subject, _term("rdf:type"), _term(name))
    yield Triple(subject, _term("dct:identifier"), Literal(query.name))
    for predicates, texts in (
        (("dct:title", "rdfs:label"), query.titles),
        (("dct:description", "rdfs:comment"), query.descriptions),
    ):
        for predicate in predicates:
            for language, text in texts.items():
                yield Triple(subject, _term(predicate), Literal(text, language=language))
    body = "\n".join(line for line in query.text.splitlines() if not line.startswith("#")).strip()
    yield Triple(subject, _term(f"sh:{form.lower()}"), Literal(body))
    yield Triple(subject, _term("schema:target"), ENDPOINT)
    for tag in (query.theme, *query.tags):
        yield Triple(subject, _term("schema:keywords"), Literal(tag))
    for parameter in query.parameters:
        node = NamedNode(f"{subject.value}#{parameter.name}")
        yield Triple(subject, _term("sh:parameter"), node)
        yield Triple(node, _term("sh:path"), node)
        yield Triple(node, _term("rdf:type"), _term("sh:Parameter"))
        yield Triple(node, _term("sh:optional"), _boolean(not parameter.required))
        if parameter.type == "iri":
            yield Triple(node, _term("sh:nodeKind"), _term("sh:IRI"))
        else:
            yield Triple(node, _term("sh:datatype"), _term(DATATYPES.get(parameter.type, f"xsd:{parameter.type}")))
        for language, label in parameter.labels.items():
            yield Triple(node, _term("sh:name"), Literal(label, language=language))


def _term(compact: str) -> NamedNode:
    prefix, _, local = compact.partition(":")
    return NamedNode(PREFIXES[prefix] + local)


def _boolean(value: bool) -> Literal:
    return Literal(str(value).lower(), datatype=_term("xsd:boolean"))
