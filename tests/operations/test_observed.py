"""What operators see of requests, queries and writes: metrics, the log, and identifiers of requests."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from live import WRITER, running
from prometheus_client.parser import text_string_to_metric_families

from service.operations import request_ids
from service.operations.logs import JsonLines, TextLines, shown_address
from service.operations.metrics import disk_usage
from service.settings import SettingsError

TURTLE = {**WRITER, "Content-Type": "text/turtle"}
BROKEN = APIRouter()
CROSS = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?a{i} ?b{i} ?c{i} ." for i in range(6)) + " }"


@BROKEN.get("/broken/{code}")
async def broken(code: str) -> None:
    raise LookupError(f"a secret about {code}")


class Refusing:
    """A report that stops every write."""

    accepted = False

    def as_json(self, language: str = "en") -> dict[str, Any]:
        return {"language": language}


def refuse_all(draft: Any, change: Any) -> Refusing | None:
    return Refusing() if any("bad" in str(quad) for quad in change.added) else None


@pytest.fixture
def served(tmp_path: Path) -> Iterator[httpx.Client]:
    with running(tmp_path / "store", validate=refuse_all, extra_routers=[BROKEN], rate_address=40) as client:
        yield client


def metrics(client: httpx.Client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def lines(caplog: pytest.LogCaptureFixture, count: int) -> list[Any]:
    """The lines about requests: they are written just after the client has its answer."""

    def found() -> list[Any]:
        return [record for record in caplog.records if record.name == "strategraph.access"]

    eventually(lambda: len(found()) >= count)
    return found()


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def value(found: Any, name: str, **labels: str) -> float:
    return float(found.get((f"strategraph_{name}", frozenset(labels.items())), 0.0))


def test_metrics_of_queries_writes_and_the_store(served: httpx.Client) -> None:
    for text in ("ASK {}", "SELECT", "SELECT * { ?s ?p ?o }"):
        served.get("/sparql", params={"query": text})
    graph = {"graph": "http://example.org/g"}
    good, bad = ("<http://e/a> <http://e/p> 1 , 2 .", "<http://e/bad> <http://e/p> 1 .")
    assert served.put("/graphs", params=graph, content=good, headers=TURTLE).status_code == 201
    assert served.put("/graphs", params=graph, content=bad, headers=TURTLE).status_code == 422
    assert served.get("/graphs/no-such").status_code == 404
    assert served.get("/sparql", params={"query": "SELECT * { ?s ?p ?o }", "rows": 1}).status_code == 413
    requests = {"method": "GET", "route": "/sparql", "status": "200"}
    eventually(lambda: value(metrics(served), "http_request_duration_seconds_count", **requests) == 2)
    direct = {"method": "GET", "route": "/graphs/{path:path}", "status": "404"}
    eventually(lambda: value(metrics(served), "http_request_duration_seconds_count", **direct) == 1)
    found = metrics(served)
    queries = {"engine": "oxigraph"}
    counts = [
        value(found, "query_duration_seconds_count", outcome=o, **queries) for o in ("ok", "syntax", "rows", "crash")
    ]
    assert counts == [2, 1, 1, 0]
    assert value(found, "query_wait_seconds_count") == 4
    assert value(found, "query_rows_total") == 1  # the ASK; the empty table has none
    writes = [value(found, "write_duration_seconds_count", outcome=o) for o in ("ok", "invalid")]
    assert writes == [1, 1]
    assert value(found, "write_validation_seconds_count") == 2
    assert (value(found, "generation"), value(found, "quads")) == (2, 2)
    assert value(found, "store_size_bytes") > 1000
    assert value(found, "readers") == 2
    assert value(found, "readers_busy") == value(found, "query_queue_length") == 0
    assert value(found, "reader_memory_max_bytes") > 1_000_000


def test_a_stopped_query_counts_as_its_limit_and_restarts_a_reader(served: httpx.Client) -> None:
    served.put("/graphs?default", content="".join(f"<urn:{i}> <urn:p> {i} . " for i in range(200)), headers=TURTLE)
    assert served.get("/sparql", params={"query": CROSS, "timeout": "0.2"}).status_code == 503
    found = metrics(served)
    assert value(found, "query_duration_seconds_count", outcome="timeout", engine="oxigraph") == 1
    assert value(found, "reader_restarts_total") == 1


def test_rejections_are_counted_and_addresses_are_no_labels(served: httpx.Client) -> None:
    statuses = {served.get(f"/nothing/{number}").status_code for number in range(60)}
    assert statuses == {404, 429}
    eventually(lambda: ("strategraph_rate_limit_rejections_total", frozenset({("kind", "address")})) in metrics(served))
    found = metrics(served)
    assert value(found, "rate_limit_rejections_total", kind="address") == 20
    routes = {dict(labels).get("route") for _, labels in found}
    assert "(none)" in routes
    assert not any("/nothing/" in str(route) for route in routes)


def test_two_apps_have_their_own_metrics(tmp_path: Path) -> None:
    with running(tmp_path / "a") as a, running(tmp_path / "b") as b:
        a.get("/sparql", params={"query": "ASK {}"})
        labels = {"outcome": "ok", "engine": "oxigraph"}
        name = "query_duration_seconds_count"
        assert (value(metrics(a), name, **labels), value(metrics(b), name, **labels)) == (1, 0)


def test_openmetrics_is_there_for_who_asks(served: httpx.Client) -> None:
    answer = served.get("/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_a_request_identifier_is_taken_or_made_and_stands_in_the_error(served: httpx.Client) -> None:
    taken = served.get("/no", headers={"X-Request-Id": "abc-123"})
    assert taken.headers.get_list("x-request-id") == ["abc-123"]
    assert taken.json()["request_id"] == "abc-123"
    made = [served.get("/no", headers={"X-Request-Id": bad}) for bad in ("a b", 'x"y', "x" * 129, "<b>")]
    identifiers = {answer.json()["request_id"] for answer in made}
    assert len(identifiers) == 4
    assert all(len(identifier) == 16 for identifier in identifiers)
    assert served.get("/sparql", params={"query": "ASK {}"}).headers["x-request-id"]


def test_a_fault_is_a_problem_with_all_headers_and_the_log_has_its_traceback(
    served: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "strategraph"):
        answer = served.get("/broken/7", headers={"X-Request-Id": "fault-1"})
        (line,) = lines(caplog, 1)
    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "fault-1"
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"
    (fault,) = [record for record in caplog.records if record.exc_info]
    assert "a secret about 7" in str(fault.exc_info)
    assert (line.fields["route"], line.fields["status"]) == ("/broken/{code}", 500)


def test_the_access_log_holds_no_address_and_no_query(served: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "strategraph"):
        served.get("/sparql", params={"query": "ASK { ?s ?p 'Jan Kowalski' }"})
        served.get("/health/live")
        asked, health = lines(caplog, 2)
    line = JsonLines().format(asked)
    assert "Kowalski" not in line
    assert "127.0.0.1" not in line
    assert json.loads(line)["network"] == "127.0.0.0/24"
    assert (asked.levelname, health.levelname) == ("INFO", "DEBUG")


def test_an_answer_that_is_cut_says_why_in_one_line(served: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    body = "".join(f"<urn:{i}> <urn:p> '{'x' * 100}' . " for i in range(3000))
    assert served.put("/graphs?default", content=body, headers=TURTLE).status_code == 200
    with caplog.at_level(logging.INFO), pytest.raises(httpx.RemoteProtocolError):
        served.get("/sparql", params={"query": "SELECT * { ?s ?p ?o }", "rows": 2500})
    eventually(lambda: any(line.fields.get("aborted") == "QueryRows" for line in lines(caplog, 0)))
    assert not any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize(
    ("host", "shown"),
    [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2:3::4", "2001:db8:1::/48"), ("testclient", ""), ("", "")],
)
def test_addresses_are_shown_as_networks(host: str, shown: str) -> None:
    assert shown_address(host) == shown


def record_of(message: str, **fields: Any) -> logging.LogRecord:
    record = logging.LogRecord("strategraph", logging.WARNING, __file__, 1, message, (), None)
    record.fields = fields
    return record


def test_a_line_is_a_line_whatever_is_in_it() -> None:
    request_ids.begin("id-1")
    record = record_of("two\nlines", path='/a b"\n2026-01-01T00:00:00Z error forged', city="Łódź", ms=1.5)
    (text,) = TextLines().format(record).splitlines()
    assert "warning two\\nlines request_id=id-1" in text
    assert "city=Łódź ms=1.5" in text
    assert " error forged" in json.loads(text[text.index('"') : text.rindex('"') + 1])
    (line,) = JsonLines().format(record).splitlines()
    assert json.loads(line)["city"] == "Łódź"
    assert json.loads(line)["request_id"] == "id-1"


def test_disk_usage_counts_hard_links_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100_000)
    alone = disk_usage(tmp_path)
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    assert disk_usage(tmp_path) == alone >= 100_000


@pytest.mark.parametrize(("name", "wrong"), [("LOG_FORMAT", "xml"), ("LOG_LEVEL", "loud")])
def test_wrong_settings(name: str, wrong: str, monkeypatch: pytest.MonkeyPatch, run: Callable[..., Any]) -> None:
    monkeypatch.setenv(f"STRATEGRAPH_{name}", wrong)
    outcome = run("sources")
    assert outcome.status == 0
    outcome = run("history")
    assert outcome.status == 1
    assert f"STRATEGRAPH_{name} is '{wrong}', but must be" in outcome.err
    assert SettingsError.__doc__
