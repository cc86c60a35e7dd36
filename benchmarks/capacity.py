"""What a machine must have: `python -m benchmarks.capacity [--quads N]` prints the table in docs/operations.md.

Two stores, the bundled dataset alone and with N quads of N-Triples more: their size on disk, seconds until the service
is ready and until the home page is there, memory of the service and of a reader, and look-ups a second of four clients.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx

from benchmarks.loads import measured, strategraph, triples
from service.operations.metrics import disk_usage
from service.store.generations import GenerationStore

CLIENTS = 4
SECONDS = 5.0
STRATEGY = "https://w3id.org/strategraph/id/strategy/pl-krakow-climate-city-contract"
LOOKUP = f"SELECT ?p ?o {{ <{STRATEGY}> ?p ?o }} LIMIT %d"
SCAN = "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p"


@contextmanager
def served(store: Path, workers: int) -> Iterator[tuple[subprocess.Popen[bytes], str, float]]:
    """A service, its address, and the seconds until it was ready."""
    port = 18_000 + os.getpid() % 2000
    options = ["serve", "--store", str(store), "--port", str(port), "--workers", str(workers)]
    environ = os.environ | {
        "STRATEGRAPH_RATE_ADDRESS": "0",
        "MALLOC_ARENA_MAX": "2",
        "MALLOC_TRIM_THRESHOLD_": "131072",
    }
    started = time.perf_counter()
    process = subprocess.Popen(strategraph(*options), env=environ, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        while not ready(url):
            assert process.poll() is None, "the service ended"
            time.sleep(0.05)
        yield process, url, time.perf_counter() - started
    finally:
        process.terminate()
        process.wait(60)


def ready(url: str) -> bool:
    """Whether it answers queries."""
    try:
        return httpx.get(url + "/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def rate(url: str, addresses: list[str]) -> float:
    """Answers a second for clients that ask one after the other, each over one connection."""
    counts = [0] * CLIENTS
    until = time.perf_counter() + SECONDS

    def ask(client: int) -> None:
        with httpx.Client(base_url=url, timeout=60, headers={"Accept-Encoding": "identity"}) as visitor:
            while time.perf_counter() < until:
                answer = visitor.get(addresses[counts[client] % len(addresses)])
                assert answer.status_code == 200, answer.text
                counts[client] += 1

    threads = [threading.Thread(target=ask, args=(client,)) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def metric(url: str, name: str) -> float:
    """One number of /metrics."""
    found = re.search(rf"^{name} (\S+)$", httpx.get(url + "/metrics", timeout=60).text, re.MULTILINE)
    assert found is not None
    return float(found[1])


def figures(store: Path) -> list[str]:
    """The cells of one store's column."""
    quads = GenerationStore.open(store, create=False).current().manifest.quads
    size = disk_usage(store) / 1e6
    with served(store, 2) as (process, url, seconds):
        begun = time.perf_counter()
        assert httpx.get(url + "/", headers={"Accept": "text/html"}, timeout=300).status_code == 200
        home = time.perf_counter() - begun
        readers = metric(url, "strategraph_readers")
        idle = metric(url, "strategraph_reader_memory_bytes") / readers / 1e6
        queries = ["/sparql?" + urlencode({"query": LOOKUP % n}) for n in range(1, 400)]
        lookups = rate(url, queries)
        documents = rate(url, [f"/id/{quote(STRATEGY.split('/id/')[1])}.ttl"])
        begun = time.perf_counter()
        assert httpx.get(url + "/sparql", params={"query": SCAN}, timeout=120).status_code == 200
        scan = time.perf_counter() - begun
        busy = metric(url, "strategraph_reader_memory_max_bytes") / 1e6
        service = metric(url, "process_resident_memory_bytes") / 1e6
        del process
    return [
        f"{quads:,}",
        f"{size:.0f} MB ({size / quads * 1e5:.1f} MB per 100,000 quads)",
        f"{seconds:.1f} s",
        f"{home:.1f} s",
        f"{service:.0f} MB",
        f"{idle:.0f} MB, {busy:.0f} MB after a scan of everything",
        f"{lookups:.0f}",
        f"{documents:.0f}",
        f"{scan:.1f} s",
    ]


ROWS = (
    "quads",
    "disk, one generation",
    "start until ready",
    "then the first page",
    "memory of the service",
    "memory of a reader",
    "look-ups a second by SPARQL",
    "documents a second of a strategy to which all added alignments refer",
    "count of all statements by property",
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quads", type=int, default=1_000_000)
    quads = parser.parse_args().quads
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, large = folder / "small", folder / "large"
        for command in (strategraph("load", "bundled", "--store", str(small)),):
            assert measured(command)[2] == 0
        shutil.copytree(small, large)
        triples(folder / "more.nt", quads)
        loaded = strategraph("load", "rdf", str(folder / "more.nt"), "--store", str(large))
        seconds, peak, status = measured(loaded)
        assert status == 0
        for store in (small, large):
            GenerationStore.open(store, keep=1, create=False, grace=0.0).collect_garbage()
        columns = [figures(small), figures(large)]
    print(f"load of {quads:,} quads: {seconds:.0f} s, {peak:.0f} MB; {os.cpu_count()} cores", file=sys.stderr)
    print(f"| {ROWS[0]} | {' | '.join(column[0] for column in columns)} |\n|---|---|---|")
    for number, row in list(enumerate(ROWS))[1:]:
        print(f"| {row} | {' | '.join(column[number] for column in columns)} |")


if __name__ == "__main__":
    main()
