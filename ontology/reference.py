"""People read the vocabulary here: one HTML page, made from the ontology, that explains every term and concept."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Store

from ontology.terms import BASE, LANGUAGES, ONTOLOGY, PREFIXES, SCHEME, SCHEMES, ontology_files

Node = NamedNode | BlankNode

NAMES: Final = {"en": "English", "pl": "polski", "cs": "čeština", "sk": "slovenčina", "hu": "magyar"}


@dataclass(frozen=True)
class Text:
    """A text and the language it is really in."""

    value: str
    language: str | None


@dataclass(frozen=True)
class Link:
    """A term by its short name; `href` is empty for what has no address."""

    name: str
    href: str = ""


@dataclass(frozen=True)
class Term:
    """A class or a property as the page shows it."""

    iri: str
    kind: str
    label: Text
    definition: Text
    functional: bool
    parents: list[Link]
    domain: list[Link]
    range: list[Link]
    properties: list[Link]
    value_of: list[Link]
    close: list[Link]
    example: str

    @property
    def anchor(self) -> str:
        """The fragment of the IRI, so that `/ontology#Strategy` leads to the right place."""
        return self.iri.removeprefix(ONTOLOGY)

    @property
    def name(self) -> str:
        """The prefixed name."""
        return compact(self.iri)


@dataclass(frozen=True)
class Concept:
    """A concept with the concepts below it."""

    iri: str
    anchor: str
    code: str
    label: Text
    definition: Text
    narrower: list["Concept"]


@dataclass(frozen=True)
class Scheme:
    """A concept scheme with its top concepts."""

    iri: str
    anchor: str
    label: Text
    description: Text
    top: list[Concept]


class Vocabulary:
    """Everything in the packaged Turtle files, asked for in one language."""

    def __init__(self, language: str) -> None:
        """Read the files into memory."""
        self.language = language
        self._store = Store()
        for path in ontology_files():
            self._store.bulk_load(path=str(path), format=RdfFormat.TURTLE)

    def objects(self, subject: Node, predicate: str) -> list[Any]:
        """All values of a property."""
        return [quad.object for quad in self._store.quads_for_pattern(subject, _term(predicate), None)]

    def subjects(self, predicate: str, value: Node) -> list[Node]:
        """All named subjects with this value."""
        quads = self._store.quads_for_pattern(None, _term(predicate), value)
        return [quad.subject for quad in quads if isinstance(quad.subject, NamedNode)]

    def text(self, subject: Node, predicate: str) -> Text:
        """The text in the language asked for, else in the first language there is, else nothing."""
        found = {v.language or "": v.value for v in self.objects(subject, predicate) if isinstance(v, Literal)}
        for language in (self.language, *LANGUAGES, *sorted(found)):
            if language in found:
                return Text(found[language], language or None)
        return Text("", None)

    def own(self, kind: str) -> list[NamedNode]:
        """Our terms of a kind, by name."""
        found = {node for node in self.subjects("rdf:type", _term(kind)) if isinstance(node, NamedNode)}
        return sorted((node for node in found if node.value.startswith(ONTOLOGY)), key=lambda node: node.value)

    def members(self, node: Node) -> list[Node]:
        """The classes a domain or range stands for: itself, or the members of its union."""
        unions = self.objects(node, "owl:unionOf")
        return [member for union in unions for member in self._list(union)] if unions else [node]

    def _list(self, node: Node) -> Iterable[Any]:
        while node != _term("rdf:nil"):
            yield from self.objects(node, "rdf:first")
            (node,) = self.objects(node, "rdf:rest")

    def targets(self, node: Node, *predicates: str) -> list[Node]:
        """The classes or datatypes that properties like rdfs:domain name."""
        values = [value for predicate in predicates for value in self.objects(node, predicate)]
        return [member for value in values for member in self.members(value)]

    def link(self, node: Node) -> Link:
        """A link to a term; a restricted datatype is written out."""
        if isinstance(node, NamedNode):
            inside = node.value.startswith(ONTOLOGY)
            return Link(compact(node.value), "#" + node.value.removeprefix(ONTOLOGY) if inside else node.value)
        facets = {"xsd:minInclusive": "≥", "xsd:maxInclusive": "≤"}
        parts = [compact(base.value) for base in self.objects(node, "owl:onDatatype")]
        for restriction in self.objects(node, "owl:withRestrictions"):
            for item in self._list(restriction):
                parts += [f"{sign} {v.value}" for name, sign in facets.items() for v in self.objects(item, name)]
        return Link(" ".join(parts))

    def links(self, nodes: Iterable[Node]) -> list[Link]:
        """Links in the order of their names, each once."""
        return sorted({self.link(node) for node in nodes}, key=lambda link: link.name)

    def ancestors(self, node: Node) -> set[Node]:
        """The class and every class above it."""
        found: set[Node] = set()
        waiting = [node]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting += self.objects(current, "rdfs:subClassOf")
        return found


def build_reference(language: str = "en") -> str:
    """Write the reference page in a language; a text without a translation is shown in another and marked."""
    if language not in LANGUAGES:
        raise ValueError(f"the reference exists in {', '.join(LANGUAGES)}, not in {language!r}")
    vocabulary = Vocabulary(language)
    ontology = NamedNode(BASE + "ontology")
    environment = Environment(
        loader=PackageLoader("ontology"), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template("reference.html").render(
        language=language,
        languages=NAMES,
        words=tomllib.loads((files("ontology") / "templates" / "words.toml").read_text(encoding="utf-8"))[language],
        ontology=ontology.value,
        version=vocabulary.text(ontology, "owl:versionInfo").value,
        licence=vocabulary.objects(ontology, "dct:license")[0].value,
        classes=_terms(vocabulary, "class"),
        properties=sorted(
            _terms(vocabulary, "object") + _terms(vocabulary, "data"), key=lambda term: term.iri.casefold()
        ),
        schemes=[_scheme(vocabulary, name) for name in SCHEMES],
        prefixes=PREFIXES,
    )


def compact(iri: str) -> str:
    """The prefixed name of an IRI where one of our prefixes fits, else the IRI."""
    for prefix, namespace in PREFIXES.items():
        if re.fullmatch(re.escape(namespace) + r"[\w.-]+", iri):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


def _term(name: str) -> NamedNode:
    prefix, _, local = name.partition(":")
    return NamedNode(PREFIXES[prefix] + local)


def _terms(vocabulary: Vocabulary, kind: str) -> list[Term]:
    types = {"class": "owl:Class", "object": "owl:ObjectProperty", "data": "owl:DatatypeProperty"}
    properties = vocabulary.own("owl:ObjectProperty") + vocabulary.own("owl:DatatypeProperty")
    domains = {node: vocabulary.targets(node, "rdfs:domain") for node in properties}
    ranges = {node: vocabulary.targets(node, "rdfs:range") for node in properties}
    return [_shown(vocabulary, node, kind, domains, ranges) for node in vocabulary.own(types[kind])]


def _shown(
    vocabulary: Vocabulary,
    node: NamedNode,
    kind: str,
    domains: dict[NamedNode, list[Node]],
    ranges: dict[NamedNode, list[Node]],
) -> Term:
    above = vocabulary.ancestors(node) if kind == "class" else set()
    return Term(
        iri=node.value,
        kind=kind,
        label=vocabulary.text(node, "rdfs:label"),
        definition=vocabulary.text(node, "skos:definition"),
        functional=_term("owl:FunctionalProperty") in vocabulary.objects(node, "rdf:type"),
        parents=vocabulary.links(vocabulary.targets(node, "rdfs:subClassOf", "rdfs:subPropertyOf")),
        domain=vocabulary.links(domains.get(node, [])),
        range=vocabulary.links(vocabulary.targets(node, "rdfs:range", "schema:rangeIncludes")),
        properties=vocabulary.links(name for name, classes in domains.items() if above.intersection(classes)),
        value_of=vocabulary.links(name for name, classes in ranges.items() if above.intersection(classes)),
        close=vocabulary.links(vocabulary.objects(node, "skos:closeMatch")),
        example="\n".join(value.value for value in vocabulary.objects(node, "skos:example")),
    )


def _scheme(vocabulary: Vocabulary, name: str) -> Scheme:
    node = NamedNode(SCHEME + name)
    return Scheme(
        iri=node.value,
        anchor=f"scheme-{name}",
        label=vocabulary.text(node, "skos:prefLabel"),
        description=vocabulary.text(node, "dct:description"),
        top=_concepts(vocabulary, name, vocabulary.subjects("skos:topConceptOf", node)),
    )


def _concepts(vocabulary: Vocabulary, scheme: str, nodes: Iterable[Node]) -> list[Concept]:
    return sorted((_concept(vocabulary, scheme, node) for node in set(nodes)), key=lambda item: _natural(item.code))


def _concept(vocabulary: Vocabulary, scheme: str, node: Node) -> Concept:
    code = vocabulary.text(node, "skos:notation").value
    return Concept(
        iri=node.value,
        anchor=f"{scheme}-{code}",
        code=code,
        label=vocabulary.text(node, "skos:prefLabel"),
        definition=vocabulary.text(node, "skos:definition"),
        narrower=_concepts(vocabulary, scheme, vocabulary.subjects("skos:broader", node)),
    )


def _natural(code: str) -> list[tuple[int, str]]:
    """Order 2 before 10, and numbers before letters."""
    return [(int(part), "") if part.isdigit() else (10**6, part) for part in re.findall(r"\d+|\D+", code)]
