"""A validation report: the W3C graph, and the same facts as plain values for people, JSON and code.

The graph (`sh:ValidationReport`) is the truth; `Result` is a view of it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

SH = "http://www.w3.org/ns/shacl#"
RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
XSD_BOOLEAN = NamedNode("http://www.w3.org/2001/XMLSchema#boolean")

# A path that is a single property, as opposed to one in SPARQL's notation for inverse, sequence and the like.
_ONE_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s|^()<>*]*[^\s|^()<>*+?]")

Term = NamedNode | BlankNode | Literal


def sh(name: str) -> NamedNode:
    """The SHACL term of that local name."""
    return NamedNode(SH + name)


@dataclass(frozen=True)
class Result:
    """One finding: which node, along which path, what value, how bad, and what to do, by language."""

    focus: Term
    severity: str
    component: str
    messages: Mapping[str, str]
    path: str | None = None
    value: Term | None = None
    shape: str | None = None

    def message(self, language: str = "en") -> str:
        """The message in that language, else in English, else whatever there is."""
        for wanted in (language, "en", ""):
            if wanted in self.messages:
                return self.messages[wanted]
        return next(iter(self.messages.values()), self.component.removeprefix(SH))

    def as_json(self, language: str = "en") -> dict[str, Any]:
        """The finding as a JSON object for a person: focus, path, value, severity, message."""
        return {
            "focus": plain(self.focus),
            "path": self.path,
            "value": None if self.value is None else plain(self.value),
            "severity": self.severity,
            "message": self.message(language),
            "shape": self.shape,
            "component": self.component,
        }


class Report:
    """The outcome of a validation; `conforms` follows SHACL, `accepted` lets warnings and infos pass."""

    def __init__(self, triples: Iterable[Triple], *, truncated: bool = False) -> None:
        """Take the triples of a `sh:ValidationReport`; `truncated` says that results were cut at a limit."""
        self.triples = list(triples)
        self.truncated = truncated
        # True when results were cut and it is not known whether a violation is among those left out.
        self.undecided = False

    @classmethod
    def of(cls, results: Iterable[Result], *, truncated: bool = False) -> Report:
        """Build a report from findings."""
        return cls(_report_triples(list(results)), truncated=truncated)

    @classmethod
    def merged(cls, reports: Iterable[Report]) -> Report:
        """One report with the findings of all."""
        parts = list(reports)
        node = BlankNode()
        triples = [triple for part in parts for triple in part.triples if triple.predicate != sh("conforms")]
        triples = [t for t in triples if t.object != sh("ValidationReport")]
        triples = [Triple(node, t.predicate, t.object) if t.predicate == sh("result") else t for t in triples]
        conforms = Literal("true" if all(part.conforms for part in parts) else "false", datatype=XSD_BOOLEAN)
        head = [Triple(node, RDF_TYPE, sh("ValidationReport")), Triple(node, sh("conforms"), conforms)]
        whole = cls(head + triples, truncated=any(part.truncated for part in parts))
        whole.undecided = any(part.undecided for part in parts)
        return whole

    def about(self, focus: Container[Term]) -> Report:
        """The part of the report that concerns those focus nodes."""
        return self.only(lambda result: result.focus in focus)

    def only(self, keep: Callable[[Result], bool]) -> Report:
        """The part of the report whose findings pass a test."""
        return self._part([node for node, result in self._found if keep(result)], self.truncated)

    def first(self, count: int) -> Report:
        """At most so many findings, the worst first."""
        if len(self._found) <= count:
            return self
        return self._part([node for node, _ in self._found[:count]], truncated=True)

    def _part(self, nodes: list[Any], truncated: bool) -> Report:
        report = BlankNode()
        conforms = Literal("false" if nodes else "true", datatype=XSD_BOOLEAN)
        triples = [Triple(report, RDF_TYPE, sh("ValidationReport")), Triple(report, sh("conforms"), conforms)]
        triples += [Triple(report, sh("result"), node) for node in nodes]
        waiting, seen = list(nodes), set(nodes)
        while waiting:
            for triple in self._about.get(waiting.pop(), ()):
                triples.append(triple)
                if isinstance(triple.object, BlankNode) and triple.object not in seen:
                    seen.add(triple.object)
                    waiting.append(triple.object)
        part = Report(triples, truncated=truncated)
        part.undecided = self.undecided
        return part

    @cached_property
    def _about(self) -> Mapping[Any, list[Triple]]:
        about: dict[Any, list[Triple]] = defaultdict(list)
        for triple in self.triples:
            about[triple.subject].append(triple)
        return about

    @cached_property
    def _found(self) -> list[tuple[Any, Result]]:
        """The result nodes and what they say, worst first, then by focus node."""
        order = {"Violation": 0, "Warning": 1, "Info": 2}
        pairs = [(t.object, _result(self._about, t.object)) for t in self.triples if t.predicate == sh("result")]
        return sorted(
            pairs, key=lambda p: (order.get(p[1].severity, 3), str(p[1].focus), p[1].path or "", str(p[1].value))
        )

    @property
    def results(self) -> list[Result]:
        """All findings, worst first, then by focus node."""
        return [result for _, result in self._found]

    @property
    def conforms(self) -> bool:
        """True when there is no finding at all, as SHACL defines it."""
        return not self._found

    @property
    def accepted(self) -> bool:
        """True when no finding is a violation: what a write needs."""
        return not self.violations and not self.undecided

    @cached_property
    def violations(self) -> list[Result]:
        """The findings that stop a write."""
        return [result for result in self.results if result.severity == "Violation"]

    def counts(self) -> dict[str, int]:
        """Findings by severity."""
        return dict(Counter(result.severity for result in self.results))

    def serialize(self, rdf_format: RdfFormat = RdfFormat.TURTLE) -> bytes:
        """The W3C report in an RDF format."""
        prefixes = {"sh": SH, "sg": "https://w3id.org/strategraph/ontology#"}
        body = serialize(self.triples, format=rdf_format, prefixes=prefixes)
        assert body is not None  # bytes are returned when no output is given
        return body

    def as_json(self, language: str = "en") -> dict[str, Any]:
        """The report as a JSON object for a person."""
        return {
            "conforms": self.conforms,
            "accepted": self.accepted,
            "counts": self.counts(),
            "truncated": self.truncated,
            "results": [result.as_json(language) for result in self.results],
        }

    def as_text(self, language: str = "en") -> str:
        """The report as lines for a terminal."""
        lines = []
        for result in self.results:
            where = f" {result.path}" if result.path else ""
            value = f" = {plain(result.value)}" if result.value is not None else ""
            lines.append(f"{result.severity}: {plain(result.focus)}{where}{value}: {result.message(language)}")
        counts = self.counts()
        total = ", ".join(
            f"{counts[name]} {name.lower()}{'s' if counts[name] > 1 else ''}"
            for name in ("Violation", "Warning", "Info")
            if name in counts
        )
        lines.append(f"{total or 'no findings'}{' (cut at the limit)' if self.truncated else ''}")
        return "\n".join(lines)


def plain(term: Term) -> str:
    """A term as a person reads it: an IRI or a literal without decoration."""
    return term.value if isinstance(term, NamedNode | Literal) else str(term)


def _result(about: Mapping[Any, list[Triple]], node: Any) -> Result:
    values: dict[str, list[Any]] = defaultdict(list)
    for triple in about[node]:
        values[triple.predicate.value.removeprefix(SH)].append(triple.object)

    def first(name: str) -> Any:
        return values[name][0] if values[name] else None

    shape, path = first("sourceShape"), first("resultPath")
    return Result(
        focus=first("focusNode"),
        severity=first("resultSeverity").value.removeprefix(SH),
        component=first("sourceConstraintComponent").value,
        messages={m.language or "": m.value for m in values["resultMessage"]},
        path=_path_text(about, path) if path is not None else None,
        value=first("value"),
        shape=shape.value if isinstance(shape, NamedNode) else None,
    )


def _path_text(about: Mapping[Any, list[Triple]], node: Any) -> str:
    """A property path in SPARQL's notation."""
    if isinstance(node, NamedNode):
        return node.value
    parts = {t.predicate.value: t.object for t in about[node]}
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    if rdf + "first" in parts:
        return "/".join(_list_texts(about, node))
    if SH + "alternativePath" in parts:
        return "(" + "|".join(_list_texts(about, parts[SH + "alternativePath"])) + ")"
    signs = {
        "inversePath": ("^", ""),
        "zeroOrMorePath": ("", "*"),
        "oneOrMorePath": ("", "+"),
        "zeroOrOnePath": ("", "?"),
    }
    for name, (before, after) in signs.items():
        if SH + name in parts:
            return f"{before}{_path_text(about, parts[SH + name])}{after}"
    return str(node)


