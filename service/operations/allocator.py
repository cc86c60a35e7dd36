"""Asks the C library for memory that the process no longer uses, where it can be asked.

glibc keeps what was freed between pieces that still live, and opens further arenas for further threads. A service that
reads its corpus anew with every generation would look as if it grew. Source of names and numbers: malloc.h of glibc,
mallopt(3), malloc_trim(3). Other C libraries (musl, macOS) have neither and need neither.
"""

from __future__ import annotations

import ctypes
import os

# mallopt(3): M_ARENA_MAX, with the number that the unit and the container file set, too.
ARENA_MAX = -8
ARENAS = 2


def bound_arenas() -> None:
    """Let threads share a few arenas, unless the operator has said how many; to be called before there are threads."""
    libc = ctypes.CDLL(None)
    if "MALLOC_ARENA_MAX" not in os.environ and hasattr(libc, "mallopt"):
        libc.mallopt(ARENA_MAX, ARENAS)


def give_back() -> None:
    """Return free pages of all arenas to the system; takes milliseconds, in which the interpreter goes on."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
