"""The validator: the fast engine agrees with pySHACL, limits hide no violation, and any graph of a store will do."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from model_graphs import model_graphs
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, Triple
from shape_examples import BAD, GOOD, example, example_store, found, hierarchy, rows, surroundings

from shapes.engines import ReferenceEngine, RustEngine, violations_only, without_sparql
from shapes.reach import Reach
from shapes.report import Report, Result, sh
from shapes.sparql_constraints import own_properties
from shapes.validator import Validator, bundled_shapes, store_of
from shapes.view import View

PREFIXES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix e: <https://example.org/> .
@prefix sg: <https://w3id.org/strategraph/ontology#> . @prefix sgsh: <https://w3id.org/strategraph/shape/> .
@prefix schema: <https://schema.org/> . @prefix org: <http://www.w3.org/ns/org#> .
"""
E = "https://example.org/"
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
LESS = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=QUICK)


@lru_cache(maxsize=2)
def compiled(engine: type[RustEngine] | type[ReferenceEngine]) -> Validator:
    return Validator(bundled_shapes(), engine)


@pytest.fixture
def rust() -> Validator:
    return compiled(RustEngine)


@pytest.fixture
def reference() -> Validator:
    return compiled(ReferenceEngine)


def turtle(text: str) -> Store:
    store = Store()
    store.load(PREFIXES + text, format=RdfFormat.TURTLE)
    return store


def of(triples: Iterable[Triple]) -> Store:
    store = Store()
    store.extend(Quad(*triple) for triple in triples)
    return store


def without_blank_values(results: list[Result]) -> list[Result]:
    """Blank nodes have other names in each engine."""
    return [r for r in results if not str(r.focus).startswith("_:") and not str(r.value).startswith("_:")]


# -- the two engines ---------------------------------------------------------------------------------------------


def test_engines_agree_on_all_examples(rust: Validator, reference: Validator) -> None:
    data = example_store(*GOOD, *BAD)
    fast, slow = rust.validate(data), reference.validate(data)
    assert len(fast.results) > 150
    assert rows(without_blank_values(fast.results)) == rows(without_blank_values(slow.results))


@LESS
@given(graph=model_graphs())
def test_engines_agree_on_random_graphs(graph: frozenset[Triple]) -> None:
    data = of(graph)
    fast, slow = compiled(RustEngine).validate(data), compiled(ReferenceEngine).validate(data)
    assert rows(without_blank_values(fast.results)) == rows(without_blank_values(slow.results))


def test_sparql_constraints_agree_with_pyshacl() -> None:
    """pySHACL runs `sh:sparql` itself here; the validator runs it with pyoxigraph."""
    import pyshacl
    import rdflib

    dated = ("strategy", "membership", "project", "funding-call", "event", "region", "source", "load")
    names = [*(f"{name}-bad" for name in dated), "membership-good", "event-good"]
    data = store_of([*hierarchy(), *(quad for name in names for quad in example(name))])
    shapes = rdflib.Graph().parse(data=bundled_shapes().dump(format=RdfFormat.TURTLE, from_graph=DefaultGraph()))
    graph = rdflib.Graph().parse(data=data.dump(format=RdfFormat.TURTLE, from_graph=DefaultGraph()))
    _, theirs, _ = pyshacl.validate(graph, shacl_graph=shapes, advanced=False)
    triples = store_of([])
    triples.load(theirs.serialize(format="nt"), format=RdfFormat.N_TRIPLES)
    component = "http://www.w3.org/ns/shacl#SPARQLConstraintComponent"
    expected = [r for r in Report(q.triple for q in triples).results if r.component == component]
    assert len(expected) >= 10
    assert rows(expected) == rows(Validator(bundled_shapes()).check_sparql(data))


# -- dates of different precision ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "wrong"),
    [
        ('"2020"^^xsd:gYear', '"2020"^^xsd:gYear', False),
        ('"2021"^^xsd:gYear', '"2020"^^xsd:gYear', True),
        ('"2020"^^xsd:gYear', '"2020-01-01"^^xsd:date', False),
        ('"2020-12-31"^^xsd:date', '"2020"^^xsd:gYear', False),
        ('"2021-01-01"^^xsd:date', '"2020"^^xsd:gYear', True),
        ('"2020-06"^^xsd:gYearMonth', '"2020-05-31"^^xsd:date', True),
        ('"2020-05"^^xsd:gYearMonth', '"2020-05-01"^^xsd:date', False),
        ('"2020-05-02"^^xsd:date', '"2020-05-01"^^xsd:date', True),
        ('"2020-05-02"^^xsd:date', '"2020-05"^^xsd:gYearMonth', False),
    ],
)
@pytest.mark.parametrize("cls", ["org:Membership", "sg:Project", "schema:Event"])
def test_start_after_end(cls: str, start: str, end: str, wrong: bool, rust: Validator) -> None:
    data = turtle(f"e:x a {cls} ; schema:startDate {start} ; schema:endDate {end} .")
    found_dates = [r for r in rust.check_sparql(data) if (r.shape or "").endswith("-dates")]
    assert bool(found_dates) is wrong
    assert all(r.path == "https://schema.org/endDate" and r.severity == "Violation" for r in found_dates)


