"""A SPARQL lexer, because what a text asks for must be known before the engine sees it: the engine has no way to refuse
SERVICE or LOAD, and does not tell what an update changed.

Where `<` begins an IRI and where it is an operator depends on the place, and the engine decides by the place. Nor does
it want a space after a keyword: it reads `trueSERVICE:x{` as `true SERVICE :x {`. This lexer follows it in both;
otherwise a text could hide a SERVICE in what looks like an IRI, a string or a prefixed name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from pyoxigraph import NamedNode, RdfFormat, parse

Form: TypeAlias = Literal["select", "ask", "construct", "describe", "update"]

_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_U = _BASE + "_"
_CHARS = _U + "\\-0-9\u00b7\u0300-\u036f\u203f-\u2040"
_PREFIX = f"(?:[{_BASE}](?:[{_CHARS}.]*[{_CHARS}])?)?"
_ESCAPED = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_LOCAL = f"(?:[{_U}:0-9]|{_ESCAPED})(?:(?:[{_CHARS}.:]|{_ESCAPED})*(?:[{_CHARS}:]|{_ESCAPED}))?"
_IRI = r"<(?:[^\x00-\x20<>\"{}|^`\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>"

_KINDS = {
    "skip": r"[ \t\r\n]+|\#[^\r\n]*",
    "iri": _IRI,
    "string": (
        r'"""(?:"{0,2}(?:[^"\\]|\\[\s\S]))*"""' + r"|'''(?:'{0,2}(?:[^'\\]|\\[\s\S]))*'''"
        r'|"(?:[^"\\\r\n]|\\[^\r\n])*"' + r"|'(?:[^'\\\r\n]|\\[^\r\n])*'"
    ),
    "lang": r"@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?",
    "var": f"[?$][{_U}0-9][{_U}0-9\u00b7\u0300-\u036f\u203f-\u2040]*",
    "bnode": f"_:[{_U}0-9](?:[{_CHARS}.]*[{_CHARS}])?",
    "pname": f"{_PREFIX}:(?:{_LOCAL})?",
    "number": r"(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+",
    "word": r"[A-Za-z_][A-Za-z0-9_]*",
    "punct": r"<<\(|\)>>|<<|>>|\{\||\|\}|\^\^|&&|\|\||!=|<=|>=|[\s\S]",
}
_TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()))
_OPERATOR = re.compile("<=|<")
_OPERANDS = {"var", "iri", "pname", "string", "number", "lang", "bnode"}
_ENDS = {")", "}", "]", ")>>", ">>"}
_CLOSES = {")": ("e", "l"), "]": ("[",), ">>": ("<<",), ")>>": ("<<",)}
_TERMS = {"A", "TRUE", "FALSE", "UNDEF"}
_CLAUSES = {"SELECT", "GROUP", "ORDER", "HAVING"}
_UPDATES = {"INSERT", "DELETE", "WITH", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY"}
_QUERIES: dict[str, Form] = {"SELECT": "select", "ASK": "ask", "CONSTRUCT": "construct", "DESCRIBE": "describe"}
_GLUED = re.compile(
    "TRUE|FALSE|UNDEF|SERVICE|SILENT|FILTER|LOAD|INTO|GRAPH|INSERT|DELETE|DATA|WHERE|WITH|USING|NAMED|CLEAR|DROP|CREATE"
    "|ADD|MOVE|COPY|TO|DEFAULT|ALL|SELECT|DISTINCT|REDUCED|GROUP|ORDER|BY|HAVING|FROM|ASK|CONSTRUCT|DESCRIBE|OPTIONAL"
    "|UNION|MINUS|LATERAL|VALUES|NOT|EXISTS",
    re.IGNORECASE,
)


class Token(NamedTuple):
    """A piece of text; `kind` is iri, pname, bnode, var, string, lang, number, word or punct."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The keyword that this is, in capitals; empty for anything but a word."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def hidden(self) -> list[str]:
        """The keywords that the engine can find in what is a prefixed name to us, as in `SERVICE:x`."""
        return _keywords(self.text.partition(":")[0]) if self.kind == "pname" else []


