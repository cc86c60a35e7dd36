"""Compares an answer with the expected one: as sets or bags of rows, or as graphs, whatever blank nodes are called."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance_cases import Case, iri_of
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    parse,
    parse_query_results,
)

RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_ORDERED = re.compile(r"\bORDER\s+BY\b", re.IGNORECASE)
_COUNT, _INDEX, _IS = NamedNode("urn:count"), NamedNode("urn:index"), NamedNode("urn:is")
_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


@dataclass(frozen=True)
class Table:
    """Variables and rows."""

    variables: tuple[str, ...]
    rows: tuple[tuple, ...]


def same_table(case: Case, expected: Table, found: Table) -> bool:
    """Tell whether two tables say the same, in the order that the query asks for."""
    ordered = _ORDERED.search(case.text) is not None
    return set(expected.variables) == set(found.variables) and _encoded(expected, ordered, case.lax) == _encoded(
        found, ordered, case.lax
    )


def same_graph(expected: Iterable[Quad], found: Iterable[Quad]) -> bool:
    """Tell whether two sets of quads are isomorphic."""
    return _canonical(expected) == _canonical(found)


def same_csv(expected: str, found: str) -> bool:
    """Tell whether two CSV documents have the same header and the same rows, in any order."""
    return _csv(expected) == _csv(found)


def _csv(text: str) -> tuple[list[str], list[list[str]]]:
    """With the columns by name: the order of `SELECT *` is nobody's business."""
    header, *rows = zip(*sorted(zip(*csv.reader(io.StringIO(text)), strict=True)), strict=True)
    labels: dict[str, str] = {}
    named = [
        [labels.setdefault(c, f"_:{len(labels)}") if c.startswith("_:") else c for c in row]
        for row in sorted(rows, key=lambda row: [c for c in row if not c.startswith("_:")])
    ]
    return list(header), named


def _encoded(table: Table, ordered: bool, lax: bool) -> frozenset[Quad]:
    rows = [
        tuple((name, term) for name, term in zip(table.variables, row, strict=True) if term is not None)
        for row in table.rows
    ]
    quads: list[Quad] = []
    for index, (row, count) in enumerate(_bag(rows, ordered)):
        node = BlankNode()
        quads.append(Quad(node, _IS, Literal("row")))
        if not lax:
            quads.append(Quad(node, _COUNT, Literal(count)))
        if ordered:
            quads.append(Quad(node, _INDEX, Literal(index)))
        quads += [Quad(node, NamedNode(f"urn:var:{name}"), term) for name, term in row]
    return _canonical(quads)


def _bag(rows: Sequence[tuple], ordered: bool) -> Iterable[tuple[tuple, int]]:
    return [(row, 1) for row in rows] if ordered else Counter(map(frozenset, rows)).items()


def _canonical(quads: Iterable[Quad]) -> frozenset[Quad]:
    store = Store()  # brings numbers and dates into the spelling that the engine gives them
    store.extend(quads)
    dataset = Dataset(store)
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return frozenset(dataset)


def expected_result(path: Path) -> bool | Table | list[Quad]:
    """Read an expected answer."""
    known = {".srx": QueryResultsFormat.XML, ".srj": QueryResultsFormat.JSON, ".tsv": QueryResultsFormat.TSV}
    if path.suffix in known:
        return tabled(parse_query_results(path.read_bytes(), known[path.suffix]))
    kind = RdfFormat.from_extension(path.suffix[1:])
    quads = list(parse(path=str(path), format=kind, base_iri=iri_of(path)))
    store = Store()
    store.extend(quads)
    sets = list(store.quads_for_pattern(None, _TYPE, NamedNode(RS + "ResultSet")))
    return _result_set(store, sets[0].subject) if sets else quads


def tabled(results: QuerySolutions | QueryBoolean) -> bool | Table:
    """Read the engine's own answer."""
    if isinstance(results, QueryBoolean):
        return bool(results)
    names = tuple(v.value for v in results.variables)
    return Table(names, tuple(tuple(solution[name] for name in names) for solution in results))


def _result_set(store: Store, node) -> bool | Table:
    def all_of(subject, name: str) -> list:
        return [q.object for q in store.quads_for_pattern(subject, NamedNode(RS + name), None, None)]

    if boolean := all_of(node, "boolean"):
        return boolean[0].value in ("true", "1")
    names = tuple(sorted(o.value for o in all_of(node, "resultVariable")))
    solutions = sorted(all_of(node, "solution"), key=lambda s: [int(o.value) for o in all_of(s, "index")])
    rows = []
    for solution in solutions:
        bound = {all_of(b, "variable")[0].value: all_of(b, "value")[0] for b in all_of(solution, "binding")}
        rows.append(tuple(bound.get(name) for name in names))
    return Table(names, tuple(rows))


def judge(case: Case, found: bool | Table | list[Quad] | str) -> str:
    """Return nothing for the right answer, else what is wrong with it."""
    assert isinstance(case.expected, Path)
    if isinstance(found, str):
        return "" if same_csv(case.expected.read_text(), found) else "other rows"
    expected = expected_result(case.expected)
    if type(expected) is not type(found):
        return f"{type(found).__name__} instead of {type(expected).__name__}"
    if isinstance(expected, Table):
        return "" if same_table(case, expected, found) else "other rows"
    if isinstance(expected, bool):
        return "" if expected == found else f"{found} instead of {expected}"
    return "" if same_graph(expected, found) else "another graph"
