"""Generations: fork, publish, read, roll back, diff, pin, collect."""

from __future__ import annotations

import pytest
from pyoxigraph import DefaultGraph, Quad, Store
from store_helpers import assert_counts, assert_union, iri, many, quad

from service.store.changes import Change
from service.store.errors import DraftClosed, ModeConflict, ModeMismatch, StoreBusy, UnknownGeneration
from service.store.generations import GenerationStore
from service.store.union import GRAPH_DEFAULT


@pytest.fixture
def store(tmp_path) -> GenerationStore:
    return GenerationStore.open(tmp_path / "store", grace=0)


def write(store: GenerationStore, *added: Quad, removed: tuple[Quad, ...] = ()):
    with store.draft("test", "write") as draft:
        draft.apply(Change(frozenset(added), frozenset(removed)))
        return draft.publish()


def test_a_new_store_has_an_empty_generation_1(store):
    assert store.current().number == 1
    assert list(store.current().reader()) == []
    assert (store.path / "CURRENT").read_text() == "1\n"
    assert [m.generation for m in store.history()] == [1]


def test_publishing_leaves_older_generations_as_they_were(store):
    first = write(store, quad("a", "p", 1))
    second = write(store, quad("b", "p", 2), removed=(quad("a", "p", 1),))
    assert store.current().number == second.number == first.number + 1
    assert set(store.quads(first.reader())) == {quad("a", "p", 1)}
    assert set(store.quads(second.reader())) == {quad("b", "p", 2)}
    manifest = store.history()[0]
    assert (manifest.added, manifest.removed, manifest.quads, manifest.parent) == (1, 1, 1, 2)
    assert manifest.as_json()["agent"] == "test"
    assert_counts(second)


def test_another_process_sees_what_was_published(store):
    other = GenerationStore.open(store.path)
    write(store, quad("a", "p", 1))
    assert other.current().manifest.quads == 1


def test_a_draft_that_is_not_published_leaves_nothing(store):
    with store.draft("test", "nothing") as draft:
        draft.apply(Change(frozenset([quad("a", "p", 1)])))
    assert store.current().number == 1
    assert list((store.path / "drafts").iterdir()) == []
    with pytest.raises(DraftClosed):
        draft.apply(Change())


def test_a_draft_that_changed_nothing_publishes_nothing(store):
    first = write(store, quad("a", "p", 1))
    assert write(store, quad("a", "p", 1)).number == first.number
    with store.draft("test", "on purpose") as draft:
        assert draft.publish(even_if_unchanged=True).number == first.number + 1


def test_who_keeps_the_fork_open_cannot_harm_what_is_published(store):
    with store.draft("test", "keeps") as draft:
        kept = draft.store
        draft.apply(Change(frozenset([quad("a", "p", 1)])))
        published = draft.publish()
    kept.add(quad("b", "p", 2))
    assert set(store.quads(published.reader())) == {quad("a", "p", 1)}
    assert_counts(published)


def test_the_lock_names_its_holder(store):
    busy = pytest.raises(StoreBusy, match=r"process \d+ \(the loader\) since 20")
    with store.draft("the loader", "long"), busy, store.draft("test", "impatient", timeout=0.05):
        pass


def test_rollback_publishes_an_old_state_anew(store):
    first = write(store, quad("a", "p", 1))
    write(store, quad("b", "p", 2, "h"))
    again = store.rollback(first.number, "test")
    assert again.number == 4
    assert again.manifest.restored == first.number
    assert list(store.diff(first.number, again.number)) == []
    assert set(again.manifest.touched or ()) == {iri("h").value}
    assert_counts(again)
    assert_union(again.reader())


