"""Named queries that an engine is known to answer wrongly: they are refused there, because a wrong answer is worse.

`make contract` compares every named query with its known answers on every engine, and keeps this list true: what is on
it differs, what is not on it does not. Virtuoso 7.2.5 loses rows of nested OPTIONAL and of groups, gives `LANG` of an
IRI a value, and names booleans 1 and 0.
"""

from __future__ import annotations

from typing import Final

from service.store.remote.errors import EngineUnable
from service.store.remote.store import RemoteStore

MISANSWERED: Final[dict[str, frozenset[str]]] = {
    "virtuoso": frozenset(
        (
            "alignments-of-a-strategy",
            "concept-in-detail",
            "covenant-signatories-and-their-climate-strategies",
            "everything-from-one-source",
            "facet-values-of-strategies",
            "funding-calls-open-on-a-date",
            "investment-projects-that-seek-funding",
            "map-points-of-organisations",
            "names-of-everything",
            "networks-that-bridge-two-countries",
            "offers-that-meet-needs",
            "organisations-by-kind-and-country",
            "organisations-within-two-hops",
            "partners-that-share-themes",
            "population-covered-by-region-and-goal",
            "projects-and-their-partners",
            "smart-areas-a-strategy-covers-and-misses",
            "statements-about-an-entity",
            "statistics-of-the-dataset",
            "strategies-by-facets",
            "strategies-of-a-place",
            "strategies-on-a-concept",
            "strategies-on-a-concept-by-country-with-evidence",
            "what-points-at-an-entity",
        )
    )
}


def answers_all(store: object) -> bool:
    """Whether a store answers every named query rightly."""
    return not (isinstance(store, RemoteStore) and MISANSWERED.get(str(store.remote.engine)))


def check_named(store: object, name: str) -> None:
    """Refuse a named query that this engine is known to answer wrongly."""
    if isinstance(store, RemoteStore) and name in MISANSWERED.get(str(store.remote.engine), ()):
        raise EngineUnable(
            f"{store.remote.place} ({store.remote.engine}) is known to answer the query {name} wrongly, so it is not "
            "asked: use another engine, or a store in a folder."
        )
