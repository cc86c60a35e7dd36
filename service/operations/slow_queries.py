"""Tells operators which queries take long, without telling them what anybody asked about.

A query is shown by its shape: names of variables, literals, numbers, and IRIs that are no public vocabulary are taken
out of it, so that two people who ask the same of different things ask one query here.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from ontology.terms import PREFIXES
from service.store.query import QueryRecord
from service.store.text import Token, tokens

log: Final = logging.getLogger("strategraph.slow")
# What is longer is cut: a log is no place for it, and reading it takes time that others wait.
READ: Final = 16 * 1024
SHOWN: Final = 2000
ELLIPSIS: Final = "…"


class SlowQueries:
    """An observer of queries that logs those above a threshold, and those that ended a reader."""

    def __init__(self, threshold: Callable[[], float], names: Mapping[str, str]) -> None:
        """The threshold in seconds, 0 for none; `names` tells the name of a text that is a named query."""
        self._threshold = threshold
        self._names = names

    def query(self, record: QueryRecord) -> None:
        """Log it if it took long, or if its process ended under it: whoever looks for the cause needs the query."""
        threshold, crashed = self._threshold(), record.outcome == "crash"
        if not crashed and (not threshold or record.seconds < threshold):
            return
        form = shape(record.query.text)
        fields: dict[str, Any] = {
            "seconds": round(record.seconds, 3),
            "waited": round(record.waited, 3),
            "outcome": record.outcome,
            "rows": record.rows,
            "engine": record.engine,
            "generation": record.generation,
            "hash": digest(form),
        }
        if name := self._names.get(record.query.text):
            fields["named"] = name
        fields["shape"] = form[:SHOWN] + (ELLIPSIS if len(form) > SHOWN else "")
        log.warning("query crashed" if crashed else "slow query", extra={"fields": fields})


def digest(form: str) -> str:
    """A short name of a shape, to count and to search by."""
    return hashlib.sha256(form.encode()).hexdigest()[:12]


def shape(text: str) -> str:
    """A query without everything that may be about somebody."""
    variables: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    found: list[str] = []
    declaring: list[Token] = []
    for token in tokens(text[:READ]):
        if declaring or token.word in ("PREFIX", "BASE"):
            declaring.append(token)
            if token.kind == "iri":
                if declaring[0].word == "PREFIX" and len(declaring) == 3:
                    prefixes[declaring[1].text] = token.text[1:-1]
                declaring = []
            elif len(declaring) > 2:
                declaring = []
        elif token.kind != "lang":
            found.append(_shown(token, prefixes, variables))
    return " ".join(found)


def _shown(token: Token, prefixes: Mapping[str, str], variables: dict[str, str]) -> str:
    if token.kind == "var":
        return variables.setdefault(token.text[1:], f"?v{len(variables) + 1}")
    if token.kind == "iri":
        return _public(token.text[1:-1])
    if token.kind == "pname":
        prefix, colon, local = token.text.partition(":")
        return _public(prefixes.get(prefix + colon, "") + local)
    if token.kind == "word":
        return "a" if token.text == "a" else token.word
    return {"string": f'"{ELLIPSIS}"', "number": "0", "bnode": "_:b"}.get(token.kind, token.text)


def _public(iri: str) -> str:
    """The prefixed name of a term of a vocabulary; nothing but its place of any other IRI."""
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local != iri and "/" not in local:
            return f"{prefix}:{local}"
    return f"<{ELLIPSIS}>"
