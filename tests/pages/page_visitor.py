"""A browser without a browser: asks the portal for pages, in memory."""

from __future__ import annotations

import asyncio

import httpx
from fastapi import FastAPI


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
