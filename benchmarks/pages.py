"""How long the server takes for each page: `python -m benchmarks.pages [--store FOLDER] [--rounds N]`.

The service runs as it does for visitors, with reader processes, on the bundled dataset and, where the tables are at
hand, all municipalities of the four countries. Each page is asked for once to warm up and then `rounds` times, one
request at a time; the median and the slowest are printed, slowest pages first. The aim is 100 ms.
"""

from __future__ import annotations

import argparse
import runpy
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from service.portal import create_portal
from tests.live import running

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
PAGES = runpy.run_path(str(ROOT / "tests" / "pages" / "page_addresses.py"))["PAGES"]
AIM = 100.0


def filled(folder: Path) -> Path:
    """A store with all that ships and, where the tables are, every municipality."""
    tables = sorted((SHARED / "lau-centres-2020").glob("*_adjusted_intersection.csv"))
    loads = [["bundled"], *([["lau", *map(str, tables)]] if tables else [])]
    for load in loads:
        command = [sys.executable, "-c", "from service.cli import main; main()", "load", *load]
        subprocess.run([*command, "--store", str(folder), "--quiet"], check=True)
    return folder


def milliseconds(client: httpx.Client, address: str, rounds: int) -> list[float]:
    """How long a page takes, each time that it is asked for."""
    taken = []
    for turn in range(rounds + 1):
        started = time.perf_counter()
        client.get(address, headers={"accept": "text/html"}).raise_for_status()
        if turn:
            taken.append((time.perf_counter() - started) * 1000)
    return taken


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--store", type=Path, help="a store that is there already")
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = asked.store or filled(Path(folder) / "store")
        with running(store, app=create_portal, read_only=True, rate_address=10_000_000) as client:
            times = {address: milliseconds(client, address, asked.rounds) for address in PAGES}
    print(f"{'median':>8} {'slowest':>8}  milliseconds for")
    for address, taken in sorted(times.items(), key=lambda item: -statistics.median(item[1])):
        print(f"{statistics.median(taken):8.1f} {max(taken):8.1f}  {address}")
    over = [address for address, taken in times.items() if statistics.median(taken) > AIM]
    print(f"{len(times)} pages, {len(over)} above {AIM:.0f} ms")


if __name__ == "__main__":
    main()
