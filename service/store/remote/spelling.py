"""Writes terms into a query, because a remote engine has no parameters: on tokens, never on text.

A value arrives as a term in N-Triples syntax and is spelled by the engine's own serializer, so it is one token of the
grammar, whatever a person typed. Where it goes follows what the embedded engine does with substitutions: it replaces
the variable wherever that is in scope; a sub-select has a scope of its own unless it selects the variable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.store.reader_process import parse_term
from service.store.remote.errors import EngineUnable
from service.store.text import Token, tokens

_CLAUSE_ENDS = {"HAVING", "LIMIT", "OFFSET", "VALUES", "ORDER", "GROUP"}
NAME = "strategraph_parameter"


def spelled(text: str, values: Mapping[str, str]) -> str:
    """Return a query with terms in the place of variables; `values` holds N-Triples syntax by variable name."""
    if not values:
        return text
    return _Speller(text, {name: str(parse_term(value)) for name, value in values.items()}).spell()


@dataclass(frozen=True)
class _Scope:
    """A SELECT and the variables that mean parameters in it; it ends with the brace that it stands in."""

    depth: int
    names: frozenset[str]


class _Speller:
    def __init__(self, text: str, terms: Mapping[str, str]) -> None:
        self._text = text
        self._terms = terms
        self._tokens = list(tokens(text))
        self._scopes = [_Scope(0, frozenset(terms))]
        self._depth = 0
        self._parentheses = 0
        # Inside GROUP BY or ORDER BY, where a bare term needs parentheses: their depth in braces.
        self._clause: int | None = None

    def spell(self) -> str:
        pieces, at, index = [], 0, 0
        while index < len(self._tokens):
            token = self._tokens[index]
            if token.word == "SELECT":
                self._clause = None
                end = self._projection_end(index)
                pieces += [self._text[at : token.end], *self._projection(index + 1, end)]
                at = self._tokens[end].start
                index = end
                continue
            self._follow(token, index)
            if (written := self._written(token, index)) is not None:
                pieces += [self._text[at : token.start], written]
                at = token.end
            index += 1
        return "".join([*pieces, self._text[at:]])

    def _follow(self, token: Token, index: int) -> None:
        """Keep track of where in the grammar a token is."""
        if token.text == "{":
            self._depth += 1
            self._clause = None
        elif token.text == "}":
            self._depth -= 1
            self._clause = None
            while len(self._scopes) > 1 and self._scopes[-1].depth > self._depth:
                self._scopes.pop()
        elif token.text in "()" and token.kind == "punct":
            self._parentheses += 1 if token.text == "(" else -1
        elif token.word in _CLAUSE_ENDS:
            following = self._tokens[index + 1].word if index + 1 < len(self._tokens) else ""
            self._clause = self._depth if following == "BY" else None

    def _written(self, token: Token, index: int) -> str | None:
        """The term in the place of a token; None where the token stays."""
        if token.kind != "var" or token.text[1:] not in self._scopes[-1].names:
            return None
        before = self._tokens[index - 1] if index else None
        if before is not None and before.word in ("AS", "VALUES"):
            raise EngineUnable(f"The query assigns its parameter {token.text}: compare another variable with it.")
        term = self._terms[token.text[1:]]
        return f"({term})" if self._clause == self._depth and not self._parentheses else term

    def _projection_end(self, index: int) -> int:
        """The token after the list of what is selected."""
        depth = 0
        for at in range(index + 1, len(self._tokens)):
            token = self._tokens[at]
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0 and (token.text == "{" or token.word in ("WHERE", "FROM")):
                return at
        raise EngineUnable("The query has a SELECT without a pattern.")

    def _projection(self, start: int, end: int) -> Iterator[str]:
        """Rewrite what is selected, and open its scope."""
        found = self._tokens[start:end]
        outer = self._depth == 0
        everything = any(token.text == "*" and number < 2 for number, token in enumerate(found))
        if everything and outer:
            raise EngineUnable("A query with parameters must name what it selects, instead of *.")
        bare = {token.text[1:] for token, depth in _depths(found) if token.kind == "var" and depth == 0}
        names = self._scopes[-1].names
        names = names if everything or outer else names & bare
        if not outer:
            self._scopes.append(_Scope(self._depth, names))
        pieces, at, left = [], found[0].start, everything
        for number, (token, depth) in enumerate(_depths(found)):
            left = left or token.text == "(" or (token.kind == "var" and token.text[1:] not in names)
            if token.kind != "var" or token.text[1:] not in names:
                continue
            if depth and found[number - 1].word == "AS":
                raise EngineUnable(f"The query assigns its parameter {token.text}: compare another variable with it.")
            term = self._terms[token.text[1:]]
            # The outermost SELECT still has the column; inside it would be assigned twice.
            written = term if depth else f"({term} AS {token.text})" if outer else ""
            pieces += [self._text[at : token.start], written]
            at = token.end
        yield " " + "".join([*pieces, self._text[at : found[-1].end]])
        yield " " if left or outer else f" (1 AS ?{NAME}) "


def _depths(found: list[Token]) -> Iterator[tuple[Token, int]]:
    depth = 0
    for token in found:
        depth -= token.text == ")"
        yield token, depth
        depth += token.text == "("
