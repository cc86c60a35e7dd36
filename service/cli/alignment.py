"""Commands about alignments: list, propose, confirm, reject."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer
from pyoxigraph import NamedNode, QueryResultsFormat, QuerySolutions, Variable

from ontology.terms import mint
from queries.catalogue import catalogue
from service.alignments.decisions import decide
from service.alignments.model import Agent, AlignmentError, entity_iri, status_iri
from service.alignments.proposals import parse_proposal, propose
from service.alignments.routes import QUERY, plain
from service.cli.console import CommandError, Output
from service.cli.options import JsonOption, QuietOption, StoreOption, command_line, open_store, validator_of
from service.store.changes import Change
from service.store.draft import Draft
from service.store.generations import GenerationStore
from service.store.reader_process import parse_term

T = TypeVar("T")
alignment = typer.Typer(help="List, propose, confirm and reject alignments.", no_args_is_help=True)
AGENT = Agent(mint("agent", "command-line"), "command line")
NoteOption = Annotated[str, typer.Option(help="Why; kept with the decision.")]
IdArgument = Annotated[str, typer.Argument(help="The alignment's IRI or the last part of it.", metavar="ALIGNMENT")]


@alignment.command("list")
def list_alignments(
    strategy: Annotated[str, typer.Option(help="Only of this strategy: IRI or the last part of it.")] = "",
    status: Annotated[str, typer.Option(help="Only proposed, confirmed or rejected ones.")] = "",
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """List alignments with their status and who decided.

    Example: strategraph alignment list --strategy cz-brno-local-education-plan --status proposed
    """
    query = catalogue()[QUERY]
    bound = query.bind(
        told(
            lambda: {
                "strategy": entity_iri(strategy, "strategy").value if strategy else "",
                "status": status_iri(status).value if status else "",
            }
        )
    )
    values = {Variable(name): parse_term(text) for name, text in bound.items()}
    found = open_store(store).current().reader().query(query.text, substitutions=values)
    assert isinstance(found, QuerySolutions)
    rows = _rows(found)
    lines = map(_line, rows)
    Output(json=json).result(rows, "\n".join(lines) or "there are none")


def _line(row: dict[str, Any]) -> str:
    local = row["alignment"].rsplit("/", 1)[-1]
    decided = f"  [{row.get('decidedBy', '')}: {row.get('note', '')}]" if "decided" in row else ""
    head = f"{row['status']:<9}  {row['confidence']:.2f}  {row.get('notation', ''):<6}  {local}"
    return f"{head}  {row['evidence']}{decided}"


def _rows(found: QuerySolutions) -> list[dict[str, Any]]:
    import json

    body = found.serialize(format=QueryResultsFormat.JSON)
    return [plain(row) for row in json.loads(body or b"")["results"]["bindings"]]


@alignment.command("propose")
def propose_alignment(
    strategy: Annotated[str, typer.Option(help="The strategy: IRI or the last part of it.")],
    concept: Annotated[str, typer.Option(help="What it covers: IRI or code (11.6, MO1.2, GD5).")],
    evidence: Annotated[str, typer.Option(help="The words that show it.")],
    language: Annotated[str, typer.Option("--lang", help="Language of these words.")] = "en",
    confidence: Annotated[str, typer.Option(help="From 0 to 1.")] = "0.8",
    source: Annotated[str, typer.Option(help="The source of the claim; the strategy's own without it.")] = "",
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Propose that a strategy covers a concept.

    Example: strategraph alignment propose --strategy sk-x --concept 11.6 --evidence "čisté ovzdušie" --lang sk
    """
    fields = {"strategy": strategy, "concept": concept, "evidence": evidence, "language": language}
    proposal = told(lambda: parse_proposal({**fields, "confidence": confidence, "source": source}))
    made: list[NamedNode] = []

    def job(draft: Draft) -> Change:
        node, change = propose(draft, proposal, AGENT)
        made.append(node)
        return change

    change = written(open_store(store), f"propose an alignment of <{proposal.strategy.value}>", job)
    state = "proposed" if change else "was proposed already"
    Output(json=json).result({"alignment": made[0].value, "new": bool(change)}, f"{made[0].value} {state}")


@alignment.command()
def confirm(
    identifier: IdArgument,
    note: NoteOption = "",
    store: StoreOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Confirm an alignment.

    Example: strategraph alignment confirm cz-brno-local-education-plan-sdg-4 --note "page 12 says so"
    """
    _decide(identifier, "confirmed", note, open_store(store), Output(quiet, json))


@alignment.command()
def reject(
    identifier: IdArgument,
    note: NoteOption = "",
    store: StoreOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Reject an alignment: it counts no more, and stays with who rejected it and why.

    Example: strategraph alignment reject cz-brno-local-education-plan-sdg-4 --note "about another city"
    """
    _decide(identifier, "rejected", note, open_store(store), Output(quiet, json))


def _decide(identifier: str, code: str, note: str, store: GenerationStore, output: Output) -> None:
    node = told(lambda: entity_iri(identifier, "alignment"))
    written(store, f"{code} <{node.value}>", lambda draft: decide(draft, node, code, AGENT, note))
    output.done({"alignment": node.value, "status": code}, f"{node.value} is {code}")


def told(make: Callable[[], T]) -> T:
    """What a function makes; what it refuses is told in one line."""
    try:
        return make()
    except AlignmentError as error:
        raise CommandError(str(error)) from error


def written(store: GenerationStore, message: str, job: Callable[[Draft], Change]) -> Change:
    """Publish a change as a new generation, unless the shapes forbid it."""
    validator = validator_of(store)
    with store.draft(command_line(), message) as draft:
        change = told(lambda: job(draft))
        added, removed = [q.triple for q in change.added], [q.triple for q in change.removed]
        report = validator.validate_change(draft.base.reader(), draft.store, added, removed)
        if not report.accepted:
            raise CommandError("the data would break the shapes; nothing was written: " + report.as_text("en"))
        if change:
            draft.publish()
    return change