def test_event_may_start_and_end_on_the_same_day(rust: Validator) -> None:
    data = turtle(
        'e:x a schema:Event ; schema:startDate "2026-05-31T10:00:00Z"^^xsd:dateTime ; '
        'schema:endDate "2026-05-31"^^xsd:date .'
    )
    assert rust.check_sparql(data) == []


# -- sh:sparql in general --------------------------------------------------------------------------------------------


def constraint(select: str, extra: str = "sh:targetClass e:C") -> Store:
    return turtle(
        f"e:S a sh:NodeShape ; {extra} ; sh:severity sh:Warning ; sh:sparql e:q . "
        f'e:q sh:message "{{?value}} is too much for {{$this}}"@en ; sh:select """{select}""" .'
    )


def test_sparql_message_is_filled_in() -> None:
    shapes = constraint(f"SELECT $this ?value WHERE {{ $this <{E}n> ?value FILTER(?value > 5) }}")
    (result,) = Validator(shapes).validate(turtle("e:x a e:C ; e:n 7 , 3 .")).results
    assert result.message() == "7 is too much for https://example.org/x"
    assert (result.severity, result.value) == ("Warning", Literal(7))


def test_sparql_that_reads_other_nodes_is_checked_after_any_change() -> None:
    select = f"SELECT $this WHERE {{ $this <{E}p> ?o . ?o <{E}broken> true }}"
    validator = Validator(constraint(select))
    before, after = turtle("e:x a e:C ; e:p e:y ."), turtle("e:x a e:C ; e:p e:y . e:y e:broken true .")
    added = [Triple(NamedNode(E + "y"), NamedNode(E + "broken"), Literal(True))]
    assert len(validator.validate_change(before, after, added, []).results) == 1


@pytest.mark.parametrize(
    ("select", "properties"),
    [
        ("SELECT $this WHERE { $this <e:a> ?a ; <e:b> ?b FILTER(?a < ?b) }", {"e:a", "e:b"}),
        ("SELECT $this WHERE { OPTIONAL { $this <e:a> ?a } FILTER(!BOUND(?a)) }", {"e:a"}),
        ("SELECT $this WHERE { { $this <e:a> 1 } UNION { $this <e:b> 2 } }", {"e:a", "e:b"}),
        ("SELECT $this WHERE { $this ?p ?o }", None),
        ("SELECT $this WHERE { $this <e:a>/<e:b> ?o }", None),
        ("SELECT $this WHERE { $this <e:a>+ ?o }", None),
        ("SELECT $this WHERE { ?s <e:a> $this }", None),
        ("SELECT $this WHERE { $this <e:a> ?o FILTER NOT EXISTS { ?o <e:b> ?x } }", None),
        ("SELECT $this WHERE { $this <e:a> ?o FILTER(EXISTS { ?o <e:b> ?x } || ?o = 1) }", None),
        ("SELECT $this WHERE { GRAPH ?g { $this <e:a> ?o } }", None),
        ("SELECT $this WHERE { $this <e:a> ?o { SELECT ?o WHERE { ?o <e:b> ?c } } }", None),
    ],
)
def test_own_properties(select: str, properties: set[str] | None) -> None:
    assert own_properties(select) == properties


@pytest.mark.parametrize(
    "shapes",
    [
        "[] a sh:NodeShape ; sh:targetClass e:C ; sh:sparql e:q . e:q sh:select 'SELECT $this WHERE {}' .",
        "e:S a sh:NodeShape ; sh:sparql e:q . e:q sh:select 'SELECT $this WHERE {}' .",
        "e:S a sh:PropertyShape ; sh:path e:p ; sh:targetClass e:C ; sh:sparql e:q . e:q sh:select 'SELECT $this {}' .",
        "e:S a sh:NodeShape ; sh:targetClass e:C ; sh:sparql e:q . e:q sh:select 'SELECT $this { $this $PATH ?x }' .",
    ],
)
def test_sparql_constraint_that_would_go_unchecked_is_refused(shapes: str) -> None:
    with pytest.raises(ValueError, match="sh:sparql"):
        Validator(turtle(shapes))


def test_deactivated_sparql_constraint_is_silent() -> None:
    select = "SELECT $this WHERE {}"
    assert Validator(constraint(select, "sh:targetClass e:C ; sh:deactivated true")).sparql == []


