"""Loading into a remote engine: into a copy of what it holds, then the same to the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from loaders.provenance import PROVENANCE
from loaders.run import LoadResult
from service.cli.options import command_line
from service.store.generations import GenerationStore
from service.store.remote.sending import require_update
from service.store.remote.staging import copied, send_back
from service.store.remote.store import RemoteStore


def load_there(
    store: RemoteStore, run: Callable[[GenerationStore], list[LoadResult]], *, dry_run: bool
) -> list[LoadResult]:
    """Load; what was loaded is recorded last, so that a load which stopped halfway is not taken for done."""
    require_update(store.remote)
    with store.writing(command_line()), copied(store) as copy:
        results = run(copy)
        if not dry_run:
            message = "load " + ", ".join(result.source for result in results)
            send_back(store, copy, command_line(), message, last=[PROVENANCE.value])
    return [replace(result, generation=None) for result in results]
