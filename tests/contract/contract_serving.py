"""The same service on any engine, over the same data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import engines
import httpx
from live import listening
from pyoxigraph import RdfFormat, serialize

from service.cli.options import remote_of
from service.portal import create_portal
from service.settings import Settings
from service.store.generations import GenerationStore
from service.store.remote.draft import Grounding
from service.store.remote.sending import Parcel, send_in_steps
from service.store.remote.store import RemoteStore

# The pages name it in their links, so they are the same wherever they are served.
BASE_URL = "https://portal.example.org"
TOKEN = "a-token-for-the-contract"
ENGINES: dict[str, Callable[..., AbstractContextManager[dict[str, Any]]]] = {
    "oxigraph": engines.oxigraph,
    "virtuoso": engines.virtuoso,
}


@dataclass
class Served:
    """A running service."""

    engine: str
    client: httpx.Client
    store: GenerationStore
    settings: Settings

    @property
    def versioned(self) -> bool:
        return self.engine == "embedded"


@contextmanager
def serving(engine: str, store: GenerationStore, settings: Settings) -> Iterator[Served]:
    """Serve a store until the block ends."""
    app = create_portal(settings, store)
    with listening(app) as address, httpx.Client(base_url=address, timeout=120) as client:
        yield Served(engine, client, store, settings)


def settings_of(**more: Any) -> Settings:
    return Settings(
        **{"base_url": BASE_URL, "workers": 2, "rate_address": 0, "rate_token": 0, "write_token": TOKEN, **more}
    )


@contextmanager
def served_on(engine: str, folder: Path, source: Path | None, **more: Any) -> Iterator[Served]:
    """Serve what another store holds, or nothing, on an engine."""
    with ExitStack() as stack:
        if engine == "embedded":
            store = GenerationStore.open(folder / "store")
            settings = settings_of(store=str(folder / "store"), **more)
        else:
            found = stack.enter_context(ENGINES[engine](folder))
            settings = settings_of(**found, remote_folder=str(folder / "remote"), **more)
            store = RemoteStore.meet(remote_of(settings, settings.store), folder / "remote")
        if source is not None:
            fill(store, settings, source)
        yield stack.enter_context(serving(engine, store, settings))


def fill(store: GenerationStore, settings: Settings, source: Path) -> None:
    """Give an engine the data of a store, by the engine's own means."""
    origin = GenerationStore.open(source, create=False)
    if isinstance(store, RemoteStore) and store.remote.engine == "virtuoso":
        grounding = Grounding()
        quads = frozenset(map(grounding.of, origin.quads(origin.current().reader())))
        send_in_steps(store.remote, Parcel(quads, frozenset()))
    elif isinstance(store, RemoteStore):
        body = serialize(origin.current().reader(), format=RdfFormat.N_QUADS)
        headers = {"Content-Type": "application/n-quads"}
        httpx.post(str(settings.remote_graphs), content=body, headers=headers, timeout=120).raise_for_status()
    else:
        with store.draft("test", "copy") as draft:
            draft.bulk_add(origin.quads(origin.current().reader()))
            draft.publish()
