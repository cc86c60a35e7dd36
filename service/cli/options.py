"""Options that several commands share."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pyoxigraph import DefaultGraph

from service.cli.console import CommandError
from service.operations.settings_file import read_settings, variables
from service.settings import Settings, SettingsError
from service.store.generations import GenerationStore
from service.store.remote.address import Remote, is_remote
from service.store.remote.staging import copied
from service.store.remote.store import RemoteStore, unable
from shapes.validator import Validator, bundled_shapes

StoreOption = Annotated[
    str | None,
    # Not read from the environment here: a settings file may win over it.
    typer.Option("--store", help="Folder of the store, or a remote engine; else STRATEGRAPH_STORE.", metavar="DIR|URL"),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but results and errors.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for scripts.")]


def settings() -> Settings:
    """The settings of the environment; a wrong one is told in one line."""
    try:
        return read_settings()
    except SettingsError as error:
        raise CommandError(str(error)) from error


def open_store(name: str | None, *, create: bool = False) -> GenerationStore:
    """The store that an option or the environment names; one that exists keeps its kind of default graph."""
    known = settings()
    name = name or known.store
    if is_remote(name):
        return RemoteStore.meet(remote_of(known, name), Path(known.remote_folder), refresh=known.remote_refresh)
    # Only a mode that someone asked for is held against the store.
    asked = known.default_graph if variables().get("STRATEGRAPH_DEFAULT_GRAPH") else None
    return GenerationStore.open(Path(name), default_graph=asked, keep=known.keep_generations, create=create)


@contextmanager
def readable(name: str | None, generation: int | None = None) -> Iterator[GenerationStore]:
    """The store to read all of: for a remote engine a copy of its one state, as long as it is needed."""
    store = open_store(name)
    if isinstance(store, RemoteStore):
        if generation is not None:
            raise unable(store.remote, "older versions")
        with copied(store) as copy:
            yield copy
    else:
        yield store


def folder_of(name: str | None) -> Path:
    """The folder that an option or the environment names, whether or not it holds a store."""
    name = name or settings().store
    if is_remote(name):
        raise CommandError(f"{name} is the address of a remote engine: this command needs a folder")
    return Path(name)


def remote_of(known: Settings, address: str) -> Remote:
    """The engine at an address, with what the settings say of it."""
    return Remote(
        query=address,
        update=known.remote_update,
        graphs=known.remote_graphs,
        user=known.remote_user,
        password=known.remote_password,
        token=known.remote_token,
        auth=known.remote_auth,
        default_graph=known.default_graph,
        engine=known.remote_engine,
        union=known.remote_union,
        atomic=known.remote_atomic,
    )


def command_line() -> str:
    """How the history names whoever runs a command."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):  # a user without a name, as in some containers
        return "command line"


def validator_of(store: GenerationStore) -> Validator:
    """The bundled shapes, for the default graph of a union store or for all graphs of a strict one."""
    return Validator(bundled_shapes(), graph=DefaultGraph() if store.default_graph == "union" else None)
