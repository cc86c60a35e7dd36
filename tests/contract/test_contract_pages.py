"""Every page of the portal says the same on every engine."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from service.store.remote.misanswered import answers_all

pytestmark = pytest.mark.slow


def page_addresses() -> tuple[str, ...]:
    place = Path(__file__).parents[1] / "pages" / "page_addresses.py"
    spec = importlib.util.spec_from_file_location("page_addresses", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return tuple(module.PAGES)


@pytest.mark.parametrize("address", page_addresses())
def test_a_page_says_the_same(served, reference, address):
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    if not answers_all(served.store):
        refused = served.client.get(address, headers=headers)
        assert refused.status_code == 501
        assert "wrongly" in refused.text
        return
    one, other = (each.client.get(address, headers=headers) for each in (served, reference))
    assert one.status_code == other.status_code == 200
    assert one.text == other.text


@pytest.mark.parametrize("extension", ["ttl", "jsonld", "nt", "csv"])
def test_a_document_says_the_same(served, reference, extension):
    one, other = (each.client.get(f"/id/network/icei-alliance.{extension}") for each in (served, reference))
    assert one.status_code == other.status_code == 200
    assert one.content == other.content
