"""The service as an operator starts it: a process of its own, with its log."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

PATIENCE = 60


class Service:
    """A running `strategraph serve`."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log
        self.url = ""

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The log so far."""
        return [json.loads(line) for line in self._log.read_text(encoding="utf-8").splitlines() if line[:1] == "{"]

    def said(self, message: str) -> dict[str, Any]:
        """Wait for a line of the log."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for line in self.lines:
                if message in line["message"]:
                    return line
            assert self.process.poll() is None or any(message in line["message"] for line in self.lines), self.text
            time.sleep(0.02)
        raise AssertionError(f"never said {message!r}: {self.text}")

    @property
    def text(self) -> str:
        """The whole log."""
        return self._log.read_text(encoding="utf-8")

    def tell(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def ended(self) -> int:
        """Wait for its end."""
        return self.process.wait(PATIENCE)


@contextmanager
def service(folder: Path, *options: str, **settings: object) -> Iterator[Service]:
    """Run `strategraph serve` on a free port until the block ends."""
    log = folder / "service.log"
    command = [sys.executable, "-c", "from service.cli import main; main()", "serve", "--port", "0", *options]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment(settings), stdout=out, stderr=out)
    running = Service(process, log)
    try:
        running.url = running.said("Uvicorn running on")["message"].split(" on ")[1].split(" ")[0]
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """Our own without its settings, and these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STRATEGRAPH_")}
    chosen = {"log_format": "json", **settings}
    return kept | {f"STRATEGRAPH_{name.upper()}": str(value) for name, value in chosen.items()}


def until_ready(client: httpx.Client) -> None:
    """Wait until it answers queries."""
    deadline = time.monotonic() + PATIENCE
    while client.get("/health/ready").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
