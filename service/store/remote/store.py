"""A store on a remote engine: the same interface, and a clear error for what such an engine cannot promise.

It has one state, the present one. Its number only tells our caches when to look again: it rises with every write of
ours, and with time, because others may write to the engine too.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any, NoReturn

from pyoxigraph import DefaultGraph, Quad, Triple

from service.store.audit import AuditLog, entry
from service.store.diff import Difference
from service.store.draft import Draft
from service.store.files import WriterLock, now
from service.store.generation import Generation, Readers
from service.store.generations import GenerationStore
from service.store.manifest import Manifest, Mode, graph_key
from service.store.remote import sending
from service.store.remote.address import Remote
from service.store.remote.checks import met
from service.store.remote.draft import RemoteDraft
from service.store.remote.engine import Engine
from service.store.remote.errors import EngineUnable
from service.store.remote.overlay import Lookups, Overlay

# Numbers of states are far apart in time and close in writes.
WRITES_PER_LOOK = 1_000_000
# Statements of a write, of those that came and of those that went, that are looked up once it is done.
SAMPLE = 100


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
        return replace(self.remote, state=self.number).packed()

    def reader(self) -> Any:
        """Return what reads like a store, and asks the engine."""
        return Overlay(Lookups(Engine(self.remote)))

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

    def hide_address(self) -> None:
        """Name it to strangers without telling where it is."""
        self.remote = replace(self.remote, label="the engine")

    @property
    def writable(self) -> bool:
        """Whether an address for updates is known."""
        return self.remote.update is not None

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
        """Return every statement once."""
        for graph in reader.named_graphs():
            yield from reader.quads_for_pattern(None, None, None, graph)
        if self.default_graph == "strict":
            yield from reader.quads_for_pattern(None, None, None, DefaultGraph())

    @contextmanager
    def draft(self, agent: str, message: str, timeout: float | None = None) -> Iterator[Draft]:
        """Begin a write; only one at a time, of all processes that share our folder."""
        sending.require_update(self.remote)
        with self.writing(agent, timeout):
            draft = RemoteDraft(self.current(), agent, message, self._send)
            try:
                yield draft
            finally:
                draft.discard()

    @contextmanager
    def writing(self, agent: str, timeout: float | None = None) -> Iterator[None]:
        """Keep other writers away."""
        lock = WriterLock(self.path / "LOCK")
        lock.acquire(30.0 if timeout is None else timeout, agent)
        try:
            yield
        finally:
            lock.release()

    def wrote(self, agent: str, message: str, added: Collection[Quad], removed: Collection[Quad]) -> None:
        """Note a write: caches look again, and the audit log knows of it."""
        with self._guard:
            self._writes += 1
        graphs = sorted({graph_key(quad.graph_name) for part in (added, removed) for quad in part})
        told = entry(agent, message, time=now(), added=len(added), removed=len(removed), graphs=graphs)
        try:
            self.audit.append([told])
        except OSError as error:
            logging.getLogger(__name__).error("%s cannot be written: %s", self.audit.path, error)

    def _send(self, draft: RemoteDraft) -> RemoteState:
        """Send a draft, and see that the engine did it."""
        overlay = draft.overlay
        if self.shows_union:
            for quad in overlay.added:
                if len(overlay.holders(quad.triple)) > 1:
                    raise repeated(self.remote, quad)
        changes = (overlay.added, overlay.removed, overlay.default_added, overlay.default_removed)
        sending.send(self.remote, sending.parcel(self.remote, *changes))
        self.wrote(draft.agent, draft.message, overlay.added, overlay.removed)
        now_there = Lookups(Engine(self.remote))
        sample = [*islice(overlay.added, SAMPLE), *islice(overlay.removed, SAMPLE)]
        now_there.prefetch(quad.triple for quad in sample)
        wrong = sum((quad.graph_name in now_there.holders(quad.triple)) != (quad in overlay.added) for quad in sample)
        sending.confirmed(self.remote, wrong, len(sample))
        return self.current()

    @property
    def shows_union(self) -> bool:
        """Whether the engine makes the union by itself; then no two graphs may hold the same statement."""
        return self.default_graph == "union" and self.remote.union == "engine"

    def check_repeated(self, quads: Iterable[Quad]) -> None:
        """Raise where two graphs of these hold the same statement, and the engine would count it twice."""
        seen: set[Triple] = set()
        for quad in quads if self.shows_union else ():
            if quad.triple in seen:
                raise repeated(self.remote, quad)
            seen.add(quad.triple)


def repeated(remote: Remote, quad: Quad) -> EngineUnable:
    """Say why a statement can be in one graph only."""
    return EngineUnable(
        f"{quad.triple} would be in several graphs, and {remote.place} counts a statement once for each graph that "
        "holds it: keep it in one graph. Nothing was written."
    )


def unable(remote: Remote, what: str) -> EngineUnable:
    """Say what a remote engine does not have."""
    return EngineUnable(
        f"{remote.place} is a remote engine and keeps no versions, so it has no {what}: use a store in a folder "
        "for that."
    )
