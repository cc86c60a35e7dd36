"""The vocabulary promises five languages, OWL 2 DL and one meaning per name; these tests hold it to that."""

import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pyoxigraph
import pytest
from rdflib import OWL, RDF, RDFS, SKOS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from ontology import reference, terms
from ontology.terms import LANGUAGES, ONTOLOGY, PREFIXES, SCHEME, SCHEMES, concept_iri, graph_iri, mint, slugify

ROOT = Path(__file__).parent.parent
SG = Namespace(ONTOLOGY)
PREFIX_LINES = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in PREFIXES.items())
CONTEXT = json.loads((ROOT / "ontology" / "context.jsonld").read_text(encoding="utf-8"))["@context"]

KINDS_OF_PROPERTY = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
BUILT_IN = tuple(PREFIXES[prefix] for prefix in ("rdf", "rdfs", "owl", "xsd"))
# https://www.w3.org/TR/owl2-syntax/#Datatype_Maps, as far as we use it: no dates but dateTime, no years.
OWL_DATATYPES = {XSD.string, XSD.boolean, XSD.decimal, XSD.integer, XSD.nonNegativeInteger, XSD.dateTime, XSD.anyURI}


def read(*names: str) -> Graph:
    graph = Graph()
    for path in terms.ontology_files():
        if not names or path.name in names:
            graph.parse(path)
    return graph


@pytest.fixture(scope="module")
def whole() -> Graph:
    return read()


@pytest.fixture(scope="module")
def axioms() -> Graph:
    return read("strategraph.ttl", "alignments.ttl")


def declared(graph: Graph, kind: URIRef) -> set[URIRef]:
    return {s for s in graph.subjects(RDF.type, kind) if isinstance(s, URIRef)}


def own_terms(graph: Graph) -> set[URIRef]:
    kinds = (OWL.Class, *KINDS_OF_PROPERTY)
    return {term for kind in kinds for term in declared(graph, kind) if term.startswith(ONTOLOGY)}


def per_language(graph: Graph, subject: URIRef, predicate: URIRef) -> Counter[str | None]:
    return Counter(value.language for value in graph.objects(subject, predicate) if str(value).strip())


def members(graph: Graph, node: Node) -> list[Node]:
    union = graph.value(node, OWL.unionOf)
    return list(Collection(graph, union)) if union else [node]


# ---- the ontology ----


def test_every_term_has_a_label_and_a_definition_in_five_languages(axioms: Graph) -> None:
    found = own_terms(axioms)
    assert len(found) > 80
    for term in found:
        for predicate in (RDFS.label, SKOS.definition):
            assert per_language(axioms, term, predicate) == Counter(LANGUAGES), (term, predicate)
        assert axioms.value(term, RDFS.isDefinedBy) == URIRef(terms.BASE + "ontology")


def test_labels_tell_terms_of_one_kind_apart(axioms: Graph) -> None:
    for kind in ((OWL.Class,), (OWL.ObjectProperty, OWL.DatatypeProperty)):
        terms_of_kind = [t for k in kind for t in declared(axioms, k) if t.startswith(ONTOLOGY)]
        labels = Counter(label for term in terms_of_kind for label in axioms.objects(term, RDFS.label))
        assert not [label for label, times in labels.items() if times > 1]


def test_the_data_model_and_the_ontology_name_the_same_terms(axioms: Graph) -> None:
    text = (ROOT / "docs" / "data-model.md").read_text(encoding="utf-8")
    assert {SG[name] for name in re.findall(r"\bsg:(\w+)", text)} == own_terms(axioms)


@pytest.mark.parametrize("folder", ["ontology", "shapes", "queries", "loaders"])
def test_no_name_is_used_that_is_not_declared(folder: str, axioms: Graph) -> None:
    names = own_terms(axioms)
    for path in sorted((ROOT / folder).rglob("*")):
        if path.suffix in {".ttl", ".rq", ".ru", ".py", ".jsonld"}:
            used = {SG[name] for name in re.findall(r"\bsg:(\w+)", path.read_text(encoding="utf-8"))}
            assert used <= names, path


