"""Validating a change is as good as validating everything: no violation goes unseen, none is invented."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any

import pytest
from generic_shapes import HIERARCHY, PREFIXES, shapes_store, shapes_texts, triples
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from model_graphs import changes, model_graphs
from pyoxigraph import DefaultGraph, NamedNode, Quad, Store, Triple
from shape_examples import GOOD, example_store, rows

from shapes.reach import Reach
from shapes.report import Report
from shapes.validator import ReferenceEngine, RustEngine, Validator, bundled_shapes

E = "https://example.org/"
QUIET = list(HealthCheck)
# Shrinking a counterexample with pySHACL takes minutes; the test against the fast engine finds small ones.
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)


@lru_cache(maxsize=2)
def bundled(engine: type[RustEngine] | type[ReferenceEngine]) -> Validator:
    return Validator(bundled_shapes(), engine)


def store(content: Iterable[Triple]) -> Store:
    made = Store()
    made.extend(Quad(*triple) for triple in content)
    return made


def keys(report: Report) -> set[tuple[str, ...]]:
    return set(rows(report.results))


def check(
    incremental: Validator, full: Validator, before: frozenset[Triple], added: Any, removed: Any
) -> tuple[Report, Report, Report]:
    """The three reports, after checking that the change's own report is sound and invents nothing."""
    after = (before - frozenset(removed)) | frozenset(added)
    was, now = full.validate(store(before)), full.validate(store(after))
    change = incremental.validate_change(store(before), store(after), added, removed)
    assert keys(now) - keys(was) <= keys(change)
    assert keys(change) <= keys(now)
    if was.accepted:
        assert change.accepted == now.accepted
    return was, now, change


# -- the bundled shapes --------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None, suppress_health_check=QUIET, phases=QUICK)
@given(data=st.data())
def test_change_of_the_model_against_pyshacl(data: st.DataObject) -> None:
    before = data.draw(model_graphs())
    added, removed = data.draw(changes(before))
    check(bundled(RustEngine), bundled(ReferenceEngine), before, added, removed)


