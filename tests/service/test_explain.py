"""What a query does, told step by step."""

from __future__ import annotations

import asyncio
import time

import pytest

from queries.catalogue import catalogue
from service.explain import LONGEST, Step, Unexplained, explain, steps

WHOLE = """
PREFIX x: <http://example.org/>
SELECT ?a (COUNT(?b) AS ?n) WHERE {
  ?a x:p+ ?b . OPTIONAL { ?b x:t ?t FILTER(?t > 3) } FILTER NOT EXISTS { ?a x:z ?y }
  MINUS { ?a x:m ?m } { SELECT ?a WHERE { GRAPH ?g { ?a ?q ?o } } LIMIT 3 } UNION { ?a x:u ?u }
  BIND(STR(?a) AS ?k) VALUES ?a { x:one }
} GROUP BY ?a ORDER BY DESC(?n) LIMIT 10 OFFSET 5
"""


def flat(step: Step) -> list[tuple[str, list[str]]]:
    return [(step.operation, step.details), *(one for below in step.inputs for one in flat(below))]


def test_every_operation_is_told_in_the_query_s_own_words() -> None:
    found = flat(steps(WHOLE))
    said = dict(found)
    assert [name for name, _ in found][:3] == ["SelectQuery", "Slice", "Project"]
    assert said["Slice"] in (["5", "10"], ["0", "3"])
    assert ("Slice", ["5", "10"]) in found
    assert said["OrderBy"] == ["DESC(?n)"]
    assert said["Group"] == ["?a"]
    assert ("Extend", ["?k = STR(?a)"]) in found
    assert any("NOT EXISTS { ?a x:z ?y }" in detail for detail in said["Filter"])
    assert said["values"] == ["?a = x:one"]
    assert said["Graph"] == ["?g"]
    assert ("BGP", ["?a x:p+ ?b"]) in found
    assert {"LeftJoin", "Minus", "Union", "SubSelect", "AggregateJoin"} <= said.keys()


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("ASK { ?s ?p ?o }", "AskQuery"),
        ("CONSTRUCT { ?s a ?o } WHERE { ?s ?p ?o }", "ConstructQuery"),
        ("DESCRIBE <http://example.org/x>", "DescribeQuery"),
    ],
)
def test_every_form_of_query(text: str, first: str) -> None:
    assert steps(text).operation == first


@pytest.mark.parametrize(
    "text", ["SELECT * WHERE { ?s ?p }", "SELECT * { ?s x:y ?o }", "nonsense", "", "SELECT * {" * 400]
)
def test_what_is_no_query_gets_a_reason_in_a_line(text: str) -> None:
    with pytest.raises(Unexplained) as caught:
        steps(text)
    assert str(caught.value)
    assert "\n" not in str(caught.value)


def test_named_queries_can_be_explained() -> None:
    for name in ("strategies-on-a-concept", "city-by-goal-matrix"):
        assert flat(steps(catalogue()[name].text))


def test_it_runs_apart_and_bounded() -> None:
    assert asyncio.run(explain("ASK { ?s ?p ?o }")).operation == "AskQuery"
    with pytest.raises(Unexplained, match="longer"):
        asyncio.run(explain("#" * (LONGEST + 1)))


@pytest.mark.slow
def test_a_text_made_to_take_forever_is_given_up_on() -> None:
    began = time.monotonic()
    with pytest.raises(Unexplained):
        asyncio.run(explain("SELECT * { FILTER(" + "(" * 2000 + "1" + ")" * 2000 + ") }"))
    assert time.monotonic() - began < 60
