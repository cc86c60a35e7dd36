"""Cuts a SPARQL update into its operations, each with the declarations that hold for it.

The engine checks the syntax, but operation by operation: it does not know declarations between operations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from pyoxigraph import NamedNode, Store

from service.store.errors import UpdateSyntaxError
from service.store.text import DECLARATIONS, Names, Token, position, tokens

Target: TypeAlias = NamedNode | Literal["DEFAULT", "NAMED", "ALL"]
# Fails before anything else is evaluated; so the engine reads an update without carrying it out.
PARSE_ONLY = "DROP GRAPH <urn:strategraph:parse-only> ;"
_ERROR = re.compile(r"error at (\d+):(\d+): (?:expected (.*))?", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """Triples of a template or of data, and the graph that they are for; None for the default graph."""

    graph: Token | None
    tokens: tuple[Token, ...]


@dataclass(frozen=True)
class Data:
    """INSERT DATA or DELETE DATA."""

    insert: bool
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Modify:
    """DELETE and INSERT with a WHERE; the pattern is a piece of text with its braces."""

    pattern: str
    delete: tuple[Block, ...] = ()
    insert: tuple[Block, ...] = ()
    with_graph: NamedNode | None = None
    using: tuple[NamedNode, ...] = ()
    using_named: tuple[NamedNode, ...] = ()


@dataclass(frozen=True)
class Clear:
    """CLEAR or DROP."""

    drop: bool
    target: Target
    silent: bool


@dataclass(frozen=True)
class Create:
    """CREATE."""

    graph: NamedNode
    silent: bool


@dataclass(frozen=True)
class Transfer:
    """ADD, MOVE or COPY."""

    kind: str
    source: Target
    target: Target
    silent: bool


@dataclass(frozen=True)
class Load:
    """LOAD."""

    address: NamedNode
    graph: NamedNode | None
    silent: bool


Action: TypeAlias = Data | Modify | Clear | Create | Transfer | Load


@dataclass(frozen=True)
class Operation:
    """One operation: its text, what was declared before it, and what it means."""

    text: str
    prologue: str
    names: Names
    action: Action


@dataclass
class _Segment:
    """The tokens between two semicolons, and the declarations that hold for them."""

    declarations: list[list[Token]]
    tokens: list[Token] = field(default_factory=list)


def operations(text: str, base_iri: str | None, prefixes: dict[str, str]) -> list[Operation]:
    """Read an update; raises UpdateSyntaxError with line and column."""
    names = Names(base_iri, prefixes)
    result, labels = [], dict[str, int]()
    declared = 0
    for number, segment in enumerate(_segments(text)):
        _check(text, segment, base_iri, prefixes)
        for declaration in segment.declarations[declared:]:
            names = names.declare(declaration[0].word, declaration[1:])
        declared = len(segment.declarations)
        if not segment.tokens:
            continue
        lines = (text[d[0].start : d[-1].end] for d in segment.declarations if d[0].word != "VERSION")
        reader = _Reader(text, segment.tokens, names)
        body = text[segment.tokens[0].start : segment.tokens[-1].end]
        action = reader.action()
        if isinstance(action, Data):
            _check_labels(text, segment, number, labels)
        result.append(Operation(body, "\n".join(lines), names, action))
    return result


def _segments(text: str) -> Iterator[_Segment]:
    """Cut at the semicolons outside of braces."""
    found = list(tokens(text))
    declarations: list[list[Token]] = []
    index = 0
    while True:
        while index < len(found) and found[index].word in DECLARATIONS:
            length = 1 + DECLARATIONS[found[index].word]
            declarations = [*declarations, found[index : index + length]]
            index += length
        segment, depth = _Segment(declarations), 0
        while index < len(found) and (depth > 0 or found[index].text != ";"):
            depth += (found[index].text == "{") - (found[index].text == "}")
            segment.tokens.append(found[index])
            index += 1
        if index < len(found) and not segment.tokens:
            raise UpdateSyntaxError(
                "an operation is missing before this semicolon", *position(text, found[index].start)
            )
        yield segment
        if index >= len(found):
            return
        index += 1


def _check(text: str, segment: _Segment, base_iri: str | None, prefixes: dict[str, str]) -> None:
    """Let the engine check an operation, laid out so that its columns are those of the whole text."""
    pieces = [(text[d[0].start : d[-1].end], *position(text, d[0].start)) for d in segment.declarations]
    if segment.tokens:
        start, end = segment.tokens[0].start, segment.tokens[-1].end
        pieces += [(PARSE_ONLY, 0, 1), (text[start:end], *position(text, start))]
    elif not pieces:
        return
    layout = "\n".join(" " * (column - 1) + piece for piece, _, column in pieces)
    # Nothing is carried out: the first operation fails, as it should.
    with suppress(RuntimeError):
        try:
            Store().update(layout, base_iri=base_iri, prefixes=prefixes)
        except SyntaxError as error:
            raise _located(error, pieces) from error


def _located(error: SyntaxError, pieces: list[tuple[str, int, int]]) -> UpdateSyntaxError:
    match = _ERROR.match(str(error))
    if match is None:
        return UpdateSyntaxError(str(error))
    line, column = int(match[1]), int(match[2])
    expected = " ".join((match[3] or "").split()).replace(", [_]", "")
    message = f"not a SPARQL update: expected {expected}"[:300] if expected else "not a SPARQL update"
    first = 1
    for piece, at, _ in pieces:
        height = piece.count("\n") + 1
        if line < first + height:
            return UpdateSyntaxError(message, at + line - first, column)
        first += height
    return UpdateSyntaxError(message)


def _check_labels(text: str, segment: _Segment, number: int, labels: dict[str, int]) -> None:
    """Data of two operations may not share a label: it would look like one node. Templates make fresh nodes anyway."""
    for token in segment.tokens:
        if token.kind == "bnode" and labels.setdefault(token.text, number) != number:
            raise UpdateSyntaxError(
                f"the blank node {token.text} is used in two operations", *position(text, token.start)
            )


class _Reader:
    """Reads the tokens of one operation whose syntax has been checked."""

    def __init__(self, text: str, found: list[Token], names: Names) -> None:
        self._text = text
        self._tokens = found
        self._names = names
        self._index = 0

    def action(self) -> Action:
        """Read the operation."""
        word = self._next().word
        if word in {"INSERT", "DELETE"} and self._skip("DATA"):
            return Data(word == "INSERT", self._blocks())
        if word == "DELETE" and self._skip("WHERE"):
            start = self._peek().start
            blocks = self._blocks()
            return Modify(self._text[start : self._tokens[self._index - 1].end], delete=blocks)
        if word in {"WITH", "INSERT", "DELETE"}:
            return self._modify(word)
        return self._management(word)

    def _management(self, word: str) -> Action:
        silent = self._skip("SILENT")
        if word in {"CLEAR", "DROP"}:
            return Clear(word == "DROP", self._target(), silent)
        if word == "CREATE":
            self._skip("GRAPH")
            return Create(self._iri(), silent)
        if word == "LOAD":
            address = self._iri()
            into = self._skip("INTO") and self._skip("GRAPH")
            return Load(address, self._iri() if into else None, silent)
        if word in {"ADD", "MOVE", "COPY"}:
            source = self._target()
            self._skip("TO")
            return Transfer(word, source, self._target(), silent)
        raise self._error("put a space after the keyword with which the operation starts", self._tokens[0])

    def _modify(self, word: str) -> Modify:
        made = Modify("")
        if word == "WITH":
            made = replace(made, with_graph=self._iri())
            word = self._next().word
        if word == "DELETE":
            made = replace(made, delete=self._blocks())
            word = "INSERT" if self._skip("INSERT") else ""
        if word == "INSERT":
            made = replace(made, insert=self._blocks())
        using: dict[bool, list[NamedNode]] = {False: [], True: []}
        while self._skip("USING"):
            named = self._skip("NAMED")
            using[named].append(self._iri())
        if not self._skip("WHERE"):
            raise self._error("put a space after each keyword of the operation", self._tokens[0])
        pattern = self._text[self._peek().start : self._tokens[-1].end]
        return replace(made, pattern=pattern, using=tuple(using[False]), using_named=tuple(using[True]))

    def _blocks(self) -> tuple[Block, ...]:
        """Read braces with triples, some of them in braces of their own after GRAPH."""
        self._next()
        blocks: list[Block] = []
        triples: list[Token] = []
        while (token := self._next()).text != "}":
            if token.word == "GRAPH":
                blocks.append(Block(None, tuple(triples)))
                graph, triples = self._next(), []
                self._next()
                while (inner := self._next()).text != "}":
                    triples.append(inner)
                blocks.append(Block(graph, tuple(triples)))
                triples = []
                self._skip(".")
            else:
                triples.append(token)
        blocks.append(Block(None, tuple(triples)))
        return tuple(block for block in blocks if block.tokens)

    def _target(self) -> Target:
        if self._skip("DEFAULT"):
            return "DEFAULT"
        if self._skip("NAMED"):
            return "NAMED"
        if self._skip("ALL"):
            return "ALL"
        self._skip("GRAPH")
        return self._iri()

    def _iri(self) -> NamedNode:
        token = self._next()
        iri = self._names.resolve(token)
        if iri is None:
            raise self._error(f"{token.text} is not the name of a graph here", token)
        return NamedNode(iri)

    def _peek(self) -> Token:
        if self._index >= len(self._tokens):
            raise self._error("the operation ends too early", self._tokens[-1])
        return self._tokens[self._index]

    def _next(self) -> Token:
        token = self._peek()
        self._index += 1
        return token

    def _skip(self, text: str) -> bool:
        if self._index < len(self._tokens) and self._tokens[self._index].text.upper() == text:
            self._index += 1
            return True
        return False

    def _error(self, message: str, token: Token) -> UpdateSyntaxError:
        return UpdateSyntaxError(message, *position(self._text, token.start))
