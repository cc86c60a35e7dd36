"""The commands of `strategraph` and their one rule for errors: a person never sees a traceback."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated

import typer

from loaders.base import InputError
from service.app import own_version
from service.cli import alignment, classify, data, query, serving, tokens
from service.cli import store as store_commands
from service.cli.console import CommandError, tell
from service.cli.main import STOPPED
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


def run() -> int:
    """Run one command; what goes wrong is one line on standard error. Gives the exit status."""
    try:
        status = _called()
        sys.stdout.flush()
    except (CommandError, InputError, StoreError) as error:
        return tell(str(error), 1)
    except BrokenPipeError:
        raise
    except OSError as error:
        return tell(_told(error), 1)
    except Exception as error:
        return _otherwise(error)
    return status


def _called() -> int:
    """Call the command, and undo what Typer makes of two things that are not for it to decide."""
    try:
        status = app(standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except SystemExit as end:
        # It ends with 1 when nobody reads the output.
        if isinstance(end.__context__, BrokenPipeError):
            raise end.__context__ from None
        raise
    if status == STOPPED:  # what it answers Ctrl-C with, and no command of ours
        raise KeyboardInterrupt
    return status if isinstance(status, int) else 0


def _told(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)


def _otherwise(error: Exception) -> int:
    """Usage errors are Click's, which Typer may carry under a private name; all of them can format themselves."""
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message())  # type: ignore[attr-defined]
        return 0
    if hasattr(error, "format_message"):
        return tell(error.format_message(), getattr(error, "exit_code", 2))
    if os.environ.get("STRATEGRAPH_LOG_LEVEL", "").lower() == "debug":
        traceback.print_exc()
    return tell(f"unexpected {type(error).__name__}: {error} (STRATEGRAPH_LOG_LEVEL=debug shows where)", 70)
