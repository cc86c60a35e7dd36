"""Commands about data: sources, load, validate, query, dump."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from pyoxigraph import (
    DefaultGraph,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    Variable,
    parse,
)
from rich.console import Console
from rich.table import Table

from loaders.base import InputError
from loaders.bundled import Bundled
from loaders.inputs import opened
from loaders.rdf import read_rdf
from loaders.registry import LOADERS, UnknownSource, loaders
from loaders.run import Job, LoadRefused, LoadResult, load
from ontology.terms import LANGUAGES
from queries.catalogue import ParameterError, catalogue
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
from service.store.nesting import check_sparql
from service.store.outbound import OPEN_DATA_PORTALS
from service.store.reader_process import syntax_error
from service.store.remote.misanswered import check_named
from service.store.remote.store import RemoteStore
from service.store.text import form, service_addresses
from shapes.report import Report
from shapes.validator import Validator, bundled_shapes

RESULT_FORMATS = {"json": QueryResultsFormat.JSON, "xml": QueryResultsFormat.XML, "csv": QueryResultsFormat.CSV}
RESULT_FORMATS["tsv"] = QueryResultsFormat.TSV
GRAPH_FORMATS = {
    "turtle": RdfFormat.TURTLE,
    "ntriples": RdfFormat.N_TRIPLES,
    "nquads": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
    "rdfxml": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
}


def sources(json: JsonOption = False) -> None:
    """List the sources that can be loaded.

    Example: strategraph sources
    """
    known = [cls() for cls in LOADERS]
    data = [
        {"name": s.name, "title": s.title, "origin": s.origin, "licence": s.licence, "accepts": s.accepts}
        for s in known
    ]
    lines = [f"{s.name:<20} {s.title}\n{'':<20} accepts {s.accepts}\n{'':<20} licence {s.licence}" for s in known]
    Output(json=json).result(data, "\n".join(lines))


def load_command(
    source: Annotated[str, typer.Argument(help="A name from `strategraph sources`.")],
    inputs: Annotated[list[str] | None, typer.Argument(help="Paths or addresses.", metavar="[PATH|URL]...")] = None,
    store: StoreOption = None,
    graph: Annotated[str | None, typer.Option(help="Target graph, for the source `rdf`.", metavar="IRI")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything but publish.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Load again even if nothing changed.")] = False,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Load a source into its graph, validated; what fails goes to quarantine.

    Examples:\n
      strategraph load bundled\n
      strategraph load lau PL_lau.csv CZ_lau.csv --store store\n
      strategraph load rdf mine.ttl --graph https://example.org/graph/mine --dry-run
    """
    output = Output(quiet, json)
    target = open_store(store, create=True)
    try:
        chosen = loaders(source, NamedNode(graph) if graph else None)
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


def query(
    file: Annotated[str | None, typer.Argument(help="A file with a query, or - for standard input.")] = None,
    named: Annotated[str | None, typer.Option(help="A named query (see queries/).", metavar="NAME")] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", help="name=value for a named query.", metavar="NAME=VALUE")
    ] = None,
    format: Annotated[str | None, typer.Option(help="table, json, xml, csv, tsv; turtle, ntriples, ...")] = None,
    store: StoreOption = None,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json (or jsonld for a graph).")] = False,
) -> None:
    """Run a SPARQL query on the store.

    Examples:\n
      strategraph query question.rq --format csv\n
      echo 'SELECT (COUNT(*) AS ?n) { ?s ?p ?o }' | strategraph query -\n
      strategraph query --named hubs-of-a-network-by-source -p lang=pl
    """
    text, bound = _query_text(file, named, param or [])
    kind = form(text)
    if kind == "update":
        raise CommandError("this is an update; send updates to /sparql of a running service")
    if service_addresses(text):
        raise CommandError("SERVICE is not allowed: queries do not leave this machine")
    check_sparql(text)
    opened_store = open_store(store)
    check_named(opened_store, named or "")
    try:
        answer = opened_store.current().reader().query(text, substitutions=bound)
    except SyntaxError as error:
        raise CommandError(_place(str(error), text)) from error
    except (ValueError, RuntimeError) as error:
        raise CommandError(f"the query failed: {error}") from error
    _print_answer(answer, ("jsonld" if kind in ("construct", "describe") else "json") if json else format)


