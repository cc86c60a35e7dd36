"""How long loads take and how much memory they need: `python -m benchmarks.loads [--quads N]`.

Each load runs in a process of its own on a fresh copy of a store with the bundled dataset. The peer for N-Triples is
pyoxigraph's own bulk loader without validation, provenance or generations: the ratio is what those cost.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
BULK = "import sys, pyoxigraph as p; s = p.Store(sys.argv[1]); s.bulk_load(path=sys.argv[2]); s.flush()"


def measured(command: list[str]) -> tuple[float, float, int]:
    """Seconds, peak resident memory in MB, and exit status of a command."""
    started = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ | {"PYTHONWARNINGS": "ignore"})
    _, status, usage = os.wait4(pid, 0)
    return time.perf_counter() - started, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def strategraph(*arguments: str) -> list[str]:
    """A command line of ours in a fresh interpreter."""
    return [sys.executable, "-c", "from service.cli import main; main()", *arguments, "--quiet"]


def triples(path: Path, quads: int) -> None:
    """N-Triples shaped like the graph: strategies with alignments, ten triples each."""
    sg, base = "https://w3id.org/strategraph/ontology#", "https://w3id.org/strategraph/"
    with path.open("w", encoding="utf-8") as out:
        for number in range(quads // 10):
            s = f"<{base}id/alignment/bench-{number}>"
            out.write(f"{s} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{sg}Alignment> .\n")
            out.write(f"{s} <{sg}alignmentOf> <{base}id/strategy/pl-krakow-climate-city-contract> .\n")
            out.write(f"{s} <{sg}concept> <http://metadata.un.org/sdg/11.{number % 7 + 1}> .\n")
            out.write(f"{s} <{sg}alignmentMethod> <{base}scheme/alignment-method/lexicon> .\n")
            out.write(f'{s} <{sg}confidence> "0.{number % 90 + 10}"^^<http://www.w3.org/2001/XMLSchema#decimal> .\n')
            out.write(f'{s} <{sg}evidence> "passage {number}"@en .\n')
            out.write(f"{s} <{sg}alignmentStatus> <{base}scheme/alignment-status/proposed> .\n")
            out.write(
                f"{s} <http://www.w3.org/ns/prov#wasAttributedTo> <{base}id/organisation/strategraph-editors> .\n"
            )
            out.write(f"{s} <http://purl.org/dc/terms/source> <{base}id/source/strategraph> .\n")
            out.write(f'{s} <http://purl.org/dc/terms/created> "2026-11-{number % 28 + 1:02}"')
            out.write("^^<http://www.w3.org/2001/XMLSchema#date> .\n")


def loads(folder: Path, quads: int) -> Iterator[tuple[str, list[str]]]:
    """The loads to measure, in an order in which each finds what it refers to."""
    store = str(folder / "store")
    yield "bundled", strategraph("load", "bundled", "--store", store)
    if SHARED.is_dir():
        lau = sorted(str(p) for p in (SHARED / "lau-centres-2020").glob("*_adjusted_intersection.csv"))
        yield "lau", strategraph("load", "lau", *lau, "--store", store)
        sdg = str(SHARED / "sdg-lod4stats" / "sdg-kos-goals-targets-indicators.ttl")
        yield "sdg", strategraph("load", "sdg", sdg, "--store", store)
        nuts = str(SHARED / "nuts-regions" / "NUTS2016-NUTS2021.xlsx")
        yield "nuts", strategraph("load", "nuts", nuts, "--store", store)
        places = str(SHARED / "geonames-v4" / "cities500_V4_derived.json")
        yield "geonames", strategraph("load", "geonames", places, "--store", store)
        covenant = str(SHARED / "covenant-mayors-2024" / "signatories_V4_derived.csv")
        yield "covenant-of-mayors", strategraph("load", "covenant-of-mayors", covenant, "--store", store)
    file = folder / "bench.nt"
    triples(file, quads)
    yield f"N-Triples, {quads:,}", strategraph("load", "rdf", str(file), "--store", store)
    yield f"peer: bulk load, {quads:,}", [sys.executable, "-c", BULK, str(folder / "peer"), str(file)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quads", type=int, default=1_000_000, help="size of the N-Triples file")
    quads = parser.parse_args().quads
    folder = Path(tempfile.mkdtemp(prefix="strategraph-bench-"))
    try:
        times = {}
        print(f"{'load':<28}{'seconds':>9}{'peak MB':>9}  status")
        for name, command in loads(folder, quads):
            seconds, megabytes, status = measured(command)
            times[name] = seconds
            print(f"{name:<28}{seconds:>9.1f}{megabytes:>9.0f}  {status}", flush=True)
        ours, peer = times[f"N-Triples, {quads:,}"], times[f"peer: bulk load, {quads:,}"]
        print(f"validated, with provenance and history, against bulk load alone: {ours / peer:.1f} times")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
