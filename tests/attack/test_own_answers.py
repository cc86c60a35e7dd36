"""What the server answers itself, before or instead of the app, is counted and logged like any other answer."""

from __future__ import annotations

import logging
import time
from contextlib import closing
from typing import Any

import httpx
import pytest
from attack_sockets import PATIENCE, connected, read_all
from prometheus_client.parser import text_string_to_metric_families

POST = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
BY_SERVER = {"route": "(server)", "method": "OTHER"}
BY_APP = {"route": "/sparql", "method": "POST"}


def counted(client: httpx.Client) -> dict[frozenset[tuple[str, str]], float]:
    """How many requests so far, by route, method and status; but for this question."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    name = "strategraph_http_request_duration_seconds_count"
    found = [s for family in families for s in family.samples if s.name == name and s.labels["route"] != "/metrics"]
    return {frozenset(s.labels.items()): s.value for s in found}


def rise(client: httpx.Client, before: dict[frozenset[tuple[str, str]], float], **labels: str) -> float:
    """By how much a number has risen, once it has: an answer is counted just after it is sent."""
    key, deadline = frozenset(labels.items()), time.monotonic() + PATIENCE
    while (risen := counted(client).get(key, 0) - before.get(key, 0)) == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    return risen


def lines(caplog: pytest.LogCaptureFixture, status: int) -> list[dict[str, Any]]:
    """What the log says of answers with that status."""
    records = [record for record in caplog.records if record.name == "strategraph.access"]
    return [fields for record in records if (fields := record.__dict__["fields"])["status"] == status]


@pytest.mark.parametrize(
    ("sent", "status", "labels"),
    [
        (b"", 408, BY_SERVER),
        (b"GET /sparql HT", 408, BY_SERVER),
        (b"nonsense\r\n\r\n", 400, BY_SERVER),
        (POST + b"Content-Length: 1000\r\n\r\nASK", 408, BY_APP),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, BY_APP),
    ],
)
def test_each_is_counted_and_logged_once(target, raw, caplog, sent: bytes, status: int, labels: dict[str, str]) -> None:
    before = counted(target)
    with caplog.at_level(logging.INFO, "strategraph"):
        assert b" %d " % status in raw(sent)
        assert rise(target, before, **labels, status=str(status)) == 1
    (line,) = lines(caplog, status)
    assert (line["route"], line["method"]) == (labels["route"], labels["method"])
    assert line["network"] == "127.0.0.0/24"
    assert "127.0.0.1" not in str(line)
    assert sum(counted(target).values()) - sum(before.values()) == 1


def test_who_is_turned_away_is_counted(target: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    before = counted(target)
    with caplog.at_level(logging.INFO, "strategraph"):
        crowd = [connected(target) for _ in range(200)]
        for connection in reversed(crowd):
            with closing(connection):
                read_all(connection)
        refused = rise(target, before, **BY_SERVER, status="503")
    assert refused == len(lines(caplog, 503)) > 0
