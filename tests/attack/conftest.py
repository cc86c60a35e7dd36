"""A server to attack, and sockets that say what no client library would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import httpx
import pytest
from attack_sockets import connected, read_all
from live import WRITER, running

from service.http_server import BoundedProtocol, Bounds

# As in production, only sooner.
HASTY = Bounds(head=0.6, idle=0.6, rate=500, drain=0.6, linger=0.3, tick=0.05, connections=150)
Raw = Callable[..., bytes]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server with one graph, shared by these tests."""
    usual, BoundedProtocol.bounds = BoundedProtocol.bounds, HASTY
    try:
        with running(tmp_path_factory.mktemp("attacked") / "store", max_body=1, rate_address=0) as client:
            many = "".join(f'<http://e/{n}> <http://e/p> "{"x" * 200}" .\n' for n in range(20_000))
            for start in range(0, len(many), 900_000):
                cut = many.index("\n", start) + 1 if start else 0
                end = many.find("\n", start + 900_000) + 1 or len(many)
                headers = {**WRITER, "Content-Type": "application/n-triples"}
                answer = client.post("/graphs?graph=http://e/g", content=many[cut:end], headers=headers)
                assert answer.status_code in (200, 201), answer.text
            yield client
    finally:
        BoundedProtocol.bounds = usual


@pytest.fixture
def raw(target: httpx.Client) -> Raw:
    """Send bytes, return what comes until the server closes the connection."""

    def send(*pieces: bytes) -> bytes:
        with closing(connected(target)) as connection:
            for piece in pieces:
                connection.sendall(piece)
            return read_all(connection)

    return send
