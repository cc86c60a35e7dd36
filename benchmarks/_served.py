"""A service of its own, with the bundled dataset, for measurements from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

TOKEN = "a-token-for-measurements"


@dataclass(frozen=True)
class Served:
    """Where it is, and its process."""

    address: str
    process: psutil.Process
    log: Path


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Served]:
    """Serve a new store until the block ends."""
    log = folder / "serve.log"
    environment = {**os.environ, "STRATEGRAPH_WRITE_TOKEN": TOKEN, "STRATEGRAPH_RATE_ADDRESS": "0", **settings}
    start = "from service.cli import main; main()"
    command = [sys.executable, "-c", start, "serve", "--store", str(folder / "store"), "--port", "0"]
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=environment, stdout=file, stderr=file)
    try:
        deadline = time.monotonic() + 180
        while "running on " not in (told := log.read_text()):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the service did not start:\n{told}")
            time.sleep(0.1)
        yield Served(told.split("running on ")[1].split()[0], psutil.Process(process.pid), log)
    finally:
        process.terminate()
        process.wait(60)
