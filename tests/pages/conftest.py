"""The portal over the bundled data, and somebody who asks for its pages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from example_store import example_store
from fastapi import FastAPI
from page_visitor import Visitor
from portal_example import example_app
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from ontology.terms import ID, PREFIXES, graph_iri

HOSTILE = '<script>alert("x")</script>&\'"</title>'


def hostile(store: Store) -> None:
    """An organisation whose names and links try to break out of the page."""
    iri = NamedNode(ID + "organisation/hostile")
    facts = (
        ("rdf", "type", NamedNode(PREFIXES["org"] + "Organization")),
        ("skos", "prefLabel", Literal(HOSTILE, language="en")),
        ("dct", "description", Literal(HOSTILE, language="en")),
        ("foaf", "homepage", NamedNode("javascript:alert(1)")),
    )
    for prefix, local, value in facts:
        for graph in (graph_iri("bundled"), DefaultGraph()):
            store.add(Quad(iri, NamedNode(PREFIXES[prefix] + local), value, graph))


@pytest.fixture(scope="session")
def portal_app() -> FastAPI:
    store = example_store()
    hostile(store)
    return example_app(store)


@pytest.fixture(scope="session")
def visitor(portal_app: FastAPI) -> Iterator[Visitor]:
    with asyncio.Runner() as runner:
        yield Visitor(portal_app, runner)
