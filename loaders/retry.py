"""Tries quarantined resources again: what they lacked may have come since."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pyoxigraph import Quad

from loaders import quarantine
from loaders.base import Loader
from loaders.decided import settle
from loaders.run import validated
from service.store.changes import Change
from service.store.generations import GenerationStore
from shapes.validator import Validator


def retry(
    store: GenerationStore, loader: Loader[Any], validator: Validator, *, agent: str = "command line"
) -> tuple[int, int]:
    """Put a source's quarantined resources back if they pass now; how many were accepted and how many are left."""
    with store.draft(agent, f"retry quarantine of {loader.name}") as draft:
        waiting = quarantine.entries(draft.store, loader)
        if not waiting:
            return 0, 0
        quads = (Quad(t.subject, t.predicate, t.object, loader.graph) for _, triples in waiting for t in triples)
        draft.apply(Change(added=frozenset(quads), removed=frozenset()))
        settle(draft, loader.graph)
        left = validated(draft, loader.graph, validator, [root for root, _ in waiting])
        quarantine.replace(draft, loader, left, datetime.now(UTC))
        if len(left) < len(waiting):
            draft.publish()
        return len(waiting) - len(left), len(left)
