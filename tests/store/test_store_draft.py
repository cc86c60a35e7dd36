"""Drafts: changes, whole graphs and streams, in both modes."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, parse
from store_helpers import EX, assert_counts, assert_union, iri, many, quad

from service.store import draft as draft_module
from service.store.changes import Change
from service.store.generations import GenerationStore
from service.store.union import GRAPH_DEFAULT

XSD_INTEGER = NamedNode("http://www.w3.org/2001/XMLSchema#integer")


@pytest.fixture(params=["union", "strict"])
def store(request, tmp_path) -> GenerationStore:
    return GenerationStore.open(tmp_path / "store", default_graph=request.param)


@pytest.fixture
def draft(store):
    with store.draft("test", "test") as draft:
        yield draft


def published(draft):
    generation = draft.publish()
    assert_counts(generation)
    if generation.manifest.default_graph == "union":
        assert_union(generation.reader())
    return generation


def test_a_change_tells_what_truly_changed(draft):
    a, b = quad("a", "p", 1), quad("b", "p", 2)
    first = draft.apply(Change(frozenset([a, b])))
    assert first == Change(frozenset([a, b]), graphs_created=frozenset([iri("g")]))
    assert draft.apply(Change(frozenset([a]), frozenset([a, b, quad("c", "p", 3)]))) == Change(removed=frozenset([b]))
    assert set(published(draft).reader().quads_for_pattern(None, None, None, iri("g"))) == {a}


def test_literals_are_told_as_the_engine_keeps_them(draft):
    padded = Quad(iri("a"), iri("p"), Literal("01", datatype=XSD_INTEGER), iri("g"))
    assert draft.apply(Change(frozenset([padded]))).added == {quad("a", "p", 1)}
    assert not draft.apply(Change(frozenset([padded])))
    assert draft.apply(Change(removed=frozenset([padded]))).removed == {quad("a", "p", 1)}


def test_the_dump_of_a_bulk_load_spells_literals_as_the_engine_does(tmp_path):
    store = GenerationStore.open(tmp_path / "store", default_graph="union")
    decimal = NamedNode("http://www.w3.org/2001/XMLSchema#decimal")
    with store.draft("test", "test") as draft:
        draft.apply(Change(frozenset([Quad(iri("a"), iri("p"), Literal("1.5", datatype=decimal), iri("g"))])))
        draft.publish()
    with store.draft("test", "test") as draft:
        draft.bulk_add([Quad(iri("a"), iri("p"), Literal("1.50", datatype=decimal), iri("h"))])
        draft.dump(tmp_path / "dump.nt")
    lines = set((tmp_path / "dump.nt").read_text().splitlines())
    assert lines == {f'<{EX}a> <{EX}p> "1.5"^^<{decimal.value}> .'}


def test_graphs_come_and_go_even_if_empty(draft):
    created = draft.apply(Change(graphs_created=frozenset([iri("e")])))
    assert created.graphs_created == {iri("e")}
    draft.apply(Change(frozenset([quad("a", "p", 1)])))
    dropped = draft.apply(Change(graphs_dropped=frozenset([iri("g"), iri("never")])))
    assert dropped == Change(removed=frozenset([quad("a", "p", 1)]), graphs_dropped=frozenset([iri("g")]))
    assert dict(published(draft).manifest.graphs) == {iri("e").value: 0}


def test_changes_add_up_and_can_be_undone(draft):
    before = set(draft.store)
    one = draft.apply(Change(frozenset([quad("a", "p", 1), quad("b", "p", 2)])))
    two = draft.apply(Change(frozenset([quad("c", "p", 3, "h")]), frozenset([quad("a", "p", 1)])))
    total = one.then(two)
    assert total.added == {quad("b", "p", 2), quad("c", "p", 3, "h")}
    assert not total.removed
    assert draft.apply(total.inverse()) == total.inverse()
    assert set(draft.store) == before


def test_a_triple_of_two_graphs_stays_until_both_let_go(tmp_path):
    store = GenerationStore.open(tmp_path / "store")
    with store.draft("test", "test") as draft:
        draft.apply(Change(frozenset([quad("a", "p", 1, "g"), quad("a", "p", 1, "h"), quad("d", "p", 1, None)])))
        assert quad("d", "p", 1, None) in draft.store
        assert Quad(iri("d"), iri("p"), Literal(1), GRAPH_DEFAULT) in draft.store
        draft.remove_triples(iri("g"), [quad("a", "p", 1).triple])
        assert quad("a", "p", 1, None) in draft.store
        draft.remove_triples(iri("h"), [quad("a", "p", 1).triple])
        assert quad("a", "p", 1, None) not in draft.store
        published(draft)


@pytest.mark.parametrize("held", [10, 100_000], ids=["large", "small"])
def test_a_graph_is_replaced_as_a_whole(draft, held, monkeypatch):
    monkeypatch.setattr(draft_module, "HELD", held)
    monkeypatch.setattr(draft_module, "BULK", held)
    b = BlankNode("b")
    draft.apply(Change(frozenset([quad("s1", "p", 1, "other")])))
    first = draft.replace_graph(iri("g"), [*many(50), Quad(b, iri("p"), b, iri("g"))])
    second = draft.replace_graph(iri("g"), (quad(f"s{n}", "p", n, "elsewhere") for n in range(20, 70)))
    if held > 1000:
        assert first.graphs_created == {iri("g")}
        assert len(first.added) == 51
        assert len(second.added) == 20
        assert len(second.removed) == 21
    else:
        assert first is second is None
    assert set(draft.store.quads_for_pattern(None, None, None, iri("g"))) == set(many(50, first=20))
    assert draft.replace_graph(iri("g"), many(50, first=20)) in (None, Change())
    published(draft)


def test_a_graph_can_be_replaced_by_nothing(draft):
    assert draft.replace_graph(iri("g"), []) == Change(graphs_created=frozenset([iri("g")]))
    draft.apply(Change(frozenset([quad("a", "p", 1)])))
    assert draft.replace_graph(iri("g"), []) == Change(removed=frozenset([quad("a", "p", 1)]))
    assert dict(published(draft).manifest.graphs) == {iri("g").value: 0}


def test_streams_are_added_in_bulk(draft):
    b = BlankNode("b")
    loose = [quad("x", "p", 1, None), Quad(b, iri("p"), b), quad("s1", "p", 1)]
    draft.apply(Change(frozenset([quad("s1", "p", 1)])))
    draft.bulk_add([*many(30), *many(5, "h"), *loose])
    manifest = published(draft).manifest
    assert (manifest.added, manifest.removed) == (37, 0)


def test_a_failed_source_is_not_told_as_a_failure_of_the_store(draft):
    def source():
        yield quad("a", "p", 1)
        raise PermissionError(13, "Permission denied", "/elsewhere/source.csv")

    with pytest.raises(PermissionError):
        draft.bulk_add(source())


def assert_dumped(draft):
    path = draft.folder / "dump.nt"
    draft.dump(path)
    dumped = {Quad(*found.triple) for found in parse(path=str(path), format=RdfFormat.N_TRIPLES)}
    assert dumped == set(draft.store.quads_for_pattern(None, None, None, DefaultGraph()))


quads = st.builds(
    quad, st.sampled_from("abc"), st.just("p"), st.sampled_from([1, 2]), st.sampled_from(["g", "h", "i", None])
)
graph_names = st.sampled_from(["g", "h", "i"]).map(iri)
steps = st.one_of(
    st.builds(
        Change,
        st.frozensets(quads, max_size=6),
        st.frozensets(quads, max_size=6),
        st.frozensets(graph_names, max_size=1),
        st.frozensets(graph_names, max_size=1),
    ),
    st.tuples(graph_names, st.lists(quads, max_size=6)),
    st.lists(quads, max_size=5),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, min_size=1, max_size=6), st.booleans())
def test_the_default_graph_stays_the_union_whatever_happens(union_store, sequence, few):
    with union_store.draft("test", "random") as draft, pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.store.union.FEW_GRAPHS", 8 if few else 0)
        before = set(union_store.quads(draft.store))
        for step in sequence:
            if isinstance(step, Change):
                change = draft.apply(step)
                assert not change.added & before
                assert change.removed <= before
                before = (before - change.removed) | change.added
            elif isinstance(step, tuple):
                draft.replace_graph(*step)
            else:
                draft.bulk_add(step)
            assert_union(draft.store)
            assert_dumped(draft)
            if isinstance(step, Change):
                assert set(union_store.quads(draft.store)) == before
            before = set(union_store.quads(draft.store))
        if draft.revision:
            assert_counts(draft.publish())


@pytest.fixture
def union_store(tmp_path) -> GenerationStore:
    return GenerationStore.open(tmp_path / "store", keep=2, grace=0)
