"""What is asked of an engine before it is trusted: whether its default graph is the set that our queries rely on."""

from __future__ import annotations

import logging
from typing import Any

from service.store.remote.address import Remote
from service.store.remote.engine import Engine
from service.store.remote.errors import EngineTimeout, EngineUnable

# Constant questions about the engine, not about the data of anybody.
SHARED = "SELECT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } GRAPH ?h { ?s ?p ?o } FILTER(?g != ?h) FILTER(!ISBLANK(?s)) } LIMIT 1"
ANY = "SELECT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } FILTER(!ISBLANK(?s) && !ISBLANK(?o)) } LIMIT 1"
TIMES = "SELECT ?s ?p ?o (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s ?p ?o"


def met(remote: Remote, seconds: float = 30.0) -> Remote:
    """Meet an engine: find out what it is, and see that it answers as it should."""
    remote = remote.known_as(Engine(remote, seconds).server())
    if remote.engine == "virtuoso" and remote.default_graph == "strict":
        raise EngineUnable(f"{remote.place} has no default graph of its own: use STRATEGRAPH_DEFAULT_GRAPH=union.")
    if remote.union == "kept" and not remote.atomic:
        raise EngineUnable(
            "STRATEGRAPH_REMOTE_UNION=kept needs an engine whose updates happen as a whole or not at all "
            "(STRATEGRAPH_REMOTE_ATOMIC=true): each write touches the default graph, too."
        )
    if remote.default_graph == "union":
        check_union(remote, seconds)
    return remote


def check_union(remote: Remote, seconds: float) -> None:
    """See that the default graph is the set union of the named graphs, on the statement most likely to show it."""
    engine = Engine(remote, seconds)
    try:
        sample = _first(engine, SHARED)
    except EngineTimeout:
        logging.getLogger(__name__).warning(
            "%s could not tell in %g s whether two graphs share a statement; if they do, it may count it twice.",
            remote.place,
            seconds,
        )
        sample = None
    sample = sample or _first(engine, ANY)
    if sample is None:
        return
    values = {name: str(sample[name]) for name in ("s", "p", "o")}
    rows = list(engine.select(TIMES, substitutions=values))
    times = int(rows[0]["n"].value) if rows else 0
    if times == 0:
        raise EngineUnable(
            f"The default graph of {remote.place} does not hold what its named graphs say: load the data with "
            "`strategraph load`, start the engine so that it shows the union of its graphs, or set "
            "STRATEGRAPH_DEFAULT_GRAPH=strict."
        )
    if times > 1:
        raise EngineUnable(
            f"The default graph of {remote.place} repeats a statement that several graphs hold ({values['s']} "
            f"{values['p']} {values['o']}), so that counts would be wrong: keep it in one graph, or use an engine "
            "whose default graph is a graph of its own (STRATEGRAPH_REMOTE_UNION=kept)."
        )


def _first(engine: Engine, text: str) -> Any:
    return next(iter(engine.select(text)), None)