@pytest.mark.parametrize(
    ("target", "focus"),
    [
        ("sh:targetClass e:C", {"x", "sub"}),
        ("sh:targetNode e:absent , e:x", {"absent", "x"}),
        ("sh:targetSubjectsOf e:p", {"x"}),
        ("sh:targetObjectsOf e:p", {"sub"}),
        ("a rdfs:Class", {"shape"}),
    ],
)
def test_sparql_targets_of_all_and_of_few(target: str, focus: set[str]) -> None:
    validator = Validator(constraint("SELECT $this WHERE {}", target))
    data = turtle("e:x a e:C ; e:p e:sub . e:sub a e:D . e:D rdfs:subClassOf e:C . e:other a e:E . e:shape a e:S .")
    expected = {NamedNode(E + name) for name in focus}
    assert {r.focus for r in validator.check_sparql(data)} == expected
    nodes = [NamedNode(E + name) for name in ("x", "sub", "other", "shape", "absent")]
    assert {r.focus for r in validator.check_sparql(data, nodes)} == expected
    assert validator.check_sparql(data, [NamedNode(E + "other"), Literal("x")]) == []


# -- limits ----------------------------------------------------------------------------------------------------------

MANY = """
e:S a sh:NodeShape ; sh:targetClass e:C ; sh:property e:wish , e:must .
e:wish a sh:PropertyShape ; sh:path e:a ; sh:minCount 1 ; sh:severity sh:Info .
e:must a sh:PropertyShape ; sh:path e:b ; sh:datatype xsd:integer .
"""


@pytest.mark.parametrize("engine", [RustEngine, ReferenceEngine])
def test_wishes_never_crowd_out_a_violation(engine: type[RustEngine]) -> None:
    validator = Validator(turtle(MANY), engine)
    data = turtle(" ".join(f"e:n{i} a e:C ." for i in range(30)) + " e:n29 e:b 'x' .")
    nodes = [NamedNode(f"{E}n{i}") for i in range(30)]
    for report in (validator.validate(data, max_results=5), validator.validate_nodes(data, nodes, max_results=5)):
        assert report.truncated
        assert not report.accepted
        assert len(report.results) == 5
        assert [r.focus for r in report.violations] == [NamedNode(E + "n29")]


def test_wishes_alone_are_accepted() -> None:
    data = turtle(" ".join(f"e:n{i} a e:C ." for i in range(30)))
    report = Validator(turtle(MANY)).validate(data, max_results=5)
    assert report.truncated
    assert report.accepted
    assert not report.conforms


def test_undecided_is_not_accepted() -> None:
    """Warnings that cannot be told from violations beforehand fill the report: nobody knows what was left out."""
    shapes = turtle(
        "e:S a sh:NodeShape ; sh:targetClass e:C ; sh:severity sh:Warning ; sh:pattern '^no' ; sh:property e:must ."
        "e:must a sh:PropertyShape ; sh:path e:b ; sh:datatype xsd:integer ."
    )
    data = turtle(" ".join(f"e:n{i} a e:C ." for i in range(30)))
    report = Validator(shapes).validate(data, max_results=5)
    assert report.undecided
    assert not report.accepted


def test_violations_only_keeps_every_violation() -> None:
    strict = Validator(violations_only(without_sparql(bundled_shapes())))
    data = example_store(*BAD)
    whole = [r for r in Validator(bundled_shapes()).validate(data).results if r.severity == "Violation"]
    core = strict.validate(data).results
    assert {r.severity for r in core} == {"Violation"}
    assert rows(whole, core=True) == rows(core, core=True)


# -- graphs ------------------------------------------------------------------------------------------------------------


def test_named_graph_and_merge_of_all_graphs() -> None:
    """In the merge, a triple that several graphs hold counts once."""
    shapes = turtle(
        "e:S a sh:NodeShape ; sh:targetClass e:C ; sh:sparql e:q ; sh:property e:P ."
        "e:P a sh:PropertyShape ; sh:path e:p ; sh:maxCount 1 ; sh:minCount 1 ."
        "e:q sh:select '''SELECT $this { $this <https://example.org/n> ?n } GROUP BY $this HAVING(COUNT(*) > 1)''' ."
    )
    one, two = NamedNode(E + "g1"), NamedNode(E + "g2")
    store = Store()
    x = NamedNode(E + "x")
    rdf_type = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    store.add(Quad(x, rdf_type, NamedNode(E + "C"), one))
    for graph in (one, two, DefaultGraph()):
        store.add(Quad(x, NamedNode(E + "p"), Literal("v"), graph))
        store.add(Quad(x, NamedNode(E + "n"), Literal(1), graph))
    assert Validator(shapes, graph=None).validate(store).results == []
    assert Validator(shapes).validate(store).results == []
    assert Validator(shapes, graph=one).validate(store).results == []
    store.add(Quad(x, NamedNode(E + "p"), Literal("w"), two))
    store.add(Quad(x, NamedNode(E + "n"), Literal(2), two))
    merged = Validator(shapes, graph=None)
    assert len(merged.validate(store).results) == 2
    assert rows(merged.validate_nodes(store, [x]).results) == rows(merged.validate(store).results)
    assert Validator(shapes, graph=one).validate(store).results == []


