"""A store as a row of immutable generations, so that readers never meet a write and every state can be named."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from pyoxigraph import DefaultGraph, Quad, Store

from service.store import union
from service.store.audit import AuditLog
from service.store.diff import Difference, compare, graphs_to_compare, touched
from service.store.draft import Draft
from service.store.errors import (
    CommitUncertain,
    ModeConflict,
    ModeMismatch,
    StoreDamaged,
    StoreError,
    StoreFaulty,
    StoreFull,
    StoreMissing,
    UnknownGeneration,
    disk_errors,
    let_go,
)
from service.store.files import WriterLock, discard, hold, now, sync, sync_tree, write_atomically
from service.store.generation import Generation, Readers
from service.store.layout import PIN, Layout
from service.store.manifest import DEFAULT_KEY, NAME, Manifest, Mode
from service.store.verify_sums import write_sums

__all__ = ["Generation", "GenerationStore"]

KNOWN_MANIFESTS = 256


class GenerationStore:
    """A folder of generations. Open it with `GenerationStore.open`."""

    group = 64
    """Writes that may share a generation: enough to make forks cheap; not so many that the first waits long for the
    last, or a replay becomes slow."""

    def __init__(self, path: Path, keep: int, grace: float, lock_timeout: float) -> None:
        """Not for use from outside: see `open`."""
        self.path = path
        self._keep = max(keep, 1)
        self._grace = timedelta(seconds=grace)
        self._lock_timeout = lock_timeout
        self._layout = Layout(path)
        self._readers = Readers()
        self.audit = AuditLog(path)
        self._manifests: dict[int, Manifest] = {}

    @classmethod
    def open(
        cls,
        path: Path | str,
        default_graph: Mode | None = None,
        keep: int = 20,
        create: bool = True,
        *,
        grace: float = 120.0,
        lock_timeout: float = 30.0,
    ) -> GenerationStore:
        """Open a store, or make one. Without `default_graph` an existing store stays what it is; a new one is union."""
        store = cls(Path(path).absolute(), keep, grace, lock_timeout)
        if store._layout.state() == "new":
            if not create:
                raise StoreMissing(f"There is no store in {store.path}: load data first, or name another folder.")
            store._create(default_graph or "union")
        mode = store.default_graph
        if default_graph not in (None, mode):
            raise ModeMismatch(
                f"{store.path} is a {mode} store, not {default_graph}: open it as {mode}, or convert it first."
            )
        return store

    @property
    def default_graph(self) -> Mode:
        """How the default graph works: "union" or "strict"."""
        return self.current().manifest.default_graph

    @property
    def writable(self) -> bool:
        """Whether it can be written to at all."""
        return True

    @property
    def empty(self) -> bool:
        """Whether it holds nothing."""
        return self.current().manifest.quads == 0

    def current(self) -> Generation:
        """Return the published generation. Read anew each time: another process may have published."""
        number = self._layout.read_current()
        return Generation(number, self._layout.generation(number), self._manifest(number), self._readers)

    def generation(self, number: int) -> Generation:
        """Return a generation that is kept."""
        path = self._layout.generation(number)
        if number < 1 or number > self._layout.read_current() or not path.is_dir():
            raise UnknownGeneration(f"There is no generation {number}, or not any more.")
        return Generation(number, path, self._manifest(number), self._readers)

    def history(self) -> list[Manifest]:
        """Return the manifests of the kept generations, newest first."""
        found = (self._manifest_or_none(number) for number in reversed(self._published()))
        return [manifest for manifest in found if manifest is not None]

    def quads(self, reader: Store) -> Iterator[Quad]:
        """Return every statement once: without the default graph where it only repeats the named ones."""
        return union.quads(reader, self.default_graph == "union")

    @contextmanager
    def draft(self, agent: str, message: str, timeout: float | None = None) -> Iterator[Draft]:
        """Take the lock and fork the published generation; what is not published on leaving is discarded."""
        with self._writing(agent, timeout):
            folder = self._layout.new_draft()
            try:
                draft = Draft(self.current(), folder, agent, message, self._commit)
                try:
                    yield draft
                except (StoreFull, StoreFaulty) as error:
                    let_go(error)
                    raise
                finally:
                    draft.discard()
            finally:
                discard(folder)

    def rollback(self, number: int, agent: str) -> Generation:
        """Publish a new generation equal to an old one."""
        with self._writing(agent, None):
            current, old = self.current(), self.generation(number)
            if old.manifest.default_graph != current.manifest.default_graph:
                raise ModeConflict(f"Generation {number} is {old.manifest.default_graph}: convert the store first.")
            same_as = touched(current.manifest, number, self._manifest_or_none)
            manifest = Manifest(
                generation=current.number + 1,
                parent=current.number,
                created=now(),
                agent=agent,
                message=f"roll back to generation {number}",
                quads=old.manifest.quads,
                added=None,
                removed=None,
                default_graph=old.manifest.default_graph,
                default=old.manifest.default,
                graphs=old.manifest.graphs,
                touched=None if same_as is None else tuple(sorted(same_as)),
                restored=number,
            )
            staged = self._layout.new_draft()
            try:
                old.fork(staged / "data")
                return self._publish(staged, manifest)
            finally:
                discard(staged)

    def convert(self, mode: Mode, agent: str = "convert") -> Generation:
        """Publish a generation with the same named graphs whose default graph works the other way."""
        with self.draft(agent, f"convert the default graph to {mode}") as draft:
            draft.convert(mode)
            generation = draft.publish()
            self._layout.write_format(generation.manifest.default_graph)
        return generation

    def diff(self, a: int, b: int) -> Iterator[Difference]:
        """Compare two generations: their named graphs, and the default graph where it is one of its own."""
        before, after = self.generation(a), self.generation(b)
        older, newer = sorted((before, after), key=lambda generation: generation.number)
        keys = touched(newer.manifest, older.number, self._manifest_or_none)
        old, new = before.reader(), after.reader()
        yield from compare(old, new, graphs_to_compare(old, new, keys))
        if keys is None or DEFAULT_KEY in keys:
            yield from self._default_differences(before, after)

    def pin(self, number: int, reason: str) -> None:
        """Keep a generation for good, e.g. because it is cited."""
        generation = self.generation(number)
        # The lease keeps a collector away meanwhile, so a citation need not wait for a long load.
        lease = hold(generation.path / NAME, exclusive=False)
        if lease is None:
            raise UnknownGeneration(f"Generation {number} is not kept any more.")
        try:
            with disk_errors(self.path):
                write_atomically(generation.path / PIN, reason + "\n")
        finally:
            os.close(lease)

    def unpin(self, number: int) -> None:
        """Let a generation go the way of the others."""
        with disk_errors(self.path):
            (self.generation(number).path / PIN).unlink(missing_ok=True)

    def pins(self) -> dict[int, str]:
        """Return the pinned generations and why."""
        paths = {number: self._layout.generation(number) / PIN for number in self._published()}
        return {number: path.read_text(encoding="utf-8").strip() for number, path in paths.items() if path.exists()}

    def collect_garbage(self) -> list[int]:
        """Remove generations that nobody needs; their numbers."""
        with self._writing("garbage collection", None):
            return self._collect()

    def _published(self) -> list[int]:
        current = self._layout.read_current()
        return [number for number in self._layout.numbers() if number <= current]

    def _manifest(self, number: int) -> Manifest:
        if number not in self._manifests:
            if len(self._manifests) >= KNOWN_MANIFESTS:
                self._manifests.clear()
            self._manifests[number] = Manifest.read(self._layout.generation(number))
        return self._manifests[number]

    def _manifest_or_none(self, number: int) -> Manifest | None:
        """A generation can be collected while its history is being read."""
        try:
            return self._manifest(number)
        except StoreDamaged:
            return None

    def _default_differences(self, before: Generation, after: Generation) -> Iterator[Difference]:
        nothing, default = Store(), DefaultGraph()
        sides = [g.reader() if g.manifest.default_graph == "strict" else nothing for g in (before, after)]
        yield from compare(sides[0], sides[1], [default])

    @contextmanager
    def _writing(self, agent: str, timeout: float | None) -> Iterator[None]:
        lock = WriterLock(self._layout.lock)
        lock.acquire(self._lock_timeout if timeout is None else timeout, agent)
        try:
            with disk_errors(self.path):
                current = self._layout.read_current()
                self._layout.drafts.mkdir(exist_ok=True)
                self._layout.sweep(current)
                mode = self._manifest(current).default_graph
                self._layout.bring_up_to_date(mode)
                self._layout.restoring.unlink(missing_ok=True)
            yield
        finally:
            lock.release()

    def _create(self, mode: Mode) -> None:
        """Publish generation 1; the process that comes second finds the work done."""
        layout = self._layout
        with disk_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        lock = WriterLock(layout.lock)
        lock.acquire(self._lock_timeout, "creation")
        try:
            if layout.state() == "ready":
                return
            with disk_errors(self.path):
                layout.generations.mkdir(exist_ok=True)
                layout.drafts.mkdir(exist_ok=True)
                layout.sweep(0)
                staged = layout.new_draft()
                Store(str(staged / "work")).backup(str(staged / "data"))
                discard(staged / "work")
                layout.write_format(mode)
            self._publish(staged, Manifest(1, None, now(), "creation", "empty", 0, 0, 0, mode, 0, touched=()))
        finally:
            lock.release()

    def _commit(self, draft: Draft) -> Generation:
        staged = draft.folder / "published"
        with disk_errors(self.path):
            staged.mkdir()
            # A checkpoint, not the folder that was written to: nobody has ever had it open for writing.
            draft.store.backup(str(staged / "data"))
            draft.tally.settle(draft.store)
        base, is_union = draft.base.number, draft.union
        manifest = Manifest(
            generation=base + 1,
            parent=base,
            created=now(),
            agent=draft.agent,
            message=draft.message,
            quads=draft.tally.quads(union=is_union),
            added=draft.tally.added(union=is_union),
            removed=draft.tally.removed,
            default_graph=draft.mode,
            default=draft.tally.default,
            graphs=dict(sorted(draft.tally.counts.items())),
            touched=tuple(sorted(draft.tally.touched)),
            writes=tuple(draft.writes),
        )
        generation = self._publish(staged, manifest)
        # What is published is published: a disk that fails at tidying up must not tell the writer otherwise.
        with suppress(OSError, StoreError):
            self._collect()
        return generation

    def _publish(self, staged: Path, manifest: Manifest) -> Generation:
        """Move a finished generation into its place, then name it in CURRENT; every step is on the disk first."""
        layout, target = self._layout, self._layout.generation(manifest.generation)
        with disk_errors(self.path):
            manifest.write(staged)
            parent = layout.generation(manifest.parent) / "data" if manifest.parent else None
            write_sums(staged, parent.parent if parent else None)
            sync_tree(staged, parent)
            staged.rename(target)
            sync(layout.generations)
            self._name_current(manifest.generation)
        self._keep_log()
        return Generation(manifest.generation, target, manifest, self._readers)

    def _name_current(self, number: int) -> None:
        try:
            write_atomically(self._layout.current, f"{number}\n")
        except OSError as error:
            if self._layout.read_current() != number:
                raise
            raise CommitUncertain(
                f"Generation {number} is published, but the disk of {self.path} did not confirm it ({error}), so a "
                "power cut may undo it: mend the disk, and see `strategraph history` before you write it again."
            ) from error

    def _keep_log(self) -> None:
        """Bring the audit log up to date; where that fails, the write itself is published all the same."""
        try:
            self.audit.catch_up(filter(None, map(self._manifest_or_none, self._published())))
        except (OSError, StoreError) as error:
            logging.getLogger(__name__).error("%s cannot be written: %s", self.audit.path, error)

    def _collect(self) -> list[int]:
        numbers = self._published()
        limit = datetime.now(UTC) - self._grace
        collected = []
        for number, successor in pairwise(numbers):
            if number in numbers[-self._keep :]:
                break
            next_one = self._manifest_or_none(successor)
            if next_one is not None and datetime.fromisoformat(next_one.created) > limit:
                break
            if self._remove(number):
                collected.append(number)
        return collected

    def _remove(self, number: int) -> bool:
        """Remove a generation unless it is pinned or being read."""
        path = self._layout.generation(number)
        try:
            lease = hold(path / NAME, exclusive=True)
        except FileNotFoundError:
            lease = os.open(path, os.O_RDONLY)  # half a generation, of no use to anyone
        if lease is None:
            return False
        try:
            if (path / PIN).exists():
                return False
            # Away in one step: a generation is there as a whole or not at all.
            path.rename(self._layout.drafts / f"{os.getpid()}-collected-{number}")
        except OSError:
            return False
        finally:
            os.close(lease)
        discard(self._layout.drafts / f"{os.getpid()}-collected-{number}")
        return True
