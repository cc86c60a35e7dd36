"""Turns what a person names (paths, addresses, nothing) into local files a loader can read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit
from zipfile import BadZipFile, ZipFile

from loaders.base import Input, InputError, Loader
from service.store.outbound import OPEN_DATA_PORTALS, OutboundFailed, OutboundRefused, fetch

# A workbook packs about tenfold; what unpacks to more than this was made to fill the memory.
UNPACKED = 512 << 20
RATIO = 200


def check_unpacked(source: Input) -> None:
    """Refuse an archive whose content is out of all proportion; what it claims is also all that is ever unpacked."""
    try:
        with ZipFile(source.path) as archive:
            whole = sum(entry.file_size for entry in archive.infolist())
    except (BadZipFile, OSError) as error:
        raise InputError(f"{source.origin}: not a readable archive ({error})") from error
    if whole > min(UNPACKED, RATIO * max(source.path.stat().st_size, 1 << 16)):
        raise InputError(f"{source.origin}: unpacks to {whole:,} bytes, which is more than is read")


@contextmanager
def opened(
    loader: Loader[Any], names: Sequence[str], allow: Collection[str] = OPEN_DATA_PORTALS
) -> Iterator[list[Input]]:
    """The inputs of a load; what was fetched is kept only as long as the context.

    Raises InputError for what is missing, refused or not to be had.
    """
    with TemporaryDirectory(prefix="strategraph-input-") as folder:
        if names:
            yield [_input(name, Path(folder), number, allow) for number, name in enumerate(names)]
            return
        defaults = loader.default_inputs()
        if not defaults:
            raise InputError(f"{loader.name} does not ship with data; give a path or an address: {loader.accepts}")
        yield [Input(path, path.name) for path in defaults]


def _input(name: str, folder: Path, number: int, allow: Collection[str]) -> Input:
    if "://" not in name:
        path = Path(name)
        if not path.is_file():
            raise InputError(f"{name}: no such file")
        return Input(path, path.name)
    try:
        fetched = fetch(name, allow=allow)
    except (OutboundRefused, OutboundFailed) as error:
        raise InputError(str(error)) from error
    path = folder / f"{number}-{PurePosixPath(urlsplit(name).path).name or 'input'}"
    path.write_bytes(fetched.body)
    return Input(path, name)
