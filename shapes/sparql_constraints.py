"""`sh:sparql` constraints, run by pyoxigraph one focus node at a time, as section 5 of the SHACL recommendation says.

They must stand on shapes that have a target of their own: what stands elsewhere would go unchecked, so it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store, Variable

from shapes.report import SH, Result, Term, sh
from shapes.targets import Target, deactivated
from shapes.view import View

COMPONENT = SH + "SPARQLConstraintComponent"


@dataclass(frozen=True)
class SparqlConstraint:
    """One `sh:sparql` constraint, ready to run with `$this` bound to a focus node."""

    shape: NamedNode
    target: Target
    severity: str
    select: str
    messages: dict[str, str]
    own_properties: frozenset[str] | None

    def check(self, data: View, focus: Term) -> list[Result]:
        """The findings for one focus node; the same solution twice is one finding."""
        view = data if data.graph is not None else self._copied(data, focus)
        solutions: Any = view.solutions(self.select, {Variable("this"): focus})
        names = [variable.value for variable in solutions.variables]
        rows = dict.fromkeys(tuple(solution[name] for name in names) for solution in solutions)
        return [self._result(focus, dict(zip(names, row, strict=True))) for row in rows]

    def _copied(self, data: View, focus: Term) -> View:
        """What the constraint reads, in one graph: a query over several graphs would count a shared triple twice."""
        if self.own_properties is None:
            return data.copied()
        store = Store()
        for predicate in self.own_properties:
            store.extend(Quad(*triple) for triple in data.triples(focus, NamedNode(predicate)))
        return View(store, DefaultGraph())

    def _result(self, focus: Term, row: dict[str, Any]) -> Result:
        path, value = row.get("path"), row.get("value")
        known = {name: term.value for name, term in row.items() if isinstance(term, NamedNode | Literal)}
        if isinstance(focus, NamedNode | Literal):
            known["this"] = focus.value
        return Result(
            focus=focus,
            severity=self.severity,
            component=COMPONENT,
            messages={language: _filled(text, known) for language, text in self.messages.items()},
            path=path.value if isinstance(path, NamedNode) else None,
            value=value if value is not None else focus,
            shape=self.shape.value,
        )


def sparql_constraints(shapes: Store) -> list[SparqlConstraint]:
    """The active `sh:sparql` constraints of a shapes graph."""
    constraints = []
    for q in shapes.quads_for_pattern(None, sh("sparql"), None):
        if not isinstance(q.subject, NamedNode):
            raise ValueError("a shape with sh:sparql needs an IRI, so that a report can name it")
        if any(deactivated(shapes, node) for node in (q.subject, q.object)):
            continue
        constraints.append(_constraint(shapes, q.subject, q.object))
    return sorted(constraints, key=lambda constraint: (constraint.shape.value, constraint.select))


def _constraint(shapes: Store, shape: NamedNode, node: Any) -> SparqlConstraint:
    def values(subject: Any, name: str) -> Sequence[Any]:
        return [q.object for q in shapes.quads_for_pattern(subject, sh(name), None)]

    target = Target.of(shapes, shape)
    uses = {q.predicate for q in shapes.quads_for_pattern(None, None, shape)}
    if not target or values(shape, "path") or uses & {sh("node"), sh("not"), sh("qualifiedValueShape")}:
        raise ValueError(f"{shape}: sh:sparql must stand on a node shape with a target that no other shape refers to")
    selects = values(node, "select")
    if len(selects) != 1 or "$PATH" in selects[0].value:
        raise ValueError(f"{shape}: sh:sparql needs exactly one sh:select, without $PATH")
    prologue = ""
    for declarer in values(node, "prefixes"):
        for declaration in values(declarer, "declare"):
            (prefix,), (namespace,) = values(declaration, "prefix"), values(declaration, "namespace")
            prologue += f"PREFIX {prefix.value}: <{namespace.value}>\n"
    messages = values(node, "message") or values(shape, "message")
    severity = values(shape, "severity")
    return SparqlConstraint(
        shape=shape,
        target=target,
        severity=severity[0].value.removeprefix(SH) if severity else "Violation",
        select=prologue + selects[0].value,
        messages={m.language or "": m.value for m in messages if isinstance(m, Literal)},
        own_properties=own_properties(prologue + selects[0].value),
    )


@lru_cache(maxsize=256)
def own_properties(select: str) -> frozenset[str] | None:
    """The properties of `$this` that a constraint reads; None when it also reads other nodes.

    Whatever is not a plain triple pattern about `$this` makes it None: a wrong "only its own" would let a change pass
    unchecked, a wrong None costs time.
    """
    from rdflib import URIRef
    from rdflib import Variable as Name
    from rdflib.plugins.sparql import prepareQuery
    from rdflib.plugins.sparql.parserutils import CompValue

    properties: set[str] = set()
    waiting: list[Any] = [prepareQuery(select).algebra]
    while waiting:
        node = waiting.pop()
        if isinstance(node, CompValue):
            if node.name in {"Graph", "ServiceGraphPattern", "Builtin_EXISTS", "Builtin_NOTEXISTS"}:
                return None
            for key, value in node.items():
                if key == "triples":
                    for subject, predicate, _ in value:
                        if subject != Name("this") or not isinstance(predicate, URIRef):
                            return None
                        properties.add(str(predicate))
                elif key != "_vars":
                    waiting.append(value)
        elif isinstance(node, list | tuple):
            waiting += node
    return frozenset(properties)


def _filled(text: str, known: dict[str, str]) -> str:
    """A message with `{?name}` and `{$name}` replaced by what a solution binds."""
    return re.sub(r"\{[?$](\w+)\}", lambda match: known.get(match[1], match[0]), text)
