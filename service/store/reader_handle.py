"""The parent's end of one reader process: starts it, talks frames with it, weighs it, kills it."""

import asyncio
import json
import os
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import psutil

from service.store import priorities
from service.store.reader_process import CHUNK, FRAME

ROOT = Path(__file__).parents[2]
# A reader needs none of the service's settings, least of all the write token.
ALLOCATOR = ("MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_")
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT", "VIRTUAL_ENV", *ALLOCATOR)
OUT_OF_MEMORY = (b"memory allocation of", b"bad_alloc", b"MemoryError")


class ReaderGone(Exception):
    """The pipe ended before the answer did."""


class ReaderHandle:
    """One reader process."""

    def __init__(self, process: asyncio.subprocess.Process, log: IO[bytes]) -> None:
        """Take a process that was started, and the file of its complaints."""
        self._process = process
        self._log = log
        self._stats = psutil.Process(process.pid)
        # A stream has one reader at a time; whoever ends a process at work waits for the one that asked.
        self._reading = asyncio.Lock()
        self.fresh_memory = 0
        self.reserved = False
        self._courteous = False

    @classmethod
    async def start(cls, warm: str | None = None) -> "ReaderHandle":
        """Start a process and wait until it is ready, with a generation open."""
        log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "service.store.reader_process",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            limit=CHUNK,
            env=environment(),
            start_new_session=True,  # Ctrl-C is for the service, which then ends its readers in order.
        )
        reader = cls(process, log)
        try:
            await reader.frame()
            if warm is not None:
                await reader.ask({"path": warm})
                await reader.frame()
        except BaseException:
            await reader.end()
            raise
        reader.fresh_memory = reader.memory()
        return reader

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    async def ask(self, request: dict[str, Any]) -> None:
        """Send a request."""
        payload = json.dumps(request).encode()
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(FRAME.pack(b"Q", len(payload)) + payload)
            await self._process.stdin.drain()
        except (ConnectionError, RuntimeError) as error:
            raise ReaderGone from error

    async def frame(self) -> tuple[bytes, bytes]:
        """Read one frame: its letter and its payload."""
        assert self._process.stdout is not None
        try:
            async with self._reading:
                kind, length = FRAME.unpack(await self._process.stdout.readexactly(FRAME.size))
                return kind, await self._process.stdout.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise ReaderGone from error

    def memory(self) -> int:
        """Bytes that are this process's alone: pages mapped from the store's files are not counted."""
        try:
            info = self._stats.memory_info()
        except psutil.Error:
            return 0
        return int(info.rss - getattr(info, "shared", 0))

    def step_back(self) -> None:
        """Let others have the processor first: whatever runs long must not slow down what is short."""
        if not self._courteous:
            self._courteous = True
            priorities.lower(self.pid)

    def step_forward(self) -> bool:
        """Be like new again; False where the system does not allow that."""
        if self._courteous and priorities.restore(self.pid):
            self._courteous = False
        return not self._courteous

    def kill(self) -> None:
        """Stop it at once, whatever it does."""
        # Not by its own method, which first looks whether it has ended and so takes the exit status away from asyncio.
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    async def end(self) -> None:
        """Kill it, and wait until nothing of it is left."""
        self.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._drain()
        await self._process.wait()
        if not self._log.closed:
            self._log.close()

    async def _drain(self) -> None:
        """Read what is left in the pipe: its transport only closes at the end of the stream."""
        assert self._process.stdout is not None
        try:
            async with self._reading:
                while await self._process.stdout.read(CHUNK):
                    pass
        except ConnectionError:
            return

    async def died_of_memory(self) -> bool:
        """Tell, after its end, whether the process ended because the system gave it no memory."""
        code = await self._process.wait()
        if code not in (-signal.SIGABRT, 1) or self._log.closed:
            return False
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, self._log.tell() - 4096))
        return any(sign in self._log.read() for sign in OUT_OF_MEMORY)


def environment() -> dict[str, str]:
    """Build a reader's environment: where this very package lies, and nothing of the service's settings."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(path)}
