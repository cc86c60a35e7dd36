"""What pages leave behind when they were sent: nothing, without waiting for the garbage collector."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest
from jinja2.runtime import Context
from page_addresses import BRNO, STRATEGY
from page_visitor import Visitor

from service.pages.page import Page
from service.pages.rendering import OpenedContext

EXPLAINED = "/sparql-editor/explain?query=SELECT%20*%20%7B%20%3Fs%20a%20%3Ft%20FILTER(%3Ft%20!%3D%203)%20%7D"


@pytest.fixture
def no_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def left() -> list[object]:
    if sys.version_info >= (3, 13):
        # There the frames of nested generators may refer to each other until a collection.
        gc.collect()
    return [thing for thing in gc.get_objects() if type(thing) in (Page, Context, OpenedContext)]


@pytest.mark.parametrize(
    "address",
    [
        *("/", "/strategies", "/strategies?view=map", "/smart-concept", "/about", "/about.ttl", "/nowhere", "/network"),
        *(BRNO, STRATEGY, "/compliance" + STRATEGY.removeprefix("/id"), EXPLAINED),
    ],
)
def test_pages_are_free_as_soon_as_they_are_sent(visitor: Visitor, no_collection: None, address: str) -> None:
    assert visitor.get(address).status_code in (200, 404)
    assert left() == []
