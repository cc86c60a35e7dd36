"""Sends made-up requests to a service until it errs: `python tests/fuzz/fuzz.py --cases 2000 [--seed 0] [--only 1234]`.

Every case has a number, and the same number is the same request (`--only`).
"""

from __future__ import annotations

import argparse
import os
import queue
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
from fuzz_requests import make, wrong

TOKEN = "fuzz"
ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 4
# Far above every limit that the service is started with.
HANG = 60.0
SETTINGS = {
    "WRITE_TOKEN": TOKEN,
    "VALIDATION": "report",
    "QUERY_TIMEOUT": "2",
    "QUERY_MEMORY": "256",
    "QUERY_ROWS": "20000",
    "RATE_ADDRESS": "0",
    "RATE_TOKEN": "0",
    "MAX_BODY": "1",
    "ALLOW_HOSTS": "127.0.0.1",
}


@contextmanager
def service(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Run `strategraph serve` on a small store; its address and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, **{f"STRATEGRAPH_{name}": value for name, value in SETTINGS.items()}}
    command = [str(Path(sys.executable).with_name("strategraph")), "serve", "--store", str(folder / "store")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--no-bundled-data", "--quiet"], cwd=ROOT, env=environment, stderr=log
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                if httpx.get(address + "/health/ready").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.2)
        yield address, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(60)
        for line in complaints((folder / "log").read_text(errors="replace").splitlines()):
            print("log:", line[:200])


def complaints(lines: list[str]) -> Iterator[str]:
    """The errors in a log, each with its traceback."""
    shown = False
    for line in lines:
        stamped = re.match(r"\d{4}-\d\d-\d\dT\S+ (\w+) ", line)
        shown = stamped[1] == "error" if stamped else shown
        if shown:
            yield line


class Run:
    """The cases of one run and what came of them."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.statuses: Counter[int | str] = Counter()
        self.failures: dict[int, str] = {}
        self.slowest = (0.0, 0)
        self._left: queue.SimpleQueue[int] = queue.SimpleQueue()

    def all(self, numbers: range) -> None:
        """Send them all, several at a time."""
        for number in numbers:
            self._left.put(number)
        threads = [threading.Thread(target=self._client) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _client(self) -> None:
        with httpx.Client(base_url=self.address, timeout=HANG, follow_redirects=False) as client:
            while True:
                try:
                    number = self._left.get_nowait()
                except queue.Empty:
                    return
                self.one(client, number)

    def one(self, client: httpx.Client, number: int) -> None:
        """Send one case and note what is wrong with its answer."""
        sent, begun = make(number, TOKEN), time.monotonic()
        headers = {name: value.encode("latin-1") for name, value in sent.headers.items()}
        try:
            answer = client.request(sent.method, sent.target, headers=headers, content=sent.body)
            status: int | str = answer.status_code
            found = wrong(sent.method, answer.status_code, dict(answer.headers), answer.content)
        except httpx.RemoteProtocolError as error:
            # A limit passed within a stream: cut, so that nobody takes it for whole.
            status, found = "cut", "" if "incomplete" in str(error) else f"{type(error).__name__}: {error}"
        except httpx.TransportError as error:
            status, found = type(error).__name__, f"{type(error).__name__}: {error}"
        self.statuses[status] += 1
        self.slowest = max(self.slowest, (time.monotonic() - begun, number))
        if found:
            self.failures[number] = found


def main() -> int:
    """Run; the number of failures is the result."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=2000)
    options.add_argument("--seed", type=int, default=0, help="number of the first case")
    options.add_argument("--only", type=int, help="send this case alone and show it")
    asked = options.parse_args()
    numbers = range(asked.seed, asked.seed + asked.cases) if asked.only is None else range(asked.only, asked.only + 1)
    if asked.only is not None:
        print(make(asked.only, TOKEN))
    with tempfile.TemporaryDirectory() as folder, service(Path(folder)) as (address, process):
        run, begun = Run(address), time.monotonic()
        run.all(numbers[: len(numbers) // 10])
        before = process.memory_info().rss >> 20
        run.all(numbers[len(numbers) // 10 :])
        seconds, after = time.monotonic() - begun, process.memory_info().rss >> 20
        alive = httpx.get(address + "/sparql", params={"query": "ASK {}"}, timeout=HANG).status_code == 200
        metrics = httpx.get(address + "/metrics", timeout=HANG).text
    crashed = [line for line in metrics.splitlines() if "crash" in line and not line.startswith("#")]
    print(f"{len(numbers):,} cases in {seconds:.0f} s; slowest {run.slowest[0]:.1f} s (case {run.slowest[1]})")
    print("answers:", ", ".join(f"{status}: {times}" for status, times in sorted(run.statuses.items(), key=str)))
    print(f"memory of the service: {before} MiB after a tenth, {after} MiB at the end;", *crashed)
    for number, found in sorted(run.failures.items())[:50]:
        print(f"FAILED case {number}: {found}")
    print(f"{len(run.failures)} failures{'' if alive else '; the service no longer answers'}")
    return 1 if run.failures or not alive else 0


if __name__ == "__main__":
    sys.exit(main())
