"""The whole service on the bundled dataset, on a port of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from service.portal import create_portal
from service.settings import Settings
from service.store.generations import GenerationStore


@pytest.fixture(scope="session")
def live_portal(bundled_store: Path) -> Iterator[str]:
    """Its address."""
    app = create_portal(Settings(workers=1, read_only=True), GenerationStore.open(bundled_store, create=False))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def client(live_portal: str) -> Iterator[httpx.Client]:
    """Somebody who asks it."""
    with httpx.Client(base_url=live_portal, timeout=30) as client:
        yield client
