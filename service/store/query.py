"""What is asked of a reader, and what became of it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from service.store import trace
from service.store.dataset_clause import dataset_clause
from service.store.query_errors import (
    QueryMemory,
    QueryRefused,
    QueryRows,
    QuerySyntaxError,
    QueryTimeout,
    QueueFull,
    ReaderCrashed,
)

JSON_RESULTS = "application/sparql-results+json"
Outcome: TypeAlias = Literal[
    "ok", "timeout", "memory", "rows", "crash", "syntax", "refused", "queue_full", "cancelled", "failed"
]
OUTCOMES: dict[type[BaseException], Outcome] = {
    QueryTimeout: "timeout",
    QueryMemory: "memory",
    QueryRows: "rows",
    ReaderCrashed: "crash",
    QuerySyntaxError: "syntax",
    QueryRefused: "refused",
    QueueFull: "queue_full",
}


@dataclass(frozen=True)
class Query:
    """A query and the dataset it is asked of; `None` for both lists of graphs means the store's own dataset."""

    text: str
    base_iri: str | None = None
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    substitutions: Mapping[str, str] = field(default_factory=dict)
    accept: str = JSON_RESULTS
    generation: int | None = None
    brief: bool = False
    """A look-up of the service's own, which may use the readers that are kept free of strangers' queries."""
    every_named_graph: bool = False
    """All named graphs of the store are there, whatever the default graph is made of."""
    kept_open: bool = True
    """The state that is asked will be asked again; otherwise the reader lets go of it at once."""


@dataclass(frozen=True)
class Limits:
    """What one query may use."""

    seconds: float = 30.0
    megabytes: int = 1024
    rows: int = 1_000_000


@dataclass(frozen=True)
class QueryRecord:
    """One query that is over, for those who count, time or trace queries."""

    query: Query
    outcome: Outcome
    waited: float
    """Seconds until a reader was free."""
    seconds: float
    """Seconds on the reader, until the last piece was taken."""
    rows: int | None = None
    """Rows or triples of the answer; None when it did not come to its end."""
    engine: str = "oxigraph"
    generation: int = 0


def outcome_of(error: BaseException) -> Outcome:
    """Name what ended a query."""
    return next((outcome for kind, outcome in OUTCOMES.items() if isinstance(error, kind)), "failed")


def with_dataset(query: Query) -> Query:
    """Move the dataset of a query's text into its parameters where several FROM make up one default graph."""
    if query.default_graphs is not None or query.named_graphs is not None:
        return query
    default, named = dataset_clause(query.text, query.base_iri)
    return replace(query, default_graphs=default, named_graphs=named) if len(default) > 1 else query


def request_of(query: Query, limits: Limits, path: str) -> dict[str, Any]:
    """A query as the reader process takes it."""
    return {
        "path": path,
        "text": query.text,
        "base_iri": query.base_iri,
        "default_graphs": query.default_graphs,
        "named_graphs": query.named_graphs,
        "every_named_graph": query.every_named_graph,
        "kept_open": query.kept_open,
        "substitutions": dict(query.substitutions),
        "accept": query.accept,
        "seconds": limits.seconds,
        "rows": limits.rows,
        "megabytes": math.ceil(limits.megabytes),
        "traceparent": trace.current(),
    }
