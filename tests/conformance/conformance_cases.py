"""Reads the manifests of the W3C suites."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from fetch_suite import CACHE, SUITES
from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
KINDS = {
    "QueryEvaluationTest": "query evaluation",
    "CSVResultFormatTest": "CSV results",
    "UpdateEvaluationTest": "update evaluation",
    "PositiveSyntaxTest": "query syntax",
    "PositiveSyntaxTest11": "query syntax",
    "NegativeSyntaxTest": "bad query syntax",
    "NegativeSyntaxTest11": "bad query syntax",
    "PositiveUpdateSyntaxTest11": "update syntax",
    "NegativeUpdateSyntaxTest11": "bad update syntax",
}
MANIFESTS = ("sparql11/manifest-all.ttl", "dawg-data-r2/manifest-evaluation.ttl", "dawg-data-r2/manifest-syntax.ttl")
# Entailment regimes are another specification, which neither the engine nor the service claims.
LEFT_OUT = ("sparql11/entailment/",)
_FROM = re.compile(r"\bFROM\s+(NAMED\s+)?<([^>]*)>", re.IGNORECASE)

Named = tuple[tuple[str, Path], ...]


@dataclass(frozen=True)
class Data:
    """The files of a dataset."""

    default: tuple[Path, ...] = ()
    named: Named = ()

    def quads(self) -> Iterator[Quad]:
        """What is in them; blank nodes of two files are never the same."""
        for path in self.default:
            yield from (Quad(*q.triple) for q in _parsed(path))
        for name, path in self.named:
            yield from (Quad(*q.triple, NamedNode(name)) for q in _parsed(path))


@dataclass(frozen=True)
class Case:
    """One test: what to send, over which data, and what should come of it."""

    name: str
    kind: str
    text: str
    base: str
    data: Data = field(default_factory=Data)
    expected: Path | Data | None = None
    lax: bool = False
    federated: bool = False


def cases() -> list[Case]:
    """Every test of the suites that this service can be asked."""
    found = {}
    for manifest in MANIFESTS:
        for case in _entries(CACHE / manifest):
            if not case.name.startswith(LEFT_OUT):
                found[case.name] = case
    return list(found.values())


def iri_of(path: Path) -> str:
    """The address under which the W3C published a file."""
    suite, _, rest = path.resolve().relative_to(CACHE.resolve()).as_posix().partition("/")
    return SUITES[suite] + rest


def path_of(iri: str) -> Path:
    """The reverse of `iri_of`."""
    for suite, base in SUITES.items():
        if iri.startswith(base):
            return CACHE / suite / unquote(iri[len(base) :])
    raise ValueError(iri)


def _parsed(path: Path) -> Iterator[Quad]:
    kind = RdfFormat.from_extension(path.suffix[1:]) or RdfFormat.TURTLE
    return parse(path=str(path), format=kind, base_iri=iri_of(path), rename_blank_nodes=True)


class _Manifest:
    def __init__(self, path: Path) -> None:
        self.store = Store()
        self.store.extend(_parsed(path))
        self.path = path

    def all(self, subject, predicate: str) -> list:
        return [q.object for q in self.store.quads_for_pattern(subject, NamedNode(predicate), None, None)]

    def one(self, subject, predicate: str):
        return next(iter(self.all(subject, predicate)), None)

    def lists(self, predicate: str) -> Iterator:
        for quad in self.store.quads_for_pattern(None, NamedNode(predicate), None, None):
            node = quad.object
            while (item := self.one(node, RDF + "first")) is not None:
                yield item
                node = self.one(node, RDF + "rest")

    def data(self, node, space: str) -> Data:
        default = tuple(path_of(o.value) for o in self.all(node, space + "data"))
        named = []
        for graph in self.all(node, space + "graphData"):
            if isinstance(graph, NamedNode):
                named.append((graph.value, path_of(graph.value)))
            else:
                file = self.one(graph, space + "graph") or self.one(graph, space + "data")
                named.append((self.one(graph, LABEL).value, path_of(file.value)))
        return Data(default, tuple(named))


def _entries(path: Path) -> Iterator[Case]:
    manifest = _Manifest(path)
    for included in manifest.lists(MF + "include"):
        yield from _entries(path_of(included.value))
    for test in manifest.lists(MF + "entries"):
        types = [o.value.removeprefix(MF) for o in manifest.all(test, RDF + "type")]
        kind = next((KINDS[t] for t in types if t in KINDS), None)
        if kind is not None:
            yield _case(manifest, test, kind)


def _case(manifest: _Manifest, test, kind: str) -> Case:
    action = manifest.one(test, MF + "action")
    is_update = "update" in kind
    space, word = (UT, "request") if is_update else (QT, "query")
    file = action if isinstance(action, NamedNode) else manifest.one(action, space + word)
    source = path_of(file.value)
    text = source.read_bytes().decode()
    data = Data() if isinstance(action, NamedNode) else manifest.data(action, space)
    expected = manifest.one(test, MF + "result")
    if kind == "query evaluation":
        data = _with_from(text, source, data)
    cardinality = manifest.one(test, MF + "resultCardinality")
    return Case(
        name=iri_of(manifest.path)
        .replace(SUITES["sparql11"], "sparql11/")
        .replace(SUITES["dawg-data-r2"], "sparql10/")
        .removesuffix("manifest.ttl")
        + test.value.rpartition("#")[2],
        kind=kind,
        text=text,
        base=iri_of(source),
        data=data,
        expected=manifest.data(expected, UT) if is_update and expected else expected and path_of(expected.value),
        lax=cardinality is not None and cardinality.value == MF + "LaxCardinality",
        federated=re.search(r"\bSERVICE\b", text) is not None,
    )


def _with_from(text: str, source: Path, data: Data) -> Data:
    """The graphs that a query names itself are part of its dataset."""
    named = dict(data.named)
    for _, iri in _FROM.findall(text):
        path = source.parent / iri
        if path.is_file():
            named[iri_of(path)] = path
    return Data(data.default, tuple(named.items()))
