"""Prometheus metrics of one app, in a registry of its own: requests, queries, writes, readers and the store."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from service.instance import Instance
from service.operations.records import RequestRecord, WriteRecord
from service.store.query import QueryRecord

LATENCIES: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
# Walking the folder of a large store takes some milliseconds, and its size changes slowly.
SIZE_SECONDS: Final = 30.0


class Metrics:
    """The metrics of one service."""

    def __init__(self, instance: Instance, version: str) -> None:
        """Start at zero."""
        self.registry = registry = CollectorRegistry(auto_describe=False)
        name = "strategraph_http_request_duration_seconds"
        labels = ["route", "method", "status"]
        self._requests = Histogram(
            name, "Time from a request to the end of its answer.", labels, registry=registry, buckets=LATENCIES
        )
        self._queries = Histogram(
            "strategraph_query_duration_seconds",
            "Time of queries on a reader, by how they ended and by engine.",
            ["outcome", "engine"],
            registry=registry,
            buckets=LATENCIES,
        )
        self._waits = Histogram(
            "strategraph_query_wait_seconds", "Time until a reader was free.", registry=registry, buckets=LATENCIES
        )
        self._rows = Counter("strategraph_query_rows", "Rows and triples of complete answers.", registry=registry)
        self._writes = Histogram(
            "strategraph_write_duration_seconds",
            "Time of writes from their turn to their publication or refusal, by outcome.",
            ["outcome"],
            registry=registry,
            buckets=LATENCIES,
        )
        self._write_waits = Histogram(
            "strategraph_write_wait_seconds", "Time until a write's turn came.", registry=registry, buckets=LATENCIES
        )
        self._validations = Histogram(
            "strategraph_write_validation_seconds",
            "Time that the shapes took of a write.",
            registry=registry,
            buckets=LATENCIES,
        )
        self._rejections = Counter(
            "strategraph_rate_limit_rejections",
            "Requests refused because their address or token asks too often.",
            ["kind"],
            registry=registry,
        )
        Gauge("strategraph_build_info", "The version that runs.", ["version"], registry=registry).labels(version).set(1)
        registry.register(InstanceCollector(instance))
        ProcessCollector(registry=registry)

    def request(self, record: RequestRecord) -> None:
        """Count a request."""
        self._requests.labels(record.route, record.method, str(record.status)).observe(record.seconds)

    def query(self, record: QueryRecord) -> None:
        """Count a query."""
        self._queries.labels(record.outcome, record.engine).observe(record.seconds)
        self._waits.observe(record.waited)
        self._rows.inc(record.rows or 0)

    def write(self, record: WriteRecord) -> None:
        """Count a write."""
        self._writes.labels(record.outcome).observe(record.seconds)
        self._write_waits.observe(record.waited)
        self._validations.observe(record.validated)

    def rejection(self, kind: str) -> None:
        """Count a request refused for its rate; the kind is `address` or `token`."""
        self._rejections.labels(kind).inc()


class InstanceCollector(Collector):
    """Reads what the parts of a service know of themselves, whenever somebody asks."""

    def __init__(self, instance: Instance) -> None:
        """Read that instance."""
        self._instance = instance
        self._size: tuple[float, int] = (-SIZE_SECONDS, 0)

    def collect(self) -> Iterator[Metric]:
        """Read it all."""
        pool, state = self._instance.pool, self._instance.store.current()
        memory = pool.memory
        gauges: dict[str, tuple[str, float]] = {
            "readers": ("Reader processes that are there.", len(pool.pids)),
            "readers_busy": ("Reader processes that run a query or are being replaced.", pool.busy),
            "query_queue_length": ("Queries that wait for a reader.", pool.waiting),
            "reader_memory_bytes": ("Memory of all readers together, without mapped files.", sum(memory)),
            "reader_memory_max_bytes": ("Memory of the largest reader.", max(memory, default=0)),
            "store_size_bytes": ("Size of the store on disk, each file once.", self._store_size()),
        }
        if state.versioned:  # A remote engine keeps no generations, and counting its statements could take minutes.
            gauges["generation"] = ("Number of the published generation.", state.number)
            gauges["quads"] = ("Statements in the published generation.", state.manifest.quads)
        for name, (text, value) in gauges.items():
            yield GaugeMetricFamily(f"strategraph_{name}", text, value=value)
        replaced = pool.counters.replaced
        yield CounterMetricFamily("strategraph_reader_restarts", "Readers that were replaced.", value=replaced)

    def _store_size(self) -> int:
        then, size = self._size
        if time.monotonic() - then >= SIZE_SECONDS:
            size = disk_usage(self._instance.store.path)
            self._size = (time.monotonic(), size)
        return size


def disk_usage(folder: Path) -> int:
    """Bytes of the files in a folder; generations share files by hard links, which count once."""
    sizes: dict[tuple[int, int], int] = {}
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                stat = os.stat(os.path.join(root, name))  # noqa: PTH116, PTH118 - thousands of files
            except FileNotFoundError:  # collected as garbage meanwhile
                continue
            sizes[stat.st_dev, stat.st_ino] = stat.st_blocks * 512
    return sum(sizes.values())


def metrics_router(metrics: Metrics) -> APIRouter:
    """Build the route `/metrics`."""
    router = APIRouter()

    @router.get("/metrics", include_in_schema=False)
    async def scrape(request: Request) -> Response:
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        # The store and the sizes of its files are read from the disk, which must not hold up other requests.
        body = await asyncio.to_thread(encode, metrics.registry)
        return Response(body, headers={"Content-Type": media_type, "Cache-Control": "no-store"})

    return router
