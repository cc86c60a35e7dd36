"""The judge of the conformance suites knows right answers from wrong ones, whatever blank nodes are called."""

from __future__ import annotations

import pytest
from conformance_cases import Case
from conformance_judge import Table, same_csv, same_graph, same_table
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

A, B, P = (NamedNode(f"http://example.org/{name}") for name in "abp")
NAMES = ("x", "y")


def case(order: str = "", *, lax: bool = False) -> Case:
    return Case("made up", "query evaluation", f"SELECT * {{ ?x ?p ?y }} {order}", "http://example.org/", lax=lax)


def table(*rows: tuple) -> Table:
    return Table(NAMES, rows)


def test_the_order_of_rows_matters_only_where_it_is_asked_for() -> None:
    there, back = table((A, B), (B, A)), table((B, A), (A, B))
    assert same_table(case(), there, back)
    assert not same_table(case("ORDER BY ?x"), there, back)
    assert same_table(case("ORDER BY ?x"), there, there)


def test_rows_are_counted_unless_reduced() -> None:
    once, twice = table((A, B)), table((A, B), (A, B))
    assert not same_table(case(), once, twice)
    assert same_table(case(lax=True), once, twice)


def test_blank_nodes_match_as_they_are_used() -> None:
    m, n = BlankNode("m"), BlankNode("n")
    assert same_table(case(), table((m, A), (n, B)), table((n, A), (m, B)))
    assert not same_table(case(), table((m, A), (m, B)), table((m, A), (n, B)))


@pytest.mark.parametrize("wrong", [table((A, None)), table((None, A)), table((A, A)), table()])
def test_what_is_unbound_or_another_term_is_another_row(wrong: Table) -> None:
    assert not same_table(case(), table((A, B)), wrong)


def test_other_variables_are_another_table() -> None:
    assert not same_table(case(), Table(("x",), ()), Table(("y",), ()))


def test_graphs() -> None:
    m, n = BlankNode(), BlankNode()
    assert same_graph([Quad(m, P, Literal("01", datatype=_integer()))], [Quad(n, P, Literal(1))])
    assert not same_graph([Quad(m, P, A)], [Quad(m, P, A), Quad(n, P, A), Quad(n, P, B)])
    assert not same_graph([Quad(A, P, B)], [Quad(A, P, B, A)])


def test_csv() -> None:
    assert same_csv("s,p\n_:a,1\nx,2\n", "p,s\r\n2,x\r\n1,_:zz\r\n")
    assert not same_csv("s,p\n_:a,1\n_:a,2\n", "s,p\n_:a,1\n_:b,2\n")
    assert not same_csv("s\n1.0E6\n", "s\n1000000\n")


def _integer() -> NamedNode:
    return NamedNode("http://www.w3.org/2001/XMLSchema#integer")