def _keywords(text: str) -> list[str]:
    """Cut a word into the keywords that it consists of; empty if it is not made of keywords."""
    found: list[str] = _GLUED.findall(text)
    return [word.upper() for word in found] if found and "".join(found) == text else []


_START = Token("punct", "", 0, 0)


class _Place:
    """Where in the grammar the lexer is, as far as it matters for `<`.

    The stack holds `{`, `[`, `e` (parentheses around an expression), `l` (around a list, a path or a row of values) and
    `<<`. `clauses` tells for each of them whether a SELECT or a solution modifier is open in it, where every
    parenthesis holds an expression.
    """

    def __init__(self) -> None:
        self.stack = ["{"]
        self.clauses = [False]
        self.before = [_START, _START]

    def operator(self) -> bool:
        """Tell whether `<` can only be an operator here."""
        last = self.before[-1]
        operand = last.kind in _OPERANDS or last.text in _ENDS or last.word in {"TRUE", "FALSE"}
        return self.stack[-1] == "e" and operand

    def pass_(self, token: Token) -> None:
        """Go past a token."""
        if token.word in _CLAUSES or _CLAUSES.intersection(token.hidden):
            self.clauses[-1] = True
        elif token.kind == "word":
            if token.word in {"VALUES", "WHERE", "FROM"}:
                self.clauses[-1] = False
        elif token.kind == "punct":
            self._bracket(token.text)
        self.before = [self.before[-1], token]

    def _bracket(self, text: str) -> None:
        if text == "{":
            # ORDER BY EXISTS { } goes on; SELECT ... { } does not.
            if self.before[-1].word != "EXISTS":
                self.clauses[-1] = False
            self._push("{")
        elif text == "(":
            self._push("e" if self._expression() else "l")
        elif text in {"[", "<<", "<<("}:
            self._push(text[:2])
        elif text == "}":
            while len(self.stack) > 1 and self._pop() != "{":
                pass
        elif self.stack[-1] in _CLOSES.get(text, ()):
            self._pop()

    def _expression(self) -> bool:
        if self.stack[-1] in "el":
            return self.stack[-1] == "e"
        first, last = self.before
        if self.clauses[-1]:
            return True
        if last.kind == "word":
            return last.word not in _TERMS | {"VALUES"}
        if last.hidden[-1:] == ["FILTER"]:
            return True
        return last.kind in {"iri", "pname"} and first.word == "FILTER"

    def _push(self, bracket: str) -> None:
        self.stack.append(bracket)
        self.clauses.append(False)

    def _pop(self) -> str:
        self.clauses.pop()
        return self.stack.pop()


def tokens(text: str) -> Iterator[Token]:
    """Cut a text into tokens, without comments and white space. Any text is accepted: the engine judges the syntax."""
    place, position = _Place(), 0
    while position < len(text):
        match = _OPERATOR.match(text, position) if place.operator() else None
        kind = "punct"
        if match is None:
            match = _TOKEN.match(text, position)
            assert match is not None  # the last pattern takes any character
            kind = match.lastgroup or kind
        if kind != "skip":
            for token in _separated(Token(kind, match.group(), position, match.end())):
                place.pass_(token)
                yield token
        position = match.end()


def _separated(token: Token) -> list[Token]:
    words = _keywords(token.text) if token.kind == "word" else []
    if len(words) < 2:
        return [token]
    ends = [token.start + sum(map(len, words[: n + 1])) for n in range(len(words))]
    return [Token("word", word, end - len(word), end) for word, end in zip(words, ends, strict=True)]


