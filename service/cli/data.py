"""Commands that bring data in and judge it: sources, load, validate."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from pyoxigraph import (
    DefaultGraph,
    NamedNode,
    RdfFormat,
    Store,
    parse,
)

from loaders.base import InputError
from loaders.bundled import Bundled
from loaders.inputs import opened
from loaders.rdf import AnyRdf, read_rdf
from loaders.registry import LOADERS, UnknownSource, loaders
from loaders.run import Job, LoadRefused, LoadResult, load
from ontology.terms import LANGUAGES
from service.cli.console import CommandError, Output
from service.cli.options import (
    JsonOption,
    QuietOption,
    StoreOption,
    command_line,
    open_store,
    readable,
    settings,
    validator_of,
)
from service.cli.remote import load_there
from service.store.generations import GenerationStore
from service.store.outbound import OPEN_DATA_PORTALS
from service.store.remote.store import RemoteStore
from shapes.report import Report
from shapes.validator import Validator, bundled_shapes

# The licence of files is not the program's to know.
GIVEN = "given on the command line"


def sources(json: JsonOption = False) -> None:
    """List the sources that can be loaded.

    Example: strategraph sources
    """
    data = [
        {"name": s.name, "title": s.title, "origin": s.origin, "licence": s.licence or GIVEN, "accepts": s.accepts}
        for s in (cls() for cls in LOADERS)
    ]
    lines = [
        f"{s['name']:<20} {s['title']}\n{'':<20} accepts {s['accepts']}\n{'':<20} licence {s['licence']}" for s in data
    ]
    Output(json=json).result(data, "\n".join(lines))


def load_command(
    source: Annotated[str, typer.Argument(help="A name from `strategraph sources`.")],
    inputs: Annotated[list[str] | None, typer.Argument(help="Paths or addresses.", metavar="[PATH|URL]...")] = None,
    store: StoreOption = None,
    graph: Annotated[str | None, typer.Option(help="Target graph, for the source `rdf`.", metavar="IRI")] = None,
    title: Annotated[str, typer.Option(help="Title of that graph.", metavar="TEXT")] = "",
    licence: Annotated[str, typer.Option(help="Licence of that graph, for who harvests it.", metavar="IRI")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything but publish.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Load again even if nothing changed.")] = False,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Load a source into its graph, validated; what fails goes to quarantine.

    Examples:\n
      strategraph load bundled\n
      strategraph load lau PL_lau.csv CZ_lau.csv --store store\n
      strategraph load rdf mine.ttl --graph https://example.org/graph/mine --dry-run\n
      strategraph load rdf mine.ttl --title "Plans of Brno" --licence https://creativecommons.org/licenses/by/4.0/
    """
    output = Output(quiet, json)
    if (graph or title or licence) and source != AnyRdf.name:
        raise CommandError(f"--graph, --title and --licence are for the source `{AnyRdf.name}`; `{source}` has its own")
    target = open_store(store, create=True)
    try:
        where = NamedNode(graph) if graph else None
        chosen = loaders(source, where, title=title, licence=NamedNode(licence).value if licence else "")
    except (UnknownSource, ValueError) as error:
        raise CommandError(str(error)) from error
    results = run_load(target, chosen, inputs or [], output, dry_run=dry_run, force=force)
    text = "\n".join(map(_load_text, results)) + ("\nnothing published (--dry-run)" if dry_run else "")
    output.result([result.as_json() for result in results], text)


def run_load(
    store: GenerationStore,
    chosen: list[Any],
    names: list[str],
    output: Output,
    *,
    dry_run: bool = False,
    force: bool = False,
) -> list[LoadResult]:
    """Load sources as one generation; every foreseeable failure becomes one line."""
    if isinstance(store, RemoteStore):
        again = partial(run_load, chosen=chosen, names=names, output=output, dry_run=dry_run, force=force)
        return load_there(store, again, dry_run=dry_run)
    allow = (*OPEN_DATA_PORTALS, *settings().allow_hosts)
    agent = command_line()
    run = partial(load, store, validator=validator_of(store), agent=agent, dry_run=dry_run, force=force)
    try:
        with output.progress(f"load {chosen[-1].name}") as progress:
            if len(chosen) == 1:
                with opened(chosen[0], names, allow) as inputs:
                    return run([Job(chosen[0], inputs)], progress=progress)
            if names:
                raise CommandError(f"`{Bundled.name}` ships with Strategraph and takes no inputs")
            jobs = []
            for loader in chosen:
                with opened(loader, [], allow) as inputs:
                    jobs.append(Job(loader, inputs))
            return run(jobs, progress=progress)
    except (InputError, LoadRefused) as error:
        raise CommandError(str(error)) from error


def _load_text(result: LoadResult) -> str:
    if result.unchanged:
        return f"{result.source}: unchanged, nothing to do"
    head = (
        f"{result.source}: {result.read:,} records read, {result.written:,} written, {result.rejected:,} rejected; "
        f"{result.quads:,} quads in <{result.graph}>"
    )
    if result.quarantined:
        head += f"; {result.quarantined:,} resources in quarantine (see `strategraph quarantine {result.source}`)"
    if result.generation:
        head += f"; generation {result.generation}"
    return "\n  ".join([head, *result.reasons[:10]])


def validate(
    files: Annotated[list[Path] | None, typer.Argument(help="RDF files; none: the store.")] = None,
    store: StoreOption = None,
    report: Annotated[Path | None, typer.Option(help="Write the W3C report here (Turtle).", metavar="FILE")] = None,
    lang: Annotated[str, typer.Option(help="Language of the messages: en, pl, cs, sk or hu.")] = "en",
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Validate the store, or files, against the shapes. The exit status is 2 when there are violations.

    Examples:\n
      strategraph validate --store store\n
      strategraph validate mine.ttl --report report.ttl --lang pl
    """
    if lang not in LANGUAGES:
        raise CommandError(f"--lang: {lang!r} is none of {', '.join(LANGUAGES)}")
    if files:
        found = _validate_files(Validator(bundled_shapes()), files)
    else:
        with readable(store) as folder:
            found = validator_of(folder).validate(folder.current().reader())
    if report is not None:
        report.write_bytes(found.serialize())
    Output(quiet and found.accepted, json).done(found.as_json(lang), found.as_text(lang))
    if not found.accepted:
        raise typer.Exit(2)


def _validate_files(validator: Validator, files: list[Path]) -> Report:
    """Validate files together, in the light of the ontology and the schemes they refer to."""
    data = Store()
    for loader in loaders("ontology"):
        for path in loader.default_inputs():
            data.extend(parse(path=str(path), format=RdfFormat.TURTLE))
    subjects: set[Any] = set()
    with opened(loaders("rdf")[0], [str(file) for file in files]) as inputs:
        for source in inputs:
            for record in read_rdf(source):
                subjects.update(triple.subject for triple in record.triples)
                data.extend(quad for quad in map(_default_quad, record.triples))
    return validator.validate_nodes(data, subjects)


def _default_quad(triple: Any) -> Any:
    from pyoxigraph import Quad

    return Quad(triple.subject, triple.predicate, triple.object, DefaultGraph())
