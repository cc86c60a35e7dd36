"""The lexer: what a text is and where it would go, whatever it hides it in."""

from __future__ import annotations

import pytest

from service.store.text import form, has_dataset_clause, load_addresses, position, service_addresses, tokens


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokens(text)]


def test_tokens():
    text = r"""PREFIX a: <http://x/#y> # <comment> "
SELECT?x{?x a:b\-c "q\"# <z>", '''it's''', "a"@en--ltr, -1.5e3, .5, 1 . _:b.c $y <<( a:x <p> 1 )>> {| a:q 2 |}}"""
    found = kinds(text)
    assert ("iri", "<http://x/#y>") in found
    assert ("pname", r"a:b\-c") in found
    assert ("string", r'"q\"# <z>"') in found
    assert ("string", "'''it's'''") in found
    assert [t for k, t in found if k == "number"] == ["1.5e3", ".5", "1", "1", "2"]
    assert [t for k, t in found if k == "var"] == ["?x", "?x", "$y"]
    assert ("bnode", "_:b.c") in found
    assert ("lang", "@en--ltr") in found
    assert {"<<(", ")>>", "{|", "|}"} <= {t for _, t in found}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("ASK { FILTER(?a<?b && ?c>?d) }", 0),
        ("ASK { FILTER(?a<?b&&?c>?d) }", 0),
        ("ASK { FILTER(EXISTS{ ?s <p> ?o }<1||2>1) }", 1),
        ("SELECT (1<?b AS ?x) (?a<?c AS ?y) { ?s ?p (1 <x> 'b' <y>) }", 2),
        ("ASK { VALUES (?a ?b) { (<x> <y#'z>) (1 <y>) } }", 3),
        ("ASK { ?s (<a>|<b>)/<c>* <d> ; <e> (<f> <g>) }", 7),
        ("SELECT * { } ORDER BY ?s <f>(?o<'>') ?x<'y>", 2),
        ("ASK { FILTER <f>(?a<'>', <b>) ?x <f> (?a <b>) }", 4),
        ("ASK { FILTER(?a IN (<a>, <b>) && ?b<(1)) FILTER(?a<<<( <a> <b> <c> )>>) }", 5),
    ],
)
def test_an_iri_begins_where_the_engine_sees_one(text, count):
    assert sum(kind == "iri" for kind, _ in kinds(text)) == count


def test_position():
    assert position("ab\nc\n", 3) == (2, 1)
    assert position("ab", 1) == (1, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# ASK {}\nPREFIX select: <http://x/> select * {}", "select"),
        ("BASE <http://x/> ASK{}", "ask"),
        ('VERSION "1.2" CONSTRUCT WHERE {}', "construct"),
        ("DESCRIBE<http://x/>", "describe"),
        ("prefix a:<b:>WITH a:g DELETE {} WHERE {}", "update"),
        ("INSERTDATA{}", "update"),
        ("'SELECT'", None),
        ("", None),
        ("PREFIX", None),
    ],
)
def test_form(text, expected):
    assert form(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * FROM <http://x/> {}", True),
        ("SELECT * FROM NAMED<http://x/> WHERE {}", True),
        ('PREFIX from: <x:> SELECT ?from { ?from from:x "FROM <x>" # FROM <x>\n }', False),
    ],
)
def test_has_dataset_clause(text, expected):
    assert has_dataset_clause(text) is expected


HOSTILE = [
    "ASK { ?s ?p ?o FILTER(?a<'>') SERVICE<http://e/>{?s ?p ?o} FILTER(?b='') }",
    "ASK { ?s ?p ?o FILTER<x:f>(?a<'>') SERVICE<http://e/>{?s ?p ?o} FILTER(?b='') }",
    "PREFIX : <http://e/> ASK { ?s ?p ?o FILTER(?a<1)SERVICE:#>\n{} }",
    "PREFIX : <http://e/> ASK { SERVICE:{} }",
    "PREFIX : <http://e/> ASK { SERVICE SILENT:{} }",
    "PREFIX : <http://e/> ASK { ?s ?p trueSERVICE:{} }",
    "ASK { ?s ?p true.SERVICESILENT<http://e/>{} }",
    "ASK { { SELECT (1<'>' AS ?x) { SERVICE<http://e/>{ FILTER(''='') } } } }",
    "ASK { { SELECT * {} ORDER BY ?s <x:f>(?o<'>') } SERVICE<http://e/>{ FILTER(''='') } }",
    "PREFIX : <x:> ASK { FILTER:f(?o<'>') SERVICE<http://e/>{ FILTER(''='') } }",
    'ASK { ?s ?p """a\\"""", "#" SERVICE <http://e/> {} }',
    "PREFIX service: <http://e/> ASK { sErViCe service: {} }",
    "PREFIX e: <http://old/> PREFIX e: <http://e> ASK { SERVICE e:\\/ {} }",
    "BASE <http://e/x/y> ASK { SERVICE </> {} }",
    "INSERT DATA { } ; PREFIX e: <http://e/> INSERT { } WHERE { SERVICE e: { } }",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_service_cannot_hide(text):
    assert service_addresses(text) == ["http://e/"]


@pytest.mark.parametrize(
    "text",
    [
        'ASK { ?s ?p "SERVICE <x:y> {}" # SERVICE <x:y> {}\n }',
        "PREFIX service: <http://e/service#> ASK { ?service service:SERVICE <http://e/SERVICE> }",
        "PREFIX service: <x:> ASK { GRAPH service:g { } }",
        "ASK { ?s <x:service> '''SERVICE <x:y> { }''' ; <x:a> 'it\\'s SERVICE <x:y> {}' }",
        "PREFIX sd: <http://www.w3.org/ns/sparql-service-description#> ASK { (1 sd:x <x#y>) sd:endpoint ?x }",
    ],
)
def test_what_only_looks_like_a_service_is_none(text):
    assert service_addresses(text) == []


def test_a_service_in_a_variable_has_no_address():
    assert service_addresses("ASK { SERVICE ?g { } SERVICE unknown:x { } SERVICE <http://e/> { } }") == [
        None,
        None,
        "http://e/",
    ]


def test_load_addresses():
    text = (
        "LOAD <http://e/1> ; PREFIX : <http://e/> LOAD SILENT :2 INTO GRAPH <g:> ; LOADSILENT<http://e/3>; LOAD:4 ;"
        'PREFIX load: <http://e/> INSERT DATA { <x:> load:p "LOAD <http://e/5>" ; load:q 1 } # ; LOAD <http://e/6>'
    )
    assert load_addresses(text) == [f"http://e/{n}" for n in (1, 2, 3, 4)]
