"""The engines of the contract, each in a temporary folder, on free ports, ended with the test."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest


@contextmanager
def oxigraph(folder: Path, *options: str) -> Iterator[dict[str, Any]]:
    """An Oxigraph server; what the settings must say to use it."""
    program = Path(sys.executable).with_name("oxigraph")
    if not program.exists():
        pytest.skip("Oxigraph server is not installed: pip install 'strategraph[contract]'")
    port = free_port()
    command = [program, "serve", "--location", folder / "data", "--bind", f"127.0.0.1:{port}", *options]
    base = f"http://127.0.0.1:{port}"
    with process(command, folder, f"{base}/query?query=ASK%20%7B%7D"):
        yield {"store": f"{base}/query", "remote_update": f"{base}/update", "remote_graphs": f"{base}/store"}


VIRTUOSO = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 100
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
FileExtend = 100
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
NumberOfBuffers = 20000
MaxDirtyBuffers = 15000
DirsAllowed = .
MaxClientConnections = 20
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
MaxClientConnections = 20
[SPARQL]
ResultSetMaxRows = 1000000
MaxQueryCostEstimationTime = 100000
MaxQueryExecutionTime = 20
"""


@contextmanager
def virtuoso(folder: Path) -> Iterator[dict[str, Any]]:
    """A Virtuoso with its usual user; reading needs no user, writing does."""
    program = shutil.which("virtuoso-t")
    if program is None:
        pytest.skip("Virtuoso is not installed: apt-get install virtuoso-opensource")
    http, place = free_port(), folder / "virtuoso"
    place.mkdir(parents=True)
    (place / "virtuoso.ini").write_text(VIRTUOSO.format(sql=free_port(), http=http))
    base = f"http://127.0.0.1:{http}"
    with process([program, "+foreground", "+configfile", "virtuoso.ini"], place, f"{base}/sparql?query=ASK%20%7B%7D"):
        yield {
            "store": f"{base}/sparql",
            "remote_update": f"{base}/sparql-auth",
            "remote_graphs": f"{base}/sparql-graph-crud",
            "remote_user": "dba",
            "remote_password": "dba",
            "remote_auth": "digest",
        }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(command: list[Any], folder: Path, alive: str, seconds: float = 120) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; begins when it answers."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen([str(part) for part in command], cwd=folder, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + seconds
            while not answers(alive):
                if running.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{command[0]} did not start: {(folder / 'log').read_text()[-2000:]}")
                time.sleep(0.05)
            yield running
        finally:
            running.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(20)
            running.kill()
            running.wait()


def answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
