"""What happens past a limit, seen by the client and by the system."""

import gzip
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest

CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c < ?f) }"
STREAM = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
HUNGRY = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?a ?d ?g { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } }"


def readers() -> set[int]:
    """The reader processes of all services that this process runs."""
    return {p.pid for p in psutil.Process().children() if "service.store.reader_process" in p.cmdline()}


@pytest.fixture
def others() -> set[int]:
    """The readers that were there before the service of a test: those of other tests' services."""
    return readers()


@pytest.fixture
def busy(serve, writer, others):  # type: ignore[no-untyped-def]
    """A server with low limits and enough data to run into them."""
    with serve(query_timeout=1.5, query_memory=64, query_rows=20_000, workers=2, query_queue=2) as client:
        body = "\n".join(f'<http://e/s{i}> <http://e/p> "{i}" .' for i in range(2000))
        client.put("/graphs/data", content=body, headers={**writer, "Content-Type": "text/turtle"}).raise_for_status()
        yield client


@pytest.fixture
def patient(serve, writer, others):  # type: ignore[no-untyped-def]
    """The same with time enough for what is not about time, however busy the machine is."""
    with serve(query_timeout=60, query_memory=64, query_rows=20_000, workers=2, query_queue=2) as client:
        body = "\n".join(f'<http://e/s{i}> <http://e/p> "{i}" .' for i in range(2000))
        client.put("/graphs/data", content=body, headers={**writer, "Content-Type": "text/turtle"}).raise_for_status()
        yield client


def counters(client: httpx.Client) -> dict[str, int]:
    counts: dict[str, int] = client.get("/health/ready").json()["queries"]
    return counts


def test_time(busy: httpx.Client, others: set[int]) -> None:
    before = readers() - others
    started = time.monotonic()
    answer = busy.get("/sparql", params={"query": CROSS})
    assert time.monotonic() - started < 8
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"
    time.sleep(0.5)
    (gone,) = before - readers()
    assert not psutil.pid_exists(gone)
    assert len(readers() - others) == 2
    assert counters(busy)["timed_out"] == 1


def test_a_client_can_lower_the_time_only(busy: httpx.Client) -> None:
    started = time.monotonic()
    assert busy.get("/sparql", params={"query": CROSS, "timeout": "0.2"}).status_code == 503
    assert time.monotonic() - started < 8
    started = time.monotonic()
    assert busy.get("/sparql", params={"query": CROSS, "timeout": "100"}).status_code == 503
    assert time.monotonic() - started < 8


def test_memory(patient: httpx.Client) -> None:
    answer = patient.get("/sparql", params={"query": HUNGRY})
    assert answer.status_code == 507
    assert "64 MiB" in answer.json()["detail"]
    assert counters(patient)["memory_killed"] == 1


def test_rows(serve) -> None:  # type: ignore[no-untyped-def]
    values = " ".join(map(str, range(30)))
    with serve(query_rows=30) as client:
        for format_name in ("json", "xml", "csv", "tsv"):
            query = {"query": f"SELECT ?x {{ VALUES ?x {{ {values} }} }}", "format": format_name}
            assert client.get("/sparql", params=query).status_code == 200
            query["query"] = query["query"].replace(" 0 ", " 0 99 ")
            assert client.get("/sparql", params=query).status_code == 413
        construct = f"CONSTRUCT {{ <http://e/s> <http://e/p> ?x }} {{ VALUES ?x {{ {values} }} }}"
        assert client.get("/sparql", params={"query": construct}).status_code == 200
        assert client.get("/sparql", params={"query": construct.replace(" 0 ", " 0 99 ")}).status_code == 413


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_stream_past_a_limit_is_cut(patient: httpx.Client, encoding: str) -> None:
    headers = {"Accept-Encoding": encoding}
    seen = b""
    with (
        pytest.raises(httpx.RemoteProtocolError),
        patient.stream("GET", "/sparql", params={"query": STREAM}, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        for piece in answer.iter_raw():
            seen += piece
    assert len(seen) > 10_000
    if encoding == "gzip":
        with pytest.raises(EOFError):
            gzip.decompress(seen)
    assert counters(patient)["rows_exceeded"] == 1


def test_old_http_gets_no_half_answer(patient: httpx.Client) -> None:
    with socket.create_connection((patient.base_url.host, patient.base_url.port or 80)) as link:
        query = httpx.QueryParams({"query": STREAM})
        link.sendall(f"GET /sparql?{query} HTTP/1.0\r\n\r\n".encode())
        received = b"".join(iter(lambda: link.recv(65536), b""))
    assert b" 413 " in received.split(b"\r\n", 1)[0]
    assert b"results" not in received


def test_a_client_that_leaves_frees_its_reader(busy: httpx.Client) -> None:
    with pytest.raises(httpx.ReadTimeout):
        busy.get("/sparql", params={"query": CROSS}, timeout=0.3)
    time.sleep(0.5)
    assert counters(busy)["cancelled"] == 1
    assert counters(busy)["timed_out"] == 0


def at_work(before: dict[int, float]) -> int:
    """Wait for the reader that has used a processor since."""
    while True:
        for pid, used in before.items():
            if psutil.Process(pid).cpu_times().user > used + 0.1:
                return pid
        time.sleep(0.01)


def test_a_crash_costs_one_query(patient: httpx.Client, others: set[int]) -> None:
    before = {pid: psutil.Process(pid).cpu_times().user for pid in readers() - others}
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(patient.get, "/sparql", params={"query": CROSS})
        os.kill(at_work(before), signal.SIGSEGV)
        answer = asked.result()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "ask again" in answer.json()["detail"]
    assert patient.get("/sparql", params={"query": "ASK {}"}).json()["boolean"] is True
    assert counters(patient)["crashed"] == 1


def test_the_queue_is_bounded(busy: httpx.Client) -> None:
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(busy.get, "/sparql", params={"query": CROSS}) for _ in range(8)]
        answers = [each.result() for each in asked]
    refused = [a for a in answers if a.status_code == 429]
    assert len(refused) >= 4
    assert all(int(a.headers["retry-after"]) > 0 for a in refused)
    assert {a.status_code for a in answers} == {429, 503}


def test_the_loop_stays_free_while_queries_run(busy: httpx.Client) -> None:
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(busy.get, "/sparql", params={"query": CROSS})
        time.sleep(0.2)
        started = time.monotonic()
        assert busy.get("/health/live").status_code == 200
        assert time.monotonic() - started < 0.5
        asked.result()
