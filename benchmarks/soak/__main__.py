"""`make soak`: a mixed load for an hour, the memory of every process sampled, and a verdict."""

from __future__ import annotations

import argparse
import csv
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path
from threading import Event

import httpx

from benchmarks._served import serving
from benchmarks.soak.load import Mix
from benchmarks.soak.memory import Sampler, judge

# Lines of the service's log that tell of trouble that is not of the mix's own making.
COMPLAINT = re.compile(r"\b(error|warning)\b", re.IGNORECASE)
COMPLAINTS = 50


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=3, help="things begun each second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--samples", type=Path, help="file for what was weighed (CSV: process, seconds, MB)")
    known = parser.parse_args()
    seconds = known.minutes * 60
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), STRATEGRAPH_QUERY_TIMEOUT="5") as served:
        sampler, mix, stop = Sampler(served.process), Mix(served.address, known.seed), Event()
        sampler.start()
        mix.run(seconds, known.rate, stop)
        sampler.stop.set()
        sampler.join()
        state = httpx.get(f"{served.address}/health/ready", timeout=60).json()
        complaints = [line[:300] for line in served.log.read_text().splitlines() if COMPLAINT.search(line)]
    print(f"{mix.outcomes.total():,} requests in {known.minutes:g} minutes; generation {state['generation']}")
    for outcome, number in sorted(mix.outcomes.items()):
        print(f"  {outcome:<28}{number:>7,}")
    print(f"queries: {state['queries']}")
    # The first fifth, and never less than a minute, is for caches to fill.
    verdicts = [judge(kind, samples, max(60.0, seconds / 5)) for kind, samples in sampler.samples.items()]
    for verdict in verdicts:
        print(verdict)
    for fault, number in sorted(Counter(mix.faults).items()):
        print(f"FAULT {fault} ({number})")
    print(*complaints[:COMPLAINTS], sep="\n")
    if known.samples:
        write(known.samples, sampler)
    return 0 if all(verdict.flat for verdict in verdicts) and not mix.faults and state["status"] == "ready" else 1


def write(file: Path, sampler: Sampler) -> None:
    """Keep all samples, for a look at the curve."""
    with file.open("w", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(("process", "seconds", "MB"))
        lines.writerows((kind, f"{at:.0f}", f"{mb:.1f}") for kind, each in sampler.samples.items() for at, mb in each)


if __name__ == "__main__":
    sys.exit(main())