def test_our_names_in_the_triples_are_declared(whole: Graph, axioms: Graph) -> None:
    used = {term for triple in whole for term in triple if isinstance(term, URIRef) and term.startswith(ONTOLOGY)}
    assert used <= own_terms(axioms)


def test_every_class_has_an_example_that_is_valid_turtle_and_is_about_it(axioms: Graph) -> None:
    properties = {RDF.type}.union(*(declared(axioms, kind) for kind in KINDS_OF_PROPERTY))
    for term in declared(axioms, OWL.Class):
        if term.startswith(ONTOLOGY):
            (example,) = axioms.objects(term, SKOS.example)
            snippet = Graph().parse(data=PREFIX_LINES + str(example), format="turtle")
            assert (None, RDF.type, term) in snippet
            assert set(snippet.predicates()) <= properties, term


# ---- OWL 2 DL, as far as it can be checked without an OWL reasoner ----


def test_every_property_in_use_is_declared_with_one_kind(whole: Graph, axioms: Graph) -> None:
    kinds = Counter(term for kind in KINDS_OF_PROPERTY for term in declared(axioms, kind))
    assert [term for term, times in kinds.items() if times > 1] == []
    used = {predicate for predicate in whole.predicates() if not str(predicate).startswith(BUILT_IN)}
    assert used <= set(kinds)


def test_properties_get_values_of_their_kind(axioms: Graph) -> None:
    for subject, predicate, value in axioms:
        if predicate in declared(axioms, OWL.ObjectProperty):
            assert not isinstance(value, Literal), (subject, predicate, value)
        if predicate in declared(axioms, OWL.DatatypeProperty):
            assert isinstance(value, Literal), (subject, predicate, value)


def test_classes_are_no_properties_and_subproperties_keep_the_kind(axioms: Graph) -> None:
    properties = {kind: declared(axioms, kind) for kind in KINDS_OF_PROPERTY}
    assert not declared(axioms, OWL.Class) & set().union(*properties.values())
    for child, parent in axioms.subject_objects(RDFS.subPropertyOf):
        assert [k for k in properties if child in properties[k]] == [k for k in properties if parent in properties[k]]


def test_classes_in_axioms_are_declared(axioms: Graph) -> None:
    classes = declared(axioms, OWL.Class)
    for predicate in (RDFS.subClassOf, OWL.equivalentClass, OWL.disjointWith, RDFS.domain):
        for subject, value in axioms.subject_objects(predicate):
            assert subject in classes or predicate == RDFS.domain
            assert set(members(axioms, value)) <= classes, (subject, predicate)
    for group in axioms.objects(None, OWL.members):
        assert set(Collection(axioms, group)) <= classes


def test_ranges_fit_the_kind_of_property(axioms: Graph) -> None:
    for term in declared(axioms, OWL.ObjectProperty):
        for value in axioms.objects(term, RDFS.range):
            assert set(members(axioms, value)) <= declared(axioms, OWL.Class), term
    for term in declared(axioms, OWL.DatatypeProperty):
        for value in axioms.objects(term, RDFS.range):
            assert axioms.value(value, OWL.onDatatype, default=value) in OWL_DATATYPES, term
    assert declared(axioms, OWL.FunctionalProperty) <= {
        term for kind in (OWL.ObjectProperty, OWL.DatatypeProperty) for term in declared(axioms, kind)
    }


def test_no_term_of_others_is_given_a_label_of_ours(axioms: Graph) -> None:
    for predicate in (RDFS.label, SKOS.definition, RDFS.domain, RDFS.range):
        assert all(str(subject).startswith(ONTOLOGY) for subject in axioms.subjects(predicate))


# ---- the concept schemes ----


def concepts(graph: Graph) -> list[URIRef]:
    return sorted({s for s in graph.subjects(SKOS.inScheme) if isinstance(s, URIRef)})


