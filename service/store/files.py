"""Writing that survives a power cut, and the lock of the one writer."""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from service.store.errors import StoreBusy, disk_errors

# Short enough not to be felt by a waiting request, long enough not to burn a core.
POLL_SECONDS = 0.01


def now() -> str:
    """Return the time as ISO 8601, in UTC, sortable as text."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def sync(path: Path) -> None:
    """Force a file, or the list of names of a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path, synced: Path | None = None) -> None:
    """Force a folder and everything below it to the disk, but for links to files of a folder where that was done."""
    done = {entry.inode() for entry in os.scandir(synced)} if synced and synced.is_dir() else set()
    for parent, _, names in os.walk(folder):
        for name in names:
            if Path(parent, name).stat().st_ino not in done:
                sync(Path(parent, name))
        sync(Path(parent))


def write_atomically(path: Path, text: str, mode: int = 0o666) -> None:
    """Replace a file as a whole: after a crash it holds the old text or the new one."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.unlink(missing_ok=True)  # an old one might be readable for others
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync(path.parent)


def discard(path: Path) -> None:
    """Remove a folder as far as possible; the next writer tries again."""
    shutil.rmtree(path, ignore_errors=True)


def hold(path: Path, *, exclusive: bool) -> int | None:
    """Take a shared or exclusive lock on an existing file without waiting; its handle, or None if others hold it."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


class WriterLock:
    """The lock of the one writer; the system frees it when its process ends, however it ends.

    Whoever wants it first takes a place in front of it, which only one has: a writer that lets go and wants it again at
    once, like a busy service, comes after one that waits, like a load from the command line.
    """

    def __init__(self, path: Path) -> None:
        """Name the file; it is made when the lock is taken, and one beside it for the place in front."""
        self._path = path
        self._handle: int | None = None

    def acquire(self, timeout: float, agent: str) -> None:
        """Wait for the lock; raises StoreBusy, naming the holder, when it does not come free in time."""
        deadline = time.monotonic() + timeout
        with self._opened(self._path.with_name(f"{self._path.name}.next")) as place:
            self._wait(place, deadline, timeout)
            with disk_errors(self._path.parent):
                handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                self._wait(handle, deadline, timeout)
                with disk_errors(self._path.parent):
                    os.ftruncate(handle, 0)
                    os.pwrite(handle, json.dumps({"pid": os.getpid(), "since": now(), "agent": agent}).encode(), 0)
            except BaseException:
                os.close(handle)
                raise
        self._handle = handle

    @contextmanager
    def _opened(self, path: Path) -> Iterator[int]:
        with disk_errors(path.parent):
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            yield handle
        finally:
            os.close(handle)

    def _wait(self, handle: int, deadline: float, timeout: float) -> None:
        while not self._taken(handle):
            if time.monotonic() >= deadline:
                raise StoreBusy(self._busy(timeout))
            time.sleep(POLL_SECONDS)

    def release(self) -> None:
        """Free the lock."""
        handle, self._handle = self._handle, None
        if handle is None:
            return
        try:
            # The name of the holder is a courtesy; a disk that fails here must not keep the lock.
            with suppress(OSError):
                os.ftruncate(handle, 0)
            # Explicitly, since a forked child would keep the lock along with its copy of the handle.
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_UN)
        finally:
            os.close(handle)

    @staticmethod
    def _taken(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _busy(self, timeout: float) -> str:
        try:
            holder = json.loads(self._path.read_text(encoding="utf-8"))
            who = f"process {holder['pid']} ({holder['agent']}) since {holder['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            who = "another process"
        return f"{self._path.parent} is being written by {who}; waited {timeout:g} s. Try again when it is done."
