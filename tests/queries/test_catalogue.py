"""The format of query files, binding of values, and the catalogue as RDF."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, QuerySolutions, RdfFormat, Store, Variable, parse

from ontology.terms import PREFIXES
from queries.catalogue import CHARTS, THEMES, TYPES, HeaderError, Parameter, ParameterError, catalogue
from queries.catalogue import parse as parse_query
from queries.publish import catalogue_triples

LANGUAGES = ("en", "pl", "cs", "sk", "hu")
LABELS = " | ".join(f"label@{language}: x" for language in LANGUAGES)
HEADER = "\n".join(f"# {key}@{language}: Text" for key in ("title", "description") for language in LANGUAGES)


def source(*lines: str, theme: str = "networks") -> str:
    return "\n".join((HEADER, f"# theme: {theme}", *lines, "", "SELECT ?x WHERE { ?x ?y ?z }", ""))


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_a_query_is_named_and_described(name):
    query = catalogue()[name]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name)
    assert query.theme in THEMES
    assert query.chart in CHARTS
    assert query.tags
    assert len(set(query.titles.values())) == len(LANGUAGES)


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_a_query_runs_with_any_choice_of_parameters(name):
    """Substituting a variable that is not selected is an error, so this also shows that each parameter is selected."""
    query = catalogue()[name]
    every = {p.name: p.example or "en" for p in query.parameters}
    for values in (query.examples(), every):
        assert list(answer(query.text, query.bind(values))) == list(answer(query.text, query.bind(values)))
    assert "SERVICE" not in query.text


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_no_query_asks_whether_a_parameter_is_bound(name):
    """The engine folds BOUND(?parameter) to false before the value arrives."""
    query = catalogue()[name]
    for parameter in query.parameters:
        assert not re.search(rf"BOUND\(\s*\?{parameter.name}\s*\)", query.text, re.IGNORECASE)


def answer(text: str, bound: dict[str, str]) -> QuerySolutions:
    return Store().query(text, substitutions={Variable(name): term_of(value) for name, value in bound.items()})


def term_of(text: str) -> NamedNode | Literal:
    (quad,) = parse(f"<urn:s> <urn:p> {text} .", format=RdfFormat.N_TRIPLES)
    return quad.object


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (source(theme="weather"), "the theme is 'weather'"),
        (source("# chart: cake"), "the chart is 'cake'"),
        (source("# title@en: Again"), "title@en stands there twice"),
        (source("# param: x iri required"), "parameter x has no label in en, pl, cs, sk, hu"),
        (source(f"# param: x iri required | {LABELS}"), "needs an example"),
        (source(f"# param: x-y iri required <a> | {LABELS}"), "'x-y' cannot be the name"),
        (
            source(f"# param: x date required tomorrow | {LABELS}"),
            "the example of parameter x: 'tomorrow' is not a date",
        ),
        (source(*[f"# param: x date required 2026-01-01 | {LABELS}"] * 2), "stands there twice"),
        (source(f"# param: x date perhaps 2026-01-01 | {LABELS}"), "a parameter is"),
    ],
)
def test_a_header_error_says_what_and_where(text, said):
    with pytest.raises(HeaderError, match=re.escape(said)) as error:
        parse_query("mine", text)
    assert str(error.value).startswith("mine.rq: ")
    assert "\n" not in str(error.value)


def test_a_good_header_is_read():
    query = parse_query(
        "mine", source(f"# param: x date required 2026-01-01 | {LABELS}", "# tags: a, b", "# chart: map")
    )
    assert (query.tags, query.chart, query.examples()) == (("a", "b"), "map", {"x": "2026-01-01"})


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("iri", "https://x.example/a", ["", "a", "//x/a", "http://x/<", 'http://x/"', "http://x/ y", "x:\n"]),
        ("integer", "-12", ["1.0", "1_000", "٣", "x", "", "9" * 30]),
        ("decimal", "0.5", ["1e5", "NaN", "Infinity", "0,5", ".5"]),
        ("date", "2026-02-28", ["2026-02-30", "20260228", "2026-2-8", "28.2.2026"]),
        ("year", "2026", ["26", "02026", "２０２６"]),
        ("lang", "pl", ["PL", "polish!", "p", "pl-"]),
    ],
)
def test_values_are_checked_by_type(kind, good, bad):
    parameter = Parameter("x", kind, True, good)
    assert term_of(parameter.term(good)).value == good
    for value in bad:
        with pytest.raises(ParameterError, match=r"^parameter x: ") as error:
            parameter.term(value)
        assert "\n" not in str(error.value)


@given(st.sampled_from(TYPES), st.text(max_size=300))
def test_a_hostile_value_is_one_term_or_refused(kind, value):
    try:
        text = Parameter("x", kind, True, "").term(value)
    except ParameterError as error:
        assert len(str(error).splitlines()) == 1
        return
    term = term_of(text)
    if kind == "string":
        assert term == Literal(value)
    found = Store().query("SELECT ?x ?y WHERE { VALUES ?y { 1 } }", substitutions={Variable("x"): term})
    assert [(row["x"], row["y"].value) for row in found] == [(term, "1")]


HOSTILE = ['" . } DROP ALL #', "\\", '"""', "'''", "\n} UNION { ?s ?p ?o", "?x", "${x}", "\u2028", "\x00", "> <", '\\"']


@pytest.mark.parametrize("value", HOSTILE)
def test_known_attacks_find_only_what_bears_that_name(value):
    query = catalogue()["entities-whose-label-contains-a-text"]
    store = Store()
    label = NamedNode(PREFIXES["skos"] + "prefLabel")
    store.update(f"INSERT DATA {{ <urn:a> <{label.value}> 'plain'@en }}")
    bound = {Variable("text"): term_of(query.bind({"text": value})["text"])}
    assert list(store.query(query.text, substitutions=bound)) == []


@given(st.dates())
def test_every_date_is_a_date(day: date):
    assert term_of(Parameter("x", "date", True, "").term(day.isoformat())).value == day.isoformat()


def test_the_catalogue_as_rdf_is_complete_and_has_no_blank_nodes():
    triples = list(catalogue_triples())
    assert not any(isinstance(node, BlankNode) for triple in triples for node in (triple.subject, triple.object))

    def objects(subject: NamedNode, name: str) -> list[NamedNode | Literal]:
        prefix, _, local = name.partition(":")
        predicate = NamedNode(PREFIXES[prefix] + local)
        return [t.object for t in triples if t.subject == subject and t.predicate == predicate]

    for name, query in list(catalogue().items())[:10]:
        subject = NamedNode(f"https://w3id.org/strategraph/id/query/{name}")
        assert {label.language for label in objects(subject, "rdfs:label")} == set(LANGUAGES)
        assert len(objects(subject, "sh:parameter")) == len(query.parameters)
        text = [literal.value for form in ("sh:select", "sh:construct") for literal in objects(subject, form)]
        assert len(text) == 1
        Store().query(text[0])
