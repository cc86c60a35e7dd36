"""A store on a remote engine: the same interface, and a clear error for what such an engine cannot promise.

It has one state, the present one. Its number only tells our caches when to look again: it rises with every write of
ours, and with time, because others may write to the engine too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, NoReturn

from pyoxigraph import Quad

from service.store.audit import AuditLog
from service.store.diff import Difference
from service.store.draft import Draft
from service.store.files import now
from service.store.generation import Generation, Readers
from service.store.generations import GenerationStore
from service.store.manifest import Manifest, Mode
from service.store.remote.address import Remote
from service.store.remote.checks import met
from service.store.remote.engine import Engine
from service.store.remote.errors import EngineUnable

# Numbers of states are far apart in time and close in writes.
WRITES_PER_LOOK = 1_000_000


class RemoteState(Generation):
    """What the engine holds now."""

    versioned = False

    def __init__(self, number: int, remote: Remote, folder: Path) -> None:
        """Made by the store."""
        manifest = Manifest(number, None, now(), "", "", 0, None, None, remote.default_graph, 0)
        super().__init__(number, folder, manifest, Readers())
        self.remote = remote

    @property
    def location(self) -> str:
        """Where a reader process finds it: the engine's address, with its secrets."""
        return self.remote.packed()

    def reader(self) -> Any:
        """Return what reads like a store, and asks the engine."""
        raise NotImplementedError

    def fork(self, target: Path) -> NoReturn:
        """Refuse."""
        raise unable(self.remote, "copied")


class RemoteStore(GenerationStore):
    """An engine as a store. Make it with `RemoteStore.meet`."""

    # A write is one request to the engine: it must not fail because of another one.
    group = 1

    def __init__(self, remote: Remote, folder: Path, refresh: float) -> None:
        """Not for use from outside: see `meet`."""
        self.remote = remote
        self.path = folder
        self.audit = AuditLog(folder)
        self._refresh = refresh
        self._writes = 0
        self._guard = Lock()

    @classmethod
    def meet(cls, remote: Remote, folder: Path, *, refresh: float = 60.0, seconds: float = 30.0) -> RemoteStore:
        """Ask the engine what it is, and see that it answers as it should; `folder` keeps tokens and the audit log."""
        known = met(remote, seconds)
        folder.mkdir(parents=True, exist_ok=True)
        return cls(known, folder.absolute(), refresh)

    @property
    def default_graph(self) -> Mode:
        """How the default graph works."""
        return self.remote.default_graph

    def current(self) -> RemoteState:
        """Return what the engine holds now."""
        number = int(time.monotonic() / self._refresh) * WRITES_PER_LOOK + self._writes
        return RemoteState(number, self.remote, self.path)

    def generation(self, number: int) -> RemoteState:
        """Return the present state, by the number that it was given moments ago."""
        return RemoteState(number, self.remote, self.path)

    @property
    def empty(self) -> bool:
        """Whether the engine holds nothing."""
        return not Engine(self.remote).ask("ASK { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }")

    def history(self) -> NoReturn:
        """Refuse."""
        raise unable(self.remote, "history")

    def rollback(self, number: int, agent: str) -> NoReturn:
        """Refuse."""
        raise unable(self.remote, "roll-back")

    def diff(self, a: int, b: int) -> Iterator[Difference]:
        """Refuse."""
        raise unable(self.remote, "difference between versions")

    def pin(self, number: int, reason: str) -> NoReturn:
        """Refuse."""
        raise unable(self.remote, "pinned versions")

    def convert(self, mode: Mode, agent: str = "convert") -> NoReturn:
        """Refuse."""
        raise unable(self.remote, "conversion of its default graph")

    def collect_garbage(self) -> NoReturn:
        """Refuse."""
        raise unable(self.remote, "old versions")

    def unpin(self, number: int) -> NoReturn:
        """Refuse."""
        raise unable(self.remote, "pinned versions")

    def pins(self) -> NoReturn:
        """Refuse."""
        raise unable(self.remote, "pinned versions")

    def quads(self, reader: Any) -> Iterator[Quad]:
        """Refuse."""
        raise NotImplementedError

    @contextmanager
    def draft(self, agent: str, message: str, timeout: float | None = None) -> Iterator[Draft]:
        """Refuse."""
        del agent, message, timeout
        raise unable(self.remote, "writes")
        yield


def unable(remote: Remote, what: str) -> EngineUnable:
    """Say what a remote engine does not have."""
    return EngineUnable(
        f"{remote.place} is a remote engine and keeps no versions, so it has no {what}: use a store in a folder "
        "for that."
    )
