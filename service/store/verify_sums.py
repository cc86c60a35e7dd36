"""The checksums of a generation: `SHA256SUMS` beside its manifest, in the format of the tool `sha256sum`.

Every file of a published generation is immutable, so its hash is computed once, when it is published. Files are shared
by hard links between generations, and a shared one keeps the hash that was computed when it was new: a publication
costs the hash of what it wrote, and damage that came later is never signed as sound.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from service.store.files import write_atomically

SUMS = "SHA256SUMS"
LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
# Files beside the sums that come and go while the generation stays.
MUTABLE = {SUMS, f"{SUMS}.tmp", "pin.txt", "pin.txt.tmp"}


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_sums(folder: Path, parent: Path | None = None) -> None:
    """Write the checksums of a generation; files shared with its parent keep the parent's."""
    known = _by_inode(parent) if parent else {}
    lines = []
    for name in sorted(files_of(folder)):
        digest = known.get((folder / name).stat().st_ino) or sha256_of(folder / name)
        lines.append(f"{digest}  {name}\n")
    write_atomically(folder / SUMS, "".join(lines))


def read_sums(folder: Path) -> dict[str, str]:
    """Return name and checksum of each file; raises ValueError for a line that is none, OSError without the file."""
    found = {}
    for line in (folder / SUMS).read_text(encoding="utf-8").splitlines():
        match = LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"{line[:80]!r} is not a line of checksums")
        found[match[2]] = match[1]
    return found


def files_of(folder: Path) -> Iterator[str]:
    """Yield the files that the checksums cover, as paths from the folder."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name).relative_to(folder)
            if str(path) not in MUTABLE:
                yield path.as_posix()


def broken_files(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield name and fault of every file that is not as it was published."""
    try:
        wanted = read_sums(folder)
    except (OSError, ValueError) as error:
        yield SUMS, f"is missing or unreadable ({error})"
        return
    present = set(files_of(folder))
    for name in sorted(present - set(wanted)):
        yield name, "was not there when the generation was published"
    for name, digest in wanted.items():
        if name not in present:
            yield name, "is missing"
            continue
        try:
            if sha256_of(folder / name) != digest:
                yield name, "has changed: its checksum is not the one of its publication"
        except OSError as error:
            yield name, f"cannot be read ({error.strerror or error})"


def _by_inode(folder: Path) -> dict[int, str]:
    try:
        known = read_sums(folder)
        return {(folder / name).stat().st_ino: digest for name, digest in known.items() if (folder / name).exists()}
    except (OSError, ValueError):
        return {}
