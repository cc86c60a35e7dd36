"""The templates of DELETE and INSERT: parsed once, then filled in for every solution."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias
from uuid import uuid4

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, QuerySolution, RdfFormat, Triple, parse

from service.store.manifest import GraphName
from service.store.operations import Block, Operation
from service.store.text import Token

Term: TypeAlias = NamedNode | BlankNode | Literal | Triple
Fresh: TypeAlias = dict[BlankNode, BlankNode]
Slot: TypeAlias = Callable[[QuerySolution | None, Fresh], Term | None]


class TemplateError(Exception):
    """A template whose syntax SPARQL allows but TriG does not."""


class Template:
    """Quads with variables in them."""

    def __init__(self, blocks: Iterable[Block], operation: Operation, text: str, variables: Iterable[str]) -> None:
        """Parse the blocks, which are pieces of `text`; variables that the solutions do not have stay unbound."""
        self._marker = f"urn:strategraph:{uuid4().hex}:"
        self._known = frozenset(variables)
        quads = _parsed(self._trig(blocks, operation, text), operation.names.base)
        self._rows = [
            (
                self._slot(quad.subject),
                self._slot(quad.predicate),
                self._slot(quad.object),
                None if isinstance(quad.graph_name, DefaultGraph) else self._slot(quad.graph_name),
            )
            for quad in quads
        ]

    def fill(self, solution: QuerySolution | None, default: GraphName) -> Iterable[Quad]:
        """Return the quads for one solution; those that would not be RDF are left out, as SPARQL wants it."""
        fresh: Fresh = {}
        for subject, predicate, object_, graph in self._rows:
            s, p, o = subject(solution, fresh), predicate(solution, fresh), object_(solution, fresh)
            g = default if graph is None else graph(solution, fresh)
            if (
                isinstance(s, NamedNode | BlankNode)
                and isinstance(p, NamedNode)
                and o is not None
                and isinstance(g, NamedNode | BlankNode | DefaultGraph)
            ):
                yield Quad(s, p, o, g)

    def _trig(self, blocks: Iterable[Block], operation: Operation, text: str) -> str:
        parts = [operation.prologue]
        for block in blocks:
            graph = f"GRAPH {self._spelled(block.graph)} " if block.graph else ""
            parts.append(f"{graph}{{ {self._triples(block.tokens, text)} }}")
        return "\n".join(parts)

    def _triples(self, found: tuple[Token, ...], text: str) -> str:
        pieces, at = [], found[0].start
        for token in found:
            if token.kind == "var":
                pieces += [text[at : token.start], self._spelled(token)]
                at = token.end
        pieces.append(text[at : found[-1].end])
        return "".join(pieces)

    def _spelled(self, token: Token) -> str:
        return f"<{self._marker}{token.text[1:]}>" if token.kind == "var" else token.text

    def _slot(self, term: Term) -> Slot:
        if isinstance(term, NamedNode) and term.value.startswith(self._marker):
            name = term.value[len(self._marker) :]
            return _variable(name) if name in self._known else _nothing
        if isinstance(term, BlankNode):
            return _blank(term)
        if isinstance(term, Triple):
            return _nested(self._slot(term.subject), self._slot(term.predicate), self._slot(term.object))
        return lambda solution, fresh: term


def _parsed(trig: str, base_iri: str | None) -> list[Quad]:
    try:
        return list(parse(trig, format=RdfFormat.TRIG, base_iri=base_iri))
    except (SyntaxError, ValueError) as error:
        raise TemplateError(str(error)) from error


def _nothing(solution: QuerySolution | None, fresh: Fresh) -> None:
    return None


def _variable(name: str) -> Slot:
    def value(solution: QuerySolution | None, fresh: Fresh) -> Term | None:
        assert solution is not None
        found: Term | None = solution[name]
        return found

    return value


def _blank(label: BlankNode) -> Slot:
    return lambda solution, fresh: fresh.setdefault(label, BlankNode())


def _nested(subject: Slot, predicate: Slot, object_: Slot) -> Slot:
    def value(solution: QuerySolution | None, fresh: Fresh) -> Term | None:
        s, p, o = subject(solution, fresh), predicate(solution, fresh), object_(solution, fresh)
        if isinstance(s, NamedNode | BlankNode) and isinstance(p, NamedNode) and o is not None:
            return Triple(s, p, o)
        return None

    return value


def prefix_lines(prefixes: Mapping[str, str]) -> str:
    """Spell out declarations that came with a request instead of in its text."""
    return "\n".join(f"PREFIX {name}: <{iri}>" for name, iri in prefixes.items())
