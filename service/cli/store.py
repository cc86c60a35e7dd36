"""Commands about the store: history, rollback, diff, quarantine."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from pyoxigraph import NamedNode, RdfFormat, serialize

from loaders import quarantine as quarantined
from loaders.registry import UnknownSource, loaders
from loaders.retry import retry as retry_quarantine
from service.cli.console import CommandError, Output
from service.cli.options import JsonOption, StoreOption, open_store, validator_of


def history(store: StoreOption = None, json: JsonOption = False) -> None:
    """List the generations of the store, newest first.

    Example: strategraph history --store store
    """
    manifests = open_store(store).history()
    lines = [
        f"{m.generation:>6}  {m.created}  {m.quads:>10,} quads  +{m.added if m.added is not None else '?'} "
        f"-{m.removed if m.removed is not None else '?'}  {m.agent}: {m.message}"
        for m in manifests
    ]
    Output(json=json).result([m.as_json() for m in manifests], "\n".join(lines))


def rollback(
    generation: Annotated[int, typer.Argument(help="The generation to go back to.")], store: StoreOption = None
) -> None:
    """Publish an older generation again, as a new one; nothing is lost.

    Example: strategraph rollback 3
    """
    published = open_store(store).rollback(generation, "command line")
    Output().result(None, f"generation {published.number} is generation {generation} again")


def diff(
    a: Annotated[int, typer.Argument(help="The older generation.")],
    b: Annotated[int, typer.Argument(help="The newer generation.")],
    store: StoreOption = None,
) -> None:
    """Print what was added and removed between two generations, as an RDF patch (A and D lines of N-Quads).

    Example: strategraph diff 3 4
    """
    for kind, quad in open_store(store).diff(a, b):
        line = serialize([quad], format=RdfFormat.N_QUADS)
        assert line is not None
        sys.stdout.write(("A " if kind == "added" else "D ") + line.decode())


def quarantine(
    source: Annotated[str, typer.Argument(help="A name from `strategraph sources`.")],
    retry: Annotated[bool, typer.Option("--retry", help="Try to load what is in quarantine again.")] = False,
    graph: Annotated[str | None, typer.Option(help="Target graph, for the source `rdf`.", metavar="IRI")] = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Show what a source could not deliver, with the reasons, or try it again.

    Examples:\n
      strategraph quarantine lau\n
      strategraph quarantine lau --retry
    """
    try:
        loader = loaders(source, NamedNode(graph) if graph else None)[-1]
    except (UnknownSource, ValueError) as error:
        raise CommandError(str(error)) from error
    folder = open_store(store)
    if retry:
        accepted, left = retry_quarantine(folder, loader, validator_of(folder))
        Output(json=json).result(
            {"accepted": accepted, "left": left}, f"{accepted} resources accepted, {left} left in quarantine"
        )
        return
    reader = folder.current().reader()
    problems = {
        root.value: quarantined.problems(reader, loader, root) for root, _ in quarantined.entries(reader, loader)
    }
    lines = [f"{root}: {'; '.join(messages)}" for root, messages in problems.items()]
    Output(json=json).result(problems, "\n".join(lines) or f"nothing of {source} is in quarantine")