def test_every_scheme_is_there_and_described(whole: Graph) -> None:
    assert declared(whole, SKOS.ConceptScheme) == {URIRef(SCHEME + name) for name in SCHEMES}
    for scheme in declared(whole, SKOS.ConceptScheme):
        assert per_language(whole, scheme, SKOS.prefLabel) == Counter(LANGUAGES)
        assert per_language(whole, scheme, URIRef(PREFIXES["dct"] + "description")) == Counter(LANGUAGES)


def test_every_concept_speaks_five_languages(whole: Graph) -> None:
    for concept in concepts(whole):
        assert (concept, RDF.type, SKOS.Concept) in whole
        for predicate in (SKOS.prefLabel, SKOS.definition):
            assert per_language(whole, concept, predicate) == Counter(LANGUAGES), (concept, predicate)


def test_the_iri_of_a_concept_is_made_of_its_scheme_and_notation(whole: Graph) -> None:
    for concept in concepts(whole):
        (scheme,) = whole.objects(concept, SKOS.inScheme)
        (notation,) = whole.objects(concept, SKOS.notation)
        assert str(concept) == concept_iri(str(scheme).removeprefix(SCHEME), str(notation)).value


def test_a_concept_hangs_below_one_of_its_scheme_or_is_at_the_top(whole: Graph) -> None:
    for concept in concepts(whole):
        broader = list(whole.objects(concept, SKOS.broader))
        scheme = whole.value(concept, SKOS.inScheme)
        assert [whole.value(above, SKOS.inScheme) for above in broader] in ([scheme], []), concept
        assert ((concept, SKOS.topConceptOf, scheme) in whole) == (not broader), concept
        assert ((scheme, SKOS.hasTopConcept, concept) in whole) == (not broader), concept
        above_all = [node for above in broader for node in whole.transitive_objects(above, SKOS.broader)]
        assert concept not in above_all


def test_broader_and_narrower_say_the_same(whole: Graph) -> None:
    """Skosmos and other browsers of vocabularies walk down by `skos:narrower`."""
    concepts = set(whole.subjects(SKOS.inScheme))
    below = {(above, concept) for concept, above in whole.subject_objects(SKOS.broader) if concept in concepts}
    assert below == set(whole.subject_objects(SKOS.narrower))


def test_dimensions_and_policy_areas_lead_to_the_themes_of_data_portals(whole: Graph) -> None:
    themes = "http://publications.europa.eu/resource/authority/data-theme/"
    found = {s for s, o in whole.subject_objects(SKOS.broadMatch) if str(o).startswith(themes)}
    dimensions = set(whole.subjects(RDF.type, SG.SmartDimension))
    assert dimensions < found


def test_matches_lead_to_concepts_of_other_schemes(whole: Graph) -> None:
    known = set(concepts(whole))
    for concept, target in whole.subject_objects(SKOS.relatedMatch):
        assert concept in known, concept
        assert target in known, (concept, target)
        assert whole.value(concept, SKOS.inScheme) != whole.value(target, SKOS.inScheme), (concept, target)


# ---- the JSON-LD context ----


def test_the_context_knows_every_prefix_and_every_term(axioms: Graph) -> None:
    assert PREFIXES.items() <= CONTEXT.items()
    named = {value["@id"] if isinstance(value, dict) else value for value in CONTEXT.values()}
    assert {f"sg:{term.removeprefix(ONTOLOGY)}" for term in own_terms(axioms)} <= named


def test_the_context_types_values_as_the_ontology_does(axioms: Graph) -> None:
    for name, definition in CONTEXT.items():
        compact = definition["@id"] if isinstance(definition, dict) else definition
        if not str(compact).startswith("sg:") or name[0].isupper():
            continue
        term = SG[compact.removeprefix("sg:")]
        kind = definition.get("@type") if isinstance(definition, dict) else None
        assert (kind == "@id") == (term in declared(axioms, OWL.ObjectProperty)), name
        stated = axioms.value(term, RDFS.range)
        if kind not in (None, "@id") and isinstance(stated, URIRef):
            assert PREFIXES["xsd"] + kind.removeprefix("xsd:") == str(stated), name


