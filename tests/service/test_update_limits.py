"""Updates that ask for too much: a clear answer, nothing written, and nobody else kept waiting."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from live import Serve

from service.store import outbound

PREFIX = "PREFIX e: <http://e/> "
CROSS = "{ SELECT (COUNT(*) AS ?a) { ?b ?c ?d . ?e ?f ?g . ?h ?i ?j . ?k ?l ?m FILTER(?d < ?g && ?m > ?j) } }"


@pytest.fixture
def small(serve: Serve, writer):
    """A server with low limits for updates, and data enough to pass them."""
    with serve(update_timeout=1, update_memory=16, update_rows=3000) as client:
        body = "\n".join(f'<http://e/s{i}> <http://e/p> "{i}" .' for i in range(2000))
        client.put("/graphs/data", content=body, headers={**writer, "Content-Type": "text/turtle"}).raise_for_status()
        yield client


def updated(client: httpx.Client, writer, text: str) -> httpx.Response:
    return client.post("/sparql", data={"update": PREFIX + text}, headers=writer)


@pytest.mark.parametrize(
    ("text", "status", "told"),
    [
        ("INSERT { e:a e:b ?a } WHERE " + CROSS, 503, "stopped after 1 s"),
        ("INSERT DATA { e:x e:y e:z } ; INSERT { e:a e:b ?a } WHERE " + CROSS, 503, "stopped after 1 s"),
        ("INSERT { e:a e:b ?a } WHERE { ?a e:p ?x . ?d e:p ?f }", 413, "more than 3,000"),
        ("INSERT { ?a e:b ?x . ?a e:c ?x } WHERE { ?a e:p ?x }", 413, "more than 3,000"),
    ],
)
def test_past_a_limit(small, writer, text, status, told):
    generation = small.get("/health/ready").json()["generation"]
    answer = updated(small, writer, text)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert told in answer.json()["detail"]
    assert "nothing was written" in answer.json()["detail"]
    assert ("retry-after" in answer.headers) == (status == 503)
    assert small.get("/health/ready").json()["generation"] == generation
    good = updated(small, writer, "INSERT { e:a e:b ?x } WHERE { e:s7 e:p ?x }")
    assert (good.status_code, good.json()["added"]) == (200, 1)


def test_memory(serve, writer):
    with serve(update_timeout=60, update_memory=16) as client:
        updated(client, writer, "INSERT DATA { " + " ".join(f"e:s{n} e:p {n} ." for n in range(2000)) + " }")
        hungry = "{ SELECT DISTINCT ?a ?d ?g { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } }"
        answer = updated(client, writer, "INSERT { e:a e:b 1 } WHERE { " + hungry + " }")
        assert answer.status_code == 507
        assert "16 MiB" in answer.json()["detail"]


def test_a_long_update_is_refused_and_not_even_read_without_a_token(serve, writer):
    with serve(update_length=1) as client:
        text = "INSERT DATA { e:a e:b '" + "x" * 2000 + "' }"
        refused = updated(client, writer, text)
        assert (refused.status_code, "STRATEGRAPH_UPDATE_LENGTH" in refused.json()["detail"]) == (413, True)
        assert updated(client, {}, text).status_code == 401
        assert updated(client, writer, "INSERT DATA { e:a e:b 1 }").status_code == 200


def test_load_is_fetched_before_the_update_takes_its_turn(serve, writer, monkeypatch):
    asked, go = threading.Event(), threading.Event()

    def fetch(address: str, **_: object) -> outbound.Fetched:
        asked.set()
        assert go.wait(30)
        return outbound.Fetched(address, "text/turtle", b"<http://e/loaded> <http://e/p> 1 .")

    monkeypatch.setattr(outbound, "fetch", fetch)
    with serve() as client, ThreadPoolExecutor() as threads:
        loading = threads.submit(updated, client, writer, "LOAD <https://data.europa.eu/x.ttl> INTO GRAPH e:g")
        assert asked.wait(30)
        assert updated(client, writer, "INSERT DATA { e:a e:b e:c }").json()["generation"] == 2
        assert not loading.done()
        go.set()
        assert loading.result().json() == {"generation": 3, "added": 1, "removed": 0}


def test_what_load_could_not_fetch_is_told_unless_silent(serve, writer):
    with serve() as client:
        refused = updated(client, writer, "INSERT DATA { e:a e:b e:c } ; LOAD <http://127.0.0.1:1/x>")
        assert refused.status_code == 403
        assert client.get("/health/ready").json()["generation"] == 1
        silent = updated(client, writer, "INSERT DATA { e:a e:b e:c } ; LOAD SILENT <http://127.0.0.1:1/x>")
        assert (silent.status_code, silent.json()["added"]) == (200, 1)
