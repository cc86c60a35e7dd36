"""Commands about the store: history, rollback, diff, pin, backup, restore, verify, gc, quarantine."""

from __future__ import annotations

import sys
from dataclasses import asdict
from json import dumps
from pathlib import Path
from typing import Annotated

import typer
from pyoxigraph import NamedNode, RdfFormat, serialize

from loaders import quarantine as quarantined
from loaders.registry import UnknownSource, loaders
from loaders.retry import retry as retry_quarantine
from service.cli.console import CommandError, Output
from service.cli.options import (
    JsonOption,
    QuietOption,
    StoreOption,
    command_line,
    folder_of,
    open_store,
    settings,
    validator_of,
)
from service.store import backup as backups
from service.store import backup_restore
from service.store.generations import GenerationStore
from service.store.verify import verify_archive, verify_store


def history(store: StoreOption = None, json: JsonOption = False) -> None:
    """List the generations of the store, newest first.

    Example: strategraph history --store store
    """
    folder = open_store(store)
    manifests = folder.history()
    pins = folder.pins()
    lines = [
        f"{m.generation:>6}  {m.created}  {m.quads:>10,} quads  +{m.added if m.added is not None else '?'} "
        f"-{m.removed if m.removed is not None else '?'}  {m.agent}: {m.message}"
        + (f"  [pinned: {pins[m.generation]}]" if m.generation in pins else "")
        for m in manifests
    ]
    entries = [{**m.as_json(), "pinned": pins.get(m.generation)} for m in manifests]
    Output(json=json).result(entries, "\n".join(lines))


def rollback(
    generation: Annotated[int, typer.Argument(help="The generation to go back to.")],
    store: StoreOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Publish an older generation again, as a new one; nothing is lost.

    Example: strategraph rollback 3
    """
    published = open_store(store).rollback(generation, command_line())
    made = {"generation": published.number, "again": generation}
    Output(quiet, json).done(made, f"generation {published.number} is generation {generation} again")


def diff(
    a: Annotated[int, typer.Argument(help="The older generation.")],
    b: Annotated[int, typer.Argument(help="The newer generation.")],
    store: StoreOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line instead, for scripts.")] = False,
) -> None:
    """Print what was added and removed between two generations, as an RDF patch (A and D lines of N-Quads).

    Examples:\n
      strategraph diff 3 4\n
      strategraph diff 3 4 --json
    """
    for kind, quad in open_store(store).diff(a, b):
        line = serialize([quad], format=RdfFormat.N_QUADS)
        assert line is not None
        sys.stdout.write(_patched(kind, line.decode(), json))


def _patched(kind: str, line: str, json: bool) -> str:
    if json:
        return dumps({"change": kind, "quad": line.strip()}, ensure_ascii=False) + "\n"
    return ("A " if kind == "added" else "D ") + line


def pin(
    generation: Annotated[int, typer.Argument(help="The generation to keep.")],
    reason: Annotated[str, typer.Option(help="Why, e.g. who cites it.")],
    store: StoreOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Keep a generation for good, because a paper cites it, say; backups hold it too.

    Example: strategraph pin 7 --reason "cited in the report of 2026"
    """
    open_store(store).pin(generation, " ".join(reason.split()))
    Output(quiet, json).done({"generation": generation, "pinned": True}, f"generation {generation} is kept for good")


def unpin(
    generation: Annotated[int, typer.Argument(help="The generation.")],
    store: StoreOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Let a pinned generation go the way of the others.

    Example: strategraph unpin 7
    """
    open_store(store).unpin(generation)
    Output(quiet, json).done({"generation": generation, "pinned": False}, f"generation {generation} is pinned no more")


def backup(
    target: Annotated[Path, typer.Argument(help="The file to write, e.g. store.backup.tar.", metavar="FILE")],
    generation: Annotated[int | None, typer.Option(help="An older generation; otherwise the published one.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    store: StoreOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Back up the store to one file, also while a service serves and writes it; with it pinned generations and tokens.

    Examples:\n
      strategraph backup /backups/2026-03-01.tar --store store\n
      strategraph backup seventh.tar --generation 7
    """
    made = backups.backup(open_store(store), target, generation, force=force)
    Output(quiet, json).done(
        {**asdict(made), "path": str(made.path)},
        f"generation {made.generation}, {made.quads:,} quads, in {made.path} ({made.size:,} bytes)"
        + (f"; with the pinned ones {', '.join(map(str, made.pinned))}" if made.pinned else ""),
    )


def restore(
    archive: Annotated[Path, typer.Argument(help="A file that `strategraph backup` wrote.", metavar="FILE")],
    store: StoreOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Make a store of a backup, in a folder that holds none.

    Example: strategraph restore /backups/2026-03-01.tar --store new-store
    """
    folder = folder_of(store)
    made = backup_restore.restore(archive, folder)
    Output(quiet, json).done(
        made.manifest.as_json(), f"generation {made.number}, {made.manifest.quads:,} quads, in {folder}"
    )


def verify(
    archive: Annotated[Path | None, typer.Argument(help="A backup; none: the store.", metavar="[FILE]")] = None,
    deep: Annotated[bool, typer.Option("--deep", help="Read every statement of every generation, too.")] = False,
    store: StoreOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Tell whether the store, or a backup, is as it was written. The exit status is 2 where something is damaged.

    Examples:\n
      strategraph verify --store store\n
      strategraph verify /backups/2026-03-01.tar
    """
    if archive is not None and not archive.is_file():
        raise CommandError(f"there is no backup {archive}")
    verdict = verify_archive(archive) if archive else verify_store(folder_of(store), deep=deep)
    lines = [f"{finding.where}: {finding.what}" for finding in verdict.findings]
    sound = f"{verdict.path} is sound: {len(verdict.checked)} generation(s) as they were written"
    output = Output(quiet and not lines, json)
    output.done(asdict(verdict), "\n".join([*lines, verdict.advice]) if lines else sound)
    if verdict.findings:
        raise typer.Exit(2)


def gc(
    keep: Annotated[int | None, typer.Option(help="Generations to keep.", min=1)] = None,
    grace: Annotated[float, typer.Option(help="Seconds that a superseded generation is left to its readers.")] = 120.0,
    store: StoreOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Remove generations that nobody needs, and what killed writers left behind. Pinned ones stay.

    Example: strategraph gc --keep 1
    """
    known = settings()
    folder = GenerationStore.open(folder_of(store), keep=keep or known.keep_generations, create=False, grace=grace)
    gone = folder.collect_garbage()
    Output(quiet, json).done(
        gone, f"{len(gone)} generation(s) removed{': ' if gone else ''}{', '.join(map(str, gone))}"
    )


def quarantine(
    source: Annotated[str, typer.Argument(help="A name from `strategraph sources`.")],
    retry: Annotated[bool, typer.Option("--retry", help="Try to load what is in quarantine again.")] = False,
    graph: Annotated[str | None, typer.Option(help="Target graph, for the source `rdf`.", metavar="IRI")] = None,
    store: StoreOption = None,
    quiet: QuietOption = False,
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
        accepted, left = retry_quarantine(folder, loader, validator_of(folder), agent=command_line())
        Output(quiet, json).done(
            {"accepted": accepted, "left": left}, f"{accepted} resources accepted, {left} left in quarantine"
        )
        return
    reader = folder.current().reader()
    problems = {
        root.value: quarantined.problems(reader, loader, root) for root, _ in quarantined.entries(reader, loader)
    }
    lines = [f"{root}: {'; '.join(messages)}" for root, messages in problems.items()]
    Output(json=json).result(problems, "\n".join(lines) or f"nothing of {source} is in quarantine")
