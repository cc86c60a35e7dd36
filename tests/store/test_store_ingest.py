"""Bulk loads never meet a compaction of the engine: RocksDB may read past the end of its levels then."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from store_helpers import many

import service.store
from service.store.ingest import ingest, ingest_file
from service.store.union import bulk_add


class Engine:
    """Notes what a store is asked to do, in order."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def optimize(self) -> None:
        self.calls.append("optimize")

    def bulk_extend(self, quads) -> None:
        self.calls += ["bulk_extend", *(quad.subject.value.rpartition("/")[2] for quad in quads)]

    def bulk_load(self, **named) -> None:
        self.calls.append("bulk_load")


@pytest.mark.parametrize(
    ("work", "calls"),
    [
        (lambda engine, folder: ingest(engine, many(2)), ["optimize", "bulk_extend", "s0", "s1"]),
        (lambda engine, folder: ingest_file(engine, folder / "a.nt"), ["optimize", "bulk_load"]),
        (
            lambda engine, folder: bulk_add(engine, [[*many(1)]], folder / "spool.nt"),
            ["optimize", "bulk_extend", "s0", "optimize", "bulk_load"],
        ),
    ],
    ids=["quads", "file", "union"],
)
def test_compactions_are_done_before_each_bulk_load(work, calls, tmp_path):
    engine = Engine()
    work(engine, tmp_path)
    assert engine.calls == calls


def test_nothing_else_calls_the_bulk_loader():
    folder = Path(service.store.__file__).parents[1]
    found = {path.name for path in folder.rglob("*.py") if re.search(r"\.bulk_(extend|load)\(", path.read_text())}
    assert found == {"ingest.py"}
