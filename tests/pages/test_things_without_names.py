"""Things that are blank nodes, which a store may hold when validation only reports, break no page and no twin."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from example_store import example_store
from page_addresses import PAGES
from page_visitor import Visitor
from portal_example import example_app
from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, Store, parse

from ontology.terms import ID

LISTS = sorted({urlsplit(page).path for page in PAGES if not page.startswith(("/id/", "/compliance/"))})


@pytest.fixture(scope="module")
def nameless() -> Iterator[Visitor]:
    """The portal over data in which nothing of ours has an IRI."""
    nodes: dict[str, BlankNode] = {}

    def blank(term: object) -> object:
        # Places stay: countries and regions are what the rest is sorted by.
        if not isinstance(term, NamedNode) or not term.value.startswith(ID) or "/municipality/" in term.value:
            return term
        return nodes.setdefault(term.value, BlankNode(f"n{len(nodes)}"))

    store = Store()
    store.extend(Quad(blank(s), p, blank(o), g) for s, p, o, g in example_store())  # type: ignore[arg-type]
    with asyncio.Runner() as runner:
        yield Visitor(example_app(store), runner)


@pytest.mark.parametrize("address", LISTS)
def test_pages_and_twins_hold(nameless: Visitor, address: str) -> None:
    for accept in ("text/html", "text/turtle", "application/ld+json", "text/csv", "application/json"):
        answer = nameless.get(address, accept=accept)
        assert answer.status_code < 500, (accept, answer.text[:300])


def test_a_thing_keeps_one_node_in_a_table(nameless: Visitor) -> None:
    answer = nameless.get("/calls", accept="text/turtle")
    assert answer.status_code == 200
    named = [t for t in parse(answer.text.encode(), RdfFormat.TURTLE) if t.predicate.value.endswith("itemListElement")]
    assert named
    assert all(isinstance(triple.object, BlankNode) for triple in named)
