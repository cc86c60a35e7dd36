"""A real server on a free port: aborted transfers and limits cannot be seen without one."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from service.app import create_app
from service.http_server import SERVER_OPTIONS
from service.settings import Settings
from service.store.generations import GenerationStore

TOKEN = "a-token-for-tests"
WRITER = {"Authorization": f"Bearer {TOKEN}"}
# Seconds to start and to end, on a machine with much else to do.
PATIENCE = 60
Serve = Callable[..., AbstractContextManager[httpx.Client]]


@contextmanager
def running(
    folder: Path, validate: Any = None, extra_routers: Any = (), app: Any = None, **settings: Any
) -> Iterator[httpx.Client]:
    """Serve a store until the block ends: the endpoint with some routers, or the app that a function builds."""
    chosen = Settings(**{"write_token": TOKEN, "workers": 2, "reserved_workers": 0, **settings})
    store = GenerationStore.open(folder, default_graph=chosen.default_graph, create=True)
    built = app(chosen, store) if app else create_app(chosen, store, validate=validate, extra_routers=extra_routers)
    with listening(built, log_level="critical") as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


@contextmanager
def listening(app: Any, sockets: list[socket.socket] | None = None, **options: Any) -> Iterator[str]:
    """Serve any app on a free port, or on sockets, until the block ends; its address."""
    chosen = {"port": 0, "log_level": "error", "timeout_graceful_shutdown": 2, **SERVER_OPTIONS, **options}
    server = uvicorn.Server(uvicorn.Config(app, **chosen))
    thread = threading.Thread(target=server.run, args=(sockets,))
    thread.start()
    try:
        deadline = time.monotonic() + PATIENCE
        while not server.started and thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
