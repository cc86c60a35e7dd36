"""Backs up a published generation to one file, while others read and write the store."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from service.store import backup_archive as archive
from service.store import union
from service.store.backup_archive import ArchiveWriter, QuadsDigest, compressed, lines_of
from service.store.errors import ArchiveExists, StoreBusy, disk_errors
from service.store.files import now, sync
from service.store.format import FORMAT_VERSION
from service.store.generations import Generation, GenerationStore
from service.store.layout import ACCESS


@dataclass(frozen=True)
class BackupResult:
    """What was written."""

    path: Path
    generation: int
    quads: int
    digest: str
    size: int
    """Bytes of the archive."""
    pinned: tuple[int, ...] = ()
    """The pinned generations that are in it as well."""


def backup(store: GenerationStore, target: Path, generation: int | None = None, *, force: bool = False) -> BackupResult:
    """Write a generation (without a number: the published one) to an archive, in bounded memory.

    The archive appears under its name when it is complete and on the disk. Raises ArchiveExists unless `force`.
    """
    if target.is_dir():
        raise ArchiveExists(f"{target} is a folder: name the file that is to hold the backup.")
    if target.exists() and not force:
        raise ArchiveExists(f"{target} exists: name another file, or say --force to replace it.")
    chosen = store.current() if generation is None else store.generation(generation)
    with disk_errors(target.parent), _part(target) as file:
        digest, pinned = _write(store, chosen, file)
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
        _appear(_part_of(target), target, force)
    return BackupResult(target, chosen.number, digest.count, digest.hexdigest(), size, pinned)


def _write(store: GenerationStore, generation: Generation, file: IO[bytes]) -> tuple[QuadsDigest, tuple[int, ...]]:
    writer = ArchiveWriter(file, int(datetime.now(UTC).timestamp()))
    writer.add(archive.README, [archive.README_TEXT.encode()])
    digest = _add_quads(writer, archive.QUADS, store, generation)
    pinned = list(_add_pinned(writer, store, generation.number))
    for name in ACCESS:
        # Whole lines of the log are appended and the tokens replaced atomically, so what is read here is consistent.
        with suppress(FileNotFoundError):
            writer.add(name, [(store.path / name).read_bytes()])
    history = store.history()
    writer.add(archive.HISTORY, [_json([manifest.as_json() for manifest in history])])
    info = {
        "archive": archive.ARCHIVE_VERSION,
        "store_format": FORMAT_VERSION,
        "made": now(),
        "newest": max([generation.number, *(entry.generation for entry in history)]),
        **_described(generation, digest),
        "digest_of": "sum of the SHA-256 of the N-Quads lines without their ends, modulo 2^256",
        "pinned": pinned,
        "reason": store.pins().get(generation.number),
    }
    writer.add(archive.INFO, [_json(info)])
    writer.finish()
    return digest, tuple(entry["manifest"]["generation"] for entry in pinned)


def _add_quads(writer: ArchiveWriter, name: str, store: GenerationStore, generation: Generation) -> QuadsDigest:
    digest = QuadsDigest()

    def lines() -> Iterator[bytes]:
        with disk_errors(store.path):
            for piece in lines_of(union.quads(generation.reader(), generation.manifest.default_graph == "union")):
                digest.feed(piece)
                yield piece

    writer.add(name, compressed(lines()))
    return digest


def _add_pinned(writer: ArchiveWriter, store: GenerationStore, main: int) -> Iterator[dict[str, Any]]:
    """Write the generations that someone cites: a restored store must still have them under their numbers."""
    for number, reason in sorted(store.pins().items()):
        if number < main:
            pinned = store.generation(number)
            digest = _add_quads(writer, archive.pinned_name(number), store, pinned)
            yield {**_described(pinned, digest), "reason": reason}


def _described(generation: Generation, digest: QuadsDigest) -> dict[str, Any]:
    return {"manifest": generation.manifest.as_json(), "quads": digest.count, "digest": digest.hexdigest()}


def _json(data: object) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def _part_of(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


@contextmanager
def _part(target: Path) -> Iterator[IO[bytes]]:
    """Open the file that becomes the archive. A fixed name: what a killed backup left is overwritten by the next."""
    part = _part_of(target)
    handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with open(handle, "w+b", closefd=True) as file:  # noqa: PTH123 - a handle, not a path
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreBusy(f"Another backup is writing {target}: wait for it, or name another file.") from error
        try:
            os.ftruncate(handle, 0)
            yield file
        finally:
            part.unlink(missing_ok=True)


def _appear(part: Path, target: Path, force: bool) -> None:
    """Give the finished file its name; without `force` never in the place of another."""
    if force:
        part.replace(target)
    else:
        try:
            target.hardlink_to(part)
        except FileExistsError as error:
            raise ArchiveExists(f"{target} has appeared meanwhile: name another file.") from error
        except OSError as error:
            if error.errno not in {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS}:
                raise
            part.rename(target)  # a file system without hard links
    sync(target.parent)
