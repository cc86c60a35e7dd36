"""How many bytes a statement takes in a store, on disk and on the wire: `python -m benchmarks.store_size [--quads N]`.

The figures behind "Growing past one machine" in docs/operations.md.
"""

from __future__ import annotations

import argparse
import gzip
import os
import tempfile
import time
from itertools import islice
from pathlib import Path

from pyoxigraph import NamedNode, Quad, RdfFormat, serialize

from benchmarks.validation import synthetic
from service.store.generations import GenerationStore

GRAPH = NamedNode("https://w3id.org/strategraph/graph/benchmark")
# One municipality of the synthetic data is about this many triples.
EACH = 10


def size(folder: Path) -> int:
    """Bytes of all files, each counted once however many links it has."""
    files = {entry.stat().st_ino: entry.stat().st_blocks * 512 for entry in folder.rglob("*") if entry.is_file()}
    return sum(files.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quads", type=int, default=1_000_000)
    wanted = parser.parse_args().quads
    with tempfile.TemporaryDirectory() as temporary:
        store = GenerationStore.open(Path(temporary) / "store")
        triples = islice(synthetic(wanted // EACH + wanted), wanted)
        began = time.monotonic()
        with store.draft("benchmark", "load") as draft:
            draft.bulk_add(Quad(t.subject, t.predicate, t.object, GRAPH) for t in triples)
            quads = draft.publish().manifest.quads
        loaded = time.monotonic() - began
        folder = store.path / "generations"
        first = size(folder)
        for number in range(10):
            with store.draft("benchmark", "change") as draft:
                draft.bulk_add([Quad(GRAPH, GRAPH, NamedNode(f"{GRAPH.value}/{number}"), GRAPH)])
                draft.publish()
        lines = serialize(store.quads(store.current().reader()), format=RdfFormat.N_QUADS) or b""
        packed = len(gzip.compress(lines, 6))
        print(f"{quads:,} quads loaded in {loaded:.1f} s ({quads / loaded:,.0f} a second), {os.cpu_count()} cores")
        print(f"on disk: {first / 2**20:,.1f} MiB, {first / quads:.1f} bytes a quad (with its union)")
        print(f"ten more generations: {(size(folder) - first) / 2**20:,.1f} MiB in all")
        print(f"N-Quads: {len(lines) / quads:.1f} bytes a quad, {packed / quads:.1f} with gzip")


if __name__ == "__main__":
    main()
