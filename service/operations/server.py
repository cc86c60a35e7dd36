"""The HTTP server as a good citizen: ends in order when it is told to, and reads its settings again on SIGHUP."""

import asyncio
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from service.operations.logs import events

ENDS = (signal.SIGINT, signal.SIGTERM)
# Not there on Windows.
RELOADS = tuple(filter(None, [getattr(signal, "SIGHUP", None)]))


def on_terminal() -> bool:
    """Whether a person started this process and still sees it."""
    return sys.stdin is not None and sys.stdin.isatty()


def ignore_reloads() -> None:
    """Until the service serves there is nothing to reload, and the signal would end it."""
    if not on_terminal() and threading.current_thread() is threading.main_thread():
        for number in RELOADS:
            signal.signal(number, signal.SIG_IGN)


class Server(uvicorn.Server):
    """Unlike its parent it ends with status 0 when told to end: nothing went wrong."""

    def __init__(
        self, config: uvicorn.Config, *, stopping: Callable[[], None], reload: Callable[[], object], delay: float = 0.0
    ) -> None:
        """Call `stopping` at the first signal to end, `delay` seconds before no more connections are accepted."""
        super().__init__(config)
        self._tell_stopping = stopping
        self._reload = reload
        self._delay = delay
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to end."""
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Listen to signals while serving."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in ENDS}
        # To a service on a terminal it means that the terminal is gone.
        hang_up = self.handle_exit if on_terminal() else self._handle_reload
        before |= {number: signal.signal(number, hang_up) for number in RELOADS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End in order at the first signal, at once at the second."""
        del frame
        if self._stopping or self._loop is None:
            self.should_exit = self.force_exit = True
            return
        self._stopping = True
        self._loop.call_soon_threadsafe(self._begin_to_stop, signal.Signals(sig).name)

    def _begin_to_stop(self, name: str) -> None:
        self._tell_stopping()
        events.info("stopping", extra={"fields": {"signal": name, "delay": self._delay}})
        assert self._loop is not None
        self._loop.call_later(self._delay, self._stop)

    def _stop(self) -> None:
        self.should_exit = True

    def _handle_reload(self, sig: int, frame: FrameType | None) -> None:
        del sig, frame
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._reload)