def test_merge_of_graphs_equals_one_graph() -> None:
    triples = [q.triple for q in example_store(*GOOD, *BAD)]
    spread = Store()
    for number, triple in enumerate(triples):
        for graph in {number % 3, number % 5}:
            name = NamedNode(f"{E}g{graph}") if graph else DefaultGraph()
            spread.add(Quad(triple.subject, triple.predicate, triple.object, name))
    whole = Validator(bundled_shapes()).validate(of(triples))
    assert rows(Validator(bundled_shapes(), graph=None).validate(spread).results) == rows(whole.results)
    assert sorted(map(str, View(spread, None).copied().triples())) == sorted(map(str, triples))


def test_change_in_one_graph_that_another_graph_makes_harmless() -> None:
    shapes = turtle(
        "e:S a sh:NodeShape ; sh:targetClass e:C ; sh:property e:P ."
        "e:P a sh:PropertyShape ; sh:path e:p ; sh:class e:D ."
    )
    data = turtle("e:x a e:C ; e:p e:y .")
    validator = Validator(shapes, graph=None)
    added = [Triple(NamedNode(E + "x"), NamedNode(E + "p"), NamedNode(E + "y"))]
    assert not validator.validate_change(data, data, added, []).accepted
    rdf_type = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    data.add(Quad(NamedNode(E + "y"), rdf_type, NamedNode(E + "D"), NamedNode(E + "g")))
    assert validator.validate_change(data, data, added, []).accepted


# -- some nodes --------------------------------------------------------------------------------------------------------


def test_nodes_get_the_findings_of_a_full_validation(rust: Validator) -> None:
    data = example_store(*GOOD, *BAD)
    whole = rust.validate(data)
    for focus in sorted({r.focus for r in whole.results}, key=str):
        expected = [r for r in whole.results if r.focus == focus]
        assert rows(rust.validate_nodes(data, [focus]).results) == rows(expected), focus


def test_literal_and_blank_focus_nodes() -> None:
    shapes = turtle("e:S a sh:NodeShape ; sh:targetObjectsOf e:p ; sh:nodeKind sh:IRI .")
    data = turtle("e:x e:p 'text' , [] , e:y .")
    focus: list[Any] = [q.object for q in data.quads_for_pattern(None, NamedNode(E + "p"), None)]
    assert len(Validator(shapes).validate(data).results) == 2
    assert len(Validator(shapes).validate_nodes(data, focus).results) == 2


def test_neighbours_are_not_reported(rust: Validator) -> None:
    """Only part of a neighbour is read, so what it seems to lack means nothing."""
    data = example_store("strategy-good")
    strategy = NamedNode("https://w3id.org/strategraph/id/strategy/new")
    assert rust.validate_nodes(data, [strategy]).results == []
    assert rust.reach.read(data, [strategy])
    assert Reach(bundled_shapes()).read(Store(), [strategy]) == set()


# -- reports -----------------------------------------------------------------------------------------------------------


def test_part_of_a_report_keeps_complex_paths() -> None:
    shapes = turtle(
        "e:S a sh:NodeShape ; sh:targetClass e:C ; sh:property e:P ."
        "e:P a sh:PropertyShape ; sh:path ( [ sh:inversePath e:p ] [ sh:zeroOrMorePath e:q ] ) ; sh:maxCount 0 ."
    )
    data = turtle("e:x a e:C . e:y a e:C . e:z e:p e:x , e:y .")
    report = Validator(shapes).validate(data).about({NamedNode(E + "x")})
    assert [r.path for r in report.results] == [f"^{E}p/{E}q*"]
    again = Report(report.triples)
    assert again.results == report.results
    assert any(t.predicate == sh("inversePath") for t in report.triples)


def test_merged_report_is_one_w3c_report() -> None:
    data = turtle("e:x a e:C ; e:b 'x' .")
    one, two = Validator(turtle(MANY)).validate(data), Validator(turtle(MANY)).validate(data)
    merged = Report.merged([one, two])
    assert len(merged.results) == 4
    reports = [t.subject for t in merged.triples if t.object == sh("ValidationReport")]
    assert len(reports) == 1
    assert merged.counts() == {"Violation": 2, "Info": 2}


def test_shapes_graph_and_ontology_are_no_targets(rust: Validator) -> None:
    data = store_of(surroundings())
    data.extend(bundled_shapes())
    assert found(rust.validate(data).results) == set()
