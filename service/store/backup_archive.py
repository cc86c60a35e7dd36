"""The file of a backup: a plain tar that any machine can read, whatever becomes of this program and its engine.

README.txt       how to read it without this program
quads.nq.zst     every statement as N-Quads, compressed with zstd; in union mode without the default graph
pinned/N.nq.zst  likewise the statements of each pinned generation before it
tokens.json, audit.jsonl    who may write and who wrote, where the store has them
history.json     the manifests of the generations that were kept
backup.json      what was backed up, and an order-independent digest of the statements
SHA256SUMS       checksums of all the others; comes last, so an archive that was cut short has none
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import zstandard
from pyoxigraph import Quad, RdfFormat, parse, serialize

from service.store.errors import ArchiveDamaged
from service.store.union import chunked
from service.store.verify_sums import LINE, SUMS

ARCHIVE_VERSION = 1
QUADS = "quads.nq.zst"
INFO = "backup.json"
HISTORY = "history.json"
README = "README.txt"
README_TEXT = (
    "A backup of a Strategraph store. `strategraph restore FILE --store DIR` makes a store of it.\n"
    "Without Strategraph: tar -xf FILE; sha256sum -c SHA256SUMS; zstd -d quads.nq.zst gives the N-Quads.\n"
)
MODULUS = 1 << 256
PIECE = 1 << 20


def pinned_name(number: int) -> str:
    """Return the name of the member with the statements of a pinned generation."""
    return f"pinned/{number:06}.nq.zst"


class QuadsDigest:
    """A digest of a set of quads that does not depend on their order: the sum of the SHA-256 of their N-Quads lines."""

    def __init__(self) -> None:
        """Begin with the empty set."""
        self.count = 0
        self._sum = 0

    def feed(self, lines: bytes) -> None:
        """Take whole lines of canonical N-Quads."""
        for line in lines.splitlines():
            self._sum += int.from_bytes(hashlib.sha256(line).digest())
            self.count += 1

    def hexdigest(self) -> str:
        """Return the digest in 64 hexadecimal digits."""
        return f"{self._sum % MODULUS:064x}"


def lines_of(quads: Iterable[Quad]) -> Iterator[bytes]:
    """Write quads as N-Quads, some thousands at a time."""
    for chunk in chunked(quads):
        yield cast(bytes, serialize(chunk, format=RdfFormat.N_QUADS))


class ArchiveWriter:
    """Writes the members one after another into an open file; sizes are filled in afterwards, so nothing is held."""

    def __init__(self, file: IO[bytes], modified: int) -> None:
        """Write to a seekable file, dating the members with a time in seconds since 1970."""
        self._file = file
        self._modified = modified
        self._sums: dict[str, str] = {}

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write one member."""
        start, size, digest = self._file.tell(), 0, hashlib.sha256()
        self._file.write(self._header(name, 0))
        for piece in pieces:
            self._file.write(piece)
            digest.update(piece)
            size += len(piece)
        self._file.write(bytes(-size % tarfile.BLOCKSIZE))
        end = self._file.tell()
        self._file.seek(start)
        self._file.write(self._header(name, size))
        self._file.seek(end)
        self._sums[name] = digest.hexdigest()

    def finish(self) -> None:
        """Write the checksums and the end of the archive."""
        self.add(SUMS, ["".join(f"{digest}  {name}\n" for name, digest in self._sums.items()).encode()])
        self._file.write(bytes(2 * tarfile.BLOCKSIZE))

    def _header(self, name: str, size: int) -> bytes:
        member = tarfile.TarInfo(name)
        member.size, member.mtime, member.mode = size, self._modified, 0o600
        # GNU headers are one block whatever the size, so they can be written again in place.
        return member.tobuf(tarfile.GNU_FORMAT)


def compressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Compress a stream with zstd, with a checksum of its own."""
    packer = zstandard.ZstdCompressor(level=6, write_checksum=True).compressobj()
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


class Archive:
    """An archive that is open for reading."""

    def __init__(self, path: Path, tar: tarfile.TarFile) -> None:
        """Made by `opened`."""
        self.path = path
        self._tar = tar
        self._members = {member.name: member for member in tar.getmembers() if member.isfile()}

    def names(self) -> set[str]:
        """Return the names of the members."""
        return set(self._members)

    def member(self, name: str) -> IO[bytes]:
        """Open a member."""
        file = self._tar.extractfile(self._members[name]) if name in self._members else None
        if file is None:
            raise ArchiveDamaged(f"{self.path} has no {name}: it is not a backup, or not all of it. Use another one.")
        return file

    def read(self, name: str) -> bytes:
        """Read a small member."""
        with self.member(name) as file:
            return file.read()

    def quads(self, name: str = QUADS) -> Iterator[Quad]:
        """Parse the statements of a member; blank nodes keep their labels."""
        with self.member(name) as packed, zstandard.ZstdDecompressor().stream_reader(packed) as stream:
            yield from parse(input=io.BufferedReader(cast(Any, stream), PIECE), format=RdfFormat.N_QUADS)

    def broken_members(self) -> Iterator[tuple[str, str]]:
        """Yield name and fault of every member that is not as it was written."""
        wanted = {}
        for line in self.read(SUMS).decode(errors="replace").splitlines():
            match = LINE.fullmatch(line)
            if match is None:
                yield SUMS, f"has a line that is none ({line[:40]!r})"
                continue
            wanted[match[2]] = match[1]
        for name in sorted(self.names() - {SUMS} - set(wanted)):
            yield name, "is not among the checksums"
        for name, digest in wanted.items():
            if name not in self._members:
                yield name, "is missing"
                continue
            with self.member(name) as file:
                if hashlib.file_digest(cast(Any, file), "sha256").hexdigest() != digest:
                    yield name, "has changed: its checksum is not the one of the backup"


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open an archive for reading; anything that goes wrong inside with its content is ArchiveDamaged."""
    try:
        with tarfile.open(path, "r:") as tar:
            yield Archive(path, tar)
    except (tarfile.TarError, zstandard.ZstdError, EOFError, SyntaxError, UnicodeError) as error:
        raise ArchiveDamaged(f"{path} is not a backup, or damaged ({error}): use another one.") from error
