"""A browser without a browser: asks the portal over the bundled data, in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from example_store import example_store
from fastapi import FastAPI
from portal_example import example_app
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from ontology.terms import ID, PREFIXES, graph_iri

HOSTILE = '<script>alert("x")</script>&\'"</title>'


class Visitor:
    """Asks for pages and keeps no cookies."""

    def __init__(self, app: FastAPI, runner: asyncio.Runner) -> None:
        self.app = app
        self._runner = runner

    def get(self, address: str, language: str = "en", **headers: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://portal.test") as client:
                wanted = {"accept": "text/html", "accept-language": language} | headers
                return await client.get(address, headers=wanted)

        return self._runner.run(ask())


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
