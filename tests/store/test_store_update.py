"""Updates: the same effect as the engine's own, and the exact change."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, DefaultGraph, Literal, Quad, Store
from store_helpers import assert_union, iri, quad

from service.store.changes import Change
from service.store.errors import (
    LoadRefused,
    ServiceRefused,
    UpdateConflict,
    UpdateFailed,
    UpdateSyntaxError,
    UpdateUnsupported,
)
from service.store.generations import GenerationStore
from service.store.union import GRAPH_DEFAULT

PREFIXES = {"": "http://example.org/"}
DATA = [
    quad("a", "p", 1, None),
    quad("a", "p", 1),
    quad("a", "q", "b"),
    quad("b", "p", 2, "h"),
    quad("b", "q", "a", "h"),
]


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    store = GenerationStore.open(tmp_path_factory.mktemp("strict") / "store", default_graph="strict")
    with store.draft("test", "test") as draft:
        yield draft


@pytest.fixture(scope="module")
def union(tmp_path_factory):
    store = GenerationStore.open(tmp_path_factory.mktemp("union") / "store")
    with store.draft("test", "test") as draft:
        yield draft


def reset(draft, quads=DATA, graphs=()):
    draft.apply(Change(graphs_dropped=frozenset(draft.store.named_graphs())))
    draft.apply(Change(removed=frozenset(draft.store)))
    draft.apply(Change(frozenset(quads), graphs_created=frozenset(graphs)))
    return draft


def canonical(quads) -> Dataset:
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def twin(draft) -> Store:
    """An independent store with the same content."""
    store = Store()
    store.extend(draft.store)
    for graph in draft.store.named_graphs():
        store.add_graph(graph)
    return store


def check(draft, text: str) -> Change | None:
    """Carry an update out here and by the engine; both must come to the same."""
    engine, before = twin(draft), set(draft.store)
    names = set(draft.store.named_graphs())
    try:
        engine.update(text, prefixes=PREFIXES)
    except RuntimeError:
        with pytest.raises(UpdateFailed):
            draft.update(text, prefixes=PREFIXES)
        assert set(draft.store) == before
        assert set(draft.store.named_graphs()) == names
        return None
    change = draft.update(text, prefixes=PREFIXES)
    after = set(draft.store)
    assert canonical(after) == canonical(engine), text
    assert set(draft.store.named_graphs()) == set(engine.named_graphs()), text
    assert change.added == after - before, text
    assert change.removed == before - after, text
    assert change.graphs_created == set(draft.store.named_graphs()) - names
    assert change.graphs_dropped == names - set(draft.store.named_graphs())
    return change


UPDATES = [
    "INSERT { _:x :p 1 } WHERE {} ; INSERT { _:x :p 1 } WHERE {} ; INSERT DATA { _:x :p 1 }",
    "DELETE WHERE { ?s :p 9 } ; INSERT { GRAPH :n { _:x :p ?o } } WHERE { _:x :p ?o } ; INSERT { _:x :q 1 } WHERE {}",
    "INSERT DATA { :a :p 1, '''x''', 'y'@en . GRAPH :new { _:x :p _:x . [] :q (1 2) } :c :p 1.5 }",
    "INSERT DATA { GRAPH :empty { } }",
    'DELETE DATA { :a :p 1 . GRAPH :g { :a :p "01"^^<http://www.w3.org/2001/XMLSchema#integer> } }',
    "DELETE WHERE { ?s ?p ?o . GRAPH ?g { ?s :q ?x } }",
    "DELETE { GRAPH ?g { ?s ?p ?o } } INSERT { GRAPH :copy { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }",
    "INSERT { ?o ?p ?s . ?s ?o ?p . ?s ?p ?unbound . ?s :seen ?s } WHERE { GRAPH ?g { ?s ?p ?o } }",
    "INSERT { _:b :of ?s ; :list (?o [ :x ?g ]) . GRAPH ?g { _:b :again ?s } } WHERE { GRAPH ?g { ?s ?p ?o } }",
    "INSERT { _:b :of ?s } WHERE { { ?s ?p ?o } UNION { ?s ?p ?o } }",
    "INSERT { [] :n ?n } WHERE { SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } }",
    "WITH :g DELETE { ?s ?p ?o } INSERT { ?s ?p 9 GRAPH :h { ?s ?p 8 } } WHERE { ?s ?p ?o . FILTER(?o<3&&?o>0) }",
    "WITH :h INSERT { :w :w ?s } WHERE { GRAPH :g { ?s ?p ?o } }",
    "INSERT { :u :u ?s } USING :g USING :h WHERE { ?s ?p ?o }",
    "INSERT { :u :u ?s } USING NAMED :g WHERE { GRAPH ?g { ?s ?p ?o } }",
    "WITH :g DELETE { ?s ?p ?o } USING :h USING NAMED :g WHERE { ?s :p ?x . GRAPH :g { ?y ?p ?o } }",
    "INSERT { :u :u ?s } USING :h WHERE { GRAPH ?g { ?s ?p ?o } }",
    "INSERT { :u :u 1 } WHERE { }",
    "CLEAR DEFAULT",
    "CLEAR NAMED",
    "CLEAR ALL",
    "CLEAR GRAPH :g",
    "CLEAR GRAPH :none",
    "CLEAR SILENT GRAPH :none",
    "DROP DEFAULT",
    "DROP NAMED",
    "DROP ALL",
    "DROP GRAPH :g",
    "DROP GRAPH :none",
    "DROP SILENT GRAPH :none",
    "CREATE GRAPH :e",
    "CREATE GRAPH :g",
    "CREATE SILENT GRAPH :g",
    "CREATE GRAPH :e ; MOVE :e TO :f",
    *(
        f"{kind} {silent} {source} TO {target}"
        for kind in ("ADD", "MOVE", "COPY")
        for silent, source, target in [
            ("", ":g", ":h"),
            ("", "DEFAULT", "GRAPH :h"),
            ("", "GRAPH :g", "DEFAULT"),
            ("", ":g", ":new"),
            ("", ":g", ":g"),
            ("", "DEFAULT", "DEFAULT"),
            ("", ":none", ":h"),
            ("SILENT", ":none", ":h"),
        ]
    ),
    "INSERT DATA { :a :p 5 } ; DELETE { ?s ?p 5 } INSERT { ?s ?p 6 } WHERE { ?s ?p 5 } ; DROP GRAPH :none",
    "INSERT { :a :r << :a :p ?o >> . :a :t <<( :a :p ?o )>> } WHERE { :a :p ?o }",
    "INSERT { ?s ?p ?o {| :sure ?g |} } WHERE { GRAPH ?g { ?s ?p ?o } }",
    "INSERT { (1 ?o) } WHERE { :a :p ?o }",
    "DELETE { ?s ?p ?o } INSERT { GRAPH ?g { (?s) } } WHERE { GRAPH ?g { ?s ?p ?o } }",
    "INSERT DATA { (1 2) }",
    " # nothing but a comment",
    "INSERT DATA { :a :p 'a;b}' } ; # ; {\n ",
]


@pytest.mark.parametrize("text", UPDATES)
def test_an_update_has_the_effect_that_the_engine_gives_it(strict, text):
    check(reset(strict, graphs=[iri("void")]), text)


names = st.sampled_from([":a", ":b", "<http://example.org/c>"])
graphs = st.sampled_from([":g", ":h", ":i"])
things = st.one_of(names, st.sampled_from(["1", "2", '"x"', '"x"@en', "true", "1.50"]))
variables = st.sampled_from(["?s", "?p", "?o", "?g", "?x"])
any_term = st.one_of(things, variables, st.just("_:b"), st.just("[ :q ?o ]"))
no_blank = st.one_of(things, variables)


def triples(subject, predicate, object_):
    triple = st.builds("{} {} {} .".format, subject, predicate, object_)
    return st.lists(triple, min_size=1, max_size=2).map(" ".join)


def quads_of(inner, name):
    return st.one_of(inner, st.builds("GRAPH {} {{ {} }}".format, name, inner))


ground = quads_of(triples(names, names, things), graphs)
template = quads_of(
    triples(st.one_of(names, variables, st.just("_:b")), variables, any_term), st.one_of(graphs, st.just("?g"))
)
deleted = quads_of(triples(st.one_of(names, variables), variables, no_blank), st.one_of(graphs, st.just("?g")))
pattern = quads_of(triples(st.one_of(names, variables), variables, no_blank), st.one_of(graphs, st.just("?g")))
wheres = st.builds("{{ {}{} }}".format, pattern, st.sampled_from(["", " OPTIONAL { ?x :p ?o }", " FILTER(?o<2)"]))
using = st.sampled_from(["", "USING :g", "USING NAMED :h", "USING :g USING :h USING NAMED :g"])
some = st.sampled_from(["", "SILENT "])
target = st.one_of(graphs, st.just("DEFAULT"))
whole = st.one_of(graphs.map("GRAPH {}".format), st.sampled_from(["DEFAULT", "NAMED", "ALL"]))
random_updates = st.one_of(
    ground.map("INSERT DATA {{ {} }}".format),
    ground.map("DELETE DATA {{ {} }}".format),
    deleted.map("DELETE WHERE {{ {} }}".format),
    st.builds(
        "{} DELETE {{ {} }} INSERT {{ {} }} {} WHERE {}".format,
        st.sampled_from(["", "WITH :g"]), deleted, template, using, wheres,
    ),
    st.builds("INSERT {{ {} }} {} WHERE {}".format, template, using, wheres),
    st.builds("{} {}{}".format, st.sampled_from(["CLEAR", "DROP"]), some, whole),
    st.builds("CREATE {}GRAPH {}".format, some, graphs),
    st.builds("{} {}{} TO {}".format, st.sampled_from(["ADD", "MOVE", "COPY"]), some, target, target),
)  # fmt: skip
subjects = st.one_of(st.sampled_from("abc").map(iri), st.just(BlankNode("n")))
objects = st.one_of(subjects, st.sampled_from([Literal(1), Literal(2), Literal("x"), Literal("x", language="en")]))
contexts = st.one_of(st.just(DefaultGraph()), st.sampled_from("ghi").map(iri))
random_quads = st.lists(st.builds(Quad, subjects, st.sampled_from("abpq").map(iri), objects, contexts), max_size=8)
SETTINGS = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


@SETTINGS
@given(random_quads, st.lists(random_updates, min_size=1, max_size=3))
def test_random_updates_have_the_effect_that_the_engine_gives_them(strict, content, texts):
    check(reset(strict, content), " ;\n".join(text.replace("_:b", f"_:b{n}") for n, text in zip(count(), texts)))


@SETTINGS
@given(random_quads, st.lists(random_updates, min_size=1, max_size=3))
def test_random_updates_keep_the_union(union, content, texts):
    reset(union, content)
    before = {q for q in union.store if q.graph_name != DefaultGraph()}
    try:
        change = union.update(
            " ;\n".join(t.replace("_:b", f"_:b{n}") for n, t in zip(count(), texts)), prefixes=PREFIXES
        )
    except UpdateFailed:
        change = Change()
    assert_union(union.store)
    assert {q for q in union.store if q.graph_name != DefaultGraph()} == (before - change.removed) | change.added


def test_in_union_mode_the_default_graph_is_read_as_the_union_and_written_apart(union):
    reset(union)
    change = union.update("INSERT { ?s :seen true } WHERE { ?s :q ?o }", prefixes=PREFIXES)
    assert {q.subject for q in change.added} == {iri("a"), iri("b")}
    assert {q.graph_name for q in change.added} == {GRAPH_DEFAULT}
    change = union.update("DELETE { ?s ?p ?o } WHERE { ?s :seen ?x ; ?p ?o }", prefixes=PREFIXES)
    assert {q.graph_name for q in change.removed} == {GRAPH_DEFAULT}
    assert quad("a", "q", "b") in union.store
    union.update("INSERT { GRAPH :n { (?o) } (?s) } WHERE { ?s :q ?o }", prefixes=PREFIXES)
    assert_union(union.store)
    union.update("CLEAR DEFAULT", prefixes=PREFIXES)
    assert not list(union.store.quads_for_pattern(None, None, None, GRAPH_DEFAULT))
    assert_union(union.store)


def test_declarations_hold_for_later_operations_until_they_change(strict):
    reset(strict, [])
    strict.update(
        'VERSION "1.2" PREFIX e: <http://example.org/> INSERT DATA { e:a e:p 1 } ;\n'
        "BASE <http://example.org/x/> PREFIX f: <../> DELETE { e:a e:p 1 }"
        "INSERT { f:b e:p <c> } WHERE { e:a f:p 1 };\n"
        "PREFIX e: <http://other.example/> INSERT DATA { e:a f:p 2 } ; PREFIX g: <x:>"
    )
    assert {str(q.subject) + str(q.object) for q in strict.store} == {
        "<http://example.org/b><http://example.org/x/c>",
        '<http://other.example/a>"2"^^<http://www.w3.org/2001/XMLSchema#integer>',
    }


def test_the_base_can_come_with_the_request(strict):
    reset(strict, [])
    strict.update("INSERT DATA { <a> :p <#b> }", base_iri="http://example.org/x", prefixes=PREFIXES)
    assert set(strict.store) == {quad("a", "p", "x#b", None)}


def test_the_dataset_can_come_with_the_request(strict):
    reset(strict)
    change = strict.update(
        "INSERT { :u :u ?s } WHERE { ?s :q ?o }", prefixes=PREFIXES, using_graphs=["http://example.org/h"]
    )
    assert change.added == {quad("u", "u", "b", None)}
    change = strict.update(
        "DELETE WHERE { GRAPH ?g { ?s :p ?o } }", prefixes=PREFIXES, using_named_graphs=["http://example.org/h"]
    )
    assert change.removed == {quad("b", "p", 2, "h")}
    for clause in ("WITH :g INSERT { :x :x 1 }", "INSERT { :x :x 1 } USING :g", "INSERT { :x :x 1 } USING NAMED :g"):
        with pytest.raises(UpdateConflict, match="leave out WITH"):
            strict.update(f"{clause} WHERE {{ }}", prefixes=PREFIXES, using_graphs=["http://example.org/h"])


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("INSERT DATA { :a :b }", 1, 21),
        ("INSERT DATA { } ;\n\n  INSERT DATA { :a :b }", 3, 23),
        ("INSERT DATA { } ; PREFIX x: <x:>\n  INSERT\n DATA { :a }", 3, 13),
        ("INSERT DATA { } ; PREFIX x <x:>\n CLEAR ALL", 1, 27),
        ("CLEAR ALL ; ; CLEAR ALL", 1, 13),
        ("INSERT DATA { _:b :p 1 } ; INSERT DATA { _:b :p 2 }", 1, 42),
        ("SELECT * { ?s ?p ?o }", 1, None),
        ("INSERT DATA { :a :p 1 ", 1, None),
        ("PREFIX WITH: <x:> WITH:g DELETE {} WHERE {}", 1, None),
    ],
)
def test_a_syntax_error_has_a_place_and_no_effect(strict, text, line, column):
    reset(strict)
    with pytest.raises(UpdateSyntaxError) as caught:
        strict.update(text, prefixes=PREFIXES)
    assert caught.value.line == line
    assert column is None or caught.value.column == column
    assert set(strict.store) == set(DATA)


@pytest.mark.parametrize("silent", ["", "SILENT "])
def test_nothing_leaves_this_machine(strict, silent):
    reset(strict)
    before = set(strict.store)
    with pytest.raises(LoadRefused, match=r"127\.0\.0\.1:8099/x"):
        strict.update(f"INSERT DATA {{ :x :x 1 }} ; LOAD {silent}<http://127.0.0.1:8099/x>", prefixes=PREFIXES)
    with pytest.raises(ServiceRefused):
        strict.update(
            f"INSERT {{ :x :x 1 }} WHERE {{ SERVICE {silent}<http://127.0.0.1:8099/> {{ }} }}", prefixes=PREFIXES
        )
    with pytest.raises(ServiceRefused, match="only while it runs"):
        strict.update(f"INSERT {{ :x :x 1 }} WHERE {{ ?s ?p ?g SERVICE {silent}?g {{ }} }}", prefixes=PREFIXES)
    assert set(strict.store) == before


def test_load_uses_the_door_it_is_given(strict):
    def fetch(address: str) -> tuple[bytes, str]:
        if address.endswith("missing"):
            raise OSError("no such page")
        return b"<#a> <#p> _:b .", "text/turtle"

    reset(strict, [])
    change = strict.update("LOAD <http://example.org/> INTO GRAPH :g", prefixes=PREFIXES, fetch=fetch)
    assert {q.subject for q in change.added} == {iri("#a")}
    assert {q.graph_name for q in change.added} == {iri("g")}
    with pytest.raises(UpdateFailed, match="no such page"):
        strict.update("LOAD :missing", prefixes=PREFIXES, fetch=fetch)
    assert not strict.update("LOAD SILENT :missing", prefixes=PREFIXES, fetch=fetch)


def test_what_cannot_be_translated_and_not_be_run_is_refused(strict):
    reset(strict)
    with pytest.raises((UpdateUnsupported, UpdateSyntaxError)):
        strict.update("INSERT { GRAPH:b { ?s ?p ?o } } WHERE { ?s ?p ?o }", prefixes=PREFIXES)
