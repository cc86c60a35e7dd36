"""How much slower a look-up is while eight runaway queries are under way, and how soon a stopped query is gone."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from benchmarks._runaways import RUNAWAYS, Runaway
from benchmarks._served import serving

THINGS = (
    "SELECT DISTINCT ?s { ?s a ?c FILTER(STRSTARTS(STR(?s), 'https://w3id.org/strategraph/id/strategy/')) } LIMIT 60"
)
BASE = "https://w3id.org/strategraph"


@contextmanager
def runaways(address: str, ends: Counter[str]) -> Iterator[None]:
    """Keep all of them under way."""
    threads = [Runaway(address, text, ends) for text in RUNAWAYS.values()]
    for thread in threads:
        thread.start()
    time.sleep(2)
    try:
        yield
    finally:
        for thread in threads:
            thread.stop.set()
        for thread in threads:
            thread.join()


def lookups(client: httpx.Client, things: list[str], number: int) -> list[float]:
    """Ask for the documents of things, one after another; the times in milliseconds."""
    times = []
    for n in range(number):
        began = time.perf_counter()
        client.get(f"{things[n % len(things)]}.ttl").raise_for_status()
        times.append((time.perf_counter() - began) * 1000)
        time.sleep(0.01)
    return times


def percentiles(times: list[float]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def gone_after(client: httpx.Client, server: psutil.Process) -> float:
    """Seconds from a query's limit until its process, and with it processor and memory, is free."""
    before = {child.pid for child in server.children()}
    began = time.perf_counter()
    answer = client.post("/sparql", params={"timeout": "1"}, data={"query": RUNAWAYS["cross product"]})
    assert answer.status_code == 503, answer.text
    while not before - {child.pid for child in server.children()}:
        time.sleep(0.005)
    return time.perf_counter() - began - 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lookups", type=int, default=150, help="look-ups of each of the phases")
    parser.add_argument("--phases", type=int, default=3, help="how often idle and loaded take turns")
    known = parser.parse_args()
    idle: list[float] = []
    loaded: list[float] = []
    ends: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as served:
        client = httpx.Client(base_url=served.address, timeout=120)
        rows = client.get("/sparql", params={"query": THINGS, "format": "csv"}).text.split()[1:]
        things = [row.removeprefix(BASE) for row in rows]
        lookups(client, things, len(things))
        for _ in range(known.phases):
            idle += lookups(client, things, known.lookups)
            with runaways(served.address, ends):
                loaded += lookups(client, things, known.lookups)
            while client.get("/health/ready").json()["waiting"]:
                time.sleep(0.2)
        gone = max(gone_after(client, served.process) for _ in range(3))
    (p50, p95), (busy50, busy95) = percentiles(idle), percentiles(loaded)
    print(f"{'entity look-up':<28}{'p50':>9}{'p95':>9}")
    print(f"{'idle':<28}{p50:>6.1f} ms{p95:>6.1f} ms")
    print(f"{'with eight runaway queries':<28}{busy50:>6.1f} ms{busy95:>6.1f} ms")
    print(f"{'ratio':<28}{busy50 / p50:>8.2f}x{busy95 / p95:>8.2f}x  (at most 3)")
    print(f"a query past its time is gone after {gone * 1000:.0f} ms; runaways ended: {dict(ends)}")


if __name__ == "__main__":
    main()
