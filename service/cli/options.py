"""Options that several commands share."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import Annotated

import typer
from pyoxigraph import DefaultGraph

from service.cli.console import CommandError
from service.settings import Settings, SettingsError
from service.store.generations import GenerationStore
from shapes.validator import Validator, bundled_shapes

StoreOption = Annotated[
    Path | None, typer.Option("--store", help="Folder of the store.", envvar="STRATEGRAPH_STORE", metavar="DIR")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but results and errors.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for scripts.")]


def settings() -> Settings:
    """The settings of the environment; a wrong one is told in one line."""
    try:
        return Settings.from_environ(os.environ)
    except SettingsError as error:
        raise CommandError(str(error)) from error


def open_store(folder: Path | None, *, create: bool = False) -> GenerationStore:
    """The store that an option or the environment names; one that exists keeps its kind of default graph."""
    known = settings()
    # Only a mode that someone asked for is held against the store.
    asked = known.default_graph if os.environ.get("STRATEGRAPH_DEFAULT_GRAPH") else None
    return GenerationStore.open(
        folder or Path(known.store), default_graph=asked, keep=known.keep_generations, create=create
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