def test_diff_tells_both_directions(store):
    a = write(store, quad("a", "p", 1), quad("z", "p", 1, "untouched"))
    b = write(store, quad("b", "p", 2), quad("c", "p", 3, None), removed=(quad("a", "p", 1),))
    default = Quad(iri("c"), iri("p"), quad("c", "p", 3).object, GRAPH_DEFAULT)
    expected = {("removed", quad("a", "p", 1)), ("added", quad("b", "p", 2)), ("added", default)}
    assert set(store.diff(a.number, b.number)) == expected
    other = {"added": "removed", "removed": "added"}
    assert set(store.diff(b.number, a.number)) == {(other[kind], q) for kind, q in expected}


def test_diff_over_a_gap_compares_everything(tmp_path):
    store = GenerationStore.open(tmp_path / "store", keep=1, grace=0)
    first = write(store, quad("a", "p", 1))
    store.pin(first.number, "cited")
    write(store, quad("b", "p", 1))
    last = write(store, quad("c", "p", 1))
    assert {q.subject.value[-1] for _, q in store.diff(first.number, last.number)} == {"b", "c"}


def test_diff_of_large_generations_streams_exactly(store):
    with store.draft("test", "large") as draft:
        draft.bulk_add(many(3000))
        a = draft.publish()
    with store.draft("test", "shifted") as draft:
        change = draft.replace_graph(iri("g"), many(3000, first=100))
        b = draft.publish()
    found = list(store.diff(a.number, b.number))
    assert len(found) == len(set(found)) == 200
    assert {q for kind, q in found if kind == "added"} == change.added == set(many(100, first=3000))
    assert {q for kind, q in found if kind == "removed"} == change.removed == set(many(100))
    assert_counts(b)
    assert_union(b.reader())


def test_garbage_is_what_nobody_keeps(tmp_path):
    store = GenerationStore.open(tmp_path / "store", keep=2, grace=0)
    for n in range(2):
        write(store, quad("a", "p", n))
    store.pin(2, "cited")
    reading = store.current()
    reading.reader()
    for n in range(2, 6):
        write(store, quad("a", "p", n))
    assert [m.generation for m in store.history()] == [7, 6, 3, 2]
    assert store.pins() == {2: "cited"}
    store.unpin(2)
    assert store.collect_garbage() == [2]
    with pytest.raises(UnknownGeneration):
        store.generation(2)
    assert len(list(reading.reader())) == 4


def test_garbage_young_enough_to_be_in_use_is_kept(tmp_path):
    store = GenerationStore.open(tmp_path / "store", keep=1, grace=60)
    for n in range(3):
        write(store, quad("a", "p", n))
    assert store.collect_garbage() == []


def test_readers_are_read_only_and_shared(store):
    generation = write(store, quad("a", "p", 1))
    assert generation.reader() is store.current().reader()
    with pytest.raises(RuntimeError, match="read-write"):
        generation.reader().add(quad("b", "p", 1))
    for n in range(6):
        write(store, quad("a", "p", 10 + n)).reader()
    assert isinstance(generation.reader(), Store)


def test_the_mode_is_checked_and_can_be_converted(tmp_path):
    path = tmp_path / "store"
    store = GenerationStore.open(path, default_graph="strict")
    write(store, quad("a", "p", 1), quad("d", "p", 1, None))
    with pytest.raises(ModeMismatch, match="strict store, not union"):
        GenerationStore.open(path, default_graph="union")
    with pytest.raises(ModeConflict, match="holds 1 triples of its own"):
        store.convert("union")
    with store.draft("test", "move") as draft:
        draft.update("MOVE DEFAULT TO <http://example.org/d>")
        draft.publish()
    converted = store.convert("union")
    assert_union(converted.reader())
    assert_counts(converted)
    assert GenerationStore.open(path, default_graph="union").default_graph == "union"
    assert list(store.diff(converted.number - 1, converted.number)) == []
    with pytest.raises(ModeConflict):
        store.rollback(2, "test")
    strict = store.convert("strict")
    assert not list(strict.reader().quads_for_pattern(None, None, None, DefaultGraph()))
    assert_counts(strict)
    assert list(store.diff(converted.number, strict.number)) == []
