"""The command `serve`: an empty store is filled with the bundled dataset, then the service runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer
import uvicorn

from loaders.registry import loaders
from service.app import own_version
from service.cli.console import CommandError, Output
from service.cli.data import run_load
from service.cli.options import QuietOption, open_store, settings
from service.http_server import SERVER_OPTIONS
from service.instance import Instance
from service.operations import logs
from service.operations.allocator import bound_arenas
from service.operations.reload import reload_settings
from service.operations.server import Server, ignore_reloads
from service.operations.settings_file import read_settings
from service.operations.tracing import tracing_of
from service.portal import create_portal
from service.settings import Settings, SettingsError
from service.store.generations import GenerationStore


def serve(
    store: Annotated[
        str | None, typer.Option(help="Folder of the store (made if missing), or a remote engine.", metavar="DIR|URL")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 for any free one.", min=0, max=65_535)] = None,
    workers: Annotated[int | None, typer.Option(help="Reader processes that answer queries.", min=1, max=256)] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Refuse every write.")] = False,
    no_bundled_data: Annotated[bool, typer.Option("--no-bundled-data", help="Leave an empty store empty.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Serve the site and the SPARQL endpoint.

    Examples:\n
      strategraph serve\n
      strategraph serve --store /var/lib/strategraph --host 0.0.0.0 --port 8080 --workers 4\n
      STRATEGRAPH_WRITE_TOKEN=secret strategraph serve --no-bundled-data
    """
    ignore_reloads()
    bound_arenas()
    given = {"store": store, "host": host, "port": port, "workers": workers, "read_only": read_only or None}
    options = {name: value for name, value in given.items() if value is not None}
    chosen = replace(settings(), **options)  # type: ignore[arg-type]
    output = Output(quiet)
    configure_log(chosen, quiet)
    folder = open_store(chosen.store, create=True)
    chosen = replace(chosen, default_graph=folder.default_graph)
    if folder.writable and not (no_bundled_data or chosen.read_only) and folder.empty:
        output.say("the store is empty: loading the bundled dataset")
        results = run_load(folder, loaders("bundled"), [], output)
        output.say(f"{sum(result.quads for result in results):,} quads, generation {results[0].generation}")
    output.say(f"Strategraph serves {chosen.store} on http://{chosen.host}:{chosen.port} (SPARQL at /sparql)")
    raise typer.Exit(run_server(chosen, folder, lambda: replace(read_settings(), **options), quiet))  # type: ignore[arg-type]


def run_server(chosen: Settings, folder: GenerationStore, read: Callable[[], Settings], quiet: bool) -> int:
    """Serve until told to end; the exit status is 3 when it could not begin."""
    try:
        tracing = tracing_of(chosen, own_version())
    except SettingsError as error:
        raise CommandError(str(error)) from error
    app = create_portal(chosen, folder, tracing=tracing)
    instance: Instance = app.state.instance
    instance.reloaders.append(lambda new: configure_log(new, quiet))
    config = uvicorn.Config(
        app,
        host=chosen.host,
        port=chosen.port,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # ours know which proxies to believe, and base paths
        timeout_graceful_shutdown=math.ceil(chosen.shutdown_timeout),
        **SERVER_OPTIONS,
    )

    def stopping() -> None:
        instance.stopping = True

    reload = partial(reload_settings, instance, read)
    server = Server(config, stopping=stopping, reload=reload, delay=chosen.shutdown_delay)
    server.run()
    if tracing:
        tracing.close()
    return 0 if server.started else 3


def configure_log(chosen: Settings, quiet: bool) -> None:
    """Bring the log into the form of the settings; quiet, it says no more than what is wrong."""
    level = "warning" if quiet and chosen.log_level in ("debug", "info") else chosen.log_level
    logs.configure(chosen.log_format, level)
