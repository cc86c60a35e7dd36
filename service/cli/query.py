"""Commands that get data out: query, dump."""

from __future__ import annotations

import sys
from difflib import get_close_matches
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
    Variable,
    parse,
)
from rich.console import Console
from rich.table import Table

from queries.catalogue import ParameterError, catalogue
from service.cli.console import CommandError, Output, standard_input
from service.cli.options import StoreOption, open_store, readable
from service.store.generations import GenerationStore
from service.store.nesting import check_sparql
from service.store.reader_process import syntax_error
from service.store.remote.misanswered import check_named
from service.store.text import form, service_addresses

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


def query(
    file: Annotated[str | None, typer.Argument(help="A file with a query, or - for standard input.")] = None,
    named: Annotated[str | None, typer.Option(help="A named query (see queries/).", metavar="NAME")] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", help="name=value for a named query.", metavar="NAME=VALUE")
    ] = None,
    format: Annotated[str | None, typer.Option(help="table, json, xml, csv, tsv; turtle, ntriples, ...")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Show the named queries and what they take.")] = False,
    store: StoreOption = None,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json (or jsonld for a graph).")] = False,
) -> None:
    """Run a SPARQL query on the store.

    Examples:\n
      strategraph query question.rq --format csv\n
      echo 'SELECT (COUNT(*) AS ?n) { ?s ?p ?o }' | strategraph query -\n
      strategraph query --list\n
      strategraph query --named hubs-of-a-network-by-source -p network=https://w3id.org/strategraph/id/network/urbanhub-europe
    """
    if listed:
        if file or named or param:
            raise CommandError("--list goes alone, or with --json")
        _print_catalogue(Output(json=json))
        return
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


def _print_catalogue(output: Output) -> None:
    """Each named query with its question and its parameters; those in brackets may be left out."""
    lines, data = [], []
    for name, query in catalogue().items():
        takes = ", ".join(p.name if p.required else f"[{p.name}]" for p in query.parameters)
        lines += [name, f"    {query.titles['en']}", *([f"    -p {takes}"] if takes else [])]
        parameters = [{"name": p.name, "type": p.type, "required": p.required} for p in query.parameters]
        data.append({"name": name, "title": query.titles, "theme": query.theme, "parameters": parameters})
    output.result(data, "\n".join(lines))


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
        raise CommandError(f"no named query {named!r}{hint} (strategraph query --list shows all)")
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
        return _decoded("standard input", standard_input().read())
    try:
        return _decoded(file, Path(file).read_bytes())
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror or error}") from error


def _decoded(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CommandError(f"{name}: not UTF-8 text (byte {error.start})") from error


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
