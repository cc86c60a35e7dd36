"""Everything that can go wrong with a store, each in one line: what is wrong, where, and what to do.

StoreError
  StoreMissing           there is no store in this folder
  ForeignFolder          the folder holds something else
  StoreDamaged           it is a store, but a part of it is missing or unreadable
  FormatTooNew           a newer version of this program made it
  FormatTooOld           a version too old for this program made it
  ModeMismatch           its default graph works otherwise than asked for
  ModeConflict           it cannot be converted as it is
  StoreReadOnly          the folder cannot be written
  StoreFull              the disk is full
  StoreFaulty            the disk or the system fails: input/output errors, too many open files
  CommitUncertain        published, but the disk did not confirm it
  StoreNotEmpty          a backup is to be restored over something
  ArchiveExists          a backup is to be written over something
  ArchiveDamaged         it is not a backup, or not all of it
  StoreBusy              another writer holds the lock
  UnknownGeneration      no such generation, or no longer
  DraftClosed            the draft was published or discarded before
  WriterStopped          the write queue takes no more jobs
  UpdateError            a SPARQL update that was not carried out
    UpdateSyntaxError    the text is not a SPARQL update; knows line and column
    UpdateFailed         an operation failed, e.g. it clears a graph that does not exist
    UpdateConflict       the text names a dataset and so does the request
    UpdateUnsupported    valid, but not something this store carries out
    UpdateLimitError     it was stopped
      UpdateTimeout        it took longer than its time
      UpdateMemory         it needed more memory than its share
      UpdateTooLarge       it would change, or find, too many statements
    LoadRefused          LOAD would leave this machine
    ServiceRefused       SERVICE would leave this machine
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import clear_frames

FULL = {errno.ENOSPC, errno.EDQUOT}
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
# The engine reports the system's words without its error number.
FULL_WORDS = ("No space left on device", "Disk quota exceeded")
FORBIDDEN_WORDS = ("Read-only file system", "Permission denied", "Operation not permitted")
EXHAUSTED = {errno.EMFILE, errno.ENFILE}
EXHAUSTED_WORDS = ("Too many open files",)
FAULTY = {
    errno.EIO,
    errno.ENOTEMPTY,
    errno.EBUSY,
    errno.ESTALE,
    errno.ENODEV,
    errno.ETIMEDOUT,
    errno.EFBIG,
    errno.ENOMEM,
}
FAULTY_WORDS = (
    *("Input/output error", "Corruption", "checksum mismatch", "Bad file descriptor", "Stale file handle"),
    "File too large",
)


class StoreError(Exception):
    """A store that cannot do what was asked of it."""


class StoreMissing(StoreError):
    """There is no store in this folder."""


class ForeignFolder(StoreError):
    """The folder holds something that is not a store."""


class StoreDamaged(StoreError):
    """A part of the store is missing or unreadable."""


class FormatTooNew(StoreError):
    """The store was made by a newer version of this program."""


class FormatTooOld(StoreError):
    """The store was made by a version too old for this program."""


class ModeMismatch(StoreError):
    """The default graph of the store works otherwise than asked for."""


class ModeConflict(StoreError):
    """The store cannot be converted to the other mode as it is."""


class StoreReadOnly(StoreError):
    """The folder of the store cannot be written."""


class StoreFull(StoreError):
    """The disk of the store is full."""


class StoreFaulty(StoreError):
    """The disk of the store, or the system, does not do its work."""


class CommitUncertain(StoreFaulty):
    """A generation is published, but the disk did not confirm that this survives a power cut."""


class StoreNotEmpty(StoreError):
    """A backup would be restored over something."""


class ArchiveExists(StoreError):
    """A backup would be written over something."""


class ArchiveDamaged(StoreError):
    """This is not a backup, or not all of it is as it was written."""


class StoreBusy(StoreError):
    """Another writer holds the lock."""


class UnknownGeneration(StoreError):
    """There is no such generation, or no longer."""


class DraftClosed(StoreError):
    """The draft was published or discarded before."""


class WriterStopped(StoreError):
    """The write queue takes no more jobs."""


class UpdateError(StoreError):
    """A SPARQL update that was not carried out; nothing of it was."""


class UpdateSyntaxError(UpdateError):
    """The text is not a SPARQL update."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        """Say where it is wrong, if that is known."""
        where = f"line {line}, column {column}: " if line is not None else ""
        super().__init__(where + message)
        self.line = line
        self.column = column


class UpdateFailed(UpdateError):
    """An operation of the update failed."""


class UpdateConflict(UpdateError):
    """The text names a dataset and so does the request."""


class UpdateUnsupported(UpdateError):
    """The update is valid, but not something this store carries out."""


class UpdateLimitError(UpdateError):
    """The update was stopped because it passed a limit."""


class UpdateTimeout(UpdateLimitError):
    """It took longer than its time."""

    def __init__(self, seconds: float) -> None:
        """Say what the limit was."""
        super().__init__(
            f"The update was stopped after {seconds:g} s, and nothing was written. Do it in smaller steps, or load the "
            "data instead (PUT, or `strategraph load`)."
        )


class UpdateMemory(UpdateLimitError):
    """It needed more memory than its share."""

    def __init__(self, megabytes: int) -> None:
        """Say what the limit was."""
        super().__init__(
            f"The update was stopped because its WHERE needed more than {megabytes} MiB of memory; nothing was written."
        )


class UpdateTooLarge(UpdateLimitError):
    """It would find or change more than allowed."""

    def __init__(self, statements: int) -> None:
        """Say what the limit was."""
        super().__init__(
            f"The update finds or changes more than {statements:,} statements, and nothing was written. Do it in "
            "smaller steps, or replace whole graphs (PUT, DELETE)."
        )


class LoadRefused(UpdateError):
    """LOAD would leave this machine."""

    def __init__(self, address: str) -> None:
        """Name the address."""
        super().__init__(f"LOAD <{address}> is not allowed here: updates do not leave this machine.")
        self.address = address


class ServiceRefused(UpdateError):
    """SERVICE would leave this machine."""

    def __init__(self, address: str | None) -> None:
        """Name the address, if it is known."""
        target = f"<{address}>" if address else "an address known only while it runs"
        super().__init__(f"SERVICE {target} is not allowed here: updates do not leave this machine.")
        self.address = address


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Tell failures of the disk below, ours and the engine's, as what they mean for the store in `path`."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        told = translated(error, path)
        if told is None:
            raise
        raise told from error


def let_go(error: BaseException) -> None:
    """Drop what the frames of an error refer to, here and now, in the thread that they ran in.

    A full disk stays full as long as one of them holds a draft open; and the engine's iterators must end in the thread
    that made them, while an error goes on to others.
    """
    left: list[BaseException | None] = [error]
    seen: set[int] = set()
    while left:
        told = left.pop()
        if told is not None and id(told) not in seen:
            seen.add(id(told))
            clear_frames(told.__traceback__)
            left += [told.__cause__, told.__context__]


def translated(error: Exception, path: Path) -> StoreError | None:
    """Return the store's own word for a failure of the disk; None when it is another failure."""
    number, words = getattr(error, "errno", None), str(error)
    elsewhere = getattr(error, "filename", None)
    if elsewhere is not None and not str(elsewhere).startswith(str(path)):
        return None  # e.g. a source that is being read while the store is written
    if number in FULL or any(w in words for w in FULL_WORDS):
        return StoreFull(f"No space left on the disk of {path}: free some, then try again. Nothing was published.")
    if number in FORBIDDEN or any(w in words for w in FORBIDDEN_WORDS):
        return StoreReadOnly(f"{path} cannot be written ({error}): mend its permissions, or write elsewhere.")
    if number in EXHAUSTED or any(w in words for w in EXHAUSTED_WORDS):
        return StoreFaulty(f"Too many files are open to work on {path}: raise the limit (ulimit -n), then try again.")
    if number in FAULTY or any(w in words for w in FAULTY_WORDS):
        return StoreFaulty(
            f"The disk of {path} fails ({error}): look at the system's log, and run `strategraph verify`. "
            "Nothing was published."
        )
    return None