@settings(max_examples=60, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_change_of_the_model_against_a_full_validation(data: st.DataObject) -> None:
    before = data.draw(model_graphs())
    added, removed = data.draw(changes(before))
    check(bundled(RustEngine), bundled(RustEngine), before, added, removed)


@settings(max_examples=60, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_change_of_a_valid_graph_is_accepted_iff_the_whole_is(data: st.DataObject) -> None:
    before = frozenset(quad.triple for quad in example_store(*GOOD))
    added, removed = data.draw(changes(before))
    was, _, _ = check(bundled(RustEngine), bundled(RustEngine), before, added, removed)
    assert was.accepted


def test_removing_a_type_far_away_is_seen() -> None:
    """A region loses its type: the municipality in it breaks, which no triple of the change mentions."""
    before = frozenset(quad.triple for quad in example_store())
    region = NamedNode("http://data.europa.eu/nuts/code/PL213")
    removed = [t for t in before if t.subject == region and t.predicate.value.endswith("#type")]
    _, _, change = check(bundled(RustEngine), bundled(RustEngine), before, [], removed)
    broken = {r.focus.value for r in change.violations if isinstance(r.focus, NamedNode)}
    assert "https://w3id.org/strategraph/id/municipality/pl-1261011" in broken


def test_a_concept_leaving_its_scheme_is_seen() -> None:
    before = frozenset(quad.triple for quad in example_store("strategy-good"))
    level = NamedNode("https://w3id.org/strategraph/scheme/level/municipal")
    removed = [t for t in before if t.subject == level]
    assert removed
    _, _, change = check(bundled(RustEngine), bundled(RustEngine), before, [], removed)
    assert len(change.violations) == 2


def test_change_of_the_class_hierarchy_is_validated_in_full() -> None:
    before = frozenset(quad.triple for quad in example_store())
    removed = [t for t in before if t.predicate.value.endswith("#subClassOf") and "Region" in str(t.subject)]
    assert removed
    check(bundled(RustEngine), bundled(RustEngine), before, [], removed)


def test_change_that_touches_no_shape_costs_nothing() -> None:
    data = example_store()
    added = [Triple(NamedNode(E + "a"), NamedNode(E + "unknown"), NamedNode(E + "b"))]
    assert bundled(RustEngine).validate_change(data, data, added, []).results == []
    assert bundled(RustEngine).reach.concerned(data, added) == set()


# -- any shapes ------------------------------------------------------------------------------------------------------

contents = st.frozensets(triples(), max_size=10)


@settings(max_examples=60, deadline=None, suppress_health_check=QUIET, phases=QUICK)
@given(text=shapes_texts(any_inverse=False), before=contents, added=contents, removed=contents)
def test_change_under_any_shapes_against_pyshacl(
    text: str, before: frozenset[Triple], added: frozenset[Triple], removed: frozenset[Triple]
) -> None:
    shapes = shapes_store(text)
    fast, reference = Validator(shapes, RustEngine), Validator(shapes, ReferenceEngine)
    # Where the engines read a path differently (pySHACL: repeated inverse paths), reach is not in question.
    for state in (before | {HIERARCHY}, ((before | {HIERARCHY}) - removed) | added | {HIERARCHY}):
        assume(keys(fast.validate(store(state))) == keys(reference.validate(store(state))))
    compare(fast, reference, before, added, removed)


@settings(max_examples=60, deadline=None, suppress_health_check=QUIET)
@given(text=shapes_texts(any_inverse=True), before=contents, added=contents, removed=contents)
def test_change_under_any_shapes_against_a_full_validation(
    text: str, before: frozenset[Triple], added: frozenset[Triple], removed: frozenset[Triple]
) -> None:
    validator = Validator(shapes_store(text), RustEngine)
    compare(validator, validator, before, added, removed)


@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(text=shapes_texts(any_inverse=True), before=contents, added=contents)
def test_change_in_the_merge_of_graphs(text: str, before: frozenset[Triple], added: frozenset[Triple]) -> None:
    """The same triples spread over graphs give the same findings."""
    shapes = shapes_store(text)
    one, merged = Validator(shapes, RustEngine), Validator(shapes, RustEngine, graph=None)
    before |= {HIERARCHY}
    after = before | added
    expected = one.validate_change(store(before), store(after), added, [])
    found = merged.validate_change(spread(before), spread(after), added, [])
    assert keys(found) == keys(expected)
    assert keys(merged.validate(spread(after))) == keys(one.validate(store(after)))


def compare(incremental: Validator, full: Validator, before: Any, added: Any, removed: Any) -> None:
    """A change says what it really changes: what is there is not added, what is not there is not removed."""
    before |= {HIERARCHY}
    check(incremental, full, before, added - before, (removed & before) - added - {HIERARCHY})


def spread(content: frozenset[Triple]) -> Store:
    made = Store()
    for number, triple in enumerate(sorted(content, key=str)):
        for graph in {number % 2, number % 3}:
            name = NamedNode(f"{E}graph{graph}") if graph else DefaultGraph()
            made.add(Quad(triple.subject, triple.predicate, triple.object, name))
    return made


# Each construct alone, about the one node e:a: a graph that is right, and the triple that breaks it when it is added
# (+) or removed (-), often far from e:a.
CONSTRUCTS = {
    "predicate": ("sh:path e:p ; sh:maxCount 1", "e:a e:p e:b .", "+ e:a e:p e:c ."),
    "inverse": ("sh:path [ sh:inversePath e:p ] ; sh:maxCount 1", "e:b e:p e:a .", "+ e:c e:p e:a ."),
    "sequence": ("sh:path ( e:p e:q ) ; sh:maxCount 1", "e:a e:p e:b . e:b e:q e:c .", "+ e:b e:q e:d ."),
    "inverse of a sequence": (
        "sh:path [ sh:inversePath ( e:p e:q ) ] ; sh:maxCount 1",
        "e:x e:p e:y . e:y e:q e:a .",
        "+ e:z e:p e:y .",
    ),
    "alternative": (
        "sh:path [ sh:alternativePath ( e:p ( e:q e:r ) ) ] ; sh:maxCount 1",
        "e:a e:p e:x ; e:q e:b .",
        "+ e:b e:r e:c .",
    ),
    "zero or more": ("sh:path [ sh:zeroOrMorePath e:p ] ; sh:maxCount 2", "e:a e:p e:b .", "+ e:b e:p e:c ."),
    "none of many": ("sh:path ( [ sh:zeroOrMorePath e:p ] e:q ) ; sh:maxCount 0", "e:a e:p e:b .", "+ e:a e:q e:b ."),
    "one or more": (
        "sh:path ( [ sh:oneOrMorePath e:p ] e:q ) ; sh:maxCount 0",
        "e:a e:p e:b . e:b e:p e:c .",
        "+ e:c e:q e:d .",
    ),
    "zero or one": ("sh:path ( e:p [ sh:zeroOrOnePath e:q ] ) ; sh:maxCount 1", "e:a e:p e:b .", "+ e:b e:q e:c ."),
    "none of one": ("sh:path ( [ sh:zeroOrOnePath e:p ] e:q ) ; sh:maxCount 0", "e:a e:p e:b .", "+ e:a e:q e:b ."),
    "class": ("sh:path e:p ; sh:class e:C", "e:a e:p e:b . e:b a e:D .", "- e:b a e:D ."),
    "class at the end of a path": (
        "sh:path ( e:p [ sh:inversePath e:q ] ) ; sh:class e:C",
        "e:a e:p e:b . e:c e:q e:b ; a e:C .",
        "- e:c a e:C .",
    ),
    "path of types": ("sh:path ( e:p rdf:type ) ; sh:maxCount 0", "e:a e:p e:b .", "+ e:b a e:C ."),
    "node": ("sh:path e:p ; sh:node e:Has", "e:a e:p e:b . e:b e:r 1 .", "- e:b e:r 1 ."),
    "not": ("sh:path e:p ; sh:not e:Has", "e:a e:p e:b .", "+ e:b e:r 1 ."),
    "and": ("sh:path e:p ; sh:and ( e:Is e:Has )", "e:a e:p e:b . e:b e:r 1 ; a e:C .", "- e:b e:r 1 ."),
    "or": ("sh:path e:p ; sh:or ( e:Is e:Has )", "e:a e:p e:b . e:b e:r 1 .", "- e:b e:r 1 ."),
    "xone": ("sh:path e:p ; sh:xone ( e:Is e:Has )", "e:a e:p e:b . e:b a e:C .", "+ e:b e:r 1 ."),
    "nested property": ("sh:path e:p ; sh:property e:HasR", "e:a e:p e:b . e:b e:r 1 .", "- e:b e:r 1 ."),
    "qualified": (
        "sh:path e:p ; sh:qualifiedValueShape e:Has ; sh:qualifiedMaxCount 1",
        "e:a e:p e:b , e:c . e:b e:r 1 .",
        "+ e:c e:r 1 .",
    ),
    "qualified minimum": (
        "sh:path e:p ; sh:qualifiedValueShape e:Is ; sh:qualifiedMinCount 1",
        "e:a e:p e:b . e:b a e:C .",
        "- e:b a e:C .",
    ),
    "equals": ("sh:path e:p ; sh:equals e:r", "e:a e:p e:b ; e:r e:b .", "- e:a e:r e:b ."),
    "disjoint": ("sh:path ( e:p e:r ) ; sh:disjoint e:s", "e:a e:p e:b . e:b e:r e:c .", "+ e:a e:s e:c ."),
    "less than": ("sh:path e:p ; sh:lessThan e:s", "e:a e:p 1 ; e:s 2 .", "+ e:a e:s 0 ."),
    "closed": ("sh:path e:p ; sh:node e:Closed", "e:a e:p e:b .", "+ e:b e:r 1 ."),
    "siblings": (
        "sh:path e:p ; sh:qualifiedValueShape e:Any ; sh:qualifiedMinCount 1 ; sh:qualifiedValueShapesDisjoint true",
        "e:a e:p e:b .",
        "+ e:b e:r 1 .",
    ),
}
AROUND = """
e:S a sh:NodeShape ; sh:targetNode e:a ; sh:property e:One , e:Two .
e:Two a sh:PropertyShape ; sh:path e:t ; sh:qualifiedValueShape e:Has ; sh:qualifiedMinCount 0 .
e:Has a sh:NodeShape ; sh:property e:HasR . e:HasR a sh:PropertyShape ; sh:path e:r ; sh:minCount 1 .
e:Is a sh:NodeShape ; sh:class e:C . e:Any a sh:NodeShape ; sh:minLength 0 .
e:Closed a sh:NodeShape ; sh:closed true ; sh:ignoredProperties ( e:p e:q rdf:type ) .
"""


@pytest.mark.parametrize("engine", [RustEngine, ReferenceEngine])
@pytest.mark.parametrize("name", CONSTRUCTS)
def test_every_construct_is_followed_from_afar(name: str, engine: type[RustEngine] | type[ReferenceEngine]) -> None:
    constraint, graph, change = CONSTRUCTS[name]
    if engine is ReferenceEngine and name == "inverse of a sequence":
        pytest.skip("pySHACL evaluates the inverse of a sequence in the wrong order")
    validator = Validator(shapes_store(f"{PREFIXES}{AROUND}e:One a sh:PropertyShape ; {constraint} ."), engine)
    before = frozenset(q.triple for q in shapes_store(PREFIXES + graph)) | {HIERARCHY}
    moved = [q.triple for q in shapes_store(PREFIXES + change[1:])]
    added, removed = (moved, []) if change.startswith("+") else ([], moved)
    was, now, _ = check(validator, validator, before, added, removed)
    assert was.accepted
    assert not now.accepted


@pytest.mark.parametrize(
    "path",
    ["e:p", "[ sh:inversePath e:p ]", "( e:p e:q )", "[ sh:alternativePath ( e:p e:q ) ]", "[ sh:zeroOrMorePath e:p ]",
     "[ sh:oneOrMorePath e:p ]", "[ sh:zeroOrOnePath e:p ]", "[ sh:inversePath ( e:p e:q ) ]",
     "( [ sh:zeroOrMorePath e:p ] [ sh:inversePath e:q ] )"],
)  # fmt: skip
def test_read_holds_what_a_path_crosses(path: str) -> None:
    """What is read for a node is enough to evaluate the path exactly as in the whole graph."""
    text = PREFIXES + f"e:S a sh:NodeShape ; sh:targetNode e:a ; sh:property e:P . e:P sh:path {path} ; sh:maxCount 0 ."
    shapes = shapes_store(text)
    nodes = [NamedNode(E + name) for name in "abcde"]
    p, q = NamedNode(E + "p"), NamedNode(E + "q")
    chain = [Triple(x, predicate, y) for x, y in pairwise(nodes) for predicate in (p, q)]
    data = store([*chain, Triple(nodes[3], p, nodes[0]), Triple(NamedNode(E + "far"), p, NamedNode(E + "away"))])
    validator = Validator(shapes, RustEngine)
    assert keys(validator.validate_nodes(data, [nodes[0]])) == keys(validator.validate(data))
    assert all("far" not in str(triple) for triple in Reach(shapes).read(data, [nodes[0]]))
