"""The portal over the bundled data, as the page tests see it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI


class Client:
    """Asks the app in memory."""

    def __init__(self, app: FastAPI, runner: asyncio.Runner) -> None:
        self._app = app
        self._runner = runner

    def get(self, address: str, params: Mapping[str, Any] | None = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://portal.test") as client:
                return await client.get(address, params=params)

        return self._runner.run(ask())


@pytest.fixture(scope="session")
def client() -> Iterator[Client]:
    from example_store import example_store
    from portal_example import example_app

    with asyncio.Runner() as runner:
        yield Client(example_app(example_store()), runner)
