"""What a client notices of the runaway queries of others, and what those leave behind in the service."""

import gc
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from service.portal import create_portal
from service.store.readers import Answer
from service.store.run import Run

CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c < ?f) }"
STREAM = "SELECT * { ?a ?b ?c . ?d ?e ?f }"


def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def filled(client: httpx.Client, writer: dict[str, str]) -> None:
    body = "\n".join(f'<http://e/s{i}> <http://e/p> "{i}" .' for i in range(2000))
    client.put("/graphs/data", content=body, headers={**writer, "Content-Type": "text/turtle"}).raise_for_status()


def test_pages_and_health_do_not_wait_for_queries_of_strangers(serve, writer):
    with serve(workers=1, reserved_workers=1, query_timeout=60, query_queue=2, app=create_portal) as client:
        filled(client, writer)
        thing = "/id/city/x.ttl"
        insert = f"INSERT DATA {{ <https://w3id.org/strategraph{thing[:-4]}> <http://e/p> 'x' }}"
        client.post("/sparql", data={"update": insert}, headers=writer).raise_for_status()
        with runaway(client), runaway(client):
            assert until(lambda: client.get("/health/ready").json()["waiting"] == 1)
            assert client.get("/health/ready").json()["status"] == "ready"
            assert client.get(thing).status_code == 200
            assert client.get("/ontology").status_code == 200
            assert client.get("/health/ready").json()["waiting"] == 1
        assert until(lambda: client.get("/health/ready").json()["waiting"] == 0)


@contextmanager
def runaway(client: httpx.Client) -> Iterator[None]:
    """Ask a query that takes longer than anyone waits, and leave at the end of the block."""
    with socket.create_connection((client.base_url.host, client.base_url.port or 80)) as link:
        link.sendall(f"GET /sparql?{httpx.QueryParams({'query': CROSS})} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        yield


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_answers_that_are_cut_off_leave_nothing_behind(serve, writer, encoding):
    def alive() -> list[object]:
        return [thing for thing in gc.get_objects() if isinstance(thing, Answer | Run)]

    with serve(query_rows=100_000, query_timeout=60) as client:
        filled(client, writer)
        assert until(lambda: not alive())
        gc.collect()
        gc.disable()
        try:
            for leave in (False, True, False):
                with (
                    pytest.raises(httpx.RemoteProtocolError),
                    client.stream(
                        "GET", "/sparql", params={"query": STREAM}, headers={"Accept-Encoding": encoding}
                    ) as got,
                ):
                    for _ in got.iter_raw():
                        if leave:
                            raise httpx.RemoteProtocolError("left")
            assert client.get("/sparql", params={"query": CROSS, "timeout": "0.2"}).status_code == 503
            assert client.get("/sparql", params={"query": "SELECT"}).status_code == 400
            if sys.version_info >= (3, 12):
                # There the frames of an error that leaves nested generators refer to each other until a collection.
                assert until(lambda: gc.collect() >= 0 and not alive(), 5)
            assert until(lambda: not alive(), 5), [gc.get_referrers(thing) for thing in alive()]
        finally:
            gc.enable()