def test_the_context_needs_nothing_from_elsewhere() -> None:
    assert "@import" not in json.dumps(CONTEXT)
    assert not [name for name, value in CONTEXT.items() if isinstance(value, dict) and "@context" in value]


# rdflib's own JSON-LD parser still builds a ConjunctiveGraph.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_readable_json_expands_to_the_right_triples() -> None:
    document = {
        "@context": CONTEXT,
        "id": "https://w3id.org/strategraph/id/strategy/krakow-2030",
        "type": "Strategy",
        "title": {"pl": "Strategia Rozwoju Krakowa", "en": "Development Strategy of Kraków"},
        "strategyKind": SCHEME + "strategy-kind/development-strategy",
        "spatial": "nuts:PL213",
        "startYear": "2018",
        "endYear": "2030",
        "issuedYear": "2018",
        "page": "https://example.org/strategy",
    }
    expected = """
        <https://w3id.org/strategraph/id/strategy/krakow-2030> a sg:Strategy ;
            dct:title "Strategia Rozwoju Krakowa"@pl , "Development Strategy of Kraków"@en ;
            sg:strategyKind <https://w3id.org/strategraph/scheme/strategy-kind/development-strategy> ;
            dct:spatial nuts:PL213 ; sg:startYear "2018"^^xsd:gYear ; sg:endYear "2030"^^xsd:gYear ;
            dct:issued "2018"^^xsd:gYear ; foaf:page <https://example.org/strategy> ."""
    wanted = set(Graph().parse(data=PREFIX_LINES + expected, format="turtle"))
    assert set(Graph().parse(data=json.dumps(document), format="json-ld")) == wanted
    lines = "".join(
        f"{quad.triple} .\n" for quad in pyoxigraph.parse(json.dumps(document), pyoxigraph.RdfFormat.JSON_LD)
    )
    assert set(Graph().parse(data=lines, format="nt")) == wanted


