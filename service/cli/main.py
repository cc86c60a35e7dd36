"""The command `strategraph` and its one rule for errors: a person never sees a traceback."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from loaders.base import InputError
from service.cli import alignment, classify, data, serving, tokens
from service.cli import store as store_commands
from service.cli.console import CommandError
from service.store.errors import StoreError

app = typer.Typer(
    name="strategraph",
    help="The linked-data portal of SMART strategies in the Visegrád countries.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def root(
    show_version: Annotated[bool, typer.Option("--version", help="Show the version and exit.", is_eager=True)] = False,
) -> None:
    """The linked-data portal of SMART strategies in the Visegrád countries."""
    if show_version:
        typer.echo(version("strategraph"))
        raise typer.Exit


app.command()(serving.serve)
app.command()(data.sources)
app.command("load")(data.load_command)
app.command()(data.validate)
app.command()(data.query)
app.command()(data.dump)
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
        fail(str(error), 1)
    except Exception as error:
        # Usage errors are Click's, which Typer may carry under a private name; all of them can format themselves.
        if not hasattr(error, "format_message"):
            raise
        fail(error.format_message(), getattr(error, "exit_code", 2))
    sys.exit(status if isinstance(status, int) else 0)


def fail(message: str, status: int) -> None:
    """One line, and out."""
    print(f"strategraph: {' '.join(message.split())}", file=sys.stderr)  # noqa: T201
    sys.exit(status)
