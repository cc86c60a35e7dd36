"""The command `strategraph` and its one rule for errors: a person never sees a traceback."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated, NoReturn

import typer

from loaders.base import InputError
from service.app import own_version
from service.cli import alignment, classify, data, query, serving, tokens
from service.cli import store as store_commands
from service.cli.console import CommandError
from service.store.errors import StoreError

app = typer.Typer(
    name="strategraph",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(own_version())
        raise typer.Exit


VersionOption = Annotated[
    bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_show_version)
]


@app.callback()
def root(version: VersionOption = False) -> None:
    """The linked-data portal of SMART strategies in the Visegrád countries.

    Examples:\n
      strategraph serve\n
      strategraph query question.rq --format csv\n
      strategraph load --help
    """


app.command()(serving.serve)
app.command()(data.sources)
app.command("load")(data.load_command)
app.command()(data.validate)
app.command()(query.query)
app.command()(query.dump)
app.command()(classify.classify)
app.add_typer(alignment.alignment, name="alignment")
app.command()(store_commands.history)
app.command()(store_commands.rollback)
app.command()(store_commands.diff)
app.command()(store_commands.quarantine)
app.command()(store_commands.pin)
app.command()(store_commands.unpin)
app.command()(store_commands.backup)
app.command()(store_commands.restore)
app.command()(store_commands.verify)
app.command()(store_commands.gc)
app.add_typer(tokens.token, name="token")
app.command()(tokens.audit)


def main() -> None:
    """Run the command line; what went wrong is one line on standard error."""
    try:
        status = app(standalone_mode=False)
    except (CommandError, InputError, StoreError) as error:
        fail(str(error), 1)
    except (typer.Abort, KeyboardInterrupt):
        fail("stopped", 130)
    except BrokenPipeError:
        # The reader of our output (head, less) has seen enough.
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        fail(_told(error), 1)
    except Exception as error:
        if type(error).__name__ != "NoArgsIsHelpError":
            _fail_otherwise(error)
        typer.echo(error.format_message())  # type: ignore[attr-defined]
        status = 0
    sys.exit(status if isinstance(status, int) else 0)


def _told(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)


def _fail_otherwise(error: Exception) -> NoReturn:
    """Usage errors are Click's, which Typer may carry under a private name; all of them can format themselves."""
    if hasattr(error, "format_message"):
        fail(error.format_message(), getattr(error, "exit_code", 2))
    if os.environ.get("STRATEGRAPH_LOG_LEVEL", "").lower() == "debug":
        traceback.print_exc()
    fail(f"unexpected {type(error).__name__}: {error} (STRATEGRAPH_LOG_LEVEL=debug shows where)", 70)


def fail(message: str, status: int) -> NoReturn:
    """One line, and out."""
    print(f"strategraph: {' '.join(message.split())}", file=sys.stderr)  # noqa: T201
    sys.exit(status)
