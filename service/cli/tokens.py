"""Commands about who may write, and who did: tokens and the audit log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from pyoxigraph import NamedNode

from service.access.principals import Role
from service.access.tokens import Token, Tokens
from service.cli.console import CommandError, Output
from service.cli.options import JsonOption, QuietOption, StoreOption, command_line, open_store
from service.store.audit import entry
from service.store.files import now
from service.store.generations import GenerationStore

ROLES = ", ".join(role.name for role in Role)

token = typer.Typer(help="Make, list and revoke tokens for the HTTP interface.", no_args_is_help=True)


@token.command()
def create(
    name: Annotated[str, typer.Option(help="Whose it is; written into the history of each write.")],
    role: Annotated[str, typer.Option(help=f"One of: {ROLES}.")] = Role.reader.name,
    graph: Annotated[
        list[str] | None,
        typer.Option(help="For writers: a graph they may change; repeatable.", metavar="IRI"),
    ] = None,
    expires: Annotated[str | None, typer.Option(help="A date (2027-01-31) or a number of days.")] = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Make a token and print it, this once: only its hash is kept.

    Examples:\n
      strategraph token create --name "Ola" --role proposer --expires 90\n
      strategraph token create --name loader --role writer --graph https://example.org/graph/mine
    """
    if role not in Role.__members__:
        raise CommandError(f"--role: {role!r} is none of {ROLES}")
    if graph and role != Role.writer.name:
        raise CommandError(f"--graph is for the role writer, not {role}")
    folder = open_store(store)
    made, text = Tokens(folder.path).create(_name(name), Role[role], _graphs(graph), _until(expires))
    _log(folder, f"token create {made.id} ({made.name}, {made.role})")
    Output(json=json).result(made.as_json() | {"token": text}, text)


@token.command("list")
def list_tokens(store: StoreOption = None, json: JsonOption = False) -> None:
    """List tokens, without their secrets.

    Example: strategraph token list
    """
    known = Tokens(open_store(store).path).all()
    lines = [f"{t.id}  {t.role:<8}  {_state(t):<32}  {t.name}" for t in known]
    Output(json=json).result([t.as_json() for t in known], "\n".join(lines) or "there are no tokens")


@token.command()
def revoke(
    identifier: Annotated[str, typer.Argument(help="The first part of the token, as `list` shows it.")],
    store: StoreOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Take a token back; running services refuse it from the next request on.

    Example: strategraph token revoke 3f9a01bc
    """
    folder = open_store(store)
    gone = Tokens(folder.path).revoke(identifier)
    _log(folder, f"token revoke {gone.id} ({gone.name})")
    Output(quiet, json).done(gone.as_json(), f"the token {gone.id} of {gone.name} works no more")


def audit(
    limit: Annotated[int, typer.Option(help="The newest so many lines; 0 for all.", min=0)] = 50,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Show who wrote what, the newest last; the whole log is `audit.jsonl` in the folder of the store.

    Example: strategraph audit --limit 10
    """
    entries = list(open_store(store).audit.entries())[-limit or None :]
    lines = [
        f"{e['time']}  {'generation ' + str(e['generation']) if e.get('generation') else '-':<17}  "
        f"+{_count(e.get('added'))} -{_count(e.get('removed'))}  {e['who']}: {e['what']}"
        for e in entries
    ]
    Output(json=json).result(entries, "\n".join(lines))


def _log(store: GenerationStore, what: str) -> None:
    store.audit.append([entry(command_line(), what, time=now())])


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or not name.isprintable():
        raise CommandError("--name is empty or has characters that cannot be printed")
    return name


def _graphs(given: list[str] | None) -> list[str] | None:
    try:
        return [NamedNode(iri).value for iri in given] if given else None
    except ValueError as error:
        raise CommandError(f"--graph: {error}") from error


def _until(text: str | None) -> datetime | None:
    if text is None:
        return None
    if text.isascii() and text.isdigit() and 0 < int(text) < 36_500:
        return datetime.now(UTC) + timedelta(days=int(text))
    try:
        until = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--expires: {text!r} is neither a date such as 2027-01-31 nor a number of days") from None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    if until <= datetime.now(UTC):
        raise CommandError(f"--expires: {text} is over")
    return until


def _state(one: Token) -> str:
    if one.revoked:
        return f"revoked {one.revoked[:10]}"
    if not one.valid:
        return f"expired {str(one.expires)[:10]}"
    return f"until {one.expires[:10]}" if one.expires else "valid"


def _count(number: object) -> str:
    return "?" if number is None else str(number)
