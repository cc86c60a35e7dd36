"""Makes a store of a backup: all of it is checked before the new store can be opened."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyoxigraph import Quad, Store

from service.store import union
from service.store.audit import AuditLog, entries_of
from service.store.backup_archive import (
    ARCHIVE_VERSION,
    INFO,
    QUADS,
    Archive,
    QuadsDigest,
    lines_of,
    opened,
    pinned_name,
)
from service.store.errors import ArchiveDamaged, StoreDamaged, StoreMissing, StoreNotEmpty, disk_errors
from service.store.files import WriterLock, discard, now, sync, sync_tree, write_atomically
from service.store.generations import Generation, GenerationStore
from service.store.ingest import ingest
from service.store.layout import ACCESS, PIN, Layout
from service.store.manifest import Manifest, graph_of
from service.store.tally import count
from service.store.verify_sums import write_sums


def restore(path: Path, folder: Path, *, lock_timeout: float = 30.0) -> Generation:
    """Make a store of an archive in a folder that holds none; statements, blank node labels and graphs are the same.

    Until the last step the folder cannot be opened as a store, so a restore that is cut short is never taken for one.
    """
    if not path.is_file():
        raise StoreMissing(f"There is no backup {path}: check its name.")
    folder = folder.absolute()
    layout = Layout(folder)
    _require_empty(layout)
    with opened(path) as source:
        info = information(source)
        for name, fault in source.broken_members():
            raise ArchiveDamaged(f"{path}: {name} {fault}. Nothing was restored; use another backup.")
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        lock = WriterLock(layout.lock)
        lock.acquire(lock_timeout, "restore")
        try:
            _require_empty(layout)
            with disk_errors(folder):
                _fill(layout, source, info)
        finally:
            lock.release()
    return GenerationStore.open(folder, create=False).current()


def information(source: Archive) -> dict[str, Any]:
    """Return what an archive says of itself, once it is one that this program can read."""
    unreadable = f"{source.path}: {INFO} is unreadable"
    try:
        info = json.loads(source.read(INFO))
        version = info["archive"]
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveDamaged(f"{unreadable} ({error}): use another backup.") from error
    if not isinstance(version, int) or version > ARCHIVE_VERSION:
        raise ArchiveDamaged(
            f"{source.path} has version {version}, this program knows {ARCHIVE_VERSION}: use a newer version of it."
        )
    try:
        for entry in (info, *info["pinned"]):
            number = manifest_in(entry).generation
            if not all(isinstance(value, int) for value in (number, entry["quads"], info["newest"])) or number < 1:
                raise ValueError(f"generation {number!r}")
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveDamaged(f"{unreadable} ({error}): use another backup.") from error
    return dict(info)


def manifest_in(entry: dict[str, Any]) -> Manifest:
    """Return the manifest of a generation in an archive."""
    return Manifest.of(entry["manifest"])


def _require_empty(layout: Layout) -> None:
    """A folder that holds anything but an unfinished restore is left alone."""
    if layout.restoring.exists() and not layout.current.exists():
        return
    if layout.state() == "ready" or layout.numbers():
        raise StoreNotEmpty(f"{layout.path} holds a store: restore into another folder, then change places.")


def _fill(layout: Layout, source: Archive, info: dict[str, Any]) -> None:
    write_atomically(layout.restoring, f"{source.path}\n")
    layout.generations.mkdir(exist_ok=True)
    layout.drafts.mkdir(exist_ok=True)
    layout.sweep(0)
    for entry in info["pinned"]:
        pinned = manifest_in(entry)
        _place(layout, source, pinned_name(pinned.generation), entry, pinned)
    for name in ACCESS:
        if name in source.names():
            _write_private(layout.path / name, source.read(name))
    manifest = _restored(source, info)
    layout.write_format(manifest.default_graph)
    _place(layout, source, QUADS, info, manifest)
    write_atomically(layout.current, f"{manifest.generation}\n")
    AuditLog(layout.path).append(entries_of(manifest))
    layout.restoring.unlink()
    sync(layout.path)


def _place(layout: Layout, source: Archive, member: str, entry: dict[str, Any], manifest: Manifest) -> None:
    """Make a generation of a member and put it where it belongs; CURRENT does not name it yet."""
    staged = layout.new_draft()
    try:
        _write_quads(staged, source, member, entry)
        manifest.write(staged)
        if entry["reason"] is not None:
            (staged / PIN).write_text(f"{entry['reason']}\n", encoding="utf-8")
        write_sums(staged)
        sync_tree(staged)
        staged.rename(layout.generation(manifest.generation))
        sync(layout.generations)
    finally:
        discard(staged)


def _write_quads(staged: Path, source: Archive, member: str, entry: dict[str, Any]) -> None:
    """Write the statements, and prove that what the engine now holds is what was backed up."""
    old = manifest_in(entry)
    is_union = old.default_graph == "union"
    store = Store(str(staged / "work"))
    chunks: Iterator[list[Quad]] = union.chunked(source.quads(member))
    if is_union:
        union.bulk_add(store, chunks, staged / "spool.nt")
        (staged / "spool.nt").unlink()
    else:
        ingest(store, (quad for chunk in chunks for quad in chunk))
    for key in old.graphs:
        store.add_graph(graph_of(key))
    digest = QuadsDigest()
    for lines in lines_of(union.quads(store, is_union)):
        digest.feed(lines)
    default = count(store, graph_of("DEFAULT"))
    if (digest.count, digest.hexdigest(), default) != (entry["quads"], entry["digest"], old.default):
        raise StoreDamaged(
            f"What was restored ({digest.count} quads, {default} in the default graph) is not what was backed up "
            f"({entry['quads']}, {old.default}). Nothing was published; use the version that made {source.path}."
        )
    store.backup(str(staged / "data"))
    del store
    discard(staged / "work")


def _restored(source: Archive, info: dict[str, Any]) -> Manifest:
    """Describe the generation that is published; its number is the old one, and with it what cites it."""
    old = manifest_in(info)
    told = f"restore generation {old.generation} ({old.created}, {old.agent}: {old.message}) from {source.path.name}"
    return Manifest(
        # An older generation gets a number that was never given to another.
        generation=old.generation if old.generation == info["newest"] else info["newest"] + 1,
        parent=None,
        created=now(),
        agent="restore",
        message=f"{told}, made {info['made']}",
        quads=old.quads,
        added=None,
        removed=None,
        default_graph=old.default_graph,
        default=old.default,
        graphs=old.graphs,
    )


def _write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with open(handle, "wb", closefd=False) as file:
            file.write(content)
        os.fsync(handle)
    finally:
        os.close(handle)
