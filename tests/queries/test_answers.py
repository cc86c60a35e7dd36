"""Every named query, asked of a small graph whose answers were worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, RdfFormat, Store, Variable, parse

from ontology.terms import BASE, ID, PREFIXES, SCHEME, graph_iri, ontology_files
from queries.catalogue import catalogue

HERE = Path(__file__).parent
ANSWERS: list[dict[str, Any]] = json.loads((HERE / "answers.json").read_text("utf-8"))
SHORT = {**PREFIXES, "scheme": SCHEME, "id": ID, "graph": BASE + "graph/"}
# Wording of the ontology and its schemes, which may be improved without any answer becoming another.
WORDING = {
    "roleLabel", "conceptLabel", "coveredLabel", "areaLabel", "goalLabel", "kindLabel", "networkKindLabel",
    "stageLabel", "sectorLabel", "classLabel", "propertyLabel", "valueLabel",
}  # fmt: skip


@pytest.fixture(scope="module")
def graph() -> Store:
    """The fixture and the ontology; the default graph is the union of the named ones, as in a generation."""
    store = Store()
    store.load(path=str(HERE / "fixture.trig"), format=RdfFormat.TRIG)
    for file in ontology_files():
        store.load(path=str(file), format=RdfFormat.TURTLE, to_graph=graph_iri("ontology"))
    store.extend([Quad(q.subject, q.predicate, q.object) for q in store])
    return store


def compact(term: Any) -> str:
    """A term as it is written in answers.json: prefixed IRI, or text with its language."""
    if isinstance(term, NamedNode):
        found = [(name, start) for name, start in SHORT.items() if term.value.startswith(start)]
        if not found:
            return term.value
        name, start = max(found, key=lambda pair: len(pair[1]))
        return f"{name}:{term.value.removeprefix(start)}"
    if isinstance(term, Literal):
        words = term.value.split(" ")
        # Lists of addresses come in no order.
        text = " ".join(sorted(words)) if all("://" in word for word in words) else term.value
        return text + (f"@{term.language}" if term.language else "")
    return str(term)


def ask(graph: Store, name: str, values: dict[str, str]) -> list[dict[str, str]]:
    query = catalogue()[name]
    terms = {
        Variable(key): next(iter(parse(f"<urn:s> <urn:p> {text} .", format=RdfFormat.N_TRIPLES))).object
        for key, text in query.bind(values).items()
    }
    found = graph.query(query.text, substitutions=terms)
    if not isinstance(found, QuerySolutions):
        return [{p: compact(getattr(triple, p)) for p in ("subject", "predicate", "object")} for triple in found]
    names = [variable.value for variable in found.variables]
    shown = [n for n in names if n not in values and n not in WORDING]
    return [{n: compact(row[n]) for n in shown if row[n] is not None} for row in found]


def rows(some: list[dict[str, str]]) -> list[str]:
    return sorted(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in some)


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{case['query']}-{number}") for number, case in enumerate(ANSWERS)]
)
def test_the_answer_is_the_known_one(graph, case):
    found = rows(ask(graph, case["query"], case["values"]))
    if "rows" in case:
        assert found == rows(case["rows"])
    else:
        assert case["contains"]
        assert set(rows(case["contains"])) <= set(found)


def test_every_query_has_a_known_answer():
    answered = {case["query"] for case in ANSWERS if case.get("rows") or case.get("contains") or case.get("why_empty")}
    assert answered == set(catalogue())


def test_an_unknown_language_falls_back_and_says_so(graph):
    cs = ask(graph, "hubs-of-a-network-by-source", {"network": ID + "network/net", "lang": "cs"})
    assert {row["memberLabel"] for row in cs} == {"Hub@en", "Fund@en", "Klusteri@fi"}
    assert {row["labelLang"] for row in cs} == {"en", "fi"}
    assert cs == ask(graph, "hubs-of-a-network-by-source", {"network": ID + "network/net"})


def test_a_sub_select_with_count_gives_no_row_for_an_unknown_entity(graph):
    assert ask(graph, "organisations-within-two-hops", {"organisation": ID + "organisation/nobody"}) == []
