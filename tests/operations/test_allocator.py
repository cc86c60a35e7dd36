"""Memory that is free goes back to the system, and threads do not each keep a heap."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="no glibc here")

FRAGMENTS = """
import psutil
from service.operations.allocator import give_back
pieces = [bytes(1024) for _ in range(200_000)]
kept = pieces[::100]
del pieces
before = psutil.Process().memory_info().rss
give_back()
print(before - psutil.Process().memory_info().rss)
"""
HEAPS = """
import ctypes, threading
from service.operations.allocator import bound_arenas
bound_arenas()
together = threading.Barrier(12)
def work():
    together.wait()
    pieces = [bytes(1024) for _ in range(2000)]
    together.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
for each in threads: each.start()
for each in threads: each.join()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


def run(program: str, **environment: str) -> str:
    known = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    return subprocess.run(
        [sys.executable, "-c", program], env=known | environment, capture_output=True, text=True, check=True
    ).stdout


def test_free_pieces_between_kept_ones_go_back():
    assert int(run(FRAGMENTS)) > 100e6


def test_threads_share_two_heaps():
    assert run(HEAPS).count("<heap nr=") <= 2


def test_what_the_operator_says_of_heaps_counts():
    assert 2 < run(HEAPS, MALLOC_ARENA_MAX="6").count("<heap nr=") <= 6
