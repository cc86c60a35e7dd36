"""The version of a store's format: which ones this program reads, and how an older one becomes the present one.

1   generations without checksums
2   every generation has SHA256SUMS (service/store/verify_sums.py)
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from service.store.errors import FormatTooNew, FormatTooOld, StoreDamaged
from service.store.verify_sums import SUMS, write_sums

FORMAT_VERSION = 2
OLDEST = 1


def check_version(version: object, path: Path) -> int:
    """Return the version if this program can work with it; nothing in the folder is touched otherwise."""
    if not isinstance(version, int) or isinstance(version, bool):
        raise StoreDamaged(f"{path / 'FORMAT'} names no version ({version!r}): restore it from a backup.")
    if version > FORMAT_VERSION:
        raise FormatTooNew(
            f"{path} has format {version}, this program knows {FORMAT_VERSION}: use a newer version of it, or make a "
            "backup with that one and restore it here."
        )
    if version < OLDEST:
        raise FormatTooOld(
            f"{path} has format {version}, this program knows {OLDEST} to {FORMAT_VERSION}: make a dump with the "
            "version that made the store (`strategraph dump`), and load that into a new store."
        )
    return version


def migrate(generations: Iterable[Path]) -> None:
    """Bring generations of format 1 to format 2; safe to be cut short and begun again. Readers are not disturbed."""
    for folder in generations:
        if not (folder / SUMS).exists():
            write_sums(folder)
