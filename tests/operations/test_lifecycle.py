"""A service that is stopped and told to reload, as systemd does it: nothing that was promised is lost."""

import http.client
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx
import psutil
import pytest
from served import Service, service, until_ready

from service.store.generations import GenerationStore

pytestmark = pytest.mark.slow
TOKEN = "a-token-for-tests"
TURTLE = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/turtle"}


def fill(client: httpx.Client, number: int) -> None:
    until_ready(client)
    body = "".join(f"<urn:{i}> <urn:p> {i} . " for i in range(number))
    assert client.put("/graphs?default", content=body, headers=TURTLE).status_code == 200


def long_query(joins: int) -> str:
    return "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?a{i} ?b{i} ?c{i} ." for i in range(joins)) + " }"


def busy(client: httpx.Client) -> None:
    for _ in range(3000):
        if "strategraph_readers_busy 1.0" in client.get("/metrics").text:
            return
    raise AssertionError("the query never began")


def children(running: Service) -> list[psutil.Process]:
    return psutil.Process(running.process.pid).children(recursive=True)


def test_sigterm_lets_requests_end_and_ends_with_zero(tmp_path: Path) -> None:
    store = tmp_path / "store"
    options = ("--no-bundled-data", "--store", str(store))
    with service(tmp_path, *options, write_token=TOKEN, validation="off") as running:
        with httpx.Client(base_url=running.url, timeout=60) as client, ThreadPoolExecutor() as pool:
            fill(client, 3000)
            readers = children(running)
            asked = pool.submit(httpx.get, f"{running.url}/sparql?{urlencode({'query': long_query(2)})}", timeout=60)
            busy(client)
            running.tell(signal.SIGTERM)
            assert asked.result().json()["results"]["bindings"][0]["n"]["value"] == "9000000"
        assert running.ended() == 0
        assert not [reader for reader in readers if reader.is_running() and reader.status() != psutil.STATUS_ZOMBIE]
        assert running.said("stopping")["signal"] == "SIGTERM"
        assert "Traceback" not in running.text


def test_what_is_longer_than_the_bound_is_cut(tmp_path: Path) -> None:
    options = ("--no-bundled-data", "--store", str(tmp_path / "store"))
    bound = {"write_token": TOKEN, "validation": "off", "shutdown_timeout": 1}
    with ThreadPoolExecutor() as pool, service(tmp_path, *options, **bound) as running:
        with httpx.Client(base_url=running.url, timeout=60) as client:
            fill(client, 3000)
            asked = pool.submit(httpx.get, f"{running.url}/sparql?{urlencode({'query': long_query(6)})}", timeout=60)
            busy(client)
        running.tell(signal.SIGTERM)
        assert running.ended() == 0
        assert isinstance(asked.exception(), httpx.TransportError) or asked.result().status_code >= 500


def test_readiness_goes_first_and_a_second_signal_ends_it(tmp_path: Path) -> None:
    options = ("--no-bundled-data", "--store", str(tmp_path / "store"))
    with service(tmp_path, *options, shutdown_delay=3600) as running:
        with httpx.Client(base_url=running.url, timeout=60) as client:
            until_ready(client)
            running.tell(signal.SIGTERM)
            running.said("stopping")
            answer = client.get("/health/ready")
            assert (answer.status_code, answer.json()) == (503, {"status": "stopping"})
            assert client.get("/health/live").status_code == 200
            assert client.get("/sparql", params={"query": "ASK {}"}).status_code == 200
            running.tell(signal.SIGTERM)
        assert running.ended() == 0


def test_every_acknowledged_write_is_there_after_sigterm(tmp_path: Path) -> None:
    store = tmp_path / "store"
    acknowledged: list[str] = []
    stop = threading.Event()
    with service(tmp_path, "--no-bundled-data", "--store", str(store), write_token=TOKEN) as running:

        def write(writer: int) -> None:
            with httpx.Client(base_url=running.url, timeout=60) as client:
                for number in range(10_000):
                    name = f"urn:w{writer}n{number}"
                    try:
                        answer = client.post("/graphs?default", content=f"<{name}> <urn:p> 1 .", headers=TURTLE)
                    except httpx.TransportError:
                        return
                    if answer.status_code in (200, 201):
                        acknowledged.append(name)
                    if len(acknowledged) > 20:
                        stop.set()

        with httpx.Client(base_url=running.url, timeout=60) as client:
            until_ready(client)
        with ThreadPoolExecutor() as pool:
            writers = [pool.submit(write, number) for number in range(4)]
            assert stop.wait(60)
            running.tell(signal.SIGTERM)
            assert running.ended() == 0
            for writer in writers:
                writer.result()
    found = GenerationStore.open(store, create=False).current().reader()
    written = {quad.subject.value for quad in found.quads_for_pattern(None, None, None, None)}
    assert len(acknowledged) > 20
    assert set(acknowledged) <= written


def test_sighup_takes_new_settings_without_dropping_a_connection(tmp_path: Path) -> None:
    settings = tmp_path / "settings"
    settings.write_text("STRATEGRAPH_QUERY_ROWS=100\nSTRATEGRAPH_LOG_LEVEL=info\n")
    options = ("--no-bundled-data", "--store", str(tmp_path / "store"))
    with service(tmp_path, *options, write_token=TOKEN, validation="off", settings_file=settings) as running:
        with httpx.Client(base_url=running.url, timeout=60) as client:
            fill(client, 50)
        connection = http.client.HTTPConnection(urlsplit(running.url).netloc, timeout=60)

        def ask() -> int:
            connection.request("GET", "/sparql?" + urlencode({"query": "SELECT * { ?s ?p ?o }"}))
            answer = connection.getresponse()
            answer.read()
            return answer.status

        assert ask() == 200
        kept = connection.sock
        settings.write_text("STRATEGRAPH_QUERY_ROWS=10\nSTRATEGRAPH_WORKERS=7\nSTRATEGRAPH_WRITE_TOKEN=another\n")
        running.tell(signal.SIGHUP)
        line = running.said("settings reloaded")
        assert "STRATEGRAPH_QUERY_ROWS" in line["changed"]
        assert line["after_restart"] == "STRATEGRAPH_WORKERS"
        assert ask() == 413
        assert httpx.delete(f"{running.url}/graphs?default", headers=TURTLE).status_code == 401
        settings.write_text("STRATEGRAPH_QUERY_ROWS=1000\nSTRATEGRAPH_LOG_FORMAT=xml\n")
        running.tell(signal.SIGHUP)
        assert "STRATEGRAPH_LOG_FORMAT is 'xml'" in running.said("settings not reloaded")["message"]
        assert ask() == 413
        assert connection.sock is kept
        connection.close()
        assert "another" not in running.text
        running.tell(signal.SIGTERM)
        assert running.ended() == 0
