"""What browsers are told, with every kind of response."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

ADDRESSES = ("/sparql", "/sparql?query=ASK{}", "/nowhere", "/health/live", "/graphs?graph=http://e/x", "/openapi.json")


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_response_is_marked(client: httpx.Client, address: str) -> None:
    headers = client.get(address).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert "strict-transport-security" not in headers


def test_https_is_asked_for_where_there_is_https(serve: Any) -> None:
    with serve(base_url="https://data.example.org") as client:
        assert "max-age" in client.get("/health/live").headers["strict-transport-security"]
