"""A published generation, and the readers of it that a process keeps open."""

from __future__ import annotations

import os
from collections import OrderedDict
from pathlib import Path
from threading import Lock

from pyoxigraph import Store

from service.store.errors import StoreDamaged, UnknownGeneration, disk_errors, translated
from service.store.files import hold
from service.store.manifest import NAME, Manifest

# Readers kept open: the published generation, the one before for those who are still at it, and some that are browsed.
OPEN_READERS = 4


class Generation:
    """One published state of the store; it never changes."""

    versioned = True
    """Whether its number names this state for good."""

    def __init__(self, number: int, path: Path, manifest: Manifest, readers: Readers) -> None:
        """Made by the store."""
        self.number = number
        self.path = path
        self.manifest = manifest
        self._readers = readers

    def __repr__(self) -> str:
        """Name generation and store."""
        return f"<generation {self.number} of {self.path.parent.parent}>"

    @property
    def location(self) -> str:
        """Where a reader process finds it."""
        return str(self.path)

    def reader(self) -> Store:
        """Return a read-only store, shared within the process; while it is cached it is not collected as garbage."""
        return self._readers.get(self)

    def fork(self, target: Path) -> None:
        """Copy the data to a new folder, by links where the file system has them; ready to be opened for writing."""
        with disk_errors(self.path.parent.parent):
            (self._readers.find(self) or Store.read_only(str(self.path / "data"))).backup(str(target))


class Readers:
    """The generations that this process has open, most recently used last."""

    def __init__(self) -> None:
        """Begin with none."""
        self._open: OrderedDict[int, tuple[Store, int]] = OrderedDict()
        self._guard = Lock()
        self._pid = os.getpid()
        self._inherited: list[OrderedDict[int, tuple[Store, int]]] = []

    def get(self, generation: Generation) -> Store:
        """Open a generation, or return the one that is open."""
        with self._guard:
            if self._pid != os.getpid():
                # The engine's threads do not survive a fork; closing its stores here would wait for them forever.
                self._inherited.append(self._open)
                self._open, self._pid = OrderedDict(), os.getpid()
            if generation.number not in self._open:
                self._open[generation.number] = self._opened(generation)
            self._open.move_to_end(generation.number)
            while len(self._open) > OPEN_READERS:
                _, (_, lease) = self._open.popitem(last=False)
                os.close(lease)
            return self._open[generation.number][0]

    def find(self, generation: Generation) -> Store | None:
        """Return a generation's store if it is open."""
        with self._guard:
            known = self._open.get(generation.number) if self._pid == os.getpid() else None
        return known[0] if known else None

    @staticmethod
    def _opened(generation: Generation) -> tuple[Store, int]:
        gone = UnknownGeneration(f"Generation {generation.number} is not kept any more: ask for the current one.")
        try:
            lease = hold(generation.path / NAME, exclusive=False)
        except FileNotFoundError as error:
            raise gone from error
        if lease is None:
            raise gone
        try:
            return Store.read_only(str(generation.path / "data")), lease
        except (OSError, RuntimeError) as error:
            os.close(lease)
            if not generation.path.exists():
                raise gone from error
            raise translated(error, generation.path) or StoreDamaged(
                f"{generation.path} cannot be opened ({error}): restore it from a backup, or roll back."
            ) from error
