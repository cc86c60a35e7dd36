"""Refuses texts nested so deeply that the engine's parser would run out of stack, which ends the whole process.

Measured: the engine survives a depth of 1,000 in every construct of SPARQL and dies of 10,000 in most of them, of
10,000 in JSON-LD and of 100,000 in quoted triples of Turtle. Chains of operators are nested too, once they are parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from pyoxigraph import RdfFormat

from service.store.errors import UpdateError
from service.store.expansion import Text, check_declarations
from service.store.text import Token, tokens

DEPTH: Final = 256
CHAIN: Final = 1000
_OPENS: Final = frozenset(("(", "{", "[", "<<", "<<(", "{|"))
_CLOSES: Final = frozenset((")", "}", "]", ">>", ")>>", "|}"))
_OPERATORS: Final = frozenset(("!", "+", "-", "*", "/", "|", "^", "||", "&&", "=", "!=", "<", ">", "<=", ">="))
_CLAUSES: Final = frozenset(("UNION", "OPTIONAL", "MINUS", "FILTER", "BIND", "LATERAL", "GRAPH", "SERVICE"))
_DECLARATIONS: Final = frozenset(("PREFIX", "BASE", "VERSION"))
# Strings, IRIs and comments hold brackets that mean nothing; what is left of a document are its brackets.
_TURTLE: Final = re.compile(
    rb'"""(?:[^"\\]|\\[\s\S]|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\[\s\S]|\'(?!\'\'))*\'\'\'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''
    rb"|<[^<>\"{}|^`\\\x00-\x20]*>|#[^\n]*|(?P<open><<\(?|[(\[{])|(?P<close>\)?>>|[)\]}])"
)
_JSON: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|(?P<open>[\[{])|(?P<close>[\]}])')
_XML: Final = re.compile(rb"<!--[\s\S]*?-->|<[?!][^>]*>|<[^>]*/>|(?P<close></[^>]*>)|(?P<open><[^>]*>)")
# Whether it is worth looking closely; mapped files have no `count`.
_BRACKETS: Final = re.compile(rb"[(\[{]|<<")
_QUOTED: Final = re.compile(rb"<<\(")
_SCANS: Final = {RdfFormat.JSON_LD: (_JSON, re.compile(rb"[\[{]")), RdfFormat.RDF_XML: (_XML, re.compile(rb"<"))}
_FLAT: Final = (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)


class TooDeep(UpdateError):
    """A text is nested too deeply."""


def check_sparql(text: str) -> None:
    """Raise TooDeep for a query or update that the engine's parser might not survive."""
    # Nearly all texts are too short to be nested deeply, and need no second look.
    if len(text) <= DEPTH:
        return
    check_declarations(text)
    depth = chain = 0
    for token in _weighing(tokens(text)):
        if token.text in _OPENS:
            depth += 1
        elif token.text in _CLOSES:
            depth = max(depth - 1, 0)
        elif token.text == ";" and depth == 0:
            chain = 0
        else:
            chain += 1
        if depth > DEPTH:
            raise TooDeep(f"The text is nested more than {DEPTH} levels deep at character {token.start + 1}.")
        if chain > CHAIN:
            raise TooDeep(f"The text has more than {CHAIN:,} operators, clauses or declarations; ask in pieces.")


def check_rdf(kind: RdfFormat, body: Text) -> None:
    """Raise TooDeep for a document that the engine's parser might not survive."""
    scan, opens = (_TURTLE, _QUOTED) if kind in _FLAT else _SCANS.get(kind, (_TURTLE, _BRACKETS))
    if sum(1 for _ in islice(opens.finditer(body), DEPTH + 1)) <= DEPTH:
        return
    depth = 0
    for match in scan.finditer(body):
        if match.lastgroup == "open":
            depth += 1
            if depth > DEPTH:
                line = bytes(body[: match.start()]).count(b"\n") + 1
                raise TooDeep(f"The document is nested more than {DEPTH} levels deep on line {line}.")
        elif match.lastgroup == "close":
            depth = max(depth - 1, 0)


def _weighing(found: Iterable[Token]) -> Iterator[Token]:
    """The tokens that make a tree deeper; in lists of data, signs are parts of numbers and do not."""
    data, depth, previous = None, 0, ""
    waiting = False
    for token in found:
        if token.word == "VALUES" or (token.word == "DATA" and previous in ("INSERT", "DELETE")):
            waiting = True
        if token.text in _OPENS:
            depth += 1
            if token.text == "{" and waiting and data is None:
                data, waiting = depth, False
            yield token
        elif token.text in _CLOSES:
            if data == depth:
                data = None
            depth -= 1
            yield token
        elif data is None and (
            token.text in _OPERATORS or token.word in _CLAUSES or token.word in _DECLARATIONS or token.text == ";"
        ):
            yield token
        previous = token.word
