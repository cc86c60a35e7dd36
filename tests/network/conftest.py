"""The portal in memory, as page tests ask it."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def visitor():  # type: ignore[no-untyped-def]
    import asyncio

    import httpx
    from example_store import example_store
    from portal_example import example_app

    app = example_app(example_store())
    with asyncio.Runner() as runner:

        def get(address: str, language: str = "en") -> httpx.Response:
            async def ask() -> httpx.Response:
                transport = httpx.ASGITransport(app, raise_app_exceptions=False)
                async with httpx.AsyncClient(transport=transport, base_url="http://portal.test") as client:
                    return await client.get(address, headers={"accept": "text/html", "accept-language": language})

            return runner.run(ask())

        yield get
