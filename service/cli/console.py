"""How commands talk: results to standard output, everything else to standard error, progress only on a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

STAGES = {"read": "reading and writing", "validate": "validating", "publish": "publishing", "dump": "writing"}


class CommandError(Exception):
    """What a person is told in one line; the exit status is 1."""


def tell(message: str, status: int) -> int:
    """Say in one line what went wrong, and give the exit status back."""
    typer.echo(f"strategraph: {' '.join(message.split())}", err=True)
    return status


def standard_input() -> IO[bytes]:
    """What is sent to the command."""
    if sys.stdin is None:  # closed by whoever started it: `<&-`
        raise CommandError("standard input is closed")
    return sys.stdin.buffer


@dataclass(frozen=True)
class Output:
    """How much is said, and in which form."""

    quiet: bool = False
    json: bool = False

    def say(self, text: str) -> None:
        """A line for a person, on standard error, unless quiet."""
        if not self.quiet:
            typer.echo(text, err=True)

    def result(self, data: Any, text: str) -> None:
        """The result of a command: JSON or text, on standard output."""
        typer.echo(json.dumps(data, ensure_ascii=False, indent=2) if self.json else text)

    def done(self, data: Any, text: str) -> None:
        """What a command did: JSON for a script that asks, a line for a person, nothing when quiet."""
        if self.json or not self.quiet:
            self.result(data, text)

    @contextmanager
    def progress(self, title: str) -> Iterator[Callable[[str, int], None]]:
        """A progress line while something long is under way; silent when not on a terminal."""
        if self.quiet or self.json or not sys.stderr.isatty():
            yield lambda stage, done: None
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,.0f}"))
        with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(title, total=None)
            yield lambda stage, done: bar.update(
                task, description=f"{title}: {STAGES.get(stage, stage)}", completed=done
            )