def position(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of a place in a text, from 1."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


@dataclass(frozen=True)
class Names:
    """What relative and prefixed names mean at some place of a text."""

    base: str | None
    prefixes: Mapping[str, str]

    def resolve(self, token: Token) -> str | None:
        """Return the IRI that a token stands for; None when it stands for none."""
        if token.kind == "iri":
            return self._absolute(token.text)
        if token.kind != "pname":
            return None
        prefix, _, local = token.text.partition(":")
        if prefix not in self.prefixes:
            return None
        return self.prefixes[prefix] + re.sub(r"\\(.)", r"\1", local)

    def declare(self, keyword: str, declared: list[Token]) -> Names:
        """Return the names after a BASE or PREFIX."""
        if keyword == "BASE" and declared:
            return Names(self._absolute(declared[-1].text) or self.base, self.prefixes)
        if keyword == "PREFIX" and len(declared) == 2:
            iri = self._absolute(declared[1].text)
            return Names(self.base, {**self.prefixes, declared[0].text[:-1]: iri or ""})
        return self

    def _absolute(self, iri: str) -> str | None:
        try:
            turtle = f"<urn:x> <urn:x> {iri} ."
            quad = next(parse(turtle, format=RdfFormat.TURTLE, base_iri=self.base))
        except (SyntaxError, ValueError):
            return None
        return quad.object.value if isinstance(quad.object, NamedNode) else None


# BASE takes one token, PREFIX two, VERSION one.
DECLARATIONS = {"BASE": 1, "PREFIX": 2, "VERSION": 1}


def prologue(found: list[Token], start: int, names: Names) -> tuple[int, Names]:
    """Read declarations from a place on; where they end and what names mean then."""
    while start < len(found) and found[start].word in DECLARATIONS:
        length = DECLARATIONS[found[start].word]
        names = names.declare(found[start].word, found[start + 1 : start + 1 + length])
        start += 1 + length
    return min(start, len(found)), names


def form(query: str) -> Form | None:
    """Tell what a text is: the form of a query, "update", or None for neither."""
    found = tokens(query)
    for token in found:
        if token.word not in DECLARATIONS:
            return "update" if token.word in _UPDATES else _QUERIES.get(token.word)
        for _ in range(DECLARATIONS[token.word]):
            next(found, None)
    return None


def has_dataset_clause(query: str) -> bool:
    """Tell whether a query names its dataset itself, with FROM."""
    if "FROM" not in query.upper():  # long texts need not be read for that
        return False
    depth = 0
    for token in tokens(query):
        if token.kind == "punct":
            depth += (token.text == "{") - (token.text == "}")
        elif token.word == "FROM" and depth == 0:
            return True
    return False


def service_addresses(
    text: str, base_iri: str | None = None, prefixes: Mapping[str, str] | None = None
) -> list[str | None]:
    """Return the addresses of SERVICE; None for one that a variable holds or that cannot be told."""
    return _addresses(text, "SERVICE", Names(base_iri, prefixes or {}))


def load_addresses(
    text: str, base_iri: str | None = None, prefixes: Mapping[str, str] | None = None
) -> list[str | None]:
    """Return the addresses of LOAD; None for one that cannot be told."""
    return _addresses(text, "LOAD", Names(base_iri, prefixes or {}))


def _addresses(text: str, keyword: str, names: Names) -> list[str | None]:
    if keyword not in text.upper():  # long texts need not be read for that
        return []
    found = list(tokens(text))
    addresses: list[str | None] = []
    index = depth = 0
    while index < len(found):
        index, names = prologue(found, index, names)
        for target in _targets(found, index, keyword) if keyword == "SERVICE" or not depth else ():
            addresses.append(names.resolve(target))
        if index < len(found) and found[index].kind == "punct":
            depth += (found[index].text == "{") - (found[index].text == "}")
        index += 1
    return addresses


# What a graph name or an address can follow; there, a prefix that looks like a keyword is a prefix.
_BEFORE_NAMES = {"GRAPH", "NAMED", "FROM", "USING", "SERVICE", "SILENT", "WITH"}


def _targets(found: list[Token], index: int, keyword: str) -> Iterator[Token]:
    """Return what follows the keyword, if it is at this place, in the open or hidden in a prefixed name."""
    token = found[index] if index < len(found) else _START
    if token.word == keyword:
        rest = [after for after in found[index + 1 : index + 3] if after.word != "SILENT"]
        target = rest[0] if rest else _START
        yield _unglued(target) if target.hidden == ["SILENT"] else target
        return
    words = [word for word in token.hidden if word != "SILENT"]
    if words[-1:] != [keyword] or (index and found[index - 1].word in _BEFORE_NAMES):
        return
    followed = found[index + 1].text if index + 1 < len(found) else ""
    if keyword != "SERVICE" or followed == "{":
        yield _unglued(token)


def _unglued(token: Token) -> Token:
    return token._replace(text=token.text[token.text.index(":") :])
