"""The command `serve`: an empty store is filled with the bundled dataset, then the service runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer
import uvicorn

from loaders.registry import loaders
from service.cli.console import Output
from service.cli.data import run_load
from service.cli.options import QuietOption, open_store, settings
from service.http_server import SERVER_OPTIONS
from service.operations import logs
from service.portal import create_portal

# How long open transfers may take to end when the service is told to stop, in seconds.
GRACE = 10


def serve(
    store: Annotated[
        str | None, typer.Option(help="Folder of the store (made if missing), or a remote engine.", metavar="DIR|URL")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 for any free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="Reader processes that answer queries.")] = None,
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
    known = settings()
    given = {"store": store, "host": host, "port": port, "workers": workers, "read_only": read_only or None}
    chosen = replace(known, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    output = Output(quiet)
    logs.configure(
        chosen.log_format, "warning" if quiet and chosen.log_level in ("debug", "info") else chosen.log_level
    )
    folder = open_store(chosen.store, create=True)
    chosen = replace(chosen, default_graph=folder.default_graph)
    if folder.empty and not (no_bundled_data or chosen.read_only):
        output.say("the store is empty: loading the bundled dataset")
        results = run_load(folder, loaders("bundled"), [], output)
        output.say(f"{sum(result.quads for result in results):,} quads, generation {results[0].generation}")
    output.say(f"Strategraph serves {chosen.store} on http://{chosen.host}:{chosen.port} (SPARQL at /sparql)")
    app = create_portal(chosen, folder)
    uvicorn.run(
        app,
        host=chosen.host,
        port=chosen.port,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # ours know which proxies to believe, and base paths
        timeout_graceful_shutdown=GRACE,
        **SERVER_OPTIONS,
    )