def _list_texts(about: Mapping[Any, list[Triple]], node: Any) -> list[str]:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    texts = []
    while node != NamedNode(rdf + "nil") and about[node]:
        parts = {t.predicate.value: t.object for t in about[node]}
        texts.append(_path_text(about, parts[rdf + "first"]))
        node = parts[rdf + "rest"]
    return texts


def _report_triples(results: list[Result]) -> list[Triple]:
    report = BlankNode()
    conforms = Literal("false" if results else "true", datatype=XSD_BOOLEAN)
    triples = [Triple(report, RDF_TYPE, sh("ValidationReport")), Triple(report, sh("conforms"), conforms)]
    for result in results:
        node = BlankNode()
        triples += [
            Triple(report, sh("result"), node),
            Triple(node, RDF_TYPE, sh("ValidationResult")),
            Triple(node, sh("focusNode"), result.focus),
            Triple(node, sh("resultSeverity"), sh(result.severity)),
            Triple(node, sh("sourceConstraintComponent"), NamedNode(result.component)),
        ]
        triples += [
            Triple(node, sh("resultMessage"), Literal(text, language=language) if language else Literal(text))
            for language, text in result.messages.items()
        ]
        if result.path is not None and _ONE_IRI.fullmatch(result.path):
            triples.append(Triple(node, sh("resultPath"), NamedNode(result.path)))
        if result.value is not None:
            triples.append(Triple(node, sh("value"), result.value))
        if result.shape is not None:
            triples.append(Triple(node, sh("sourceShape"), NamedNode(result.shape)))
    return triples