# ---- the IRIs ----


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Łódź", "lodz"),
        ("Győr-Moson-Sopron", "gyor-moson-sopron"),
        ("  Hradec Králové, ČR ", "hradec-kralove-cr"),
        ("Đuro & Straße (2030)", "duro-strasse-2030"),
        ("PL_1001121216101", "pl-1001121216101"),
        ("Ľubovňa", "lubovna"),
        ("Київ", ""),
    ],
)
def test_slugs(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_iris_are_minted_in_one_shape() -> None:
    assert mint("strategy", "krakow-2030").value == "https://w3id.org/strategraph/id/strategy/krakow-2030"
    assert graph_iri("nuts").value == "https://w3id.org/strategraph/graph/nuts"
    assert graph_iri("nuts", quarantine=True).value == "https://w3id.org/strategraph/graph/quarantine/nuts"
    assert concept_iri("smart-concept", "MO1.2").value == "https://w3id.org/strategraph/scheme/smart-concept/MO1.2"
    assert concept_iri("sdg", "11.b").value == "http://metadata.un.org/sdg/11.b"


@pytest.mark.parametrize("slug", ["", "Kraków", "krakow_2030", "-krakow", "krakow-", "a/b", "krakow\n", "kr akow"])
def test_what_is_no_slug_is_refused(slug: str) -> None:
    with pytest.raises(ValueError, match="is not a slug"):
        mint("strategy", slug)
    with pytest.raises(ValueError, match="is not a slug"):
        graph_iri(slug)


def test_unknown_kinds_schemes_and_codes_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind of entity 'city'"):
        mint("city", "krakow")
    with pytest.raises(ValueError, match="unknown scheme 'colour'"):
        concept_iri("colour", "red")
    with pytest.raises(ValueError, match="use graph_iri"):
        graph_iri("quarantine")
    for code in ("18", "0", "11.", "11.6.1", "11.z", ""):
        with pytest.raises(ValueError, match="neither a goal"):
            concept_iri("sdg", code)
    for code in ("", "MO 1", "../x", "MO1>"):
        with pytest.raises(ValueError, match="is not a code"):
            concept_iri("smart-concept", code)


def test_the_data_model_lists_the_kinds_and_schemes() -> None:
    text = (ROOT / "docs" / "data-model.md").read_text(encoding="utf-8")
    kinds = re.search(r"kinds: (.*?) \|", text)
    assert kinds
    assert set(re.findall(r"`([a-z-]+)`", kinds[1])) == terms.KINDS
    table = text[text.index("## Schemes") :]
    assert [name for name in SCHEMES if f"`{name}`" not in table] == []


# ---- the reference page ----


class Page(HTMLParser):
    """What matters of a page: anchors, links within it, addresses it would fetch, and whether tags match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.local: set[str] = set()
        self.fetched: set[str] = set()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in {"meta", "link"}:
            self.open.append(tag)
        if "id" in values:
            self.ids[values["id"] or ""] += 1
        if tag == "a" and (values["href"] or "").startswith("#"):
            self.local.add((values["href"] or "")[1:])
        if values.get("aria-labelledby"):
            self.local.add(values["aria-labelledby"] or "")
        if tag == "link" or "src" in values:
            self.fetched.add(values.get("href") or values.get("src") or "")
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        assert "style" not in values
        assert tag not in {"style", "script"}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module", params=LANGUAGES)
def page(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param, reference.build_reference(request.param)


def test_the_page_shows_every_term_and_concept(page: tuple[str, str], whole: Graph) -> None:
    language, html = page
    parsed = Page(html)
    assert f'<html lang="{language}">' in html
    assert {str(term).removeprefix(ONTOLOGY) for term in own_terms(whole)} <= set(parsed.ids)
    for node in (*own_terms(whole), *concepts(whole), *declared(whole, SKOS.ConceptScheme)):
        assert f'href="{node}"' in html, node
    assert 'class="fallback"' not in html


def test_the_page_is_whole(page: tuple[str, str]) -> None:
    parsed = Page(page[1])
    assert parsed.open == []
    assert set(parsed.ids.values()) == {1}
    assert parsed.local <= set(parsed.ids)
    assert parsed.fetched == {"/static/reference.css"}
    assert parsed.headings[0] == 1
    assert all(after - before <= 1 for before, after in zip(parsed.headings, parsed.headings[1:], strict=False))


def test_a_property_shows_where_it_is_used_and_what_it_holds() -> None:
    html = reference.build_reference("en")
    article = html[html.index('<article id="confidence"') :]
    article = article[: article.index("</article>")]
    assert '<a href="#Alignment"><code>sg:Alignment</code></a>' in article
    assert "xsd:decimal ≥ 0 ≤ 1" in article
    assert "at most one value" in article


def test_a_missing_translation_is_shown_in_another_language_and_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in terms.ontology_files():
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(text.replace('"Strategia"@pl ,', ""), encoding="utf-8")
    monkeypatch.setattr(reference, "ontology_files", lambda: sorted(tmp_path.glob("*.ttl")))
    html = reference.build_reference("pl")
    assert '<span lang="en">Strategy</span> <span class="fallback">(brak tłumaczenia, język: en)</span>' in html


def test_text_from_the_ontology_cannot_become_markup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in terms.ontology_files():
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(text.replace('"Strategy"@en', '"<b>&"@en'), encoding="utf-8")
    monkeypatch.setattr(reference, "ontology_files", lambda: sorted(tmp_path.glob("*.ttl")))
    html = reference.build_reference("en")
    assert "<b>" not in html
    assert "&lt;b&gt;&amp;" in html


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="not in 'de'"):
        reference.build_reference("de")
