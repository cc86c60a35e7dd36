"""Processes to be killed: `strategraph ...`, forked from one that has imported it: a start takes milliseconds."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import httpx

# The commands, too: imported once here and not by each process.
from service.cli import commands, main  # noqa: F401
from service.store.layout import Layout

TOKEN = "a-token-for-tests"
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["victims"])


def run(arguments: list[str], environment: dict[str, str], log: str) -> None:
    """Be the command line."""
    os.environ.update(environment)
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    sys.argv = ["strategraph", *arguments]
    main()


class Victim:
    """One process."""

    def __init__(self, log: Path, *arguments: object, **environment: str) -> None:
        self.log = log
        self.process: ForkServerProcess = CONTEXT.Process(
            target=run, args=(list(map(str, arguments)), environment, str(log)), daemon=True
        )
        self.process.start()
        assert self.process.pid is not None
        self.pid: int = self.process.pid

    @property
    def running(self) -> bool:
        return self.process.is_alive()

    def kill(self) -> bool:
        """SIGKILL; whether it was still running."""
        was = self.running
        self.process.kill()
        self.process.join()
        return was and self.process.exitcode == -9

    def finish(self, seconds: float = 60) -> int:
        """Wait for its end; the exit status."""
        self.process.join(seconds)
        assert self.process.exitcode is not None, self.log.read_text()
        return self.process.exitcode

    def holds_lock(self, store: Path) -> bool:
        """Whether it is the writer at this moment."""
        try:
            return f'"pid": {self.pid},' in Layout(store).lock.read_text()
        except OSError:
            return False


class Server(Victim):
    """`strategraph serve` on a free port."""

    def __init__(self, store: Path, log: Path, **environment: str) -> None:
        log.unlink(missing_ok=True)
        settings = {"STRATEGRAPH_WRITE_TOKEN": TOKEN, "STRATEGRAPH_RESERVED_WORKERS": "0", **environment}
        options = ("--no-bundled-data", "--store", store, "--port", 0, "--workers", 1)
        super().__init__(log, "serve", *options, **settings)
        self.address = self._address()

    def client(self, timeout: float = 60) -> httpx.Client:
        return httpx.Client(base_url=self.address, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=timeout)

    def _address(self) -> str:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.running:
            told = self.log.read_text() if self.log.exists() else ""
            if "Uvicorn running on " in told:
                return told.split("Uvicorn running on ")[1].split()[0]
            time.sleep(0.01)
        raise AssertionError(f"the server did not start: {self.log.read_text()}")
