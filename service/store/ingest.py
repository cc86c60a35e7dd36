"""The engine's bulk loader, kept from meeting a compaction.

The loader hands finished files to RocksDB, which looks for the level where each belongs. If a compaction has just been
entered in the manifest by another thread's write, and its own thread has not run on yet, RocksDB 11.0 takes the number
of levels from the new state and the levels from the old one, reads past their end, and the process dies (seen on busy
machines, once in some ten thousand bulk loads of small stores). `Store.optimize` waits for every compaction that runs
and leaves none to be done; nobody else writes to the store, so none begins before the loader is through.
"""

from collections.abc import Iterable
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, Store


def ingest(store: Store, quads: Iterable[Quad]) -> None:
    """Add many quads in bounded memory."""
    store.optimize()
    store.bulk_extend(quads)


def ingest_file(store: Store, path: Path) -> None:
    """Add the triples of an N-Triples file to the default graph; its blank nodes get new names."""
    store.optimize()
    store.bulk_load(path=str(path), format=RdfFormat.N_TRIPLES, lenient=True)