def _place(message: str, text: str) -> str:
    """Where a query is wrong, short: the engine's own message lists every token of the grammar."""
    found = syntax_error(message, text)
    where = f" in line {found['line']}, column {found['column']}" if found["line"] else ""
    return f"syntax error{where}: {found['message']}"


def _query_text(file: str | None, named: str | None, params: list[str]) -> tuple[str, dict[Variable, Any]]:
    if (file is None) == (named is None):
        raise CommandError("give either a file (or -) or --named NAME")
    if named is None:
        if params:
            raise CommandError("--param goes with --named")
        return _read(str(file)), {}
    known = catalogue()
    if named not in known:
        close = get_close_matches(named, known, n=3, cutoff=0.4)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise CommandError(f"no named query {named!r}{hint} (they are the files in queries/, and at /queries)")
    try:
        values = dict(_pair(text) for text in params)
        bound = known[named].bind(values)
    except ParameterError as error:
        raise CommandError(str(error)) from error
    return known[named].text, {Variable(name): _term(text) for name, text in bound.items()}


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise CommandError(f"--param {text!r} should look like name=value")
    return name, value


def _term(text: str) -> Any:
    """A term from its N-Triples spelling."""
    return next(parse(f"<urn:s> <urn:p> {text} .", format=RdfFormat.N_TRIPLES)).object


def _read(file: str) -> str:
    if file == "-":
        return sys.stdin.read()
    try:
        return Path(file).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CommandError(f"{file}: not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror or error}") from error


def _print_answer(answer: Any, wanted: str | None) -> None:
    if isinstance(answer, QueryBoolean | bool):
        typer.echo("true" if answer else "false")
    elif isinstance(answer, QuerySolutions):
        chosen = wanted or ("table" if sys.stdout.isatty() else "csv")
        if chosen == "table":
            _print_table(answer)
        elif chosen in RESULT_FORMATS:
            answer.serialize(sys.stdout.buffer, format=RESULT_FORMATS[chosen])
        else:
            raise CommandError(f"format {chosen!r} does not fit a table; use table, {', '.join(RESULT_FORMATS)}")
    else:
        chosen = wanted or "turtle"
        if chosen not in GRAPH_FORMATS:
            raise CommandError(f"format {chosen!r} does not fit a graph; use {', '.join(GRAPH_FORMATS)}")
        answer.serialize(sys.stdout.buffer, format=GRAPH_FORMATS[chosen])


def _print_table(answer: QuerySolutions) -> None:
    names = [variable.value for variable in answer.variables]
    table = Table(*names)
    for solution in answer:
        table.add_row(*(_cell(solution[name]) for name in names))
    Console().print(table)


def _cell(term: Any) -> str:
    return "" if term is None else str(getattr(term, "value", term))


def dump(
    format: Annotated[str, typer.Option(help=", ".join(GRAPH_FORMATS))] = "nquads",
    graph: Annotated[str | None, typer.Option(help="Only this graph.", metavar="IRI")] = None,
    generation: Annotated[int | None, typer.Option(help="An older generation.")] = None,
    store: StoreOption = None,
) -> None:
    """Write the store, or one graph, to standard output.

    Examples:\n
      strategraph dump --format trig > all.trig\n
      strategraph dump --graph https://w3id.org/strategraph/graph/bundled --format turtle
    """
    if format not in GRAPH_FORMATS:
        raise CommandError(f"unknown format {format!r}; use {', '.join(GRAPH_FORMATS)}")
    with readable(store, generation) as folder:
        _dump(folder, generation, GRAPH_FORMATS[format], graph)


def check_graph(graph: str) -> None:
    """Refuse what cannot be the name of a graph."""
    try:
        NamedNode(graph)
    except ValueError as error:
        raise CommandError(f"--graph: {graph!r} is not an IRI") from error


def _dump(folder: GenerationStore, generation: int | None, chosen: RdfFormat, graph: str | None) -> None:
    reader = (folder.generation(generation) if generation else folder.current()).reader()
    if graph is not None:
        check_graph(graph)
        if not reader.contains_named_graph(NamedNode(graph)):
            raise CommandError(f"no graph <{graph}> in the store")
        reader.dump(sys.stdout.buffer, format=chosen, from_graph=NamedNode(graph))
    elif chosen.supports_datasets:
        # In union mode the default graph only repeats what the named graphs say.
        from pyoxigraph import serialize

        serialize(folder.quads(reader), sys.stdout.buffer, format=chosen)
    else:
        reader.dump(sys.stdout.buffer, format=chosen, from_graph=DefaultGraph())
