"""Clients that crawl or stop: none holds a connection, a reader or memory for longer than the bounds allow."""

from __future__ import annotations

import socket
import time
from contextlib import closing

import httpx
import psutil
import pytest
from attack_sockets import PATIENCE, connected, read_all

from service.http_server import SERVER_OPTIONS

SPARQL = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
ALL = b"SELECT * { GRAPH ?g { ?s ?p ?o } }"


def dripped(client: httpx.Client, start: bytes, drop: bytes) -> bytes:
    """Send a drop now and then until the server has enough."""
    with closing(connected(client)) as connection:
        connection.sendall(start)
        connection.settimeout(0.05)
        found, deadline = bytearray(), time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                piece = connection.recv(65536)
                if not piece:
                    return bytes(found)
                found += piece
            except TimeoutError:
                try:
                    connection.sendall(drop)
                except OSError:
                    return bytes(found)
            except ConnectionError:
                return bytes(found)
    raise AssertionError("the server waits for ever")


def test_a_silent_connection_is_closed(raw) -> None:
    assert b" 408 " in raw(b"")


@pytest.mark.parametrize("start", [b"GET /sparql HTTP/1.1\r\nHost: x\r\n", b"G"])
def test_a_head_that_crawls_is_cut(target: httpx.Client, start: bytes) -> None:
    assert b" 408 " in dripped(target, start, b"A" if start == b"G" else b"X-Slow: a\r\n")


def test_a_body_that_stops_is_cut(raw) -> None:
    assert b" 408 " in raw(SPARQL + b"Content-Length: 1000\r\n\r\nASK")


@pytest.mark.parametrize("framing", [b"Content-Length: 100000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
def test_a_body_that_crawls_is_cut(target: httpx.Client, framing: bytes) -> None:
    assert b" 408 " in dripped(target, SPARQL + framing, b"1\r\n \r\n" if b"chunked" in framing else b" ")


def test_a_body_that_was_answered_is_not_drained_for_ever(target: httpx.Client) -> None:
    start = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n"
    assert b" 404 " in dripped(target, start, b"x")


@pytest.mark.parametrize("close", [b"", b"Connection: close\r\n"])
def test_who_sends_too_much_reads_the_answer(target: httpx.Client, close: bytes) -> None:
    """Not a reset: the rest is read and dropped while the client reads."""
    start = SPARQL + close + b"Content-Length: 8000000\r\n\r\n"
    with closing(connected(target)) as connection:
        try:
            connection.sendall(start + b" " * 8_000_000)
        except ConnectionError:
            assert close  # told to close, the server need not take it all
        assert b" 413 " in connection.recv(65536)


def test_a_refused_upload_is_drained(target: httpx.Client) -> None:
    body = b"<a:b> <a:c> <a:d> .\n" * 40_000
    for _ in range(3):
        answer = target.put("/graphs?graph=http://e/x", content=body, headers={"Content-Type": "text/turtle"})
        assert answer.status_code == 401
    assert target.get("/health/live").status_code == 200


def test_a_client_that_does_not_read_holds_nothing(target: httpx.Client) -> None:
    ready = target.get("/health/ready").json()
    with closing(connected(target, receive_buffer=4096)) as connection:
        connection.sendall(SPARQL + b"Content-Length: %d\r\n\r\n" % len(ALL) + ALL)
        assert connection.recv(12) == b"HTTP/1.1 200"
        wait_until_gone(connection)
        found = read_rest(connection)
    assert not found.endswith(b"0\r\n\r\n")  # cut off: nobody takes it for complete
    assert target.get("/health/ready").json().keys() == ready.keys()
    assert target.get("/sparql", params={"query": "ASK {}"}).status_code == 200


def wait_until_gone(connection: socket.socket) -> None:
    """Wait until the server's end of a connection is no more."""
    ours = connection.getsockname()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        alive = [c for c in psutil.Process().net_connections("tcp") if c.raddr and tuple(c.raddr) == ours]
        if not alive:
            return
        time.sleep(0.05)
    raise AssertionError("the server holds the connection")


def read_rest(connection: socket.socket) -> bytes:
    """What still arrives; the connection may have been reset."""
    try:
        return read_all(connection)
    except ConnectionError:
        return b""


def test_a_client_that_leaves_in_its_body_is_not_our_fault(target: httpx.Client, caplog) -> None:
    for _ in range(5):
        with closing(connected(target)) as connection:
            connection.sendall(SPARQL + b"Content-Length: 1000\r\n\r\nASK")
    assert target.get("/sparql", params={"query": "ASK {}"}).status_code == 200
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_an_idle_connection_outlives_those_of_usual_clients() -> None:
    assert SERVER_OPTIONS["timeout_keep_alive"] > 60  # nginx, and AWS load balancers; 5 in httpx


def test_many_idle_connections_leave_room_for_work(target: httpx.Client) -> None:
    idle = [connected(target) for _ in range(100)]
    try:
        assert target.get("/sparql", params={"query": "ASK {}"}).status_code == 200
        for connection in idle:
            assert b" 408 " in read_all(connection)
    finally:
        for connection in idle:
            connection.close()


def test_too_many_connections_are_turned_away(target: httpx.Client) -> None:
    crowd = [connected(target) for _ in range(200)]
    try:
        answers = [read_all(connection) for connection in reversed(crowd)]
    finally:
        for connection in crowd:
            connection.close()
    assert any(b" 503 " in answer and b"retry-after: 5" in answer.lower() for answer in answers)
    assert all(b"application/problem+json" in answer for answer in answers)
    assert target.get("/sparql", params={"query": "ASK {}"}).status_code == 200
